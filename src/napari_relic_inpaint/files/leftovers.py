"""Names of what is not finished, and the end of what a process left when it was killed."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import socket
import uuid
from contextlib import suppress
from functools import cache
from pathlib import Path

import psutil

PART = ".part"
"""Ends the name of a file or folder that is still being written."""

OLD = ".old"
"""Ends the name of a folder that holds what is being replaced, under the names it had."""

_NAME = re.compile(rf"\.relic-inpaint-([0-9a-f]{{8}})-(\d+)-[0-9a-f]{{8}}({PART}|{OLD})")


def new_name() -> str:
    """Return a name, without its end, that says which process of which computer works on it."""
    return f".relic-inpaint-{computer()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"


@cache
def sweep(folder: Path) -> None:
    """Remove from a folder what processes of this computer left that are dead.

    What such a process was replacing comes back, unless something has its name by now. Each folder
    is searched once by a process: it may have thousands of files, and every one written asks.
    """
    with suppress(OSError):
        for entry in list(folder.iterdir()):
            found = _NAME.fullmatch(entry.name)
            if found and found[1] == computer() and not psutil.pid_exists(int(found[2])):
                if found[3] == OLD:
                    _put_back(entry)
                remove(entry)


def remove(path: Path) -> None:
    """Remove a file or a folder with all it holds, as far as that is possible."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()


def _put_back(old: Path) -> None:
    # All of them or none: a picture and its record belong together.
    places = {entry: old.parent / entry.name for entry in old.iterdir()}
    if not any(map(os.path.lexists, places.values())):
        for entry, place in places.items():
            entry.rename(place)


@cache
def computer() -> str:
    """Tell computers apart, and containers on one, which do not see each other's processes."""
    try:
        processes = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        processes = ""
    identity = f"{socket.gethostname()} {uuid.getnode()} {processes}"
    return hashlib.sha256(identity.encode(errors="surrogateescape")).hexdigest()[:8]
