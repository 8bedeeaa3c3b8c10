"""Which hypothesis is taken for which hole, and the picture that this makes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.marking.holes import Holes
from napari_relic_inpaint.picture.lazy_planes import PlaneFill, RestoredPicture
from napari_relic_inpaint.picture.picture import Picture
from napari_relic_inpaint.record import SOURCE_TYPE

Choices = Mapping[tuple[int, ...], str]
"""Names of hypotheses by a pixel of the hole that each is taken for."""

_OF_ONE_RUN = ("settings", "model", "device", "network_runs", "detail", "edges")
"""What a record says of a single hypothesis, and that is not true of several."""


@dataclass(frozen=True)
class Candidate:
    """A finished hypothesis, as far as choosing needs to know it.

    Attributes
    ----------
    name : str
        What it is called.
    said : dict
        What the record says of it: name, settings and so on, its own record among them.
    fills : mapping
        Its fill of each plane, by the plane's index.
    """

    name: str
    said: dict[str, Any]
    fills: Mapping[tuple[int, ...], PlaneFill]


@dataclass(frozen=True)
class Composition:
    """A picture made of several hypotheses.

    Attributes
    ----------
    picture : RestoredPicture
        Array-like of the input's shape and dtype, read by slices; identical to the input outside
        the damage, and in holes that nothing was taken for.
    record : dict
        What was done, with what; takes JSON. ``choices`` says which hypothesis was taken for which
        hole, ``others`` which one for all other holes, ``hypotheses`` what each of them is.
    """

    picture: RestoredPicture
    record: dict[str, Any] = field(repr=False)


def compose(
    source: Picture,
    holes: Holes,
    candidates: Sequence[Candidate],
    choices: Choices,
    others: str | None,
) -> Composition:
    """Compose a picture from hypotheses.

    Parameters
    ----------
    source : Picture
        The damaged picture.
    holes : Holes
        Its holes.
    candidates : sequence of Candidate
        The hypotheses, in the order in which the record lists them.
    choices : mapping
        Names of hypotheses, by any pixel of the hole that each is taken for.
    others : str, optional
        The hypothesis for all other holes; None leaves them as they are.

    Raises
    ------
    InputError
        If nothing is chosen, there is no such hypothesis, no hole at a position, or two are taken
        for one hole.
    """
    numbers = {each.name: n for n, each in enumerate(candidates)}
    of_hole = np.full(len(holes), -1 if others is None else _number(numbers, others))
    chosen: dict[tuple[int, ...], str] = {}
    places = {hole.position: n for n, hole in enumerate(holes)}
    for position, name in choices.items():
        hole = holes.hole_at(position)
        if hole is None:
            raise InputError(
                f"nothing is damaged at {', '.join(map(str, position))}, for which {name!r} is "
                "taken: give the position of a hole, as row and column from 0"
            )
        of_hole[places[hole.position]] = _number(numbers, name)
        if chosen.setdefault(hole.position, name) != name:
            raise InputError(
                f"both {chosen[hole.position]!r} and {name!r} are taken for the hole at "
                f"{', '.join(map(str, hole.position))}: leave one of them"
            )
    if not chosen and others is None:
        raise InputError("nothing is chosen: take a hypothesis for at least one hole")
    picture = RestoredPicture(source)
    for index, first in candidates[0].fills.items():
        taken = of_hole[holes.numbers(index, first.pixels.positions)]
        picture.add(index, _composed(source, taken, [each.fills[index] for each in candidates]))
    used = [candidates[n] for n in np.unique(of_hole[of_hole >= 0]).tolist()]
    return Composition(picture, _record(used, chosen, others))


def _number(numbers: Mapping[str, int], name: str) -> int:
    if name not in numbers:
        raise InputError(
            f"there is no finished hypothesis {name!r}; there are {', '.join(numbers)}"
        )
    return numbers[name]


def _composed(
    source: Picture, taken: NDArray[np.integer[Any]], fills: Sequence[PlaneFill]
) -> PlaneFill:
    """Return the fill that takes each pixel from the fill of a number, from none for -1."""
    composed = PlaneFill(source, fills[0].pixels)
    composed.painted[...] = taken >= 0
    for number, fill in enumerate(fills):
        here = taken == number
        composed.values[here] = fill.values[here]
    return composed


def _record(
    used: Sequence[Candidate], chosen: Mapping[tuple[int, ...], str], others: str | None
) -> dict[str, Any]:
    """Return the record of a composition, made from those of the hypotheses that are in it."""
    records = [each.said["record"] for each in used]
    record = dict(records[0])
    if len(used) > 1:
        for key in _OF_ONE_RUN:
            record.pop(key, None)
        record["settings"] = {"method": "several hypotheses"}
    if any(each["digital_source_type"] == SOURCE_TYPE for each in records):
        record["digital_source_type"] = SOURCE_TYPE
    warnings = [sentence for each in records for sentence in each.get("warnings", ())]
    record["warnings"] = [*dict.fromkeys(warnings)]
    for key in ("windows", "windows_remembered", "seconds"):
        record[key] = sum(each[key] for each in records)
    record["created"] = datetime.now(UTC).isoformat(timespec="seconds")
    record["choices"] = [
        {"hole": [*position], "hypothesis": name} for position, name in sorted(chosen.items())
    ]
    record["others"] = others
    record["hypotheses"] = [each.said for each in used]
    return record
