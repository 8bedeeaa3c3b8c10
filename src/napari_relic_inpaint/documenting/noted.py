"""The notes as a report lists them, and where their marks lie on the map."""

from __future__ import annotations

from datetime import date
from typing import Any

from napari_relic_inpaint.documenting.languages import Language
from napari_relic_inpaint.documenting.material import Material
from napari_relic_inpaint.documenting.notes import Note
from napari_relic_inpaint.documenting.overview import Overview
from napari_relic_inpaint.documenting.sentences import CLASS_NAMES, STATUS_NAMES
from napari_relic_inpaint.marking.classes import named


def translated_class(label: int, name: str, language: Language) -> str:
    """Return the name of a class; one that is nobody's own is translated."""
    if name == named(label).name:
        return language.say("label %(number)s") % {"number": label}
    return language.say(name) if name in CLASS_NAMES else name


def listed_notes(
    material: Material, view: Overview, language: Language
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the notes, and where those about holes lie on the map, in percent of its sides.

    Those about a hole have the number of its mark.
    """
    ordered = sorted(material.notes, key=_order)
    numbers: dict[tuple[int, ...], int] = {}
    for note in ordered:
        if note.hole is not None:
            numbers.setdefault(note.hole, len(numbers) + 1)
    listed = [
        {
            "number": numbers.get(note.hole or ()),
            "about": _about(note, material, language),
            "status": note.status,
            "status_name": language.say(STATUS_NAMES[note.status]),
            "lines": note.text.splitlines() or [""],
            "by": ", ".join(part for part in (note.author, language.date(note.date)) if part),
        }
        for note in ordered
    ]
    height, width = view.shape
    marks = [
        {
            "number": n,
            "left": 100 * (hole[-1] + 0.5) / width,
            "top": 100 * (hole[-2] + 0.5) / height,
        }
        for hole, n in numbers.items()
        if hole[:-2] == view.plane and hole[-2] < height and hole[-1] < width
    ]
    return listed, marks


def _order(note: Note) -> tuple[int, tuple[int, ...], date]:
    if note.hole is not None:
        return 0, note.hole, note.date
    return (2, (), note.date) if note.label is None else (1, (note.label,), note.date)


def _about(note: Note, material: Material, language: Language) -> str:
    if note.hole is not None:
        *plane, row, column = note.hole
        where = language.say("hole at row %(row)s, column %(column)s") % {
            "row": row,
            "column": column,
        }
        if not plane:
            return where
        planes = ", ".join(str(n + 1) for n in plane)
        return where + ", " + language.say("plane %(which)s") % {"which": planes}
    if note.label is None:
        return language.say("whole picture")
    return translated_class(note.label, named(note.label, tuple(material.classes)).name, language)
