"""Collisions of files: nothing that is written is read as well, or written twice."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

from napari_relic_inpaint.errors import FileError
from napari_relic_inpaint.files.targets import real

Role = tuple[str, Path]
"""What a file is to the user, such as "the damage mask", and the file."""

_Identity = tuple[int, int]


def check_apart(outputs: Iterable[Role], inputs: Iterable[Role]) -> None:
    """Check that no file or zarr folder is written that is read as well, or written twice.

    Links count as what they lead to, and what lies in a folder as a part of it. Names of outputs
    that differ in case only count as one, which they are on many disks.

    Parameters
    ----------
    outputs, inputs : iterable of (str, Path)
        What is to be written and what is read, each with its role for the sentence; no folders
        but those that are one picture or one model.

    Raises
    ------
    FileError
        If two of them are one, or one contains the other.
    """
    identity = cache(_identity)  # many files share their folders
    read: dict[_Identity | None, Role] = {}
    around: dict[_Identity | None, Role] = {}
    for role in inputs:
        read.setdefault(identity(role[1]), role)
        for folder in real(role[1]).parents:
            around.setdefault(identity(folder), role)
    read.pop(None, None)
    around.pop(None, None)
    written: dict[object, Role] = {}
    for role in outputs:
        name, path = role
        place = real(path)
        if (here := identity(path)) in read:
            raise FileError(f"{path} is {_itself(path, read[here])}: choose another name.")
        if here in around:
            raise FileError(f"{path} contains {_shown(around[here])}: choose another name.")
        for folder in place.parents:
            if (found := identity(folder)) in read:
                raise FileError(f"{path} lies in {_shown(read[found])}: choose another folder.")
        first = written.setdefault(_entry(place, identity), role)
        if first is not role:
            raise FileError(f"{path} would be both {first[0]} and {name}: choose different names.")
    for _, path in written.values():
        for folder in real(path).parents:
            if (other := written.get(_entry(folder, identity))) is not None:
                raise FileError(f"{path} lies in {_shown(other)}: choose another folder.")


def _itself(path: Path, role: Role) -> str:
    name, other = role
    return f"{name} itself" if path == other else f"{name} itself, {other}"


def _shown(role: Role) -> str:
    return f"{role[0]} {role[1]}"


def _identity(path: Path) -> _Identity | None:
    try:
        status = path.stat()
    except OSError:
        return None
    # Some disks of Windows do not number their files.
    return (status.st_dev, status.st_ino) if status.st_ino else None


def _entry(place: Path, identity: Callable[[Path], _Identity | None]) -> object:
    """Tell places apart, also where there is nothing yet."""
    name = unicodedata.normalize("NFC", place.name).casefold()
    return identity(place.parent) or place.parent, name
