"""The Rate widget: choose what shall be compared, and let people mark it blindly."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import napari.viewer
from magicgui.types import FileDialogMode
from magicgui.widgets import (
    ComboBox,
    Container,
    FileEdit,
    Label,
    LineEdit,
    PushButton,
    Select,
    SpinBox,
)
from magicgui.widgets.bases import ValueWidget, Widget
from napari.layers import Image, Layer

from napari_relic_inpaint.errors import RelicInpaintError
from napari_relic_inpaint.marking.damage import from_labels
from napari_relic_inpaint.measuring.ratings import Detail, Session, find_details
from napari_relic_inpaint.widgets.ballot import wrap
from napari_relic_inpaint.widgets.docking import Docking
from napari_relic_inpaint.widgets.form import Form
from napari_relic_inpaint.widgets.layers import (
    is_result,
    masks,
    named,
    pictures,
    planes_shape,
)
from napari_relic_inpaint.widgets.placing import mask_on, note_on, obstacle
from napari_relic_inpaint.widgets.rated_layers import (
    difference,
    method_names,
    place_note,
    shown_detail,
    tidy,
)
from napari_relic_inpaint.widgets.rating_room import RatingRoom

DEFAULT_FILE = "relic-inpaint-marks.csv"
NOTHING, CANVAS = "nothing", "what the canvas shows"


class RatingWidget(Form):
    """What the conservator prepares before people mark.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
        The viewer whose layers are compared; napari passes it in.
    """

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        self._viewer = viewer
        self._room: RatingRoom | None = None
        self.restorations = Select(
            label="Restorations",
            choices=self._pictures,
            tooltip="The pictures to compare, two or more of the same size (Ctrl + click). What "
            "made each is read from its record, else its layer's name counts. Choose the intact "
            "picture too if there is one: its marks tell how strict people are.",
        )
        self.picture = ComboBox(
            label="Picture",
            choices=self._picture_choices,
            tooltip="The damaged picture. The marks are filed under its name.",
        )
        self.comparison = ComboBox(
            label="Shown beside",
            choices=self._comparison_choices,
            tooltip="A picture that people can look at to compare, the damaged one say. It is "
            "not marked.",
        )
        self.damage = ComboBox(
            label="Damage",
            choices=self._damage_choices,
            tooltip="Details that show this damage are marked one after the other. Without it, "
            "what the canvas shows now is the one detail.",
        )
        self.most = SpinBox(
            label="Details at most",
            value=5,
            min=1,
            max=100,
            tooltip="Those with most damage are taken. A person gives three marks for each "
            "restoration of each detail.",
        )
        self.size = SpinBox(
            label="Size of a detail",
            value=512,
            min=32,
            max=8192,
            step=32,
            tooltip="Side in pixels of what is shown at once. Wider than the widest loss, so that "
            "its surroundings are seen.",
        )
        self.rater = LineEdit(
            label="Who marks",
            tooltip="A name or a number. Whoever stopped half-way goes on under the same name.",
        )
        self.file = FileEdit(
            label="File",
            mode=FileDialogMode.OPTIONAL_FILE,
            filter="Marks (*.csv)",
            value=Path.home() / DEFAULT_FILE,
            tooltip="Where the marks go. A file with marks is continued, never replaced, even if "
            "the dialog asks whether it may be.",
        )
        self.start = PushButton(
            text="Start rating",
            tooltip="Open the rating window. All other windows of napari are hidden until it is "
            "closed, since they show the names.",
        )
        self._status = Label(value="")
        wrap(self._status)
        begin = Container[Widget](widgets=[self.start, self._status], labels=False)
        begin.margins = (0, 0, 0, 0)
        fields: list[ValueWidget | FileEdit] = [
            self.restorations,
            self.picture,
            self.comparison,
            self.damage,
            self.most,
            self.size,
            self.rater,
            self.file,
        ]
        super().__init__(widgets=[*fields, begin])
        self._docking = Docking(self.native, "Rate")
        self.restorations.value = [layer for _, layer in self._pictures() if is_result(layer)]
        for field in fields:
            field.changed.connect(self._check)
        self.start.changed.connect(self._start)
        # A viewer that closes takes the window of its restorations with it.
        self.native.destroyed.connect(self._leave_room)
        self._check()

    @property
    def message(self) -> str:
        """The sentence under the button."""
        return str(self._status.value)

    @property
    def room(self) -> RatingRoom | None:
        """The window in which somebody is marking, if so."""
        return self._room

    def reset_choices(self, *_: Any) -> None:
        """Refresh the layer choices; napari calls it whenever layers come, go or are renamed."""
        super().reset_choices()
        self._check()

    def _pictures(self, _: Any = None) -> list[tuple[str, Layer]]:
        # Of a stack nobody could say which plane was marked.
        return named(p for p in pictures(self._viewer) if len(planes_shape(p)) == 2)

    def _picture_choices(self, _: Any = None) -> list[tuple[str, Layer]]:
        # The lowest layer first: it was opened before anything was restored.
        return self._pictures()[::-1]

    def _comparison_choices(self, _: Any = None) -> list[tuple[str, Layer | str]]:
        return [(NOTHING, NOTHING), *self._pictures()]

    def _damage_choices(self, _: Any = None) -> list[tuple[str, Layer | str]]:
        return [*named(masks(self._viewer)), (CANVAS, CANVAS)]

    def _check(self) -> None:
        """Say why rating cannot start if it cannot."""
        self.most.enabled = self.size.enabled = self.damage.value != CANVAS
        obstacle = self._obstacle()
        self.start.enabled = obstacle is None and self._room is None
        self._status.value = self._notes() if obstacle is None else obstacle

    def _obstacle(self) -> str | None:
        chosen = self.restorations.value
        if len(chosen) < 2:
            return "Choose two or more restorations to compare."
        first = chosen[0]
        misfits = [difference(first, layer) for layer in self._others()]
        if self.damage.value != CANVAS:
            misfits.append(obstacle(first, self.damage.value))
        for misfit in misfits:
            if misfit is not None:
                return misfit
        if not self._path().name:
            return "Choose the file that the marks go to."
        if not tidy(self.rater.value):
            return "Enter who marks: a name or a number."
        return None

    def _others(self) -> list[Image]:
        """Return the pictures that are shown beside the first."""
        compared = [] if self.comparison.value == NOTHING else [self.comparison.value]
        return [*self.restorations.value[1:], *compared]

    def _notes(self) -> str:
        """Tell which layers lie elsewhere than the first picture."""
        first = self.restorations.value[0]
        notes = [place_note(first, layer) for layer in self._others()]
        if self.damage.value != CANVAS:
            notes.append(note_on(first, self.damage.value))
        return " ".join(filter(None, notes))

    def _path(self) -> Path:
        path = self.file.value
        assert isinstance(path, Path)  # it is a field for one file, which cannot be None
        return path

    def _start(self) -> None:
        self._check()
        if not self.start.enabled:
            return
        rater = tidy(self.rater.value)
        try:
            details = {str(detail): detail for detail in self._details()}
            methods = method_names(self.restorations.value)
            session = Session(
                self._path(),
                rater=rater,
                picture=tidy(self.picture.value.name),
                details=list(details),
                methods=list(methods),
            )
        except RelicInpaintError as error:
            self._status.value = f"Not possible: {str(error).rstrip('.')}."
            return
        if not session.details:
            self._status.value = f"{rater} has marked all of this already: who is next?"
            return
        comparison = None if self.comparison.value == NOTHING else self.comparison.value
        self._room = RatingRoom(session, details, methods, comparison)
        self._room.left.connect(self._on_left)
        self.start.enabled = False
        self._room.open()

    def _details(self) -> list[Detail]:
        if self.damage.value == CANVAS:
            return [shown_detail(self._viewer, self.restorations.value[0])]
        damage = mask_on(self.restorations.value[0], self.damage.value).data
        return find_details(from_labels(damage), self.size.value, self.most.value)

    def _on_left(self, sentence: str) -> None:
        self._room = None
        # The next person does not mark under this one's name.
        self.rater.value = ""
        self._check()
        self._status.value = f"{sentence} {self.message}"

    def _leave_room(self) -> None:
        if self._room is not None:
            self._room.left.disconnect(self._on_left)
            self._room.close()
