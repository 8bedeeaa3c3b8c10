"""Masks that say where detail may be copied from, as files."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from napari_relic_inpaint.batch.collisions import READ
from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.files import MaskReading, PictureFile, open_mask_of

MARKS = {"copy_from": "where to copy from", "never_from": "where not to copy from"}
"""What each of the masks marks, for the sentences about how it was read."""


@dataclass(frozen=True, eq=False)
class Limits:
    """Where detail may be copied from.

    Attributes
    ----------
    copy_from, never_from : array-like or None
        As for `restore`.
    notes : tuple of str
        Sentences for the user: how the masks were read.
    """

    copy_from: Any | None = None
    never_from: Any | None = None
    notes: tuple[str, ...] = ()


def open_limits(
    source: PictureFile,
    damage: Path,
    reading: MaskReading,
    *,
    copy_from: Path | None = None,
    never_from: Path | None = None,
) -> Limits:
    """Open the masks that say where detail may be copied from.

    Where only one label or colour of the damage mask is restored, the others are damage, too, and
    are never copied from.

    Parameters
    ----------
    source : PictureFile
        The picture.
    damage : Path
        Its damage mask.
    reading : MaskReading
        Which values of that count as damage.
    copy_from, never_from : Path, optional
        The masks.

    Raises
    ------
    FileError
        If a file cannot be read.
    InputError
        If it is no mask, or not of the picture's size.
    """
    never: list[Any] = []
    notes: list[str] = []
    only = None
    if copy_from is not None:
        only, notes = _open(copy_from, "copy_from", source)
    if never_from is not None:
        mask, more = _open(never_from, "never_from", source)
        never.append(mask)
        notes += more
    if reading.label is not None or reading.colour is not None:
        every = MaskReading(as_stored=reading.as_stored)
        # A photograph in which one colour is damage does not tell of any other.
        with suppress(InputError):
            never.append(open_mask_of(source, damage, every).data)
    if len(never) > 1:
        never = [np.asarray(never[0]) | np.asarray(never[1])]
    return Limits(only, never[0] if never else None, tuple(notes))


def _open(path: Path, role: str, source: PictureFile) -> tuple[Any, list[str]]:
    try:
        mask = open_mask_of(source, path, marks=MARKS[role])
    except InputError as error:
        raise InputError(f"{READ[role]} cannot be used: {error}") from error
    size = tuple(mask.data.shape[-2:])
    if size != source.size:
        raise InputError(
            f"{READ[role]}, {path}, is {size[0]} x {size[1]}, the picture {source.size[0]} x "
            f"{source.size[1]}: draw it on the picture at this size"
        )
    return mask.data, list(mask.notes)
