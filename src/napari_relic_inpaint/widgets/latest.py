"""Work in a thread of which only the newest request counts."""

from __future__ import annotations

import threading
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from napari.qt.threading import create_worker
from qtpy.QtCore import QObject, Signal

from napari_relic_inpaint.errors import RelicInpaintError
from napari_relic_inpaint.steps import Step
from napari_relic_inpaint.widgets.job import Work


class Latest(QObject):
    """Does the work that was asked for last; what is older is stopped.

    Parameters
    ----------
    parent : QObject
        When it goes, the work is stopped.

    Attributes
    ----------
    finished : Signal
        The work that was asked for last is done; carries its result, or a `RelicInpaintError`.
    stepped : Signal
        A part of it is done; carries its `Step`.
    rested : Signal
        Nothing is being done any more.
    """

    finished = Signal(object)
    stepped = Signal(object)
    rested = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._stop = threading.Event()
        self._worker: Any = None
        self._next: Work | None = None
        parent.destroyed.connect(self._stop.set)

    @property
    def running(self) -> bool:
        """Whether work is going on."""
        return self._worker is not None

    def ask(self, work: Work) -> None:
        """Do this work, as soon as what is being done has stopped."""
        self._next = work
        if self.running:
            self._stop.set()
        else:
            self._begin()

    def drop(self) -> None:
        """Stop what is being done, and do nothing."""
        self._next = None
        self._stop.set()

    def _begin(self) -> None:
        work, self._next = self._next, None
        if work is None:
            return
        self._stop.clear()
        self._worker = create_worker(_guarded, work, self._stop)
        self._worker.yielded.connect(self._on_step)
        self._worker.returned.connect(self._on_result)
        self._worker.finished.connect(self._on_end)
        self._worker.start()

    def _on_step(self, step: Step) -> None:
        if not self._stop.is_set():
            self.stepped.emit(step)

    def _on_result(self, result: object) -> None:
        if not self._stop.is_set():
            self.finished.emit(result.error if isinstance(result, _Refusal) else result)

    def _on_end(self) -> None:
        self._worker = None
        self._begin()
        if not self.running:
            self.rested.emit()


@dataclass(frozen=True)
class _Refusal:
    """An expected error as a result; a worker would raise a bare one in the window's thread."""

    error: RelicInpaintError


def _guarded(work: Work, stop: threading.Event) -> Generator[Step, None, Any]:
    try:
        return (yield from work(stop.is_set))
    except RelicInpaintError as error:
        return _Refusal(error)
