"""Turns the progress of single stages into steps of the whole run, and stops it on request."""

from __future__ import annotations

from collections.abc import Callable

from napari_relic_inpaint.errors import Stopped
from napari_relic_inpaint.plane import Progress
from napari_relic_inpaint.steps import Step

READING = 0.05
"""Share of a run's time that reading takes, roughly; for the progress bar only."""

STAGE_ENDS = {
    "reading": 1.0,
    "filling smoothly": 0.06,
    "sketching wide holes": 0.25,
    "finding edges": 0.3,
    "completing edges": 0.6,
    "painting": 1.0,
}
"""Share of a plane's time after which each stage is over, roughly."""


class Clock:
    """The clock of one run.

    Parameters
    ----------
    should_stop : callable, optional
        Asked at every step; when it says True the run ends with `Stopped`.

    Attributes
    ----------
    planes : int
        Number of planes to restore; known once all of them have been read.
    """

    def __init__(self, should_stop: Callable[[], bool] | None) -> None:
        self.planes = 1
        self._should_stop = should_stop
        self._plane = -1
        self._stage = "reading"
        self._start = 0.0

    def next_plane(self) -> None:
        """Begin the next plane that is restored."""
        self._plane += 1
        self._stage, self._start = "", 0.0

    def step(self, progress: Progress, changed: tuple[int | slice, ...] | None = None) -> Step:
        """Return the step that a stage's progress makes."""
        if self._should_stop is not None and self._should_stop():
            raise Stopped("the restoration was stopped")
        if progress.stage != self._stage:
            self._start = STAGE_ENDS.get(self._stage, 0.0)
            self._stage = progress.stage
        end = STAGE_ENDS[progress.stage]
        within = self._start + (end - self._start) * progress.done / progress.total
        fraction = (
            within * READING
            if self._plane < 0
            else (READING + (1 - READING) * (self._plane + within) / self.planes)
        )
        return Step(progress.stage, progress.done, progress.total, fraction, changed)
