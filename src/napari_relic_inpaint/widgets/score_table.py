"""The table of measurements: sorted, copied, exported, and cleared by the user."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from textwrap import fill
from typing import Any

from napari.utils.history import get_save_history, update_save_history
from qtpy.QtCore import QAbstractTableModel, QModelIndex, QSortFilterProxyModel, Qt, Signal
from qtpy.QtGui import QGuiApplication, QKeySequence
from qtpy.QtWidgets import (
    QAbstractItemView,
    QAction,
    QFileDialog,
    QHBoxLayout,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from napari_relic_inpaint.errors import ExistsError, FileError
from napari_relic_inpaint.files.atomic import replacing
from napari_relic_inpaint.widgets.scores import COLUMNS, Measurement, for_file, for_spreadsheet

FILE_NAME = "measurements.csv"
WIDEST_COLUMN, ROW_PADDING, FEWEST_ROWS = 220, 8, 5
"""Pixels; the tooltip of a cell says what a narrow column hides."""

HEADING_WIDTH = 15
"""Letters in a line of a heading: headings are longer than the scores below them."""

_SORT_ROLE = Qt.ItemDataRole.UserRole


class ScoreTable(QWidget):
    """Rows of scores that stay until the user removes them.

    Attributes
    ----------
    changed : Signal
        Rows were added or removed.
    said : Signal of str
        A sentence about what was done, or why it could not be done.
    """

    changed = Signal()
    said = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = _Model(self)
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self._model)
        self._sorted.setSortRole(_SORT_ROLE)
        self.view = self._make_view()
        self.copy_action = self._action(
            "Copy",
            "Copy the selected rows, or all, with their headings, ready to be pasted into a "
            "spreadsheet.",
            self.copy,
            QKeySequence.StandardKey.Copy,
        )
        self.export_action = self._action(
            "Export CSV ...", "Write all rows with all their digits into a CSV file.", self.export
        )
        self.remove_action = self._action(
            "Remove", "Remove the selected rows.", self.remove, QKeySequence.StandardKey.Delete
        )
        self.clear_action = self._action("Clear", "Remove all rows.", self.clear)
        order = QAction("Order as measured", self.view)
        order.triggered.connect(self._unsort)
        self.view.addAction(order)
        buttons = QHBoxLayout()
        for action in (self.copy_action, self.export_action, self.remove_action, self.clear_action):
            buttons.addWidget(_button(action))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.view)
        layout.addLayout(buttons)
        self.view.selectionModel().selectionChanged.connect(self._enable_actions)
        self._enable_actions()

    @property
    def measurements(self) -> list[Measurement]:
        """The rows in the order of measurement."""
        return list(self._model.measurements)

    def add(self, measurements: Sequence[Measurement]) -> int:
        """Add rows, except those that are there already to the last digit; return how many.

        Rows of the same layers with other scores stay side by side: the picture was restored anew
        in between, and how that compares is what the table is for.
        """
        there = {_identity(measurement) for measurement in self._model.measurements}
        new = [row for row in measurements if _identity(row) not in there]
        if new:
            self._model.append(new)
            self.view.resizeColumnsToContents()
            self.view.scrollToBottom()
            self._on_rows()
        return len(new)

    def copy(self) -> None:
        """Copy the selected rows, or all if none is selected, as text with tabs."""
        rows = self._selected() or range(self._sorted.rowCount())
        measurements = [self._measurement(row) for row in rows]
        if measurements:
            QGuiApplication.clipboard().setText(for_spreadsheet(measurements))
            self.said.emit(f"Copied {_rows(len(measurements))}.")

    def export(self) -> None:
        """Ask for a file and write all rows to it, in the order shown."""
        proposed = str(Path(get_save_history()[0]) / FILE_NAME)
        chosen, _ = QFileDialog.getSaveFileName(
            self, "Export the measurements", proposed, "Comma-separated values (*.csv)"
        )
        if not chosen:
            return
        path = Path(chosen)
        # The dialog has asked before it lets an existing file be chosen, but about the name that
        # was typed: not about the one that the missing suffix makes of it.
        asked = bool(path.suffix)
        path = path if asked else path.with_suffix(".csv")
        rows = [self._measurement(row) for row in range(self._sorted.rowCount())]
        content = for_file(rows)
        try:
            with replacing(path, overwrite=asked, size=len(content)) as stream:
                stream.write(content)
        except ExistsError as error:
            self.said.emit(f"Not exported: {error.advising()}")
            return
        except FileError as error:
            self.said.emit(f"Not exported: {error}")
            return
        update_save_history(str(path))
        self.said.emit(f"Exported {_rows(len(rows))} to {path}.")

    def remove(self) -> None:
        """Remove the selected rows."""
        sources = [self._source(row) for row in self._selected()]
        self._model.remove(sources)
        self._on_rows()

    def clear(self) -> None:
        """Remove all rows."""
        self._model.remove(range(len(self._model.measurements)))
        self._on_rows()

    def _make_view(self) -> QTableView:
        view = QTableView(self)
        view.setModel(self._sorted)
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        view.setWordWrap(False)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        view.verticalHeader().hide()
        view.verticalHeader().setDefaultSectionSize(view.fontMetrics().height() + ROW_PADDING)
        view.horizontalHeader().setMaximumSectionSize(WIDEST_COLUMN)
        heading = view.horizontalHeader().sizeHint().height()
        row = view.verticalHeader().defaultSectionSize()
        view.setMinimumHeight(heading + FEWEST_ROWS * row + 2 * view.frameWidth())
        view.setSortingEnabled(True)
        view.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        return view

    def _action(
        self,
        text: str,
        tooltip: str,
        do: Callable[[], None],
        shortcut: QKeySequence.StandardKey | None = None,
    ) -> QAction:
        action = QAction(text, self.view)
        action.setToolTip(tooltip)
        action.triggered.connect(do)
        if shortcut is not None:
            action.setShortcut(QKeySequence(shortcut))
            # Only in the table: elsewhere the same keys copy and delete layers and points.
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self.view.addAction(action)
        return action

    def _unsort(self) -> None:
        self.view.sortByColumn(-1, Qt.SortOrder.AscendingOrder)

    def _on_rows(self) -> None:
        self._enable_actions()
        self.changed.emit()

    def _enable_actions(self) -> None:
        filled = bool(self._model.measurements)
        for action in (self.copy_action, self.export_action, self.clear_action):
            action.setEnabled(filled)
        self.remove_action.setEnabled(bool(self._selected()))

    def _selected(self) -> list[int]:
        """Rows as shown, from top to bottom."""
        return sorted(index.row() for index in self.view.selectionModel().selectedRows())

    def _source(self, row: int) -> int:
        source: int = self._sorted.mapToSource(self._sorted.index(row, 0)).row()
        return source

    def _measurement(self, row: int) -> Measurement:
        return self._model.measurements[self._source(row)]


class _Model(QAbstractTableModel):
    """Measurements as rows, `COLUMNS` as columns."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.measurements: list[Measurement] = []

    def append(self, measurements: Sequence[Measurement]) -> None:
        first = len(self.measurements)
        self.beginInsertRows(QModelIndex(), first, first + len(measurements) - 1)
        self.measurements.extend(measurements)
        self.endInsertRows()

    def remove(self, rows: Sequence[int]) -> None:
        for row in sorted(rows, reverse=True):
            self.beginRemoveRows(QModelIndex(), row, row)
            del self.measurements[row]
            self.endRemoveRows()

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.measurements)

    def columnCount(self, parent: QModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(COLUMNS)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        column, measurement = COLUMNS[index.column()], self.measurements[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.shown(measurement)
        if role == Qt.ItemDataRole.ToolTipRole:
            return column.exact(measurement)
        if role == _SORT_ROLE:
            return column.sort_key(measurement)
        if role == Qt.ItemDataRole.TextAlignmentRole and column.digits:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return fill(COLUMNS[section].heading, HEADING_WIDTH)
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{COLUMNS[section].tooltip} {COLUMNS[section].direction}".strip()
        return None


def _button(action: QAction) -> QPushButton:
    """Return a button that does, and is enabled as, an action."""
    button = QPushButton(action.text())
    button.setToolTip(action.toolTip())
    button.clicked.connect(action.trigger)
    action.changed.connect(lambda: button.setEnabled(action.isEnabled()))
    return button


def _identity(measurement: Measurement) -> tuple[str, ...]:
    """Return all cells as text: as numbers, missing scores would differ from themselves."""
    return tuple(column.exact(measurement) for column in COLUMNS)


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"
