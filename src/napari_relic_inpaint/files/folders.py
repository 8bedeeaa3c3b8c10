"""Zarr folders that appear whole under their name, or not at all."""

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from napari_relic_inpaint.errors import FileError
from napari_relic_inpaint.files.atomic import check_writable, unwritten
from napari_relic_inpaint.files.streaming import OutgoingPicture

STACK = ("t", "z")
"""Axes of OME-Zarr that may come before channels, rows and columns."""

_MARKS = ("zarr.json", ".zarray", ".zgroup")


def is_zarr(folder: Path) -> bool:
    """Tell whether a folder is a zarr array or group."""
    return any((folder / name).is_file() for name in _MARKS)


def check(picture: OutgoingPicture) -> None:
    """Check that OME-Zarr can hold a picture; raises `FileError`."""
    if picture.dtype.kind not in "uif" or picture.dtype.itemsize > 8:
        raise FileError(
            f"OME-Zarr cannot hold {picture.dtype} values: convert to 8 or 16 bit or float32."
        )
    if len(picture.stack) > len(STACK):
        raise FileError(
            f"OME-Zarr holds stacks of stacks at most, not a picture of shape {picture.shape}: "
            "write a TIFF."
        )


def check_folder(path: Path, overwrite: bool) -> None:
    """Check that a zarr folder can be written.

    Parameters
    ----------
    path : Path
        Where it shall go.
    overwrite : bool
        Whether an existing zarr folder may be replaced.

    Raises
    ------
    FileError
        If something else has the name, it exists without leave to overwrite, or the folder around
        it cannot be written to.
    """
    if path.exists():
        if not path.is_dir():
            raise FileError(f"{path} is a file, not a zarr folder: choose another name.")
        if not overwrite:
            raise FileError(f"{path} exists already: choose another name or allow overwriting.")
        # Whatever else the user keeps in there would be lost with it.
        if not is_zarr(path):
            raise FileError(f"{path} is a folder, but not of zarr: choose another name.")
    check_writable(path.parent)


@contextmanager
def replacing_folder(path: Path, overwrite: bool, size: int) -> Iterator[Path]:
    """Give an empty folder that takes the place of `path` when the block ends without error.

    Parameters
    ----------
    path : Path
        The zarr folder to write.
    overwrite : bool
        Whether an existing one may be replaced.
    size : int
        Bytes needed at most, for the message when the disk is full.

    Yields
    ------
    Path
        The folder to write into.

    Raises
    ------
    FileError
        If the folder cannot be written; an old one is then still there, unchanged.
    """
    check_folder(path, overwrite)
    target = path.resolve()
    name = f".relic-inpaint-{uuid.uuid4().hex}"
    temporary, old = target.parent / f"{name}.part", target.parent / f"{name}.old"
    try:
        temporary.mkdir()
        yield temporary
        if target.exists():
            shutil.copymode(target, temporary)
            _flush()
            target.rename(old)
        try:
            temporary.rename(target)
        except OSError:
            if old.exists():
                old.rename(target)
            raise
    except FileError:
        raise
    except OSError as error:
        raise unwritten(path, error, size) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)


def _flush() -> None:
    """Bring what was written to the disk, before the old folder goes; Windows has no such call."""
    if hasattr(os, "sync"):
        os.sync()
