"""The table of holes: where hypotheses disagree most comes first; a click goes there."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from qtpy.QtCore import Qt, Signal
from qtpy.QtGui import QColor
from qtpy.QtWidgets import QHeaderView, QTableWidget, QTableWidgetItem

from napari_relic_inpaint.judging.doubts import JudgedHole, classes_of
from napari_relic_inpaint.marking.classes import DamageClass
from napari_relic_inpaint.marking.holes import Position
from napari_relic_inpaint.widgets.compact import ROW, make_compact

COLUMNS = {
    "Place": "Row and column of the first pixel of the hole, after the plane of a stack.",
    "Apart": "How far the hypotheses lie apart: mean of the root mean square colour difference "
    "Delta E from their mean colour.",
    "Taken": "The hypothesis that you have taken for it.",
    "Widest": "Diameter in pixels of the largest disk in it.",
    "Pixels": "How many it has.",
    "Class": "What the hole is painted as.",
}
PLACE, APART, TAKEN, WIDEST, PIXELS, _CLASS = range(len(COLUMNS))
MOST, SEEN_ROWS = 1000, 9
"""Holes that are listed, and seen without scrolling."""

DOUBT = QColor("#e6a23c")
_NUMBER = Qt.ItemDataRole.UserRole


class HoleTable(QTableWidget):
    """A row for each hole; marked ones are in another colour, their tooltip says why.

    Attributes
    ----------
    chosen : Signal of tuple
        The user goes to the hole at this position.
    """

    chosen = Signal(tuple)

    def __init__(self) -> None:
        super().__init__(0, len(COLUMNS))
        self.setHorizontalHeaderLabels([*COLUMNS])
        for column, tip in enumerate(COLUMNS.values()):
            self.horizontalHeaderItem(column).setToolTip(tip)
        self.verticalHeader().hide()
        make_compact(self)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.horizontalHeader().setStretchLastSection(True)
        self.setMinimumHeight((SEEN_ROWS + 2) * ROW)
        self._holes: Sequence[JudgedHole] = ()
        self.itemSelectionChanged.connect(self._choose)

    @property
    def selected(self) -> list[Position]:
        """The positions of the selected holes."""
        rows = [index.row() for index in self.selectionModel().selectedRows()]
        return [self._at(row).hole.position for row in rows]

    def show_holes(
        self,
        holes: Sequence[JudgedHole],
        classes: Sequence[DamageClass],
        taken: Mapping[Position, str],
    ) -> None:
        """List holes, marked ones first; among them, those in which most is in dispute."""
        self.blockSignals(True)
        self.setSortingEnabled(False)
        self._holes = sorted(
            holes,
            key=lambda each: (not each.doubts, -_in_dispute(each), -each.hole.pixels),
        )[:MOST]
        self.setRowCount(len(self._holes))
        for row, each in enumerate(self._holes):
            hole = each.hole
            cells: tuple[str | int | float, ...] = (
                ", ".join(map(str, hole.position)),
                "" if math.isnan(each.disagreement) else round(each.disagreement, 1),
                taken.get(hole.position, ""),
                hole.widest,
                hole.pixels,
                classes_of(hole, classes),
            )
            for column, value in enumerate(cells):
                item = QTableWidgetItem()
                # Numbers, so that they sort as such.
                item.setData(Qt.ItemDataRole.DisplayRole, value)
                item.setData(_NUMBER, row)
                if column in (APART, WIDEST, PIXELS):
                    item.setTextAlignment(
                        Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                    )
                if each.doubts:
                    item.setForeground(DOUBT)
                    item.setToolTip("\n".join(each.doubts))
                self.setItem(row, column, item)
        self.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)
        self.clearSelection()
        self.blockSignals(False)

    def show_taken(self, taken: Mapping[Position, str]) -> None:
        """Show which hypothesis is taken for each hole."""
        for row in range(self.rowCount()):
            self.item(row, TAKEN).setText(taken.get(self._at(row).hole.position, ""))

    def _at(self, row: int) -> JudgedHole:
        return self._holes[self.item(row, PLACE).data(_NUMBER)]

    def _choose(self) -> None:
        if self.selected:
            self.chosen.emit(self.selected[-1])


def _in_dispute(judged: JudgedHole) -> float:
    """Sum of the disagreement of all pixels: specks are many, and matter little."""
    return 0.0 if math.isnan(judged.disagreement) else judged.disagreement * judged.hole.pixels
