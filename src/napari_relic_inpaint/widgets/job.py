"""Long work in a thread: a bar that shows how far it is, and a button that stops it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

from magicgui.widgets import Container, Label, ProgressBar, PushButton
from napari.qt.threading import create_worker
from psygnal import Signal
from qtpy.QtWidgets import QSizePolicy

from napari_relic_inpaint.errors import ExistsError, RelicInpaintError, Stopped
from napari_relic_inpaint.remedies import NAPARI, worded
from napari_relic_inpaint.restoration import Step

Work = Callable[[Callable[[], bool]], Generator[Step, None, Any]]
"""Takes ``should_stop`` and returns the steps; their return value is the job's result."""

BAR_STEPS = 1000


class Job(Container):
    """A Run and a Cancel button, a progress bar and a sentence about how it goes.

    Parameters
    ----------
    run_text, run_tooltip : str
        What the Run button says.

    Attributes
    ----------
    run_button, cancel_button : PushButton
        The two buttons.
    obstacle : str or None
        Why the work cannot start.
    ready : bool
        Whether the work can start now.
    requested : Signal
        The Run button was pressed.
    stepped : Signal
        A part of the work is done; carries its `Step`.
    finished : Signal
        The work is done; carries its result. Not emitted when it failed or was stopped.
    unfinished : Signal
        The work failed or was stopped.
    """

    requested = Signal()
    stepped = Signal(object)
    finished = Signal(object)
    unfinished = Signal()

    def __init__(self, run_text: str, run_tooltip: str) -> None:
        self.run_button = PushButton(text=run_text, tooltip=run_tooltip)
        self.cancel_button = PushButton(
            text="Cancel",
            tooltip="Stop the run. Nothing is added or changed.",
            enabled=False,
        )
        self._bar = ProgressBar(max=BAR_STEPS, value=0, label="", visible=False)
        self._status = Label(value="")
        self._status.native.setWordWrap(True)
        # As high as its lines; magicgui's own policy cuts long sentences off.
        self._status.native.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        buttons = Container(
            widgets=[self.run_button, self.cancel_button], layout="horizontal", labels=False
        )
        buttons.margins = (0, 0, 0, 0)
        super().__init__(widgets=[buttons, self._bar, self._status], labels=False)
        self.margins = (0, 0, 0, 0)
        self._worker: Any = None
        self._stop = threading.Event()
        self._started = 0.0
        self._succeeded = False
        self._others: list[Job] = []
        self.obstacle: str | None = None
        self.run_button.changed.connect(self._request)
        self.cancel_button.changed.connect(self.stop)
        # A viewer that closes must not leave a thread working for nobody.
        self.native.destroyed.connect(self._abandon)

    @property
    def running(self) -> bool:
        """Whether work is going on."""
        return self._worker is not None

    @property
    def ready(self) -> bool:
        """Whether the work can start: nothing is in its way, and no other job is running."""
        return self.obstacle is None and not any(job.running for job in (self, *self._others))

    @property
    def message(self) -> str:
        """The sentence under the buttons."""
        return str(self._status.value)

    def set_obstacle(self, sentence: str | None) -> None:
        """Say why the work cannot start, or None if it can."""
        before, self.obstacle = self.obstacle, sentence
        self.run_button.enabled = self.ready
        # What the last run said stays until there is something new to say.
        if not self.running and sentence != before:
            self._status.value = sentence or ""

    def say(self, sentence: str) -> None:
        """Show a sentence under the buttons."""
        self._status.value = sentence

    def start(self, work: Work) -> None:
        """Start work in a thread."""
        self._stop.clear()
        self._succeeded = False
        self._started = time.monotonic()
        self._worker = create_worker(_guarded, work, self._stop)
        self._worker.yielded.connect(self._unless_abandoned(self._on_step))
        self._worker.returned.connect(self._unless_abandoned(self._on_result))
        self._worker.errored.connect(self._unless_abandoned(self._on_error))
        self._worker.finished.connect(self._unless_abandoned(self._on_end))
        self._show_running(True)
        self._status.value = "Starting ..."
        self._worker.start()

    def stop(self) -> None:
        """Ask the work to stop; it does so within a second."""
        if self.running:
            self._stop.set()
            self.cancel_button.enabled = False
            self._status.value = "Stopping ..."

    def _abandon(self) -> None:
        self._stop.set()
        if self._worker is not None:
            for name in ("yielded", "returned", "errored", "finished"):
                getattr(self._worker, name).disconnect()
            self._worker = None

    def _unless_abandoned(self, slot: Callable[..., None]) -> Callable[..., None]:
        """Return a slot that does nothing once the window is gone.

        PySide delivers what was in the queue when the signals were disconnected.
        """

        def guarded(*said: Any) -> None:
            if self.running:
                slot(*said)

        return guarded

    def _request(self) -> None:
        self.requested.emit()

    def _show_running(self, running: bool) -> None:
        for job in (self, *self._others):
            job.run_button.enabled = job.ready
        self.cancel_button.enabled = running
        self._bar.value = 0
        self._bar.visible = running

    def _on_step(self, step: Step) -> None:
        if self._stop.is_set():
            return
        self._bar.value = round(step.fraction * BAR_STEPS)
        elapsed = time.monotonic() - self._started
        left = elapsed * (1 - step.fraction) / max(step.fraction, 1e-3)
        rest = f", about {_duration(left)} left" if elapsed > 1 and step.fraction < 1 else ""
        self._status.value = f"{step.stage}: {step.done} of {step.total}{rest}".capitalize()
        self.stepped.emit(step)

    def _on_result(self, result: Any) -> None:
        if isinstance(result, _Refusal):
            stopped = isinstance(result.error, Stopped)
            reason = _reason(result.error).rstrip(".")
            self._status.value = (
                "Stopped. Nothing was changed." if stopped else f"Not possible: {reason}."
            )
        else:
            self._succeeded = True
            self._status.value = f"Done in {_duration(time.monotonic() - self._started)}."
            self.finished.emit(result)

    def _on_error(self, _: Exception) -> None:
        # napari shows the error itself.
        self._status.value = "The run failed. Nothing was changed."

    def _on_end(self) -> None:
        self._worker = None
        self._show_running(False)
        if not self._succeeded:
            self.unfinished.emit()
        if self.obstacle is not None:
            self._status.value = f"{self.message} {self.obstacle}"


def one_at_a_time(*jobs: Job) -> None:
    """Let none of these jobs start while another one is running."""
    for job in jobs:
        job._others = [other for other in jobs if other is not job]


@dataclass(frozen=True)
class _Refusal:
    """An expected error as a result; a worker would raise a bare one in the window's thread."""

    error: RelicInpaintError


def _guarded(work: Work, stop: threading.Event) -> Generator[Step, None, Any]:
    """Hand expected errors over as results: they are sentences for the user, not crashes."""
    try:
        return (yield from work(stop.is_set))
    except RelicInpaintError as error:
        return _Refusal(error)


def _reason(error: RelicInpaintError) -> str:
    """Return what went wrong; the dialog that asks for a name asks about replacing files, too."""
    sentence = error.advising() if isinstance(error, ExistsError) else str(error)
    return worded(sentence, NAPARI)


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(seconds, 1):.0f} s"
    return f"{seconds / 60:.0f} min"
