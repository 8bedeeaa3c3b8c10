"""How long a run will take: told while it goes on, and early if that is too long."""

from __future__ import annotations

import statistics
from collections import deque

RECENT = 200
"""Steps whose mean duration the rest of a run is reckoned with."""

SETTLED = 5
"""Steps of known duration that make a forecast: the first of each size compile and allocate."""

DAYS = 3
"""Longer runs are warned of."""


class Forecast:
    """Tells the time that is left from the steps so far.

    Parameters
    ----------
    steps : int
        Steps of the run.
    seconds : float
        Length of the run where time ends it; 0 where steps do.
    """

    def __init__(self, steps: int, seconds: float) -> None:
        self._steps, self._seconds = steps, seconds
        self._recent: deque[float] = deque(maxlen=RECENT)
        self._kinds: set[int] = set()
        self._warned = False

    def add(self, seconds: float, kind: int) -> None:
        """Take in the duration of a step; the first of a kind (its crops' size) is no measure."""
        if kind in self._kinds:
            self._recent.append(seconds)
        self._kinds.add(kind)

    def left(self, step: int, elapsed: float) -> float | None:
        """Return the seconds that are left; None as long as nobody knows."""
        by_time = max(0.0, self._seconds - elapsed) if self._seconds else None
        if not self._recent:
            return by_time
        by_steps = (self._steps - step) * statistics.fmean(self._recent)
        return by_steps if by_time is None else min(by_steps, by_time)

    def warning(self, step: int, device: str) -> str | None:
        """Return once, as soon as it is known, a sentence about a run that takes many days."""
        if self._warned or self._seconds or len(self._recent) < SETTLED:
            return None
        self._warned = True
        each = statistics.median(self._recent)
        left = (self._steps - step) * each
        if left < DAYS * 86_400:
            return None
        return (
            f"this run will take about {shown(left)}: a step takes {each:.1f} s on this {device}, "
            f"and there are {self._steps - step:,} left. Ctrl-C saves and ends it. A GPU is some "
            "50 times as fast as a processor (--accelerator cuda); --set minutes=600 ends a run "
            "after ten hours, with the learning rate falling in time; preset relic, which starts "
            "from the bundled model, gains most in its first hours, and `adapt` in one"
        )


def shown(seconds: float) -> str:
    """Return a duration as people say it, with two units at most."""
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{seconds:.0f} s"
    if minutes < 90:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes / 1440:.0f} days"
