"""A restored picture written with its record, when only the pixels are at hand: from a viewer."""

import hashlib
from collections.abc import Generator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from napari_relic_inpaint.errors import FileError
from napari_relic_inpaint.files.atomic import Together
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
        that the record is about, its colour profile, resolution and the like are kept, and the
        record names it.
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
    like = None if source is None else _opened(source, record, rgb)
    if like is not None:
        sha256 = yield from part_of(_hash_if_restored(like, record), 0.0, COMPARED)
        if sha256 is None:
            notes.append(
                f"{like.path} does not have the pixels that were restored: its colour profile and "
                "resolution were not taken over."
            )
            like = None
        else:
            named["picture"], hashes["picture"] = like.path, sha256
    with Together() as together:
        writing = write_picture_steps(
            path, data, rgb=rgb, like=like, overwrite=overwrite, together=together
        )
        notes += yield from part_of(writing, COMPARED, 1.0)
        hashes["result"] = file_sha256(together.content(path))
        named_record = with_files(record, named, hashes)
        write_json(beside, named_record, overwrite=overwrite, together=together)
    return notes


def _opened(source: Path, record: dict[str, Any], rgb: bool) -> PictureFile | None:
    """Open the source, unless it cannot be read, or only otherwise than the viewer read it."""
    try:
        picture = open_picture(source)
    except FileError:
        return None
    shape, dtype = tuple(record["picture"]["shape"]), np.dtype(record["picture"]["dtype"])
    same = picture.data.shape == shape and picture.data.dtype == dtype.newbyteorder("=")
    return picture if same and picture.rgb == rgb else None


def _hash_if_restored(
    picture: PictureFile, record: dict[str, Any]
) -> Generator[Step, None, str | None]:
    """Return the hash of a file if its pixels are those that the record is about."""
    # In the byte order of the viewer's array, as they were hashed before.
    dtype = np.dtype(record["picture"]["dtype"])
    outgoing = OutgoingPicture(picture.data, rgb=picture.rgb)
    pixels = hashlib.sha256()
    # A damaged source is no reason not to write what is in the viewer.
    with suppress(FileError):
        sha256 = yield from part_of(hash_steps(picture.path), 0.0, HASHED)
        for plane in outgoing.planes:
            for band in outgoing.bands(plane, 1):
                pixels.update(np.ascontiguousarray(band.values, dtype).data)
                yield replace(
                    band.step,
                    stage="comparing",
                    fraction=HASHED + (1 - HASHED) * band.step.fraction,
                )
        if pixels.hexdigest() == record["picture"]["sha256"]:
            return sha256
    return None
