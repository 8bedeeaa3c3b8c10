"""Whether a file can be written under its name: asked before the work that leads to it."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from napari_relic_inpaint.errors import ExistsError, FileError
from napari_relic_inpaint.files.leftovers import PART, new_name


def check_target(path: Path, overwrite: bool) -> None:
    """Check that a file can be written.

    Parameters
    ----------
    path : Path
        Where it shall go.
    overwrite : bool
        Whether an existing file may be replaced.

    Raises
    ------
    FileError
        If it is a folder or device, exists without leave to overwrite, its name is too long, or
        its folder cannot be written to.
    """
    check_name(path)
    if path.is_dir():
        raise FileError(f"{path} is a folder: choose another name.")
    check_regular(path)
    if path.exists() and not overwrite:
        raise ExistsError(path)
    check_writable(path.parent)


def check_writable(folder: Path) -> None:
    """Check that a folder exists and takes files; raises `FileError`."""
    if not folder.is_dir():
        raise FileError(f"{folder} is not a folder that exists: make it first.")
    try:
        # Trying is the only check that also sees read-only disks and holds for administrators.
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise FileError(
            f"{folder} cannot be written to ({error.strerror}): choose another folder."
        ) from error


def check_name(path: Path) -> None:
    """Check that the system takes a name, and that of the unfinished file beside it.

    Raises
    ------
    FileError
        If one of them is too long, or a link leads back to itself.
    """
    with _possible(path):
        path.lstat()
    with _possible(path):
        path.stat()
    with _possible(path):
        real(path).with_name(new_name() + PART).lstat()


@contextmanager
def _possible(path: Path) -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, NotADirectoryError):
        pass  # it need not be there, and what is said of its folder comes after this
    except OSError as error:
        raise FileError(
            f"{path} cannot be written ({error.strerror}): choose another name or folder."
        ) from error


def check_regular(path: Path) -> None:
    """Check that what has a name, if anything, is a file or folder.

    Reading a pipe or device may never end, and replacing one takes it away from the system.

    Raises
    ------
    FileError
        If it is anything else.
    """
    try:
        mode = path.stat().st_mode
    except OSError:
        return
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise FileError(f"{path} is a pipe or device: give the name of a file.")


def real(path: Path) -> Path:
    """Return where the links in a path lead; unlike `Path.resolve`, also if they go round."""
    return Path(os.path.realpath(path))
