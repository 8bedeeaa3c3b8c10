"""Notes of a conservator: what a fill rests on, hole by hole or class by class."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from napari_relic_inpaint.errors import FileError, InputError
from napari_relic_inpaint.files import write_json
from napari_relic_inpaint.marking.classes import DamageClass, named

FORM = "relic_inpaint_notes"
"""Key of notes in a layer's ``metadata``, and the one that says that a file holds some."""

VERSION = 1

SUFFIX = ".notes.json"

Status = Literal["evidence", "analogy", "hypothesis"]
"""What a fill can rest on, from the firmest ground to the least firm."""

_LARGEST_FILE = 32 << 20


class Note(BaseModel):
    """What somebody notes about a hole, a class of damage, or the whole picture.

    Attributes
    ----------
    hole : tuple of int, optional
        Where the hole begins: its first pixel in reading order, ``(*plane, row, column)``.
    label : int, optional
        The class of damage, if the note is about one. Without both it is about the whole picture.
    status : {"evidence", "analogy", "hypothesis"}
        What the fill rests on.
    text : str
        Why.
    author : str
        Who says so.
    date : date
        When.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    hole: tuple[int, ...] | None = Field(default=None, min_length=2, max_length=8)
    label: int | None = Field(default=None, ge=1)
    status: Status
    text: str = Field(default="", max_length=20_000)
    author: str = Field(default="", max_length=200)
    date: date

    @model_validator(mode="after")
    def _of_one_thing(self) -> Self:
        if self.hole is not None and self.label is not None:
            raise ValueError("a note is about a hole or about a class, not both")
        if self.hole is not None and min(self.hole) < 0:
            raise ValueError("the position of a hole has no number below 0")
        return self

    def about(self, classes: Sequence[DamageClass] = ()) -> str:
        """Return what it is about, for people."""
        if self.hole is not None:
            return f"hole at {', '.join(map(str, self.hole))}"
        return "whole picture" if self.label is None else named(self.label, classes).name


def made_note(
    *,
    hole: Sequence[int] | None = None,
    label: int | None = None,
    status: str,
    text: str,
    author: str,
    day: date,
) -> Note:
    """Return a note; raises `InputError` where it cannot be."""
    content = {
        "hole": None if hole is None else list(hole),
        "label": label,
        "status": status,
        "text": text,
        "author": author,
        "date": day.isoformat(),
    }
    return from_list([content], "what was entered")[0]


def to_list(notes: Iterable[Note]) -> list[dict[str, Any]]:
    """Return notes as plain JSON, as layers and projects keep them."""
    return [note.model_dump(mode="json", exclude_none=True) for note in notes]


def from_list(content: Any, where: str) -> tuple[Note, ...]:
    """Read notes from plain JSON.

    Parameters
    ----------
    content : object
        What `to_list` returned.
    where : str
        Where it is from, for messages.

    Raises
    ------
    InputError
        If it is something else.
    """
    if not isinstance(content, list):
        raise InputError(f"{where} holds no list of notes: choose a file that was saved as notes")
    notes = []
    for number, each in enumerate(content, 1):
        try:
            notes.append(Note.model_validate(each))
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            raise InputError(
                f"{where}: note {number} cannot be read ({place + ': ' if place else ''}"
                f"{first['msg']}): correct it there"
            ) from None
    return tuple(notes)


def notes_path(damage: Path) -> Path:
    """Return where the notes about a damage mask lie: beside it."""
    return damage.with_name(damage.name + SUFFIX)


def read_notes(path: str | os.PathLike[str]) -> tuple[Note, ...]:
    """Read a file of notes.

    Raises
    ------
    FileError
        If it cannot be read.
    InputError
        If it holds no notes.
    """
    path = Path(path)
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise InputError(f"{path} is too large for notes: choose another file")
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise FileError(f"{path} cannot be read ({error.strerror}): check the name.") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is no JSON ({error}): choose a file of notes") from None
    if not isinstance(content, dict) or content.get(FORM) != VERSION:
        raise InputError(
            f'{path} is no file of notes: it begins with {{"{FORM}": {VERSION}, "notes": [...]}}'
        )
    return from_list(content.get("notes"), str(path))


def write_notes(
    path: str | os.PathLike[str], notes: Iterable[Note], *, overwrite: bool = False
) -> None:
    """Write notes as JSON, whole or not at all.

    Raises
    ------
    FileError
        If the file exists and `overwrite` is False, or it cannot be written.
    """
    write_json(path, {FORM: VERSION, "notes": to_list(notes)}, overwrite=overwrite)
