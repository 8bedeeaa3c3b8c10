"""The list of classes, each with the mode in which it is shown, and the parameters of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qtpy.QtCore import Qt, Signal
from qtpy.QtGui import QColor, QIcon, QPixmap
from qtpy.QtWidgets import (
    QComboBox,
    QHeaderView,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.marking.classes import DamageClass
from napari_relic_inpaint.showing.modes import MODES, DisplayMode
from napari_relic_inpaint.widgets.class_list import SWATCH
from napari_relic_inpaint.widgets.compact import Message, fit_height, make_compact
from napari_relic_inpaint.widgets.mode_fields import ModeFields

ALL, AS_ALL = "all classes", "as all classes"
HEADINGS = "Class", "Shown as"
TIPS = (
    "Click to choose its line width and the like below.",
    "How the fills of this class are shown.",
)


class ModeRows(QWidget):
    """Which class of damage is shown in which mode.

    Attributes
    ----------
    changed : Signal
        A mode is another one now.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._classes: tuple[DamageClass, ...] = ()
        self._modes: dict[int, DisplayMode] = {}
        self._others = DisplayMode()
        self.table = QTableWidget(0, len(HEADINGS))
        self.table.setHorizontalHeaderLabels(HEADINGS)
        self.table.verticalHeader().hide()
        self.table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        make_compact(self.table)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.fields = ModeFields()
        self.message = Message()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.table)
        layout.addWidget(self.fields.native)
        layout.addWidget(self.message)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.table.itemSelectionChanged.connect(self._show_fields)
        self.fields.changed.connect(lambda *_: self._take_fields())
        self._fill()

    @property
    def others(self) -> DisplayMode:
        """The mode of all classes that have none of their own."""
        return self._others

    @property
    def modes(self) -> Mapping[int, DisplayMode]:
        """The modes of classes that have one of their own, by label."""
        labels = {each.label for each in self._classes}
        return {label: mode for label, mode in self._modes.items() if label in labels}

    def set_modes(self, others: DisplayMode, modes: Mapping[int, DisplayMode]) -> None:
        """Choose modes, as the user would."""
        self._others, self._modes = others, dict(modes)
        self._fill()
        self.changed.emit()

    def follow(self, classes: Sequence[DamageClass]) -> None:
        """List these classes from now on; those that are known keep their modes."""
        if tuple(classes) != self._classes:
            self._classes = tuple(classes)
            self._fill()

    def choice(self, label: int | None) -> QComboBox:
        """Return the combo box of a class, or of all of them."""
        row = 0 if label is None else 1 + [each.label for each in self._classes].index(label)
        return self.table.cellWidget(row, 1)

    def _fill(self) -> None:
        chosen = max(self.table.currentRow(), 0)
        self.table.blockSignals(True)
        self.table.setRowCount(1 + len(self._classes))
        rows: list[DamageClass | None] = [None, *self._classes]
        for row, each in enumerate(rows):
            item = QTableWidgetItem(ALL if each is None else each.name)
            item.setToolTip(TIPS[0] if each is None else f"{each.meaning}\n\n{TIPS[0]}".strip())
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
            if each is not None:
                swatch = QPixmap(SWATCH, SWATCH)
                swatch.fill(QColor(each.colour))
                item.setIcon(QIcon(swatch))
            self.table.setItem(row, 0, item)
            self.table.setCellWidget(row, 1, self._combo(each))
        self.table.blockSignals(False)
        self.table.selectRow(min(chosen, len(self._classes)))
        fit_height(self.table, least_rows=1)
        self._show_fields()

    def _combo(self, each: DamageClass | None) -> QComboBox:
        combo = QComboBox()
        combo.setToolTip(TIPS[1])
        if each is not None:
            combo.addItem(AS_ALL)
        for name, (what, _) in MODES.items():
            combo.addItem(name)
            combo.setItemData(combo.count() - 1, what, Qt.ItemDataRole.ToolTipRole)
        mode = self._others if each is None else self._modes.get(each.label)
        combo.setCurrentText(AS_ALL if mode is None else mode.mode)
        label = None if each is None else each.label
        combo.currentTextChanged.connect(lambda name: self._choose(label, name))
        # A wheel over the list scrolls it, and changes nothing.
        combo.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        combo.wheelEvent = lambda event: event.ignore()
        return combo

    def _choose(self, label: int | None, name: str) -> None:
        if label is None:
            self._others = DisplayMode(name)
        elif name == AS_ALL:
            self._modes.pop(label, None)
        else:
            self._modes[label] = DisplayMode(name)
        row = 0 if label is None else 1 + [each.label for each in self._classes].index(label)
        self.table.selectRow(row)
        self._show_fields()
        self.changed.emit()

    @property
    def _chosen(self) -> int | None:
        """Label of the class that is chosen; None for all of them."""
        row = self.table.currentRow()
        return self._classes[row - 1].label if 0 < row <= len(self._classes) else None

    def _show_fields(self) -> None:
        label = self._chosen
        mode = self._others if label is None else self._modes.get(label)
        self.message.say("")
        self.fields.show_mode(mode)

    def _take_fields(self) -> None:
        label = self._chosen
        before = self._others if label is None else self._modes.get(label)
        if before is None:
            return
        try:
            after = DisplayMode(before.mode).with_text(self.fields.texts())
        except InputError as error:
            self.message.say(f"Not possible: {error}.")
            return
        self.message.say("")
        if after == before:
            return
        if label is None:
            self._others = after
        else:
            self._modes[label] = after
        self.changed.emit()


def known_classes(
    classes: Sequence[DamageClass], counts: Mapping[int, int] | None, named: Any
) -> list[DamageClass]:
    """Return the classes to list: those that occur, once they are counted."""
    if counts is None:
        return list(classes)
    return [named(label, classes) for label in counts]
