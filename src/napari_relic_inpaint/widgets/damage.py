"""The Damage widget: classes, proposals, outlines, scale, tables of damage and its changes."""

from __future__ import annotations

from typing import Any

import napari.viewer
from magicgui.widgets import ComboBox, PushButton
from napari.layers import Image, Labels
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget
from superqt import QCollapsible

from napari_relic_inpaint.widgets.autosaving import keep_safe
from napari_relic_inpaint.widgets.campaigns import Campaigns
from napari_relic_inpaint.widgets.class_list import ClassList
from napari_relic_inpaint.widgets.damage_rows import DamageRows
from napari_relic_inpaint.widgets.docking import Docking
from napari_relic_inpaint.widgets.form import Form
from napari_relic_inpaint.widgets.layers import (
    is_result,
    masks,
    named,
    pictures,
    preparing_colours,
)
from napari_relic_inpaint.widgets.mask import add_mask, looks_like_mask
from napari_relic_inpaint.widgets.mask_files import MaskOpening, MaskSaving
from napari_relic_inpaint.widgets.pixel_scale import PixelScale
from napari_relic_inpaint.widgets.proposing import Proposing
from napari_relic_inpaint.widgets.shaping import Shaping
from napari_relic_inpaint.widgets.watching import Watch

WIDTH = 480
"""In pixels; less cuts columns of the table off."""


class DamageWidget(QWidget):
    """Everything about the damage of a picture but its restoration.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
        The viewer whose layers are worked on; napari passes it in.
    """

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        super().__init__()
        # The colours of classes are compiled by napari, in seconds, where they are first shown.
        preparing_colours()
        self._docking = Docking(self, "Damage")
        keep_safe(viewer)
        self._viewer = viewer
        self.picture = ComboBox(
            label="Picture",
            choices=lambda _: named(sorted(pictures(viewer), key=_doubts)),
            tooltip="The damaged picture. It is never changed.",
        )
        self.damage = ComboBox(
            label="Damage",
            choices=lambda _: named(each for each in masks(viewer) if isinstance(each, Labels)),
            tooltip="The labels layer on which the damage is marked. One without classes gets "
            "those of the list.",
        )
        self.new_mask = PushButton(
            text="New mask for this picture",
            tooltip="Add an empty labels layer that fits the picture, with the brush in hand.",
        )
        self.opening = MaskOpening(viewer)
        self.classes = ClassList()
        self.proposing = Proposing(viewer, self.chosen_picture, self.chosen_damage)
        self.shaping = Shaping(viewer)
        self.scale = PixelScale(viewer)
        self.rows = DamageRows()
        self.campaigns = Campaigns(viewer)
        self.saving = MaskSaving()
        self._layers = Form([self.picture, self.damage, self.new_mask, self.opening])
        self._parts = QVBoxLayout()
        self._lay_out()
        self._watch = Watch(lambda _: self._measure())
        self.new_mask.changed.connect(lambda _: self._add_mask())
        for choice in (self.picture, self.damage):
            choice.changed.connect(lambda _: self._follow())
        self.classes.changed.connect(self._measure)
        self.scale.resized.connect(self._follow)
        self._follow()

    def reset_choices(self, *_: Any) -> None:
        """Refresh the layer choices; napari calls it whenever layers come, go or are renamed."""
        self._layers.reset_choices()
        self.campaigns.reset_choices()
        self._follow()

    def chosen_picture(self) -> Image | None:
        """Return the picture that is chosen."""
        return self.picture.value

    def chosen_damage(self) -> Labels | None:
        """Return the layer of damage that is chosen."""
        return self.damage.value

    def add_section(self, title: str, content: QWidget, *, opened: bool) -> QCollapsible:
        """Add a part that can be folded, below those that are there."""
        section = QCollapsible(title)
        section.setDuration(0)
        section.addWidget(content)
        section.content().layout().setContentsMargins(0, 0, 0, 0)
        (section.expand if opened else section.collapse)(animate=False)
        self._parts.addWidget(section)
        return section

    def _lay_out(self) -> None:
        inside = QWidget()
        inside.setLayout(self._parts)
        self._parts.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._parts.addWidget(self._layers.native)
        self.add_section("Classes", self.classes, opened=True)
        self.add_section("Proposals", self.proposing.native, opened=False)
        self.add_section("Outlines", self.shaping.native, opened=False)
        self.add_section("Scale", self.scale.native, opened=False)
        self.add_section("Table", self.rows, opened=True)
        self.add_section("Campaigns", self.campaigns, opened=False)
        self._parts.addWidget(self.saving.native)
        area = QScrollArea()
        area.setWidget(inside)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(area)
        self.setMinimumWidth(WIDTH)

    def _add_mask(self) -> None:
        if self.picture.value is not None:
            mask = add_mask(self._viewer, self.picture.value)
            self.reset_choices()
            self.damage.value = mask

    def _follow(self) -> None:
        """Hand the chosen layers to the parts."""
        picture, damage = self.chosen_picture(), self.chosen_damage()
        self._watch.follow(damage)
        self.new_mask.enabled = picture is not None
        self.opening.follow(picture)
        self.classes.follow(damage)
        self.scale.follow(picture, damage)
        self._measure()

    def _measure(self) -> None:
        damage, size = self.chosen_damage(), self.scale.size
        self.shaping.follow(damage, size)
        self.saving.follow(self.chosen_picture(), damage, size)
        self.rows.follow(damage, self.classes.classes, size)
        self.campaigns.follow(damage, self.classes.classes, size)


def _doubts(layer: Image) -> tuple[bool, bool]:
    return is_result(layer), looks_like_mask(layer)
