"""The Notes and report widget: what a fill rests on, and a page that tells what was done."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import napari.viewer
from magicgui.widgets import ComboBox, Container, LineEdit, PushButton
from napari.layers import Image, Labels, Layer
from napari.utils.history import (
    get_open_history,
    get_save_history,
    update_open_history,
    update_save_history,
)
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFileDialog, QFrame, QScrollArea, QVBoxLayout, QWidget
from superqt import QCollapsible

from napari_relic_inpaint.documenting.languages import LANGUAGES
from napari_relic_inpaint.documenting.notes import SUFFIX, read_notes, write_notes
from napari_relic_inpaint.documenting.report import check_report, write_report_steps
from napari_relic_inpaint.errors import RelicInpaintError
from napari_relic_inpaint.steps import Step, stoppable
from napari_relic_inpaint.widgets.docking import Docking
from napari_relic_inpaint.widgets.form import Form
from napari_relic_inpaint.widgets.job import Job
from napari_relic_inpaint.widgets.layer_choice import LayerChoice, Offer
from napari_relic_inpaint.widgets.layers import (
    is_result,
    masks,
    named,
    pictures,
    planes_shape,
    source_of,
)
from napari_relic_inpaint.widgets.note_form import NoteForm
from napari_relic_inpaint.widgets.opening import source_folder
from napari_relic_inpaint.widgets.placing import obstacle
from napari_relic_inpaint.widgets.report_layers import material_of
from napari_relic_inpaint.widgets.small_files import save_as

WIDTH = 420
"""In pixels."""

FILTERS = {".html": "Web page (*.html)", ".pdf": "PDF, for print and filing (*.pdf)"}
_NOTES = f"Notes (*{SUFFIX})"


class ReportWidget(QWidget):
    """Notes about the damage of a picture, and the report of its restoration.

    Parameters
    ----------
    napari_viewer : napari.viewer.Viewer
        The viewer whose layers are told of; napari passes it in.
    """

    def __init__(self, napari_viewer: napari.viewer.Viewer) -> None:
        super().__init__()
        self._docking = Docking(self, "Report")
        self._viewer = napari_viewer
        self.picture = LayerChoice("Picture", "The damaged picture, as it was before.")
        self.damage = LayerChoice("Damage", "The labels layer that the notes are about.")
        self.result = LayerChoice("Result", "The restored picture that the report tells of.")
        self.notes = NoteForm(napari_viewer)
        self.open_notes = PushButton(
            text="Open notes ...", tooltip="Replace the notes of this layer by those of a file."
        )
        self.save_notes = PushButton(
            text="Save notes ...",
            tooltip="Write the notes to a file, for the command line or another computer. Beside "
            "the mask, as MASK.notes.json, relic-inpaint report finds them by itself.",
        )
        self.title = LineEdit(
            label="Title", tooltip="Heading of the report; by default the picture's name."
        )
        self.object_name = LineEdit(label="Object", tooltip="The work, and where it is, in words.")
        self.language = ComboBox(
            label="Language",
            choices=[(name, code) for code, name in LANGUAGES.items()],
            tooltip="The language that the report is written in. Your notes stay as they are.",
        )
        self.job = Job(
            "Write report ...",
            "Write pictures, damage, method, notes and provenance as a web page or a PDF of A4 "
            "pages, with everything in the one file.",
        )
        files_of_notes = Container(
            widgets=[self.open_notes, self.save_notes], layout="horizontal", labels=False
        )
        files_of_notes.margins = (0, 0, 0, 0)
        self._layers = Form([self.picture, self.damage, self.result])
        self._about = Form([self.title, self.object_name, self.language])
        self._lay_out(files_of_notes)
        self.picture.follow(self._offer_pictures)
        self.damage.follow(lambda: named(each for each in masks(self._viewer) if _painted(each)))
        self.result.follow(self._offer_results)
        for choice in (self.picture, self.damage, self.result):
            choice.changed.connect(lambda _: self._follow())
        self.picture.changed.connect(lambda _: self.result.reset_choices())
        self.open_notes.changed.connect(lambda _: self._open_notes())
        self.save_notes.changed.connect(lambda _: self._save_notes())
        self.notes.changed.connect(self._check)
        self.job.requested.connect(self._ask)
        self.job.finished.connect(self._tell)
        self._follow()

    def reset_choices(self, *_: Any) -> None:
        """Refresh the layer choices; napari calls it whenever layers come, go or are renamed."""
        for choice in (self.picture, self.damage, self.result):
            choice.reset_choices()
        self._follow()

    def _lay_out(self, files_of_notes: Container) -> None:
        inside = QWidget()
        parts = QVBoxLayout(inside)
        parts.setAlignment(Qt.AlignmentFlag.AlignTop)
        parts.addWidget(self._layers.native)
        about_notes, about_report = QWidget(), QWidget()
        for holder, content in (
            (about_notes, (self.notes, files_of_notes.native)),
            (about_report, (self._about.native, self.job.native)),
        ):
            column = QVBoxLayout(holder)
            column.setContentsMargins(0, 0, 0, 0)
            for each in content:
                column.addWidget(each)
        for title, holder in (("Notes", about_notes), ("Report", about_report)):
            section = QCollapsible(title)
            section.setDuration(0)
            section.addWidget(holder)
            section.content().layout().setContentsMargins(0, 0, 0, 0)
            section.expand(animate=False)
            parts.addWidget(section)
        area = QScrollArea()
        area.setWidget(inside)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(area)
        self.setMinimumWidth(WIDTH)

    def _offer_pictures(self) -> Offer:
        sources = [source_of(each) for each in self._viewer.layers if is_result(each)]

        def doubts(layer: Image) -> tuple[bool, bool]:
            return is_result(layer), layer not in sources

        return [*named(sorted(pictures(self._viewer), key=doubts))]

    def _offer_results(self) -> Offer:
        picture = self.picture.value
        # A stack of hypotheses has another shape.
        made = [
            each
            for each in pictures(self._viewer)
            if is_result(each)
            and isinstance(picture, Image)
            and planes_shape(each) == planes_shape(picture)
        ]
        return [*named(sorted(made, key=lambda each: source_of(each) is not picture))]

    def _follow(self) -> None:
        self.notes.follow(_image(self.picture), self._labels())
        self._check()

    def _labels(self) -> Labels | None:
        chosen = self.damage.value
        return chosen if isinstance(chosen, Labels) else None

    def _check(self) -> None:
        picture, damage, result = _image(self.picture), self._labels(), _image(self.result)
        self.open_notes.enabled = damage is not None
        self.save_notes.enabled = bool(self.notes.notes)
        if picture is None or damage is None:
            self.job.set_obstacle("Open a picture and its layer of damage first.")
        elif result is None:
            self.job.set_obstacle("Restore the picture first, or open its result from a project.")
        else:
            self.job.set_obstacle(obstacle(picture, damage))

    def _ask(self) -> None:
        """Ask for a file, and start to write the report."""
        picture, damage, result = _image(self.picture), self._labels(), _image(self.result)
        if picture is None or damage is None or result is None:
            return
        name = re.sub(r"[^\w.-]+", "_", picture.name).strip("_") or "picture"
        chosen, kind = QFileDialog.getSaveFileName(
            self,
            "Write the report",
            str(self._folder() / f"{name}_report.html"),
            ";;".join(FILTERS.values()),
        )
        if not chosen:
            return
        path = Path(chosen)
        suffix = next((each for each, words in FILTERS.items() if words == kind), ".html")
        if path.suffix.lower() not in FILTERS or path.name == f"{name}_report.html":
            path = (
                path.with_suffix(suffix)
                if path.suffix.lower() in FILTERS
                else Path(f"{path}{suffix}")
            )
        # The dialog has asked before it lets an existing file be chosen.
        overwrite = str(path) == chosen
        self.write(path, overwrite=overwrite)

    def write(self, path: Path, *, overwrite: bool) -> None:
        """Write the report of the chosen layers in a thread."""
        picture, damage, result = _image(self.picture), self._labels(), _image(self.result)
        if picture is None or damage is None or result is None:
            return
        language = str(self.language.value)

        try:
            check_report(path, overwrite=overwrite)
            material = material_of(
                self._viewer,
                picture,
                damage,
                result,
                self.notes.notes,
                title=str(self.title.value).strip(),
                object_name=str(self.object_name.value).strip(),
                author=str(self.notes.author.value).strip(),
            )
        except RelicInpaintError as error:
            self.job.say(f"Not possible: {str(error).rstrip('.')}.")
            return

        def work(should_stop: Callable[[], bool]) -> Generator[Step, None, Path]:
            writing = write_report_steps(
                path, material, language, overwrite=overwrite, should_stop=should_stop
            )
            yield from stoppable(writing, should_stop)
            return path

        self.job.start(work)

    def _tell(self, path: Path) -> None:
        update_save_history(str(path))
        self.job.say(f"Written as {path}.")

    def _folder(self) -> Path:
        picture = _image(self.picture)
        beside = None if picture is None else source_folder(picture)
        return Path(get_save_history()[0]) if beside is None else beside

    def _open_notes(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(
            self, "Open notes", str(get_open_history()[0]), f"{_NOTES};;JSON (*.json)"
        )
        if not chosen:
            return
        try:
            self.notes.set_notes(read_notes(chosen))
        except RelicInpaintError as error:
            self.notes.message.say(f"Not opened: {str(error).rstrip('.')}.")
        else:
            update_open_history(chosen)
            self.notes.message.say(f"Opened {Path(chosen).name}.")

    def _save_notes(self) -> None:
        damage = self._labels()
        name = "damage" if damage is None else re.sub(r"[^\w.-]+", "_", damage.name).strip("_")
        path = save_as(
            self,
            "Save notes",
            str(self._folder() / f"{name}{SUFFIX}"),
            _NOTES,
            SUFFIX,
            lambda path, replace: write_notes(path, self.notes.notes, overwrite=replace),
            self.notes.message.say,
        )
        if path is not None:
            update_save_history(str(path))


def _painted(layer: Layer) -> bool:
    return isinstance(layer, Labels)


def _image(choice: LayerChoice) -> Image | None:
    return choice.value if isinstance(choice.value, Image) else None
