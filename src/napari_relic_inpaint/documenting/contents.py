"""What stands in a report, sentence by sentence and cell by cell, in its language."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from napari_relic_inpaint.documenting import images
from napari_relic_inpaint.documenting.languages import Language
from napari_relic_inpaint.documenting.making import (
    as_list,
    as_mapping,
    choices,
    hypotheses,
    making,
    provenance,
)
from napari_relic_inpaint.documenting.material import Material
from napari_relic_inpaint.documenting.noted import listed_notes, translated_class
from napari_relic_inpaint.documenting.overview import Overview
from napari_relic_inpaint.documenting.sentences import (
    CHECKS,
    CLASS_NAMES,
    SCORES,
    STATUS_MEANINGS,
    STATUS_NAMES,
    translatable,
)
from napari_relic_inpaint.marking.classes import named
from napari_relic_inpaint.marking.damage_table import ClassRow, DamageTable

_FEW = 300
"""Pixels of the longer side below which a picture is shown with its pixels."""

_WIDE = 1.9
"""Pictures this many times as wide as they are high stand below, not beside each other."""


_COLUMN, _GAP = 166.0, 5.0
"""Millimetres of text across A4, and between two pictures beside each other."""

_HIGHEST, _LOW = 165.0, 125.0
"""Most millimetres that a picture, and one of a display mode, takes of a page's height."""


def contents(
    material: Material, view: Overview, table: DamageTable, language: Language, today: date
) -> dict[str, Any]:
    """Return everything that the template puts into its places.

    Parameters
    ----------
    material, view, table
        What was done, how it looks, how much of it is damaged.
    language : Language
        That of the report.
    today : date
        When the report is made.
    """
    say, record = language.say, material.record
    classes = tuple(material.classes)
    height, width = view.shape
    pixel = None if material.pixel_size is None else material.pixel_size[1]
    length, share = images.scale_bar(width, pixel)
    notes, marks = listed_notes(material, view, language)
    software = as_mapping(record.get("software"))
    return {
        "tag": language.tag,
        "title": material.title or material.picture.name or say("Untitled picture"),
        "author": material.author,
        "software": " ".join(
            (str(software.get("name", "napari-relic-inpaint")), str(software.get("version", "")))
        ).strip(),
        "today": language.date(today),
        "head": _head(material, view, language, today),
        "brief": _brief(material, view, table, language),
        "few": max(width, height) < _FEW,
        "wide": width > _WIDE * height,
        "sizes": _sizes(height / width),
        "before": images.photograph(view.picture, material.picture.icc),
        "after": images.photograph(view.result, material.result.icc),
        "picture_name": material.picture.name,
        "result_name": material.result.name,
        "map": images.drawing(images.damage_map(view, classes)),
        "scale": {"share": share, "text": f"{language.number(length)} {'mm' if pixel else 'px'}"},
        "legend": [
            {"name": _class_name(row, table, language), "colour": named(row.label, classes).colour}
            for row in _occurring(table)
        ],
        "marks": marks,
        "map_note": say("The numbers are those of the notes.") if marks else "",
        "damage": _damage(table, material, language),
        "damage_note": _damage_note(material, language),
        "edges": None
        if view.edges is None
        else images.drawing(images.edge_map(view.edges, view.labels)),
        "edges_note": _edges_note(record, language),
        "sources": None if view.sources is None else images.photograph(images.source_map(view)),
        "displays": [
            {"image": images.photograph(each, shown.icc), "name": shown.name}
            for each, shown in zip(view.displays, material.displays, strict=True)
        ],
        "making": making(record, language),
        "hypotheses": hypotheses(
            as_list(record.get("hypotheses")) or material.hypotheses, language
        ),
        "choices": choices(record, language),
        "warnings": [str(each) for each in as_list(record.get("warnings"))],
        "scores": _scores(material.scores, language),
        "notes": notes,
        "statuses": [
            (say(STATUS_NAMES[status]) + ":", say(meaning))
            for status, meaning in STATUS_MEANINGS.items()
        ],
        "provenance": provenance(record, language),
        "checks": [
            {"holds": check.holds, "text": say(CHECKS[check.what][0 if check.holds else 1])}
            for check in material.checks
        ],
        "record": json.dumps(record, indent=1, ensure_ascii=False, default=str) if record else "",
    }


def _sizes(steepness: float) -> dict[str, str]:
    """Return how wide pictures are at most, in mm: so wide that they are not too high for a page.

    Parameters
    ----------
    steepness : float
        Height of the picture as a share of its width.
    """
    column = _COLUMN if steepness < 1 / _WIDE else (_COLUMN - _GAP) / 2
    highest = {"half": (column, _HIGHEST), "whole": (_COLUMN, _HIGHEST), "display": (_COLUMN, _LOW)}
    return {name: f"{min(wide, high / steepness):.2f}" for name, (wide, high) in highest.items()}


def _head(
    material: Material, view: Overview, language: Language, today: date
) -> list[tuple[str, str]]:
    say, number = language.say, language.number
    height, width = view.shape
    size = f"{number(width)} × {number(height)} px"
    if material.pixel_size is not None:
        high, wide = (side * n for side, n in zip(material.pixel_size, view.shape, strict=True))
        size += f", {number(wide)} × {number(high)} mm"
    if view.planes > 1:
        shown = say("plane %(which)s of %(planes)s is shown") % {
            "which": ", ".join(str(n + 1) for n in view.plane),
            "planes": view.planes,
        }
        size += f" ({shown})"
    created = str(material.record.get("created", ""))
    found = [
        (say("Object"), material.object_name),
        (say("Picture"), material.picture.name),
        (say("Size"), size),
        (say("Restored"), language.moment(created) if created else say("not recorded")),
        (say("Report by"), material.author),
        (say("Date of the report"), language.date(today)),
    ]
    return [(name, value) for name, value in found if value]


def _brief(material: Material, view: Overview, table: DamageTable, language: Language) -> list[str]:
    say, record, everything = language.say, material.record, table.rows[-1]
    widest = as_mapping(record.get("damage")).get("widest")
    sentences = [
        say("%(share)s of the picture was damaged, in %(pieces)s pieces, and was filled.")
        % {
            "share": language.percent(everything.share),
            "pieces": language.number(everything.pieces),
        }
    ]
    if isinstance(widest, int | float):
        sentences[0] += " " + say("The widest place measures %(pixels)s pixels across.") % {
            "pixels": language.number(widest)
        }
    trained = str(record.get("digital_source_type", "")).lower()
    if trained.endswith("compositewithtrainedalgorithmicmedia"):
        sentences.append(
            say(
                "The fill was made by a trained network. It is a proposal of what was lost, not "
                "evidence of it, and does not touch the original, which is kept as it is."
            )
        )
    elif trained.endswith("algorithmicallyenhanced"):
        sentences.append(
            say(
                "The fill was computed from the surroundings of the damage. It is a proposal of "
                "what was lost, not evidence of it, and does not touch the original, which is kept "
                "as it is."
            )
        )
    if view.changed_outside is None:
        sentences.append(
            say("Picture and result differ in kind, so that it was not checked what has changed.")
        )
    elif view.changed_outside:
        sentences.append(
            say("Outside the damage, %(pixels)s pixels are not as they were.")
            % {"pixels": language.number(view.changed_outside)}
        )
    else:
        sentences.append(
            say(
                "Outside the damage nothing has changed: both pictures were compared for this "
                "report, pixel by pixel."
            )
        )
    return sentences


def _occurring(table: DamageTable) -> list[ClassRow]:
    return [row for row in table.rows[:-1] if row.pixels]


def _class_name(row: ClassRow, table: DamageTable, language: Language) -> str:
    if len(_occurring(table)) == 1 and row.name == named(row.label).name:
        # Of one kind, and nobody has said which.
        return language.say("damage")
    return translated_class(row.label, row.name, language)


def _damage(table: DamageTable, material: Material, language: Language) -> dict[str, Any]:
    say, number = language.say, language.number
    in_mm = table.pixel_size is not None
    area, side = ("mm²", "mm") if in_mm else ("px", "px")
    head = [
        say("Class"),
        say("Pieces"),
        say("Share"),
        say("Area") + f" ({area})",
        say("Largest") + f" ({area})",
        say("Length") + f" ({side})",
        say("Width") + f" ({side})",
    ]
    rows: list[list[Any]] = []
    shown = _occurring(table)
    total = len(shown) != 1
    for row in [*shown, table.rows[-1]] if total else shown:
        measures = (
            (row.area_mm2, row.largest_mm2, row.length_mm, row.width_mm)
            if in_mm
            else (row.pixels, row.largest, row.length, row.width)
        )
        name: Any = say("all damage")
        if row.label:
            colour = named(row.label, tuple(material.classes)).colour
            name = {"name": _class_name(row, table, language), "colour": colour}
        cells = ["" if math.isnan(each) else number(each) for each in measures]
        rows.append([name, number(row.pieces), language.percent(row.share), *cells])
    return {"head": head, "rows": rows, "total": total}


def _damage_note(material: Material, language: Language) -> str:
    said = language.say(
        "Lengths and widths are those of lines, such as cracks, thinned to one pixel."
    )
    if material.pixel_size is None:
        said += " " + language.say("Nobody has said how large a pixel is.")
    return said


def _edges_note(record: Mapping[str, Any], language: Language) -> str:
    kind = as_mapping(record.get("edges")).get("source")
    how = {
        "drawn": translatable("Those within the damage were drawn by hand."),
        "predicted": translatable("Those within the damage were predicted by a network."),
    }.get(str(kind), "")
    shown = translatable("Within the damage in red.")
    return " ".join(part for part in (language.say(how), language.say(shown)) if part)


def _scores(scores: Sequence[Mapping[str, Any]], language: Language) -> dict[str, Any] | None:
    columns = [
        (key, name) for key, name in SCORES.items() if any(_score(row, key) for row in scores)
    ]
    if not columns:
        return None
    rows = []
    for row in scores:
        area = str(row.get("area", ""))
        beside = [str(row[key]) for key in ("restored", "reference") if row.get(key)]
        known = area if area in CLASS_NAMES else ""
        rows.append(
            [
                " · ".join([language.say(known) or area, *beside]),
                *(_score(row, key, language) for key, _ in columns),
            ]
        )
    head = [language.say("Area"), *(language.say(name) for _, name in columns)]
    return {"head": head, "rows": rows}


def _score(row: Mapping[str, Any], key: str, language: Language | None = None) -> str:
    """Return a number as text, nothing where there is none."""
    try:
        value = float(row[key])
    except (KeyError, TypeError, ValueError):
        return ""
    if math.isnan(value):
        return ""
    return str(value) if language is None else language.number(value)
