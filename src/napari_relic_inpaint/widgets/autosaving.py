"""Unsaved work kept every few minutes, so that a crash takes only what was done since."""

from __future__ import annotations

import atexit
import uuid
from collections.abc import Generator
from typing import Any

import napari.viewer
from napari.qt.threading import create_worker
from napari.utils.notifications import show_info
from psygnal import Signal
from qtpy.QtCore import QObject, QTimer

from napari_relic_inpaint.errors import RelicInpaintError
from napari_relic_inpaint.project.autosaves import Autosave, autosave_of, left_by_crashes
from napari_relic_inpaint.project.layer_writing import WriterMemory
from napari_relic_inpaint.project.references import Copies
from napari_relic_inpaint.project.writing import Saved, write_project_steps
from napari_relic_inpaint.steps import Step, stoppable
from napari_relic_inpaint.widgets.bench_changes import State
from napari_relic_inpaint.widgets.bench_session import Session, Taken, session_of

MINUTES = 3


class Autosaver:
    """Writes what is unsaved beside the project, in a thread.

    Parameters
    ----------
    session : Session
        The bench.
    parent : QObject
        The window that shows it; when it is closed the work is given up or saved, as the user said.

    Attributes
    ----------
    told : Signal of str
        Something went wrong, or is right again: carries a sentence, or nothing.
    """

    told = Signal(str)

    def __init__(self, session: Session, parent: QObject) -> None:
        self._session = session
        self._name = uuid.uuid4().hex
        self._autosave: Autosave | None = None
        self._states: dict[int, State] = {}
        self._memory = WriterMemory()
        self._worker: Any = None
        self._stopping = False
        self._claimed: list[Autosave] = []
        self._timer = QTimer(parent, interval=MINUTES * 60_000)
        self._timer.timeout.connect(self.save_if_needed)
        self._timer.start()
        atexit.register(self._end)
        parent.destroyed.connect(self._end)

    @property
    def running(self) -> bool:
        """Whether work is being written."""
        return self._worker is not None

    def set_minutes(self, minutes: int) -> None:
        """Write every so many minutes; 0 never."""
        self._timer.stop()
        if minutes:
            self._timer.start(minutes * 60_000)

    def save_if_needed(self) -> None:
        """Write what is unsaved, unless that was done already."""
        if self.running or not self._session.unsaved():
            return
        taken = self._session.take(copied=False)
        if taken.states == self._states or not taken.bench.layers:
            return
        place = autosave_of(self._session.path, self._session.version, self._name)
        if self._autosave is not None and place.path != self._autosave.path:
            self._autosave.remove()
            self._memory = WriterMemory()
        self._autosave = place
        self._worker = create_worker(self._write, taken, place)
        self._worker.returned.connect(self._on_saved)
        self._worker.finished.connect(self._on_end)
        self._worker.start()

    def forget(self) -> None:
        """Remove what was written: it is saved, or nobody wants it."""
        self._stopping = self.running
        if self._autosave is not None:
            self._autosave.remove()
        self._autosave, self._states, self._memory = None, {}, WriterMemory()

    def claim(self, left: Autosave) -> None:
        """Take over what a crash has left and is shown now: should this crash too, it is ours.

        It is removed in the end if it was saved: until then layers read from it.
        """
        left.announce()
        self._claimed.append(left)

    def _end(self, *_: Any) -> None:
        atexit.unregister(self._end)
        self.forget()
        if self._session.saved is not None:
            for left in self._claimed:
                left.remove()
            self._claimed.clear()

    def _write(
        self, taken: Taken, place: Autosave
    ) -> Generator[Step, None, tuple[Taken, Saved | None, str]]:
        self._stopping = False
        place.path.parent.mkdir(parents=True, exist_ok=True)
        writing = write_project_steps(
            place.path,
            taken.bench,
            pictures=Copies.NONE,
            overwrite=True,
            carried_from=self._session.carried_from,
            memory=self._memory,
        )
        try:
            saved = yield from stoppable(writing, lambda: self._stopping)
            place.announce()
        except (RelicInpaintError, OSError) as error:
            return taken, None, str(error)
        if self._stopping:
            place.remove()
        return taken, saved, ""

    def _on_saved(self, result: tuple[Taken, Saved | None, str]) -> None:
        taken, saved, error = result
        if saved is not None and not self._stopping:
            self._states = taken.states
        if not self._stopping:
            self.told.emit(f"Unsaved work could not be kept: {error}" if error else "")

    def _on_end(self) -> None:
        self._worker = None


def keep_safe(viewer: napari.viewer.Viewer, *, tell: bool = True) -> Autosaver | None:
    """Keep the unsaved work in a viewer from now on; None if it has no window.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
        The viewer.
    tell : bool
        Say where what a crash has left is to be found, if there is any.
    """
    session = session_of(viewer)
    window = getattr(session.viewer, "window", None)
    if window is None:
        return None
    if session.keeper is None:
        session.keeper = Autosaver(session, window._qt_window)
        if tell and left_by_crashes():
            show_info(
                "Unsaved work was kept when napari ended without closing: Plugins > Relic Inpaint "
                "> Save and open projects brings it back."
            )
    saver: Autosaver = session.keeper
    return saver
