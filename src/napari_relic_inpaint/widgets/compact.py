"""Tables that take no more room than they need, in a dock that is narrow."""

from __future__ import annotations

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QLabel, QSizePolicy, QTableWidget

ROW = 22
"""Height of a row, in pixels."""

_STYLE = (
    "QTableView::item { padding: 0px 2px; } QHeaderView::section { padding: 1px 3px; }"
    "QTableView { gridline-color: transparent; }"
)


def make_compact(table: QTableWidget) -> None:
    """Let rows and columns of a table be as small as their text."""
    table.setStyleSheet(_STYLE)
    table.setWordWrap(False)
    table.verticalHeader().setMinimumSectionSize(ROW)
    table.verticalHeader().setDefaultSectionSize(ROW)
    table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)


def fit_height(table: QTableWidget, *, least_rows: int) -> None:
    """Make a table as high as its rows: what is around it scrolls."""
    rows = max(table.rowCount(), least_rows)
    header = table.horizontalHeader().sizeHint().height()
    # The last is room for a horizontal scroll bar, which narrow docks need.
    table.setFixedHeight(header + rows * ROW + ROW)


class Message(QLabel):
    """A sentence that takes no room as long as there is none."""

    def __init__(self) -> None:
        super().__init__()
        self.setWordWrap(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.say("")

    def say(self, sentence: str) -> None:
        """Show a sentence, or nothing."""
        self.setText(sentence)
        self.setVisible(bool(sentence))
