"""Ctrl-C, SIGTERM and SIGHUP: the command takes back what it has begun, then ends."""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType, TracebackType
from typing import Any

from napari_relic_inpaint.running.signals import STOPPING


class Stopping:
    """Raises a `KeyboardInterrupt` when the process is asked to end, while used as a context.

    A terminal that closes may send its signal twice, so that only the first one counts. A second
    Ctrl-C ends the process at once.

    Attributes
    ----------
    signal : int
        The number of the signal; 0 as long as none came.
    """

    def __init__(self) -> None:
        self.signal = 0
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Stopping:
        self.signal = 0
        if threading.current_thread() is threading.main_thread():
            for number in STOPPING:
                # nohup, and the shell for what runs in the background, let signals be ignored.
                if signal.getsignal(number) not in (signal.SIG_IGN, None):
                    self._before[number] = signal.signal(number, self._stop)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        while self._before:
            signal.signal(*self._before.popitem())

    def check(self) -> None:
        """Raise again what some library may have caught and forgotten."""
        if self.signal:
            raise KeyboardInterrupt

    def _stop(self, number: int, _: FrameType | None) -> None:
        if not self.signal:
            self.signal = number
            raise KeyboardInterrupt
        if number == signal.SIGINT:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)


stopping = Stopping()
"""Of this process."""
