"""A restored picture written with its record, when only the pixels are at hand: from a viewer."""

import hashlib
from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from napari_relic_inpaint.errors import FileError
from napari_relic_inpaint.files.atomic import Together
from napari_relic_inpaint.files.orientation import UPRIGHT, as_stored, upright, with_orientation
from napari_relic_inpaint.files.pictures import PictureFile, open_picture
from napari_relic_inpaint.files.records import (
    check_record,
    file_sha256,
    hash_steps,
    record_path,
    with_files,
    write_json,
)
from napari_relic_inpaint.files.streaming import OutgoingPicture
from napari_relic_inpaint.files.writing import check_output, write_picture_steps
from napari_relic_inpaint.steps import Step, part_of

HASHED = 0.5
"""Share of reading the source after which its file is hashed, and its pixels left to compare."""

COMPARED = 0.2
"""Share of the time after which the source is read, and the picture left to be written."""


def write_restored_steps(
    path: Path,
    data: Any,
    record: dict[str, Any],
    *,
    rgb: bool,
    source: Path | None = None,
    overwrite: bool = False,
) -> Generator[Step, None, list[str]]:
    """Write a restored picture and its record beside it, yielding a `Step` after each part.

    Closing the generator between two steps stops it and leaves nothing behind.

    Parameters
    ----------
    path : Path
        Where the picture goes; the suffix says the format.
    data, rgb
        As for `write_picture`.
    record : dict
        The record of the restoration. Beside the picture it also has the names and hashes of the
        files.
    source : Path, optional
        Where the damaged picture came from; never replaced. If it can be read and has the pixels
        that the record is about, upright or as they are stored, its colour profile, resolution and
        the like are kept, the record names it, and what is written is upright.
    overwrite : bool
        Whether a picture and a record that exist may be replaced.

    Returns
    -------
    list of str
        Sentences for the user about what could not be kept.

    Raises
    ------
    FileError
        If the format cannot hold the data or a file cannot be written.
    """
    check_output(path, overwrite=overwrite, like=source)
    beside = record_path(path)
    check_record(beside, overwrite=overwrite)
    named, hashes, notes = {"result": path}, {}, []
    picture = None if source is None else _opened(source)
    ways = [] if picture is None else _ways(picture, record, rgb)
    like = None
    if picture is not None and ways:
        found = yield from part_of(_find_restored(picture.path, ways, record, rgb), 0.0, COMPARED)
        if found is None:
            notes.append(
                f"{source} does not have the pixels that were restored: its colour profile and "
                "resolution were not taken over."
            )
        else:
            way, sha256 = found
            like = picture
            named["picture"], hashes["picture"] = like.path, sha256
            record = with_orientation(record, like.orientation, as_stored=way.stored)
            if way.stored:
                data = upright(data, like.orientation, rgb=rgb)
                notes.append(
                    f"{like.path.name} has EXIF orientation {like.orientation} and was restored as "
                    "it is stored: the result is saved upright."
                )
    with Together() as together:
        writing = write_picture_steps(
            path, data, rgb=rgb, like=like, record=record, overwrite=overwrite, together=together
        )
        notes += yield from part_of(writing, COMPARED, 1.0)
        hashes["result"] = file_sha256(together.content(path))
        named_record = with_files(record, named, hashes)
        write_json(beside, named_record, overwrite=overwrite, together=together)
    return notes


@dataclass(frozen=True)
class _Way:
    """One way in which a viewer may have read the pixels of the file."""

    pixels: Any
    stored: bool


def _opened(source: Path) -> PictureFile | None:
    # A source that is damaged or gone is no reason not to write what is in the viewer.
    with suppress(FileError):
        return open_picture(source)
    return None


def _ways(picture: PictureFile, record: dict[str, Any], rgb: bool) -> list[_Way]:
    """Return the ways to read the source that give an array like that which was restored."""
    found = [_Way(picture.data, stored=False)]
    if picture.orientation != UPRIGHT:
        # The file is decoded once: its pixels are turned back.
        turned = as_stored(picture.data, picture.orientation, rgb=picture.rgb)
        found.append(_Way(turned, stored=True))
    shape, dtype = tuple(record["picture"]["shape"]), np.dtype(record["picture"]["dtype"])
    return [
        way
        for way in found
        if way.pixels.shape == shape
        and way.pixels.dtype == dtype.newbyteorder("=")
        and picture.rgb == rgb
    ]


def _find_restored(
    source: Path, ways: list[_Way], record: dict[str, Any], rgb: bool
) -> Generator[Step, None, tuple[_Way, str] | None]:
    """Return the way to read the pixels that the record is about, and the hash of the file."""
    with suppress(FileError):
        sha256 = yield from part_of(hash_steps(source), 0.0, HASHED)
        share = (1 - HASHED) / len(ways)
        for number, way in enumerate(ways):
            start = HASHED + number * share
            pixels = hash_pixels_steps(way.pixels, record["picture"]["dtype"], rgb=rgb)
            if (yield from part_of(pixels, start, start + share)) == record["picture"]["sha256"]:
                return way, sha256
    return None


def hash_pixels_steps(data: Any, dtype: Any, *, rgb: bool) -> Generator[Step, None, str]:
    """Find the SHA-256 of a picture's pixels as records have it, yielding a `Step` after each part.

    Parameters
    ----------
    data, rgb
        As for `write_picture`.
    dtype : dtype-like
        The type they are hashed in, whose byte order may be another one.
    """
    outgoing = OutgoingPicture(data, rgb=rgb)
    pixels = hashlib.sha256()
    for plane in outgoing.planes:
        for band in outgoing.bands(plane, 1):
            pixels.update(np.ascontiguousarray(band.values, np.dtype(dtype)).data)
            yield replace(band.step, stage="comparing")
    return pixels.hexdigest()
