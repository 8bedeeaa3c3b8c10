"""The list of classes of damage: choose one to paint with it, name and colour them, share them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from napari.layers import Labels
from qtpy.QtCore import QSize, Qt, Signal
from qtpy.QtGui import QColor, QIcon, QPixmap
from qtpy.QtWidgets import (
    QColorDialog,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from napari_relic_inpaint import files
from napari_relic_inpaint.errors import RelicInpaintError
from napari_relic_inpaint.marking.classes import DamageClass, checked, new_class
from napari_relic_inpaint.widgets.classed_layer import set_classes, with_classes
from napari_relic_inpaint.widgets.compact import Message, fit_height, make_compact
from napari_relic_inpaint.widgets.small_files import save_as

COLOUR, NAME, MEANING, LINES = range(4)
HEADINGS = "", "Class", "Meaning", "Lines"
TIPS = (
    "Double-click to choose another colour.",
    "Click to paint with this class; double-click to rename it.",
    "What belongs to this class; double-click to write it.",
    "Ticked: these are lines, whose length and width are measured.",
)
SWATCH = 14
FILTER = "Classes of damage (*.json)"


class ClassList(QWidget):
    """The classes of a layer of damage.

    Attributes
    ----------
    changed : Signal
        The classes are others now.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._layer: Labels | None = None
        self._classes: tuple[DamageClass, ...] = ()
        self._filling = False
        self.table = QTableWidget(0, len(HEADINGS))
        self.table.setHorizontalHeaderLabels(HEADINGS)
        self.table.verticalHeader().hide()
        self.table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
        self.table.setIconSize(QSize(SWATCH, SWATCH))
        make_compact(self.table)
        header = self.table.horizontalHeader()
        for column in (COLOUR, NAME, LINES):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(MEANING, QHeaderView.ResizeMode.Stretch)
        self.add_button = _button("Add", "Add a class of your own.", self._add)
        self.remove_button = _button(
            "Remove",
            "Take the chosen class off the list. What is painted with it stays painted.",
            self._remove,
        )
        self.load_button = _button(
            "Load ...", "Read classes from a file that your team shares.", self._load
        )
        self.save_button = _button(
            "Save ...", "Write these classes into a file for your team.", self._save
        )
        self.message = Message()
        buttons = QHBoxLayout()
        for button in (self.add_button, self.remove_button, self.load_button, self.save_button):
            buttons.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.table)
        layout.addLayout(buttons)
        layout.addWidget(self.message)
        self.table.itemSelectionChanged.connect(self._choose)
        self.table.itemChanged.connect(self._edit)
        self.table.cellDoubleClicked.connect(self._recolour)
        self.follow(None)

    @property
    def classes(self) -> tuple[DamageClass, ...]:
        """The classes that are shown."""
        return self._classes

    def follow(self, layer: Labels | None) -> None:
        """Show the classes of this layer from now on."""
        if layer is not self._layer:
            if self._layer is not None:
                self._layer.events.selected_label.disconnect(self._show_chosen)
            self._layer = layer
            self.message.say("")
            if layer is not None:
                layer.events.selected_label.connect(self._show_chosen)
        self.setEnabled(layer is not None)
        classes = () if layer is None else with_classes(layer)
        if classes != self._classes:
            self._classes = classes
            self._fill()
            self.changed.emit()

    def set_classes(self, classes: tuple[DamageClass, ...]) -> None:
        """Give the layer other classes."""
        if self._layer is not None and classes != self._classes:
            self._classes = classes
            set_classes(self._layer, classes)
            self.changed.emit()
        self._fill()

    def _fill(self) -> None:
        self._filling = True
        self.table.setRowCount(len(self._classes))
        for row, each in enumerate(self._classes):
            swatch = QPixmap(SWATCH, SWATCH)
            swatch.fill(QColor(each.colour))
            for column, text in ((COLOUR, ""), (NAME, each.name), (MEANING, each.meaning)):
                self.table.setItem(row, column, _item(text, column))
            self.table.item(row, COLOUR).setIcon(QIcon(swatch))
            tick = _item("", LINES)
            tick.setCheckState(Qt.CheckState.Checked if each.lines else Qt.CheckState.Unchecked)
            self.table.setItem(row, LINES, tick)
            self.table.item(row, NAME).setToolTip(f"{TIPS[NAME]}\nIts label is {each.label}.")
            self.table.item(row, MEANING).setToolTip(f"{each.meaning}\n\n{TIPS[MEANING]}")
        fit_height(self.table, least_rows=1)
        self._filling = False
        self._show_chosen()

    def _show_chosen(self, _: Any = None) -> None:
        """Follow the label that is selected in napari."""
        if self._layer is None:
            return
        labels = [each.label for each in self._classes]
        self._filling = True
        if self._layer.selected_label in labels:
            self.table.selectRow(labels.index(self._layer.selected_label))
        else:
            self.table.clearSelection()
        self._filling = False
        self.remove_button.setEnabled(self._row is not None and len(labels) > 1)

    @property
    def _row(self) -> int | None:
        rows = self.table.selectionModel().selectedRows()
        return rows[0].row() if rows else None

    def _choose(self) -> None:
        row = self._row
        if not self._filling and self._layer is not None and row is not None:
            self._layer.selected_label = self._classes[row].label

    def _edit(self, item: QTableWidgetItem) -> None:
        if self._filling:
            return
        before = self._classes[item.row()]
        ticked = item.checkState() == Qt.CheckState.Checked
        fields = {
            NAME: {"name": item.text().strip()},
            MEANING: {"meaning": item.text()},
            LINES: {"lines": ticked},
        }
        self._try(lambda: self._replaced(before, **fields.get(item.column(), {})))

    def _recolour(self, row: int, column: int) -> None:
        if column != COLOUR:
            return
        before = self._classes[row]
        colour = QColorDialog.getColor(QColor(before.colour), self, f"Colour of {before.name}")
        if colour.isValid():
            self._try(lambda: self._replaced(before, colour=colour.name()))

    def _replaced(self, before: DamageClass, **fields: Any) -> tuple[DamageClass, ...]:
        after = replace(before, **fields)
        return tuple(after if each is before else each for each in self._classes)

    def _add(self) -> None:
        added = new_class(self._classes)
        self._try(lambda: (*self._classes, added))
        if self._layer is not None:
            self._layer.selected_label = added.label
        row = [each.label for each in self._classes].index(added.label)
        self.table.editItem(self.table.item(row, NAME))

    def _remove(self) -> None:
        row = self._row
        if row is not None:
            gone = self._classes[row]
            self._try(lambda: tuple(each for each in self._classes if each is not gone))

    def _load(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(self, "Load classes of damage", "", FILTER)
        if chosen:
            self._try(lambda: files.read_preset(chosen))

    def _save(self) -> None:
        save_as(
            self,
            "Save classes of damage",
            "damage-classes.json",
            FILTER,
            ".json",
            lambda path, replace: files.write_preset(path, self._classes, overwrite=replace),
            self.message.say,
        )

    def _try(self, make: Callable[[], tuple[DamageClass, ...]]) -> None:
        """Take other classes if they can be, else say why not."""
        try:
            classes = checked(make())
        except RelicInpaintError as error:
            self.message.say(f"Not possible: {error}.".replace("..", "."))
            self._fill()
        else:
            self.message.say("")
            self.set_classes(classes)


def _button(text: str, tip: str, slot: Callable[[], None]) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(tip)
    button.clicked.connect(lambda _: slot())
    return button


def _item(text: str, column: int) -> QTableWidgetItem:
    item = QTableWidgetItem(text)
    item.setToolTip(TIPS[column])
    flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
    if column in (NAME, MEANING):
        flags |= Qt.ItemFlag.ItemIsEditable
    if column == LINES:
        flags |= Qt.ItemFlag.ItemIsUserCheckable
    item.setFlags(flags)
    return item
