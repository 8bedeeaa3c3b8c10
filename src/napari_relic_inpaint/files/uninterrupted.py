"""Work that Ctrl-C must not tear apart."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from napari_relic_inpaint.running.signals import STOPPING


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Put off what asks the process to end until the block is done; keep such blocks short."""
    if threading.current_thread() is not threading.main_thread():
        # The handlers of signals run in the main thread only.
        yield
        return
    before: dict[signal.Signals, Callable[[int, Any], Any]] = {}
    came: list[tuple[signal.Signals, Any]] = []
    done = False

    def put_off(number: Any, frame: Any) -> None:
        if done:
            before[number](number, frame)
        else:
            came.append((number, frame))

    try:
        for number in STOPPING:
            handler = signal.getsignal(number)
            if callable(handler):
                before[number] = handler
                signal.signal(number, put_off)
        yield
    finally:
        # From the first handler that is back on, another signal may end this before the last is.
        done = True
        for number, handler in before.items():
            signal.signal(number, handler)
        for number, frame in came:
            before[number](number, frame)
