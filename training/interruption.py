"""Ctrl-C, SIGTERM and a terminal that closes: finish the step, save, then stop.

Queues and ``timeout`` send their signals to every process of a group at once. The trainer alone
answers them: workers are in a group of their own, and what is started in between inherits that
signals wait.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType, TracebackType

from napari_relic_inpaint.running.signals import STOPPING


class Interruption:
    """Remembers that the process was asked to stop, while used as a context.

    Attributes
    ----------
    signal : int
        The signal's number; 0 as long as none came. A second one of its kind ends the process at
        once, unless it has to wait for the end of a step.
    """

    def __init__(self) -> None:
        self.signal = 0
        self._before: dict[signal.Signals, object] = {}

    def __enter__(self) -> Interruption:
        for number in STOPPING:
            # nohup, and the shell for what runs in the background, let signals be ignored.
            if signal.getsignal(number) not in (signal.SIG_IGN, None):
                self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        while self._before:
            number, handler = self._before.popitem()
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.signal = number
        signal.signal(number, self._before[signal.Signals(number)])  # type: ignore[arg-type]


@contextmanager
def shielded() -> Iterator[None]:
    """Let signals wait until the block ends, also for every process that is started in it.

    Windows has no such thing.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def end_with_parent() -> None:
    """Let a worker end when its parent is gone, which SIGKILL keeps from ending its workers."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, name="waits for the parent's end", daemon=True).start()


def leave_signals_to_parent() -> None:
    """Take a worker, which was started `shielded`, out of the reach of its group's signals.

    Its parent can still end it with SIGTERM.
    """
    if hasattr(os, "setsid"):
        with suppress(PermissionError):
            os.setsid()
    for number in STOPPING:
        # What came while the worker started is dropped with it.
        signal.signal(number, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
