"""Files that appear whole under their name, or not at all."""

import errno
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from napari_relic_inpaint.errors import FileError

# Windows has no disk quotas of this kind, and no name for the error.
_DISK_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}


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
        If it is a folder, exists without leave to overwrite, or its folder cannot be written to.
    """
    if path.is_dir():
        raise FileError(f"{path} is a folder: add a file name.")
    if path.exists() and not overwrite:
        raise FileError(f"{path} exists already: choose another name or allow overwriting.")
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


@contextmanager
def replacing(path: Path, overwrite: bool, size: int) -> Iterator[BinaryIO]:
    """Give a stream whose content takes the place of `path` when the block ends without error.

    Parameters
    ----------
    path : Path
        The file to write.
    overwrite : bool
        Whether an existing file may be replaced.
    size : int
        Bytes needed at most, for the message when the disk is full.

    Yields
    ------
    binary file
        Open for writing and reading.

    Raises
    ------
    FileError
        If the file cannot be written; an old file is then still there, unchanged.
    """
    check_target(path, overwrite)
    target = path.resolve()
    temporary = target.parent / f".relic-inpaint-{uuid.uuid4().hex}.part"
    try:
        with temporary.open("xb+") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        if target.exists():
            shutil.copymode(target, temporary)
        temporary.replace(target)
    except FileError:
        raise
    except OSError as error:
        raise unwritten(path, error, size) from error
    finally:
        temporary.unlink(missing_ok=True)


def unwritten(path: Path, error: OSError, size: int) -> FileError:
    """Return the error that says why `path`, of `size` bytes at most, could not be written."""
    # numpy and Pillow report a short write without an error number.
    if error.errno in _DISK_FULL or error.errno is None:
        return FileError(
            f"{path} could not be written, the disk is full: free about "
            f"{size / 1e6:.1f} MB or choose another folder."
        )
    return FileError(f"{path} could not be written ({error.strerror}): choose another folder.")
