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
from napari_relic_inpaint.files.orientation import UPRIGHT, upright, with_orientation
from napari_relic_inpaint.files.pictures import PictureFile, decode, open_picture
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
    readings = [] if source is None else _readings(source, record, rgb)
    like = None
    if readings:
        found = yield from part_of(_find_restored(readings, record), 0.0, COMPARED)
        if found is None:
            notes.append(
                f"{source} does not have the pixels that were restored: its colour profile and "
                "resolution were not taken over."
            )
        else:
            reading, sha256 = found
            like = reading.picture
            named["picture"], hashes["picture"] = like.path, sha256
            record = with_orientation(record, like.orientation, as_stored=reading.as_stored)
            if reading.as_stored:
                data = upright(data, like.orientation, rgb=rgb)
                like = open_picture(like.path)
                notes.append(
                    f"{like.path.name} has EXIF orientation {like.orientation} and was restored as "
                    "it is stored: the result is saved upright."
                )
    with Together() as together:
        writing = write_picture_steps(
            path, data, rgb=rgb, like=like, overwrite=overwrite, together=together
        )
        notes += yield from part_of(writing, COMPARED, 1.0)
        hashes["result"] = file_sha256(together.content(path))
        named_record = with_files(record, named, hashes)
        write_json(beside, named_record, overwrite=overwrite, together=together)
    return notes


@dataclass(frozen=True)
class _Reading:
    """One way in which a viewer may have read the file."""

    picture: PictureFile
    as_stored: bool


def _readings(source: Path, record: dict[str, Any], rgb: bool) -> list[_Reading]:
    """Return the ways to read the source that give an array like that which was restored."""
    try:
        found = [_Reading(open_picture(source), as_stored=False)]
        if found[0].picture.orientation != UPRIGHT:
            stored = PictureFile(source, *decode(source, lazily=True, upright=False))
            found.append(_Reading(stored, as_stored=True))
    except FileError:
        return []
    shape, dtype = tuple(record["picture"]["shape"]), np.dtype(record["picture"]["dtype"])
    return [
        reading
        for reading in found
        if reading.picture.data.shape == shape
        and reading.picture.data.dtype == dtype.newbyteorder("=")
        and reading.picture.rgb == rgb
    ]


def _find_restored(
    readings: list[_Reading], record: dict[str, Any]
) -> Generator[Step, None, tuple[_Reading, str] | None]:
    """Return the reading whose pixels the record is about, and the hash of the file."""
    # A damaged source is no reason not to write what is in the viewer.
    with suppress(FileError):
        sha256 = yield from part_of(hash_steps(readings[0].picture.path), 0.0, HASHED)
        share = (1 - HASHED) / len(readings)
        for number, reading in enumerate(readings):
            start = HASHED + number * share
            pixels = _hash_pixels(reading.picture, record)
            if (yield from part_of(pixels, start, start + share)) == record["picture"]["sha256"]:
                return reading, sha256
    return None


def _hash_pixels(picture: PictureFile, record: dict[str, Any]) -> Generator[Step, None, str]:
    # In the byte order of the viewer's array, as they were hashed before.
    dtype = np.dtype(record["picture"]["dtype"])
    outgoing = OutgoingPicture(picture.data, rgb=picture.rgb)
    pixels = hashlib.sha256()
    for plane in outgoing.planes:
        for band in outgoing.bands(plane, 1):
            pixels.update(np.ascontiguousarray(band.values, dtype).data)
            yield replace(band.step, stage="comparing")
    return pixels.hexdigest()
