"""Turns the progress of single stages into steps of the whole run, and stops it on request."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TypeVar

from napari_relic_inpaint.errors import Stopped
from napari_relic_inpaint.steps import Step, changed
from napari_relic_inpaint.windows.plane import Progress

READING = 0.05
"""Share of a run's time that reading takes, roughly; for the progress bar only."""

SKETCHING = "sketching wide holes"
PERCENT = 100

STAGE_ENDS = {
    "reading": 1.0,
    "filling smoothly": 0.06,
    SKETCHING: 0.25,
    "finding edges": 0.3,
    "completing edges": 0.6,
    "painting": 1.0,
}
"""Share of a plane's time after which each stage is over, roughly."""

WITH_DETAIL = 0.6
"""Share of a plane's time after which its painting is over where detail follows."""


Result = TypeVar("Result")


class Stages:
    """How far the stages of a plane are, taken together.

    Parameters
    ----------
    detail : bool
        Whether detail is added after the painting.
    """

    def __init__(self, *, detail: bool = False) -> None:
        self._stage = ""
        self._start = 0.0
        before = WITH_DETAIL if detail else 1.0
        self._ends = {stage: before * end for stage, end in STAGE_ENDS.items()} | {
            "preparing detail": before,
            "adding detail": 1.0,
        }

    def share(self, progress: Progress) -> float:
        """Return the share of the plane's time that is over, 0 to 1, never falling."""
        if progress.stage != self._stage:
            self._start = self._ends.get(self._stage, 0.0)
            self._stage = progress.stage
        end = self._ends[progress.stage]
        return self._start + (end - self._start) * progress.done / progress.total


def as_sketch(
    stages: Generator[Progress, None, Result],
) -> Generator[Progress, None, Result]:
    """Show the stages of a plane at a smaller scale as one, in per cent."""
    together = Stages()

    def in_per_cent(progress: Progress) -> Progress:
        return Progress(SKETCHING, max(1, round(PERCENT * together.share(progress))), PERCENT)

    return changed(stages, in_per_cent)


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
        self._stages = Stages()

    def next_plane(self, *, detail: bool = False) -> None:
        """Begin the next plane that is restored; with ``detail``, that follows its painting."""
        self._plane += 1
        self._stages = Stages(detail=detail)

    def step(self, progress: Progress, area: tuple[int | slice, ...] | None = None) -> Step:
        """Return the step that a stage's progress makes, and the area that looks different now."""
        if self._should_stop is not None and self._should_stop():
            raise Stopped("the restoration was stopped")
        within = self._stages.share(progress)
        fraction = (
            within * READING
            if self._plane < 0
            else (READING + (1 - READING) * (self._plane + within) / self.planes)
        )
        return Step(progress.stage, progress.done, progress.total, fraction, area)
