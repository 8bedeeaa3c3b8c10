"""Notes beside the layer of damage that they are about: a table, and fields to write one."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from datetime import date
from typing import Any

from magicgui.widgets import ComboBox, Container, LineEdit, PushButton, TextEdit
from napari.components import ViewerModel
from napari.layers import Image, Labels
from psygnal import Signal
from qtpy.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from napari_relic_inpaint.documenting.notes import FORM, Note, from_list, made_note, to_list
from napari_relic_inpaint.documenting.sentences import STATUS_MEANINGS
from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.marking.finding_holes import find_holes_steps
from napari_relic_inpaint.marking.holes import Hole
from napari_relic_inpaint.steps import Step
from napari_relic_inpaint.widgets.classed_layer import classes_of
from napari_relic_inpaint.widgets.compact import Message, fit_height, make_compact
from napari_relic_inpaint.widgets.form import Form
from napari_relic_inpaint.widgets.job import Job
from napari_relic_inpaint.widgets.layers import planes_shape
from napari_relic_inpaint.widgets.placing import labels_on

ALL = "the whole picture"

COLUMNS = {
    "About": "The hole, by its first row and column; the class; or the whole picture.",
    "Status": "What the fill rests on.",
    "Note": "Why.",
    "By": "Who says so, and when.",
}

NO_DAMAGE = "Choose a picture and its layer of damage first."

About = tuple[int, ...] | int | None
"""First pixel of a hole, label of a class, or neither for the whole picture."""


class NoteForm(QWidget):
    """The notes about a layer of damage.

    Parameters
    ----------
    viewer : ViewerModel
        Where holes are pointed at.

    Attributes
    ----------
    changed : Signal
        There are other notes now.
    """

    changed = Signal()

    def __init__(self, viewer: ViewerModel) -> None:
        super().__init__()
        self._viewer = viewer
        self._picture: Image | None = None
        self._damage: Labels | None = None
        self.table = QTableWidget(0, len(COLUMNS))
        self.table.setHorizontalHeaderLabels(list(COLUMNS))
        self.table.verticalHeader().hide()
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(list(COLUMNS).index("Note"), QHeaderView.ResizeMode.Stretch)
        for column, tip in enumerate(COLUMNS.values()):
            self.table.horizontalHeaderItem(column).setToolTip(tip)
        make_compact(self.table)
        self.about = ComboBox(
            label="About",
            choices=[ALL],
            tooltip="What the note is about: the whole picture, a class of damage, or a hole that "
            "was pointed at.",
        )
        self.point = PushButton(
            text="Point at a hole",
            tooltip="Press, then click a damaged place in the picture: the note is about the whole "
            "connected hole there.",
        )
        self.point.native.setCheckable(True)
        self.status = ComboBox(
            label="Status",
            choices=list(STATUS_MEANINGS),
            value="hypothesis",
            tooltip="\n".join(f"{name}: {means}" for name, means in STATUS_MEANINGS.items()),
        )
        self.text = TextEdit(label="Note", tooltip="On what grounds the fill is as it is.")
        self.text.native.setFixedHeight(70)
        # What looks like HTML is what somebody wrote.
        self.text.native.setAcceptRichText(False)
        self.author = LineEdit(label="Author", tooltip="Who writes the notes and the report.")
        self.add = PushButton(text="Add", tooltip="Add the note, with the date of today.")
        self.change = PushButton(
            text="Change", tooltip="Write the fields into the note that is selected in the table."
        )
        self.remove = PushButton(text="Remove", tooltip="Remove the note selected in the table.")
        self.finding = Job("Find holes", "Look for the connected holes of the damage.")
        self.finding.run_button.visible = False
        self.message = Message()
        buttons = Container(
            widgets=[self.add, self.change, self.remove], layout="horizontal", labels=False
        )
        buttons.margins = (0, 0, 0, 0)
        fields = Form([self.about, self.point, self.status, self.text, self.author, buttons])
        fields.margins = (0, 0, 0, 0)
        self._fields = fields
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for part in (self.table, fields.native, self.finding.native, self.message):
            layout.addWidget(part)
        self.finding.native.hide()
        self.table.itemSelectionChanged.connect(self._show_selected)
        self.add.changed.connect(lambda _: self._write(None))
        self.change.changed.connect(lambda _: self._write(self.selected))
        self.remove.changed.connect(lambda _: self._remove())
        self.finding.finished.connect(self._on_hole)
        self.finding.unfinished.connect(self._end_finding)
        viewer.mouse_drag_callbacks.append(self._on_mouse)
        self.destroyed.connect(lambda: _leave(viewer, self._on_mouse))
        self.follow(None, None)

    @property
    def notes(self) -> tuple[Note, ...]:
        """The notes about the layer; none where somebody wrote something else into its metadata."""
        kept = None if self._damage is None else self._damage.metadata.get(FORM)
        if kept is None:
            return ()
        try:
            return from_list(kept, "the layer")
        except InputError:
            return ()

    @property
    def selected(self) -> int | None:
        """Number of the note that is selected."""
        rows = self.table.selectionModel().selectedRows()
        return rows[0].row() if rows else None

    def follow(self, picture: Image | None, damage: Labels | None) -> None:
        """Show the notes about this layer of damage of a picture from now on."""
        another = damage is not self._damage
        self._picture, self._damage = picture, damage
        if another:
            self._offer(None)
        for each in (self.add, self.point):
            each.enabled = picture is not None and damage is not None
        self._fill()
        self.message.say(NO_DAMAGE if damage is None else "")

    def set_notes(self, notes: tuple[Note, ...]) -> None:
        """Keep these notes with the layer."""
        if self._damage is not None:
            self._damage.metadata[FORM] = to_list(notes)
            self._fill()
            self.changed.emit()

    def _offer(self, hole: About) -> None:
        """Offer the whole picture, every class, and a hole if there is one; choose the last."""
        classes = () if self._damage is None else classes_of(self._damage)
        offer: list[tuple[str, Any]] = [(ALL, ALL)]
        offer += [(f"all of class {each.name}", each.label) for each in classes]
        if isinstance(hole, tuple):
            offer.append((f"hole at {', '.join(map(str, hole))}", hole))
        self.about.choices = offer
        if hole is not None and hole in [value for _, value in offer]:
            self.about.value = hole
        elif hole is None:
            self.about.value = ALL

    def _fill(self) -> None:
        selected = self.selected
        classes = () if self._damage is None else classes_of(self._damage)
        notes = self.notes
        self.table.blockSignals(True)
        self.table.setRowCount(len(notes))
        for row, note in enumerate(notes):
            by = ", ".join(part for part in (note.author, note.date.isoformat()) if part)
            cells = [note.about(classes), note.status, " ".join(note.text.split()), by]
            for column, text in enumerate(cells):
                item = QTableWidgetItem(text)
                item.setToolTip(note.text)
                self.table.setItem(row, column, item)
        if selected is not None and selected < len(notes):
            self.table.selectRow(selected)
        self.table.blockSignals(False)
        fit_height(self.table, least_rows=1)
        self.change.enabled = self.remove.enabled = self.selected is not None

    def _show_selected(self) -> None:
        number = self.selected
        self.change.enabled = self.remove.enabled = number is not None
        if number is None or self._picture is None:
            return
        note = self.notes[number]
        self._offer(note.hole if note.hole is not None else note.label)
        self.status.value, self.author.value = note.status, note.author
        self.text.native.setPlainText(note.text)
        if note.hole is not None:
            look_at(self._viewer, self._picture, note.hole)

    def _write(self, number: int | None) -> None:
        about = self.about.value
        try:
            note = made_note(
                hole=about if isinstance(about, tuple) else None,
                label=about if isinstance(about, int) else None,
                status=str(self.status.value),
                text=self.text.native.toPlainText(),
                author=str(self.author.value),
                day=date.today(),
            )
        except InputError as error:
            self.message.say(f"Not noted: {error}.")
            return
        notes = list(self.notes)
        if number is None:
            notes.append(note)
        else:
            notes[number] = note
        self.set_notes(tuple(notes))
        self.message.say("")
        if number is None:
            self.text.native.clear()

    def _remove(self) -> None:
        number = self.selected
        if number is not None:
            notes = list(self.notes)
            del notes[number]
            self.table.clearSelection()
            self.set_notes(tuple(notes))

    def _on_mouse(self, _: Any, event: Any) -> Iterator[None]:
        """Look for the hole that was clicked, if one was asked for; a drag moves the picture."""
        yield
        asked = self.point.native.isChecked()
        if event.type == "mouse_move" or not asked or self._picture is None:
            return
        position = tuple(round(float(n)) for n in self._picture.world_to_data(event.position))
        self.find(position[: len(planes_shape(self._picture))])

    def find(self, position: tuple[int, ...]) -> None:
        """Write about the hole that a pixel of the picture lies in, in a thread."""
        picture, damage = self._picture, self._damage
        if picture is None or damage is None or self.finding.running:
            return
        self.point.native.setChecked(False)
        labels = labels_on(picture, damage).data
        stack = planes_shape(picture)[:-2]

        def work(should_stop: Callable[[], bool]) -> Generator[Step, None, Hole | None]:
            holes = yield from find_holes_steps(labels, stack, should_stop=should_stop)
            return holes.hole_at(position)

        self.finding.native.show()
        self.finding.start(work)

    def _on_hole(self, hole: Hole | None) -> None:
        self._end_finding()
        if hole is None:
            self.message.say("Nothing is damaged there: press the button again, and click a hole.")
        else:
            self.message.say("")
            self._offer(hole.position)

    def _end_finding(self) -> None:
        self.finding.native.hide()


def look_at(viewer: ViewerModel, picture: Image, position: tuple[int, ...]) -> None:
    """Bring a pixel of a picture to the middle of the view, on its plane."""
    if len(position) != len(planes_shape(picture)):
        return
    world = picture.data_to_world(position)
    viewer.dims.set_point(range(len(world)), world)
    viewer.scene.camera.center = world[-len(viewer.scene.camera.center) :]


def _leave(viewer: ViewerModel, callback: Any) -> None:
    if callback in viewer.mouse_drag_callbacks:
        viewer.mouse_drag_callbacks.remove(callback)
