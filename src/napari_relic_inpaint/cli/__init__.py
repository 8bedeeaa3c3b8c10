"""The command line: ``relic-inpaint restore | batch | demo | evaluate | models | ratings``.

What it needs is imported when it starts, since that takes a moment in which it can be stopped.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from napari_relic_inpaint.running.signals import STOPPING

ERROR_CODE = 2
INTERRUPTED_CODE = 130


def main() -> None:
    """Run the command line; errors become one sentence and exit code 2."""
    with _ended_at_once():
        from napari_relic_inpaint.cli import app  # noqa: PLC0415
    app.run()


@contextmanager
def _ended_at_once() -> Iterator[None]:
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
