"""The Show honestly widget: fills that can be told from the original, class by class."""

from __future__ import annotations

from typing import Any

import napari.viewer
from magicgui.widgets import ComboBox, Container, ProgressBar, PushButton
from napari.layers import Labels, Layer
from qtpy.QtCore import Qt, QTimer
from qtpy.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget
from superqt import QCollapsible

from napari_relic_inpaint.errors import InputError, RelicInpaintError, Stopped
from napari_relic_inpaint.marking.classes import named as class_named
from napari_relic_inpaint.remedies import NAPARI, worded
from napari_relic_inpaint.steps import Step
from napari_relic_inpaint.widgets.classed_layer import classes_of
from napari_relic_inpaint.widgets.compact import Message
from napari_relic_inpaint.widgets.display_layers import DisplayLayers
from napari_relic_inpaint.widgets.display_saving import DisplaySaving
from napari_relic_inpaint.widgets.docking import Docking
from napari_relic_inpaint.widgets.form import Form
from napari_relic_inpaint.widgets.job import BAR_STEPS
from napari_relic_inpaint.widgets.latest import Latest
from napari_relic_inpaint.widgets.layers import is_result, masks, named, pictures, source_of
from napari_relic_inpaint.widgets.mode_rows import ModeRows, known_classes
from napari_relic_inpaint.widgets.pixel_scale import PixelScale
from napari_relic_inpaint.widgets.placing import obstacle
from napari_relic_inpaint.widgets.redraw import Redraw
from napari_relic_inpaint.widgets.showing import Outcome, Showing
from napari_relic_inpaint.widgets.watching import Watch

SETTLED_MS = 300
"""After the last change."""

WIDTH = 430
"""In pixels; less cuts the buttons off."""


class DisplayWidget(QWidget):
    """Shows the fills of a restored layer in display modes, in a layer of their own.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
        The viewer whose layers are worked on; napari passes it in.
    """

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        super().__init__()
        self._docking = Docking(self, "Show")
        self._viewer = viewer
        self.restored = ComboBox(
            label="Restored",
            choices=lambda _: named(sorted(pictures(viewer), key=lambda each: not is_result(each))),
            tooltip="The restored picture. It is never changed: what you choose here appears in a "
            "layer of its own.",
        )
        self.damage = ComboBox(
            label="Damage",
            choices=lambda _: named(masks(viewer)),
            tooltip="The layer on which the damage is marked that was restored. Its labels are the "
            "classes below.",
        )
        self.rows = ModeRows()
        self.scale = PixelScale(viewer)
        self.show_button = PushButton(
            text="Show honestly",
            tooltip="Add a layer in which the fills can be told from the original. It follows what "
            "you choose and paint from then on, until you remove it.",
        )
        self.cancel_button = PushButton(
            text="Cancel", tooltip="Stop the rendering. The layer stays as it is.", enabled=False
        )
        self.bar = ProgressBar(max=BAR_STEPS, value=0, label="", visible=False)
        self.message = Message()
        self.layers = DisplayLayers(viewer)
        self.saving = DisplaySaving(viewer, self.layers)
        self._fields = Form([self.restored, self.damage])
        self._lay_out()
        self._showing: Showing | None = None
        self._begun = False
        self._counts: tuple[Layer | None, dict[int, int] | None] = (None, None)
        self._latest = Latest(self)
        self._latest.stepped.connect(self._on_step)
        self._latest.finished.connect(self._on_result)
        self._latest.rested.connect(self._on_rest)
        self._redraw = Redraw(self, self._draw)
        self._settled = QTimer(self, singleShot=True, interval=SETTLED_MS)
        self._settled.timeout.connect(self._render)
        self._watch = Watch(lambda _: self._changed())
        self.show_button.changed.connect(lambda _: self._show())
        self.cancel_button.changed.connect(lambda _: self._cancel())
        self.rows.changed.connect(self._changed)
        self.scale.resized.connect(self._changed)
        for choice in (self.restored, self.damage):
            choice.changed.connect(lambda _: self._follow())
        self._follow()

    def reset_choices(self, *_: Any) -> None:
        """Refresh the layer choices; napari calls it whenever layers come, go or are renamed."""
        self._fields.reset_choices()
        self._follow()

    @property
    def up_to_date(self) -> bool:
        """Whether nothing is to be rendered any more."""
        return not (self._settled.isActive() or self._latest.running)

    def _lay_out(self) -> None:
        inside = QWidget()
        parts = QVBoxLayout(inside)
        scale = QCollapsible("Scale, for lengths in millimetres")
        scale.setDuration(0)
        scale.addWidget(self.scale.native)
        scale.content().layout().setContentsMargins(0, 0, 0, 0)
        scale.collapse(animate=False)
        buttons = Container(
            widgets=[self.show_button, self.cancel_button], layout="horizontal", labels=False
        )
        buttons.margins = (0, 0, 0, 0)
        for part in (
            self._fields.native,
            self.rows,
            scale,
            buttons.native,
            self.bar.native,
            self.message,
            self.saving.native,
        ):
            parts.addWidget(part)
        parts.addStretch(1)
        area = QScrollArea()
        area.setWidget(inside)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(area)
        self.setMinimumWidth(WIDTH)

    def _follow(self) -> None:
        """Take over which layers are chosen."""
        restored, damage = self.restored.value, self.damage.value
        labels = damage if isinstance(damage, Labels) else None
        self._watch.follow(restored, damage)
        self.scale.follow(restored, labels)
        counts = self._counts[1] if self._counts[0] is damage else None
        classes = () if labels is None else classes_of(labels)
        self.rows.follow(known_classes(classes, counts, class_named) if labels is not None else ())
        self._tell_obstacle()
        self.saving.follow_display(restored)
        self._changed()

    def _obstacle(self) -> str | None:
        restored, damage = self.restored.value, self.damage.value
        if restored is None:
            return "Restore a picture first, or open one that is restored."
        if damage is None:
            return "There is no layer of damage: open the mask that the picture was restored with."
        return obstacle(restored, damage)

    def _tell_obstacle(self) -> None:
        sentence = self._obstacle()
        self.show_button.enabled = sentence is None
        if sentence is not None:
            self.message.say(sentence)
        elif not self._latest.running and self.layers.of(self.restored.value) is None:
            restored = self.restored.value
            doubt = (
                ""
                if is_result(restored) or source_of(restored) is not None
                else f"'{restored.name}' has no record of a restoration: if it is the damaged "
                "picture, restore it first."
            )
            self.message.say(doubt)

    def _changed(self) -> None:
        """Render anew, soon, what is shown."""
        if self.restored.value is not None and self.layers.of(self.restored.value) is not None:
            self._settled.start()

    def _show(self) -> None:
        self._render()

    def _cancel(self) -> None:
        self._settled.stop()
        self._latest.drop()
        self.message.say("Stopped. The layer is as far as it was rendered.")

    def _render(self) -> None:
        if self._obstacle() is not None:
            return
        try:
            showing = Showing(
                self.restored.value,
                self.damage.value,
                self.rows.modes,
                self.rows.others,
                self.scale.size,
                self._name_of,
            )
        except InputError as error:
            self._refuse(error)
            return
        self._showing, self._begun = showing, False
        self.cancel_button.enabled = True
        self._latest.ask(showing.steps)

    def _name_of(self, label: int) -> str:
        damage = self.damage.value
        classes = classes_of(damage) if isinstance(damage, Labels) else ()
        return class_named(label, classes).name

    def _on_step(self, step: Step) -> None:
        self.bar.visible = True
        self.bar.value = round(step.fraction * BAR_STEPS)
        if step.changed is not None:
            self._redraw.ask()

    def _draw(self) -> None:
        """Show what is rendered so far."""
        showing = self._showing
        if showing is None or not showing.levels:
            return
        if self._begun:
            self.layers.refresh(showing.restored)
        else:
            self._begun = True
            self.layers.show(showing.restored, showing.levels)

    def _on_result(self, result: Outcome | RelicInpaintError) -> None:
        if isinstance(result, RelicInpaintError):
            self._refuse(result)
            return
        self._redraw.stop()
        showing = self._showing
        assert showing is not None
        self._draw()
        layer = self.layers.finish(showing.restored, result.display)
        self._counts = self.damage.value, result.counts
        self.message.say(
            "" if layer is None else f"Shown in '{layer.name}'. Look at it at 1:1 or nearer."
        )
        self._list_counted()
        self.saving.follow_display(self.restored.value)

    def _list_counted(self) -> None:
        damage = self.damage.value
        if isinstance(damage, Labels):
            self.rows.follow(known_classes(classes_of(damage), self._counts[1], class_named))

    def _refuse(self, error: RelicInpaintError) -> None:
        if not isinstance(error, Stopped):
            self.message.say(f"Not possible: {worded(str(error), NAPARI).rstrip('.')}.")

    def _on_rest(self) -> None:
        self.cancel_button.enabled = False
        self.bar.visible = False
