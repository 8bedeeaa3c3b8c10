"""What asks a process to end."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

STOPPING = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    if hasattr(signal, name)
)
"""Ctrl-C, the system, a terminal that closes."""


@contextmanager
def ended_at_once() -> Iterator[None]:
    """Let signals end the process on the spot, while it has not begun anything.

    Imports are no place for exceptions: some libraries take any for something that is missing.
    """
    before = {}
    if threading.current_thread() is threading.main_thread():
        for number in STOPPING:
            # nohup, and the shell for what runs in the background, let signals be ignored.
            if signal.getsignal(number) not in (signal.SIG_IGN, None):
                before[number] = signal.signal(number, _end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(number: int, _: FrameType | None) -> None:
    with suppress(OSError):
        os.write(2, b"Stopped; nothing was begun.\n")
    os._exit(128 + number)
