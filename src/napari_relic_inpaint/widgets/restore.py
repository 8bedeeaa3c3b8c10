"""The Restore widget: mark damage with napari's brush, press Restore."""

from __future__ import annotations

from typing import Any

import napari.viewer
import numpy as np
from magicgui.widgets import ComboBox, Container, Label, PushButton
from napari.layers import Image, Labels, Layer
from qtpy.QtCore import QTimer

from napari_relic_inpaint import methods
from napari_relic_inpaint.damage import from_labels
from napari_relic_inpaint.restoration import Restoration
from napari_relic_inpaint.widgets.job import Job
from napari_relic_inpaint.widgets.layers import full_data, masks, mismatch, named, pictures
from napari_relic_inpaint.widgets.mask import add_mask
from napari_relic_inpaint.widgets.method_fields import MethodFields
from napari_relic_inpaint.widgets.results import Request, Results

ALL_LABELS, SELECTED_LABEL = "all labels", "only the selected label"
PREDICT = "predict them"
PAINT_EVENTS = ("paint", "labels_update", "set_data", "data", "selected_label")
RECOUNT_MS = 300


class RestoreWidget(Container):
    """Form, run and results of a restoration.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
        The viewer whose layers are worked on; napari passes it in.
    """

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        self._viewer = viewer
        self.picture = ComboBox(
            label="Picture",
            choices=lambda _: named(pictures(viewer)),
            tooltip="The damaged picture. It is never changed.",
        )
        self.damage = ComboBox(
            label="Damage",
            choices=lambda _: named(masks(viewer)),
            tooltip="The labels layer on which the damage is painted.",
        )
        self.new_mask = PushButton(
            text="New mask for this picture",
            tooltip="Add an empty labels layer that fits the picture, with the brush in hand.",
        )
        self.counted = ComboBox(
            label="Counts as damage",
            choices=[ALL_LABELS, SELECTED_LABEL],
            tooltip="Restore everything that is painted, or only the label that is selected in "
            "the labels layer (to restore cracks and losses one after the other, say).",
        )
        self.share = Label(label="Damaged", value="", tooltip="Share of the picture to restore.")
        self.edges = ComboBox(
            label="Edges",
            choices=self._edge_choices,
            tooltip="Predict the edges inside the damage, or follow those of a layer: paint on "
            "the layer of edges of an earlier run (label 2 draws, the eraser erases), choose it "
            "here and restore again. Edges outside the damage have no effect.",
        )
        self.how = MethodFields()
        self.job = Job(
            "Restore",
            "Restore the damage in the background. The result comes as new layers. The window and "
            "batch sizes are in napari's Preferences under Relic Inpaint.",
        )
        super().__init__(
            widgets=[
                self.picture,
                self.damage,
                self.new_mask,
                self.counted,
                self.share,
                self.edges,
                *self.how.fields,
                self.job,
            ]
        )
        self._results = Results(viewer)
        self._request: Request | None = None
        self._watched: Layer | None = None
        self._recount = QTimer(self.native, singleShot=True, interval=RECOUNT_MS)
        self._recount.timeout.connect(self._check)
        self.new_mask.changed.connect(self._add_mask)
        self.damage.changed.connect(self._watch_damage)
        for field in (self.picture, self.counted, self.edges, self.how):
            field.changed.connect(self._check)
        self.job.requested.connect(self._start)
        self.job.finished.connect(self._show)
        self.how.refresh()
        self._watch_damage()

    def reset_choices(self, *_: Any) -> None:
        """Refresh the layer choices; napari calls it whenever layers come, go or are renamed."""
        super().reset_choices()
        self._check()

    @property
    def _drawn(self) -> Layer | None:
        """The layer of edges to follow; None predicts them."""
        return None if self.edges.value == PREDICT else self.edges.value

    def _edge_choices(self, _: Any = None) -> list[tuple[str, Layer | str]]:
        # A string, since magicgui does not tell of a change to None.
        suited: list[tuple[str, Layer | str]] = [(PREDICT, PREDICT)]
        for layer in reversed(self._viewer.layers):
            plain_image = isinstance(layer, Image) and not layer.rgb
            if isinstance(layer, Labels) or plain_image:
                suited.append((layer.name, layer))
        return suited

    def _add_mask(self) -> None:
        if self.picture.value is not None:
            mask = add_mask(self._viewer, self.picture.value)
            self.reset_choices()
            self.damage.value = mask

    def _watch_damage(self) -> None:
        """Follow the strokes on the chosen mask; undo speaks through other events than paint."""
        for name in PAINT_EVENTS:
            if self._watched is not None:
                getattr(self._watched.events, name).disconnect(self._on_paint)
            if self.damage.value is not None:
                getattr(self.damage.value.events, name).connect(self._on_paint)
        self._watched = self.damage.value
        self._check()

    def _on_paint(self, _: Any = None) -> None:
        self._recount.start()

    def _counted_label(self) -> int | None:
        if self.counted.value == ALL_LABELS:
            return None
        return int(self.damage.value.selected_label)

    def _check(self) -> None:
        """Tell how much is damaged, and why Restore cannot run if it cannot."""
        self.new_mask.enabled = self.picture.value is not None
        obstacle = self._shape_obstacle()
        self.share.value = ""
        if obstacle is None:
            mask = from_labels(full_data(self.damage.value), self._counted_label())
            share = np.count_nonzero(mask) / mask.size
            self.share.value = f"{share:.2%}"
            if share == 0:
                obstacle = f"Paint the damage on '{self.damage.value.name}' first."
            elif share == 1:
                obstacle = "Everything is marked as damaged: nothing is left to restore from."
        self.job.set_obstacle(obstacle)

    def _shape_obstacle(self) -> str | None:
        picture, damage = self.picture.value, self.damage.value
        if picture is None:
            return "Open a picture first, or a sample from File > Open Sample."
        if damage is None:
            return 'Press "New mask for this picture" and paint the damage.'
        misfit = mismatch(picture, damage)
        if misfit is None and self._drawn is not None:
            misfit = mismatch(picture, self._drawn)
            method = self.how.method.value
            if misfit is None and not methods.uses_edges(method):
                misfit = f"The method {method} uses no edges: choose '{PREDICT}'."
        return misfit or self.how.obstacle

    def _start(self) -> None:
        self._check()
        if self.job.obstacle is not None or self.job.running:
            return
        self._request = Request.of(
            self.picture.value,
            self.damage.value,
            self._counted_label(),
            self._drawn,
            self.how.options,
        )
        self.job.start(self._request.steps)

    def _show(self, result: Restoration) -> None:
        assert self._request is not None
        layers = self._results.show(self._request, result)
        sentence = f"{self.job.message} The result is in '{layers[0].name}'"
        if len(layers) > 1:
            sentence += f"; the edges it follows are in '{layers[1].name}', hidden"
        self.job.say(f"{sentence}.")
