"""Zarr folders: how they are told from folders of pictures, and what may be written as one."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from napari_relic_inpaint.errors import ExistsError, FileError
from napari_relic_inpaint.files.streaming import OutgoingPicture
from napari_relic_inpaint.files.targets import check_name, check_writable

STACK = ("t", "z")
"""Axes of OME-Zarr that may come before channels, rows and columns."""

_MARKS = ("zarr.json", ".zarray", ".zgroup")


def is_zarr(folder: Path) -> bool:
    """Tell whether a folder is a zarr array or group."""
    return any((folder / name).is_file() for name in _MARKS)


def is_plain(path: Path) -> bool:
    """Tell whether a path is a folder of pictures, and not one that is a picture itself."""
    return path.is_dir() and not is_zarr(path)


@contextmanager
def new_folder(path: Path) -> Iterator[None]:
    """Make a folder for what is written in the block; after an error no empty one is left."""
    made = [folder for folder in (path, *path.parents) if not folder.exists()]
    path.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        for folder in made:
            with suppress(OSError):
                folder.rmdir()
        raise


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
        If something else has the name, it is too long, the folder exists without leave to
        overwrite, or the one around it cannot be written to.
    """
    check_name(path)
    if path.exists():
        if not path.is_dir():
            raise FileError(f"{path} is a file, not a zarr folder: choose another name.")
        if not overwrite:
            raise ExistsError(path)
        # Whatever else the user keeps in there would be lost with it.
        if not is_zarr(path):
            raise FileError(f"{path} is a folder, but not of zarr: choose another name.")
    check_writable(path.parent)
