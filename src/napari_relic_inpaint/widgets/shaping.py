"""Outlines made larger, smaller or tidy: a class or all of them, as one step that can be undone."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

import numpy as np
from magicgui.widgets import ComboBox, FloatSpinBox
from napari.components import ViewerModel
from napari.layers import Labels

from napari_relic_inpaint.errors import Stopped
from napari_relic_inpaint.marking.damage_table import PixelSize
from napari_relic_inpaint.marking.shaping import fill_holes, grow, remove_specks, shrink
from napari_relic_inpaint.steps import Step
from napari_relic_inpaint.widgets.form import Form
from napari_relic_inpaint.widgets.job import Job
from napari_relic_inpaint.widgets.layers import in_memory

WAYS = {
    "grow": grow,
    "shrink": shrink,
    "fill holes": fill_holes,
    "remove specks": remove_specks,
}
SELECTED, ALL = "the selected class", "all classes"
PIXELS, MILLIMETRES = "px", "mm"


@dataclass(frozen=True)
class _Shaped:
    """What shall be set where, on which plane, and how the plane was before."""

    layer: Labels
    plane: tuple[int, ...]
    before: np.ndarray
    after: np.ndarray


class Shaping(Form):
    """What to do with the outlines of damage, and a button that does it.

    Parameters
    ----------
    viewer : ViewerModel
        Whose plane is worked on.
    """

    def __init__(self, viewer: ViewerModel) -> None:
        self._viewer = viewer
        self._layer: Labels | None = None
        self._size: PixelSize | None = None
        self.way = ComboBox(
            label="Outlines",
            choices=list(WAYS),
            tooltip="Grow over what is intact, shrink where something intact is next to it, mark "
            "intact places that damage encloses, or take small pieces away. Pixels of other "
            "classes never change.",
        )
        self.amount = FloatSpinBox(
            label="By",
            value=2.0,
            min=0.01,
            max=100_000,
            step=1,
            tooltip="How far outlines move; holes are filled and specks removed if they are "
            "smaller than a square of this side.",
        )
        self.unit = ComboBox(
            label="Unit",
            choices=[PIXELS, MILLIMETRES],
            tooltip="Pixels, or millimetres if the scale is known.",
        )
        self.which = ComboBox(
            label="Of",
            choices=[SELECTED, ALL],
            tooltip="The class that is selected in the list, or all of them.",
        )
        self.job = Job(
            "Change outlines",
            "Do this on the plane that is shown. It is one step: Edit > Undo or Ctrl+Z takes it "
            "back.",
        )
        super().__init__([self.way, self.amount, self.unit, self.which, self.job])
        self.unit.changed.connect(lambda _: self._check())
        self.job.requested.connect(self._start)
        self.job.finished.connect(self._apply)
        self._check()

    def follow(self, layer: Labels | None, size: PixelSize | None) -> None:
        """Change this layer from now on, whose pixels are of this size."""
        self._layer, self._size = layer, size
        self._check()

    def _check(self) -> None:
        self.job.set_obstacle(self._obstacle())

    def _obstacle(self) -> str | None:
        if self._layer is None:
            return "Choose a layer of damage first."
        # Undo is napari's, which has none for such layers; and files are written on Save only.
        if self._layer.multiscale or not in_memory(self._layer.data):
            why = "has several levels" if self._layer.multiscale else "is read from its file"
            return (
                f"'{self._layer.name}' {why}: its outlines can be changed only where napari can "
                "paint, on a layer of one level in memory."
            )
        if self.unit.value == MILLIMETRES and self._size is None:
            return "Nobody has said how large a pixel is: see Scale, or choose px."
        return None

    @property
    def _distance(self) -> float:
        amount = float(self.amount.value)
        if self.unit.value == PIXELS or self._size is None:
            return amount
        return amount / float(np.sqrt(self._size[0] * self._size[1]))

    def _start(self) -> None:
        self._check()
        layer = self._layer
        if not self.job.ready or layer is None:
            return
        plane = self._shown_plane(layer)
        before = layer.data[plane].copy()
        label = int(layer.selected_label) if self.which.value == SELECTED else None
        way, distance = WAYS[self.way.value], self._distance

        def work(should_stop: Callable[[], bool]) -> Generator[Step, None, _Shaped]:
            yield Step("changing outlines", 0, 1, 0.0)
            after = way(before, label, distance)
            if should_stop():
                raise Stopped("the work was stopped")
            return _Shaped(layer, plane, before, after)

        self.job.start(work)

    def _shown_plane(self, layer: Labels) -> tuple[int, ...]:
        point = np.rint(layer.world_to_data(self._viewer.dims.point)).astype(int)
        lengths = np.array(layer.data.shape)
        return tuple(int(n) for n in np.clip(point, 0, lengths - 1)[:-2])

    def _apply(self, shaped: _Shaped) -> None:
        layer = shaped.layer
        if not np.array_equal(layer.data[shaped.plane], shaped.before):
            self.job.say("You have painted meanwhile, so nothing was changed: press it again.")
            return
        rows, columns = np.nonzero(shaped.before != shaped.after)
        if not len(rows):
            self.job.say("There was nothing to change.")
            return
        index: tuple[Any, ...] = (*(np.full(len(rows), n) for n in shaped.plane), rows, columns)
        layer.data_setitem(index, shaped.after[rows, columns])
        many = f"{len(rows)} pixel{'s' * (len(rows) > 1)}"
        self.job.say(f"{many} changed; Ctrl+Z takes it back.")
