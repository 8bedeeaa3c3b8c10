"""Drawing again while something changes, without keeping the window from its other work."""

from __future__ import annotations

import time
from collections.abc import Callable

from qtpy.QtCore import QObject, QTimer

INTERVAL_MS = 200
SHARE = 0.1
"""Share of the time of the window's thread that drawing may take."""


class Redraw:
    """Calls a function some time after it is asked to, and seldom if that takes long.

    Parameters
    ----------
    parent : QObject
        When it is destroyed, nothing is drawn any more.
    draw : callable
        The function.
    """

    def __init__(self, parent: QObject, draw: Callable[[], None]) -> None:
        self._draw = draw
        self._timer = QTimer(parent, singleShot=True, interval=INTERVAL_MS)
        self._timer.timeout.connect(self._on_timeout)

    def ask(self) -> None:
        """Draw soon; does nothing if that is on its way."""
        if not self._timer.isActive():
            self._timer.start()

    def stop(self) -> None:
        """Do not draw until asked to again."""
        self._timer.stop()
        self._timer.setInterval(INTERVAL_MS)

    def _on_timeout(self) -> None:
        started = time.perf_counter()
        self._draw()
        # What was drawn reaches the screen with the events that wait; then this is called.
        QTimer.singleShot(0, lambda: self._pace(time.perf_counter() - started))

    def _pace(self, seconds: float) -> None:
        self._timer.setInterval(max(INTERVAL_MS, round(1000 * seconds / SHARE)))
