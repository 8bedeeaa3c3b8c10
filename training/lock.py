"""One process at a time works in a run's folder.

The lock is the system's, so that one that died holds nothing, whatever it left in the folder.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from training.errors import TrainingError

LOCK_FILE = "run.lock"
HOLDER_FILE = "run.lock.json"
"""Beside the lock, which the next process empties to try it."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder, which is made if need be, for this process.

    Raises
    ------
    TrainingError
        If another process holds it; names the computer and the process.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / LOCK_FILE, blocking=False)
    try:
        lock.acquire()
    except Timeout:
        raise TrainingError(
            f"{folder} is in use by {_holder(folder)}: wait until it ends, stop it, or choose "
            "another --out"
        ) from None
    except NotImplementedError:
        raise TrainingError(
            f"the disk of {folder} cannot lock files, so that two runs could write there at once: "
            "choose a folder on another disk"
        ) from None
    holder = folder / HOLDER_FILE
    try:
        note = {
            "computer": socket.gethostname(),
            "process": os.getpid(),
            "since": f"{datetime.now().astimezone():%Y-%m-%d %H:%M}",
        }
        holder.write_text(json.dumps(note) + "\n", encoding="utf-8")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _holder(folder: Path) -> str:
    try:
        note = json.loads((folder / HOLDER_FILE).read_text(encoding="utf-8"))
        return f"process {note['process']} on {note['computer']}, since {note['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "another run"
