"""How long work tells how far it is: the restoration and the evaluation alike."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TypeVar

from napari_relic_inpaint.errors import Stopped

Part = TypeVar("Part")
Shown = TypeVar("Shown")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Step:
    """How far a run is.

    Attributes
    ----------
    stage : str
        What is being done, for people.
    done, total : int
        Parts of the stage.
    fraction : float
        Estimated share of the whole run, 0 to 1, never falling.
    changed : tuple of (int or slice), optional
        Index of the part of the picture that looks different since the step before.
    """

    stage: str
    done: int
    total: int
    fraction: float
    changed: tuple[int | slice, ...] | None = None


def changed(
    parts: Generator[Part, None, Result], change: Callable[[Part], Shown]
) -> Generator[Shown, None, Result]:
    """Yield something else for each part of the work, and return what the work returns."""
    while True:
        try:
            part = next(parts)
        except StopIteration as end:
            result: Result = end.value
            return result
        yield change(part)


def part_of(
    steps: Generator[Step, None, Result], start: float, end: float
) -> Generator[Step, None, Result]:
    """Show steps as a part of a longer run, from ``start`` to ``end`` of its time."""
    return changed(
        steps, lambda step: replace(step, fraction=start + (end - start) * step.fraction)
    )


def stoppable(
    steps: Generator[Step, None, Result], should_stop: Callable[[], bool]
) -> Generator[Step, None, Result]:
    """Show steps until ``should_stop`` says True at one of them; then end with `Stopped`.

    The work is closed before, so that it takes back what it has begun.
    """

    def checked(step: Step) -> Step:
        if should_stop():
            raise Stopped("the work was stopped")
        return step

    with closing(steps):
        return (yield from changed(steps, checked))


def finish(steps: Generator[Part, None, Result]) -> Result:
    """Run steps that nobody watches to their end, and return what they return."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: Result = end.value
            return result
