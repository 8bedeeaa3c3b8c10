"""The table of damage beside the layer: it follows the painting."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from typing import Any

from napari.layers import Labels
from qtpy.QtCore import QTimer

from napari_relic_inpaint.errors import RelicInpaintError
from napari_relic_inpaint.marking.classes import DamageClass
from napari_relic_inpaint.marking.damage_table import (
    ClassRow,
    DamageTable,
    PixelSize,
    measure_damage_steps,
)
from napari_relic_inpaint.marking.measures import shown
from napari_relic_inpaint.steps import Step
from napari_relic_inpaint.widgets.latest import Latest
from napari_relic_inpaint.widgets.layers import snapshot
from napari_relic_inpaint.widgets.saved_table import SavedTable

SETTLED_MS = 400
"""After the last stroke."""

COLUMNS = {
    "Class": "What the damage is.",
    "Pieces": "Connected pieces: pixels that touch at a side or a corner.",
    "Share": "Share of the whole picture.",
    "Area": "Area of all pieces together.",
    "Length": "Length of the middle lines of cracks and the like, right to within some 3 %.",
    "Width": "Mean width: area divided by length.",
    "Largest": "Area of the largest piece.",
}


class DamageRows(SavedTable):
    """A row for each class of a layer.

    Attributes
    ----------
    result : DamageTable or None
        What is shown.
    """

    def __init__(self) -> None:
        super().__init__(COLUMNS, "Save the table of damage")
        self.result: DamageTable | None = None
        self._layer: Labels | None = None
        self._classes: tuple[DamageClass, ...] = ()
        self._size: PixelSize | None = None
        self._latest = Latest(self)
        self._latest.finished.connect(self._on_result)
        self._settled = QTimer(self, singleShot=True, interval=SETTLED_MS)
        self._settled.timeout.connect(self._measure)
        self._fill()

    @property
    def up_to_date(self) -> bool:
        """Whether the table tells what the layer is like now."""
        return not (self._settled.isActive() or self._latest.running)

    def follow(
        self, layer: Labels | None, classes: tuple[DamageClass, ...], size: PixelSize | None
    ) -> None:
        """Measure this layer, soon; to be called whenever something may have changed."""
        if layer is not self._layer:
            self.result = None
            self._fill()
        self._layer, self._classes, self._size = layer, classes, size
        if layer is None:
            self._settled.stop()
            self._latest.drop()
            self.message.say("")
        else:
            self._settled.start()

    def _measure(self) -> None:
        if self._layer is None:
            return
        labels, classes, size = snapshot(self._layer), self._classes, self._size

        def work(should_stop: Callable[[], bool]) -> Generator[Step, None, DamageTable]:
            return (
                yield from measure_damage_steps(
                    labels, classes=classes, pixel_size=size, should_stop=should_stop
                )
            )

        if self.result is None:
            self.message.say("Measuring ...")
        self._latest.ask(work)

    def _on_result(self, result: DamageTable | RelicInpaintError) -> None:
        if isinstance(result, RelicInpaintError):
            self.result = None
            self.message.say(f"Not possible: {result}.")
        else:
            self.result = result
            known = result.pixel_size is not None
            self.message.say("" if known else "Say how large a pixel is for millimetres.")
        self._fill()

    def _fill(self) -> None:
        rows = () if self.result is None else self.result.rows
        in_mm = self.result is not None and self.result.pixel_size is not None
        cells = [_cells(row, in_mm=in_mm) for row in rows]
        name = "damage" if self._layer is None else self._layer.name
        self.show_rows(rows, _headings(in_mm=in_mm), cells, name)


def _headings(*, in_mm: bool) -> list[str]:
    area, side = ("mm²", "mm") if in_mm else ("px", "px")
    units: dict[str, Any] = {"Area": area, "Largest": area, "Length": side, "Width": side}
    return [f"{name}\n{units[name]}" if name in units else name for name in COLUMNS]


def _cells(row: ClassRow, *, in_mm: bool) -> list[str]:
    measures = (
        (row.area_mm2, row.length_mm, row.width_mm, row.largest_mm2)
        if in_mm
        else (row.pixels, row.length, row.width, row.largest)
    )
    shown_measures = ["" if math.isnan(each) else shown(each) for each in measures]
    return [row.name, str(row.pieces), f"{row.share:.2%}", *shown_measures]
