"""The list of hypotheses: tick those to restore by, select one to edit what drives it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QMenu,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.judging.hypothesis import (
    Hypothesis,
    free_name,
    other_hypotheses,
    propose_hypotheses,
)
from napari_relic_inpaint.widgets.compact import Message, fit_height, make_compact
from napari_relic_inpaint.widgets.hypothesis_fields import HypothesisFields

NAME, STATE = range(2)
TIPS = (
    "Ticked: restored by when you press Run. Click to see what drives it, double-click to rename.",
    "Whether it is in the stack as it is here.",
)
FINISHED, EDITED = "finished", "edited since"


class HypothesisList(QWidget):
    """Hypotheses, and the fields of the one that is selected.

    Attributes
    ----------
    fields : HypothesisFields
        Of the selected hypothesis.
    changed : Signal
        What is ticked, or what drives it, is different now.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._hypotheses: list[Hypothesis] = []
        self._finished: tuple[Hypothesis, ...] = ()
        self._untouched = True
        self._filling = False
        self.table = QTableWidget(0, 2)
        self.table.setHorizontalHeaderLabels(["Hypothesis", ""])
        for column, tip in enumerate(TIPS):
            self.table.horizontalHeaderItem(column).setToolTip(tip)
        self.table.verticalHeader().hide()
        self.table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
        make_compact(self.table)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(STATE, QHeaderView.ResizeMode.ResizeToContents)
        self.add_button = QPushButton("Add")
        self.add_button.setToolTip("Add another hypothesis; what drives it can be edited below.")
        self._menu = QMenu(self.add_button)
        self.add_button.setMenu(self._menu)
        self._menu.aboutToShow.connect(self._offer)
        self.copy_button = _button("Copy", "Copy the selected one, to edit the copy.", self._copy)
        self.remove_button = _button("Remove", "Take the selected one off the list.", self._remove)
        self.message = Message()
        self.fields = HypothesisFields()
        buttons = QHBoxLayout()
        for button in (self.add_button, self.copy_button, self.remove_button):
            buttons.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.table)
        layout.addLayout(buttons)
        layout.addWidget(self.fields.native)
        layout.addWidget(self.message)
        self.table.itemSelectionChanged.connect(self._select)
        self.table.itemChanged.connect(self._on_item)
        self.fields.edited.connect(self._edit)

    @property
    def ticked(self) -> tuple[Hypothesis, ...]:
        """The hypotheses to restore by."""
        return tuple(
            each
            for row, each in enumerate(self._hypotheses)
            if self.table.item(row, NAME).checkState() == Qt.CheckState.Checked
        )

    @property
    def hypotheses(self) -> tuple[Hypothesis, ...]:
        """All of them."""
        return tuple(self._hypotheses)

    def propose(self, *, drawn: bool, limited: bool) -> None:
        """Show the proposal that fits, unless the user has changed the list."""
        if self._untouched:
            self._put(propose_hypotheses(self.fields.base, drawn=drawn, limited=limited))

    def set_hypotheses(self, hypotheses: Sequence[Hypothesis]) -> None:
        """Show these from now on, all ticked."""
        self._untouched = False
        self._put(hypotheses)

    def _put(self, hypotheses: Sequence[Hypothesis]) -> None:
        if tuple(hypotheses) != self.hypotheses:
            self._hypotheses = [*hypotheses]
            self._fill([True] * len(hypotheses), 0)

    def tell_finished(self, finished: Sequence[Hypothesis]) -> None:
        """Show which ones are finished."""
        self._finished = tuple(finished)
        self._show_states()

    def _fill(self, ticks: Sequence[bool], selected: int) -> None:
        self._filling = True
        self.table.setRowCount(len(self._hypotheses))
        for row, each in enumerate(self._hypotheses):
            item = QTableWidgetItem(each.name)
            item.setToolTip(TIPS[NAME])
            item.setCheckState(Qt.CheckState.Checked if ticks[row] else Qt.CheckState.Unchecked)
            self.table.setItem(row, NAME, item)
            state = QTableWidgetItem()
            state.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
            self.table.setItem(row, STATE, state)
        fit_height(self.table, least_rows=4)
        self._filling = False
        self._show_states()
        self.table.selectRow(min(selected, len(self._hypotheses) - 1))
        self._select()
        self.changed.emit()

    def _show_states(self) -> None:
        self._filling = True
        names = {each.name for each in self._finished}
        for row, each in enumerate(self._hypotheses):
            done = FINISHED if each in self._finished else EDITED if each.name in names else ""
            self.table.item(row, STATE).setText(done)
        self._filling = False

    def _ticks(self) -> list[bool]:
        rows = range(self.table.rowCount())
        return [self.table.item(row, NAME).checkState() == Qt.CheckState.Checked for row in rows]

    @property
    def _selected(self) -> int | None:
        rows = self.table.selectionModel().selectedRows()
        return rows[0].row() if rows and rows[0].row() < len(self._hypotheses) else None

    def _select(self) -> None:
        if self._filling:
            return
        row = self._selected
        self.fields.native.setEnabled(row is not None)
        self.copy_button.setEnabled(row is not None)
        self.remove_button.setEnabled(row is not None)
        if row is not None:
            self.fields.show_hypothesis(self._hypotheses[row])

    def _edit(self) -> None:
        row = self._selected
        if row is None:
            return
        try:
            self._hypotheses[row] = self.fields.hypothesis(self._hypotheses[row].name)
        except InputError as error:
            self.message.say(f"Not possible: {error}.")
            return
        self._touch()

    def _on_item(self, item: QTableWidgetItem) -> None:
        if self._filling or item.column() != NAME:
            return
        row, name = item.row(), item.text().strip()
        before = self._hypotheses[row]
        if name != before.name:
            if not name or name in [each.name for each in self._hypotheses]:
                self._filling = True
                item.setText(before.name)
                self._filling = False
                self.message.say("A hypothesis needs a name that no other has.")
                return
            self._hypotheses[row] = replace(before, name=name)
        self._touch()

    def _touch(self) -> None:
        self._untouched = False
        self.message.say("")
        self._show_states()
        self.changed.emit()

    def _offer(self) -> None:
        self._menu.clear()
        for each in other_hypotheses(self.fields.base):
            self._menu.addAction(each.name, lambda each=each: self.add(each))

    def add(self, hypothesis: Hypothesis) -> None:
        """Add a hypothesis at the end, under a name that is free."""
        name = free_name(hypothesis.name, [each.name for each in self._hypotheses])
        ticks = [*self._ticks(), True]
        self._hypotheses.append(replace(hypothesis, name=name))
        self._untouched = False
        self._fill(ticks, len(self._hypotheses) - 1)

    def _copy(self) -> None:
        if self._selected is not None:
            self.add(self._hypotheses[self._selected])

    def _remove(self) -> None:
        row = self._selected
        if row is None:
            return
        ticks = self._ticks()
        del ticks[row], self._hypotheses[row]
        self._untouched = False
        self._fill(ticks, row)


def _button(text: str, tooltip: str, slot: object) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(tooltip)
    button.clicked.connect(lambda _: slot())  # type: ignore[operator]
    return button
