"""The Project widget: the whole bench saved as one folder or file, opened, and recovered."""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import napari.viewer
from magicgui.widgets import CheckBox, Label, PushButton, SpinBox
from napari.utils.history import (
    get_open_history,
    update_open_history,
    update_save_history,
)
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QFileDialog

from napari_relic_inpaint.project.places import ARCHIVE, DESCRIPTION, FOLDER, is_archive, is_project
from napari_relic_inpaint.project.reading import Opened, open_project_steps
from napari_relic_inpaint.project.references import Copies
from napari_relic_inpaint.project.writing import Saved, write_project_steps
from napari_relic_inpaint.steps import Step, stoppable
from napari_relic_inpaint.widgets.autosaving import MINUTES, keep_safe
from napari_relic_inpaint.widgets.ballot import wrap
from napari_relic_inpaint.widgets.bench_session import Taken, session_of
from napari_relic_inpaint.widgets.docking import Docking
from napari_relic_inpaint.widgets.form import Form
from napari_relic_inpaint.widgets.job import Job
from napari_relic_inpaint.widgets.project_names import ask_name
from napari_relic_inpaint.widgets.recovery import Recovery, layers_in_words, time_in_words

NOTHING = "There is nothing to save yet: open a picture first."
LISTED = 6
"""Changes that are named one by one."""

_SOON_MS = 300


class ProjectWidget(Form):
    """Saves and opens projects, and tells what is unsaved.

    Parameters
    ----------
    napari_viewer : napari.viewer.Viewer
        The viewer whose layers are kept; napari passes it in.
    """

    def __init__(self, napari_viewer: napari.viewer.Viewer) -> None:
        self._session = session_of(napari_viewer)
        self._viewer = self._session.viewer
        self._saver = keep_safe(napari_viewer, tell=False)
        self._pending: Callable[[Any], str] | None = None
        self.where = Label(
            label="Project",
            value="",
            tooltip="The folder or .zip that Save writes to.",
        )
        self.unsaved = Label(
            label="Unsaved",
            value="",
            tooltip="What is not in the project as it is here, and would be lost without saving.",
        )
        self.copies = CheckBox(
            text="Copy the pictures into the project",
            value=False,
            tooltip="Put a copy of each picture's file into the project, so that it can be given "
            "away or archived as one thing. Otherwise the project says where the files are, and "
            "tells when they have changed.",
        )
        self.minutes = SpinBox(
            label="Autosave (min)",
            value=MINUTES,
            min=0,
            max=120,
            tooltip="Every so many minutes, what is unsaved is kept in a file of its own beside "
            "the project, and offered here after a crash. The project itself changes only when "
            "you save. 0 turns this off.",
        )
        self.job = Job("Save", "Save everything in the viewer into the project.")
        self.job.cancel_button.tooltip = "Stop. The project stays as it was saved before."
        self.save_folder = PushButton(
            text="Save as folder ...",
            tooltip="Save into a new project: a folder NAME.relic, of which each save writes only "
            "what has changed.",
        )
        self.save_zip = PushButton(
            text="Save as zip ...",
            tooltip="Save into a new project in one file, NAME.relic.zip, to be sent or archived. "
            "Each save writes all of it.",
        )
        self.open_button = PushButton(
            text="Open ...",
            tooltip="Open a project: choose its .zip, or the project.json in its folder. Its "
            "layers are added to those that are here.",
        )
        wrap(self.unsaved)
        wrap(self.where)
        self.recovery = Recovery()
        super().__init__(
            widgets=[
                self.recovery,
                self.where,
                self.unsaved,
                self.copies,
                self.minutes,
                self.job,
                self.save_folder,
                self.save_zip,
                self.open_button,
            ]
        )
        self._docking = Docking(self.native, "Project")
        self._soon = QTimer(self.native, singleShot=True, interval=_SOON_MS)
        self._soon.timeout.connect(self._tell)
        self._session.changed.connect(self._on_change)
        self.native.destroyed.connect(self._let_go)
        self.job.requested.connect(self.save)
        self.job.finished.connect(self._on_done)
        self.save_folder.changed.connect(self._save_as_folder)
        self.save_zip.changed.connect(self._save_as_zip)
        self.open_button.changed.connect(self.ask_what_to_open)
        self.recovery.recover_button.changed.connect(self._recover)
        self.recovery.discard_button.changed.connect(self._discard)
        self.minutes.changed.connect(self._set_minutes)
        if self._saver is not None:
            self._saver.told.connect(self._on_autosave)
        self.recovery.look()
        self._tell()

    def save(self) -> None:
        """Save into the project; asks for a name if there is none."""
        if self._session.path is None:
            self._save_as_folder()
        else:
            self.save_to(self._session.path, overwrite=False)

    def save_as(self) -> None:
        """Ask for a name and save as a folder."""
        self._save_as_folder()

    def save_to(self, path: Path, *, overwrite: bool) -> None:
        """Save into a project."""
        if self.job.running:
            return
        session = self._session
        taken = session.take(copied=True)
        same = path == session.path
        based_on = session.version if same else None
        pictures = Copies.ALL if self.copies.value else Copies.NEEDED
        memory = session.memory if same else None
        carried_from = session.carried_from

        def work(should_stop: Callable[[], bool]) -> Generator[Step, None, tuple[Taken, Saved]]:
            writing = write_project_steps(
                path,
                taken.bench,
                pictures=pictures,
                overwrite=overwrite,
                based_on=based_on,
                carried_from=carried_from,
                memory=memory,
            )
            return taken, (yield from stoppable(writing, should_stop))

        self._start(work, self._on_saved)

    def open(self, path: Path) -> None:
        """Open a project: its layers are added to those that are there."""
        if self.job.running:
            return

        def work(should_stop: Callable[[], bool]) -> Generator[Step, None, Opened]:
            return (yield from stoppable(open_project_steps(path), should_stop))

        self._start(work, self._on_opened)

    def ask_what_to_open(self) -> None:
        """Ask for a project and open it."""
        chosen, _ = QFileDialog.getOpenFileName(
            self.native,
            "Open a project",
            get_open_history()[0],
            f"Projects ({DESCRIPTION} *{ARCHIVE})",
        )
        if chosen:
            update_open_history(chosen)
            self.open(Path(chosen))

    def _start(self, work: Any, then: Callable[[Any], str]) -> None:
        self._pending = then
        self.job.start(work)

    def _on_done(self, result: Any) -> None:
        then, self._pending = self._pending, None
        if then is not None:
            self.job.say(then(result))
            # Widgets of the project may have come as tabs before it.
            self._docking.come_to_front()
        self._tell()

    def _on_saved(self, result: tuple[Taken, Saved]) -> str:
        taken, saved = result
        self._session.keep(taken, saved)
        if self._saver is not None:
            self._saver.forget()
        update_save_history(str(saved.path))
        return " ".join([f"Saved as {saved.path}.", *taken.notes, *saved.notes])

    def _on_opened(self, opened: Opened) -> str:
        notes = self._session.show(opened)
        count = layers_in_words(len(opened.bench.layers))
        return " ".join([f"Opened {opened.path}: {count}.", *notes])

    def _save_as_folder(self) -> None:
        self._ask_name(FOLDER, "Project in a folder (*.relic)")

    def _save_as_zip(self) -> None:
        self._ask_name(FOLDER + ARCHIVE, "Project in one file (*.relic.zip)")

    def _ask_name(self, ending: str, kind: str) -> None:
        if self.job.running or self.job.obstacle is not None:
            return
        path = ask_name(self.native, self._session, ending, kind)
        if path is None:
            return
        if path.is_dir() and is_project(path) and path != self._session.path:
            self.job.say(
                f"Not possible: {path} is another project. Choose another name, or open it first."
            )
            return
        # The dialog has asked before it lets an existing file be chosen.
        self.save_to(path, overwrite=is_archive(path) and path.is_file())

    def _on_change(self) -> None:
        self._soon.start()

    def _let_go(self) -> None:
        self._session.changed.disconnect(self._on_change)
        if self._saver is not None:
            self._saver.told.disconnect(self._on_autosave)

    def _tell(self) -> None:
        session = self._session
        unsaved = session.unsaved()
        if session.path is None:
            self.where.value = "not saved yet"
        else:
            at = "" if session.saved is None else f", saved {time_in_words(session.saved)}"
            self.where.value = f"{session.path}{at}"
        shown = "; ".join(unsaved[:LISTED])
        more = len(unsaved) - LISTED
        self.unsaved.value = (f"{shown}; {more} more" if more > 0 else shown) or "nothing"
        self.job.set_obstacle(None if self._viewer.layers else NOTHING)

    def _on_autosave(self, sentence: str) -> None:
        if sentence:
            self.job.say(sentence)

    def _set_minutes(self) -> None:
        if self._saver is not None:
            self._saver.set_minutes(self.minutes.value)

    def _recover(self) -> None:
        left = self.recovery.first
        if self.job.running or left is None:
            return

        def work(should_stop: Callable[[], bool]) -> Generator[Step, None, Opened]:
            return (yield from stoppable(open_project_steps(left.path), should_stop))

        def then(opened: Opened) -> str:
            alone = not self._viewer.layers
            notes = self._session.show(opened, as_project=False)
            if alone and left.project is not None:
                self._session.continue_project(left.project, left.version)
            if self._saver is not None:
                self._saver.claim(left)
            self.recovery.look()
            return " ".join(
                [f"Recovered {layers_in_words(len(opened.bench.layers))}: save them.", *notes]
            )

        self._start(work, then)

    def _discard(self) -> None:
        if not self.job.running:
            self.recovery.discard()
