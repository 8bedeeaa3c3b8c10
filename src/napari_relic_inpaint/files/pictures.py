"""Pictures read, whole or piece by piece; the kind is told by the content."""

import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from napari_relic_inpaint.errors import FileError
from napari_relic_inpaint.files import jpeg, jpeg2000, png, simple_pictures, tiff
from napari_relic_inpaint.files.folders import is_zarr
from napari_relic_inpaint.files.formats import NAMES
from napari_relic_inpaint.files.metadata import Metadata
from napari_relic_inpaint.files.orientation import (
    UPRIGHT,
    note,
    orientation_in,
    swaps_sides,
    upright,
)
from napari_relic_inpaint.files.reading import reading
from napari_relic_inpaint.files.tiff_tags import MINISWHITE
from napari_relic_inpaint.files.upright_tags import upright_metadata

_STARTS = {
    b"\x89PNG": png,
    b"\xff\xd8\xff": jpeg,
    **dict.fromkeys((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"), tiff),
    **dict.fromkeys(jpeg2000.STARTS, jpeg2000),
}


@dataclass(frozen=True, eq=False)
class PictureFile:
    """A picture as it lies on disk.

    Attributes
    ----------
    path : Path
        Where it was read from.
    data : array-like
        (H, W), (H, W, C) or a stack of planes (..., H, W[, C]) in the file's own dtype, upright.
        A numpy.ndarray from `read_picture`; from `open_picture` a `LazyArray` where the file can
        be read in parts.
    rgb : bool
        True if the last axis is colour: grey and alpha, RGB, RGBA or more samples.
    metadata : Metadata
        Colour profile, EXIF, XMP, resolution and the like, for `write_picture`, of the upright
        picture.
    """

    path: Path
    data: Any = field(repr=False)
    rgb: bool
    metadata: Metadata = field(repr=False, default_factory=Metadata)

    @property
    def orientation(self) -> int:
        """The orientation tag as it stands in the file, 1 to 8; 1 (upright) if there is none."""
        return self.metadata.orientation

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels, upright."""
        shape = self.data.shape[:-1] if self.rgb else self.data.shape
        return int(shape[-2]), int(shape[-1])

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for the user about how the file was read: that it was turned upright."""
        return self.metadata.notes


def orientation(path: str | os.PathLike[str]) -> int:
    """Return the orientation tag of a picture file, from 1 (upright) to 8, without its pixels.

    Returns
    -------
    int
        As EXIF numbers them: 3 is upside down, 6 and 8 are lying on a side. 1 also where there is
        no such tag, or no picture that can be read.
    """
    path = Path(path)
    try:
        with reading(path):
            kind = _kind(path)
            return UPRIGHT if kind is None else orientation_in(kind.read_tags(path))
    except FileError:
        return UPRIGHT


def read_picture(path: str | os.PathLike[str]) -> PictureFile:
    """Read a picture; the kind is told by the content, not by the name.

    PNG, JPEG, TIFF, JPEG 2000, WebP, BMP, GIF and zarr folders are read. A picture with an
    orientation tag is turned upright.

    Parameters
    ----------
    path : path-like
        The file, or the folder of a zarr array or of an OME-Zarr picture.

    Returns
    -------
    PictureFile
        Its pixels and what else it carries.

    Raises
    ------
    FileError
        If the file is missing, damaged, or in colours other than grey and RGB.

    Warns
    -----
    UserWarning
        If a zarr folder has no file for some of its chunks.
    """
    path = Path(path)
    return PictureFile(path, *decode(path))


def open_picture(path: str | os.PathLike[str]) -> PictureFile:
    """Open a picture like `read_picture`, but read its pixels when they are sliced.

    That saves memory for TIFF and zarr, except where their tiles or strips are so large, or their
    pixels so unusual (palettes), that they are read whole now, as all other formats are. The
    file has to stay as it is for as long as the pixels are used.

    Parameters
    ----------
    path : path-like
        The file or folder.

    Returns
    -------
    PictureFile
        As from `read_picture`; ``data[...]`` is the same, bit for bit. `data` may be read by
        several threads at once and raises `FileError` where the file is damaged.

    Raises
    ------
    FileError
        As from `read_picture`.

    Warns
    -----
    UserWarning
        As from `read_picture`.
    """
    path = Path(path)
    return PictureFile(path, *decode(path, lazily=True))


def decode(
    path: Path,
    *,
    as_stored: bool = False,
    lazily: bool = False,
    sparse: bool = False,
    turned_as: int | None = None,
) -> tuple[Any, bool, Metadata]:
    """Read the pixels of a picture, whether the last axis is colour, and the metadata.

    Parameters
    ----------
    path : Path
        The file or folder.
    as_stored : bool
        Keep the indices of palettes and the values of odd bit depths.
    lazily : bool
        Read the pixels when they are sliced, where the file allows that.
    sparse : bool
        Take chunks that a zarr folder lacks for empty ones, without a warning.
    turned_as : int, optional
        Turn the pixels alone, as those of a picture of this orientation, 1 to 8. By default they
        are turned as the file's own tag says, and what describes them, too.

    Raises
    ------
    FileError
        If the picture cannot be read.
    """
    with reading(path):
        if path.is_dir():
            if not is_zarr(path):
                raise FileError(f"{path} is a folder: choose a picture in it.")
            # zarr takes longer to import than all the rest.
            from napari_relic_inpaint.files import zarr_folder  # noqa: PLC0415

            turn = turned_as or UPRIGHT
            data, rgb, metadata = zarr_folder.read(
                path,
                as_stored=as_stored,
                lazily=lazily,
                sparse=sparse,
                by_columns=swaps_sides(turn),
            )
            return upright(data, turn, rgb=rgb), rgb, metadata
        data, rgb, metadata = _stored(path, as_stored, lazily, turned_as)
        tag = orientation_in(metadata.exif)
        data = upright(data, turned_as or tag, rgb=rgb)
        if turned_as is None and tag != UPRIGHT:
            notes = (*metadata.notes, note(path.name, tag))
            metadata = replace(upright_metadata(metadata, tag), notes=notes)
        return data, rgb, replace(metadata, orientation=tag)


def _stored(
    path: Path, as_stored: bool, lazily: bool, turned_as: int | None
) -> tuple[Any, bool, Metadata]:
    """Read a file as it is stored; its pixels are those that will be turned."""
    kind = _kind(path)
    if kind is tiff:
        return tiff.read(path, as_stored=as_stored, lazily=lazily, turned_as=turned_as)
    if kind in (png, simple_pictures):
        return kind.read(path, as_stored=as_stored)
    if kind is not None:
        return kind.read(path)
    if path.is_file() and not path.stat().st_size:
        raise FileError(f"{path} is empty (0 bytes): copy it again from its source.")
    raise FileError(f"{path} is not a {NAMES} picture: save it as one of these.")


def _kind(path: Path) -> Any:
    """Return the module that reads a file, or None."""
    with path.open("rb") as stream:
        start = stream.read(12)
    if simple_pictures.is_simple(start):
        return simple_pictures
    return next((module for mark, module in _STARTS.items() if start.startswith(mark)), None)


def is_negative(metadata: Metadata) -> bool:
    """Tell whether the highest value of a picture is its black."""
    return metadata.tiff is not None and metadata.tiff.photometric == MINISWHITE
