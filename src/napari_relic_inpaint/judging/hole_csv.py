"""The table of holes as a file, ``holes.csv``.

Its column *take* is filled in with a spreadsheet: the name of the hypothesis that each hole is
taken from.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from napari_relic_inpaint.errors import FileError, InputError
from napari_relic_inpaint.judging.doubts import classes_of
from napari_relic_inpaint.judging.judging import Judging
from napari_relic_inpaint.marking.classes import DamageClass
from napari_relic_inpaint.marking.holes import Position

TABLE = "holes.csv"
HOLE, TAKE = "hole", "take"
COLUMNS = (HOLE, "pixels", "widest", "labels", "classes", "disagreement", "doubts", TAKE)


def table_of(work: Judging, classes: Sequence[DamageClass] = ()) -> bytes:
    """Return the table of the holes that are judged, with nothing taken yet.

    Without `classes`, what labels mean is left empty.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for each in work.judged():
        hole = each.hole
        apart = "" if np.isnan(each.disagreement) else f"{each.disagreement:.3f}"
        labels = " ".join(map(str, hole.labels))
        names = classes_of(hole, classes) if classes else ""
        place = " ".join(map(str, hole.position))
        doubts = " ".join(each.doubts)
        writer.writerow([place, hole.pixels, hole.widest, labels, names, apart, doubts, ""])
    return text.getvalue().encode("utf-8-sig")  # spreadsheets take other UTF-8 for Latin-1


def check_nothing_taken(path: Path) -> None:
    """Raise an `InputError` if a table of holes is there in which somebody has taken something."""
    try:
        taken = read_choices(path)
    except (FileError, InputError):
        # None is there, or it is no table of holes.
        return
    if taken:
        raise InputError(
            f"{path} says for {len(taken)} holes what is taken, which would be lost: move it "
            "elsewhere, or choose another folder"
        )


def read_choices(path: Path) -> dict[Position, str]:
    """Read what is taken for which hole from a table of holes; rows that take nothing are left out.

    Raises
    ------
    FileError
        If it cannot be read.
    InputError
        If it is no table of holes.
    """
    try:
        # A spreadsheet may have put semicolons where commas were.
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise FileError(f"{path} cannot be read ({error.strerror}): check the name.") from None
    except UnicodeDecodeError:
        raise FileError(
            f"{path} is no table in UTF-8: save it in the spreadsheet as CSV in UTF-8."
        ) from None
    head = text.partition("\n")[0]
    rows = csv.DictReader(io.StringIO(text), delimiter=";" if ";" in head else ",")
    if not {HOLE, TAKE} <= set(rows.fieldnames or ()):
        raise InputError(f"{path} is no table of holes: it has no columns '{HOLE}' and '{TAKE}'")
    found: dict[Position, str] = {}
    for row in rows:
        place, name = (row[HOLE] or "").strip(), (row[TAKE] or "").strip()
        if not name:
            continue
        if not re.fullmatch(r"\d+( \d+)+", place):
            raise InputError(
                f"{path} takes {name!r} for the hole {place!r}: a hole is named by its row and "
                "column, such as '120 340'"
            )
        position = tuple(map(int, place.split()))
        if found.setdefault(position, name) != name:
            raise InputError(
                f"{path} takes both {found[position]!r} and {name!r} for the hole {place}: leave "
                "one of them"
            )
    return found
