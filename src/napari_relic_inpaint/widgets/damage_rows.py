"""The table of damage beside the layer: it follows the painting."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

from napari.layers import Labels
from qtpy.QtCore import Qt, QTimer
from qtpy.QtWidgets import (
    QFileDialog,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from napari_relic_inpaint import files
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
from napari_relic_inpaint.widgets.compact import Message, fit_height, make_compact
from napari_relic_inpaint.widgets.latest import Latest
from napari_relic_inpaint.widgets.layers import snapshot

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


class DamageRows(QWidget):
    """A row for each class of a layer.

    Attributes
    ----------
    result : DamageTable or None
        What is shown.
    """

    def __init__(self) -> None:
        super().__init__()
        self.result: DamageTable | None = None
        self._layer: Labels | None = None
        self._classes: tuple[DamageClass, ...] = ()
        self._size: PixelSize | None = None
        self.table = QTableWidget(0, len(COLUMNS))
        self.table.verticalHeader().hide()
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        make_compact(self.table)
        self.export_button = QPushButton("Save table ...")
        self.export_button.setToolTip("Write the table as a CSV file, with more columns.")
        self.message = Message()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for part in (self.table, self.export_button, self.message):
            layout.addWidget(part)
        self._latest = Latest(self)
        self._latest.finished.connect(self._on_result)
        self._settled = QTimer(self, singleShot=True, interval=SETTLED_MS)
        self._settled.timeout.connect(self._measure)
        self.export_button.clicked.connect(lambda _: self._export())
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
        self.table.setHorizontalHeaderLabels(_headings(in_mm=in_mm))
        for column, tip in enumerate(COLUMNS.values()):
            self.table.horizontalHeaderItem(column).setToolTip(tip)
        self.table.setRowCount(len(rows))
        for number, row in enumerate(rows):
            for column, text in enumerate(_cells(row, in_mm=in_mm)):
                item = QTableWidgetItem(text)
                if column:
                    item.setTextAlignment(
                        Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                    )
                self.table.setItem(number, column, item)
        fit_height(self.table, least_rows=1)
        self.export_button.setEnabled(bool(rows))

    def _export(self) -> None:
        if self.result is None:
            return
        name = "damage" if self._layer is None else self._layer.name
        chosen, _ = QFileDialog.getSaveFileName(
            self, "Save the table of damage", f"{name}.csv", "Table (*.csv)"
        )
        if not chosen:
            return
        path = Path(chosen) if Path(chosen).suffix else Path(chosen).with_suffix(".csv")
        try:
            # The dialog has asked before it lets an existing file be chosen.
            files.write_table(path, self.result.rows, overwrite=str(path) == chosen)
        except RelicInpaintError as error:
            self.message.say(f"Not saved: {error}.".replace("..", "."))
        else:
            self.message.say(f"Saved as {path}.")


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
