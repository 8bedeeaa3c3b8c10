"""Classes of damage: which label stands for which kind, its colour, and what it means."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from napari_relic_inpaint.errors import InputError

FORM = "relic_inpaint_classes"
"""Key that says that an object is a list of classes, and of which version."""

VERSION = 1

_COLOUR = re.compile(r"#[0-9a-f]{6}")
_LABELS = range(1, 2**31)
_KEYS = {"label", "name", "colour", "meaning", "lines"}


@dataclass(frozen=True)
class DamageClass:
    """A kind of damage.

    Attributes
    ----------
    label : int
        Its value in a mask, from 1.
    name : str
        What it is called; one line.
    colour : str
        As ``#rrggbb``.
    meaning : str
        What belongs to it, for whoever marks or reads the mask.
    lines : bool
        Whether it is lines, of which length and width are measured, and not areas.

    Raises
    ------
    InputError
        If a value cannot be.
    """

    label: int
    name: str
    colour: str
    meaning: str = ""
    lines: bool = False

    def __post_init__(self) -> None:
        label, name = self.label, self.name
        if not isinstance(label, int) or isinstance(label, bool) or label not in _LABELS:
            raise InputError(
                f"a class of damage cannot have the label {label!r}: give a whole number from 1 on"
            )
        if not isinstance(name, str) or not name.strip() or not name.isprintable():
            raise InputError(
                f"the class of label {label} cannot be called {name!r}: give it a name of one line"
            )
        colour = self.colour.lower() if isinstance(self.colour, str) else self.colour
        if not isinstance(colour, str) or not _COLOUR.fullmatch(colour):
            raise InputError(
                f"{name} cannot have the colour {self.colour!r}: give one such as '#d62728'"
            )
        if not isinstance(self.meaning, str):
            raise InputError(f"the meaning of {name} cannot be {self.meaning!r}: give a sentence")
        if not isinstance(self.lines, bool):
            raise InputError(f"whether {name} is lines cannot be {self.lines!r}: say true or false")
        object.__setattr__(self, "colour", colour)


PRESET = (
    DamageClass(1, "lacuna", "#d62728", "A layer is lost, and what lies below it shows."),
    DamageClass(2, "crack", "#ff9f1c", "A narrow break of the surface.", lines=True),
    DamageClass(3, "flaking", "#9467bd", "The layer lifts from the ground, or has lost scales."),
    DamageClass(4, "stain", "#8c564b", "Damp, salts, soot, wax: the layer is there, but covered."),
    DamageClass(5, "abrasion", "#17becf", "The layer is worn thin; the ground shimmers through."),
    DamageClass(6, "old retouching", "#2ca02c", "Paint of an earlier restoration."),
)
"""Classes to begin with."""

_SPARE_COLOURS = ("#1f77b4", "#e377c2", "#bcbd22", "#7f7f7f", "#aec7e8", "#ffbb78", "#98df8a")


def checked(classes: Iterable[DamageClass]) -> tuple[DamageClass, ...]:
    """Return classes in the order of their labels.

    Raises
    ------
    InputError
        If two have the same label or name.
    """
    ordered = tuple(sorted(classes, key=lambda each: each.label))
    labels: dict[int, str] = {}
    names: dict[str, int] = {}
    for each in ordered:
        if each.label in labels:
            raise InputError(
                f"{labels[each.label]} and {each.name} have the same label {each.label}: give one "
                "of them another"
            )
        if each.name.casefold() in names:
            raise InputError(
                f"labels {names[each.name.casefold()]} and {each.label} are both called "
                f"{each.name}: give one of them another name"
            )
        labels[each.label], names[each.name.casefold()] = each.name, each.label
    return ordered


def named(label: int, classes: Sequence[DamageClass] = ()) -> DamageClass:
    """Return the class of a label, from 1; one that nobody has named is called after its label.

    Nobody knows what such a class is, so it is measured as lines, too.
    """
    for each in classes:
        if each.label == label:
            return each
    return DamageClass(label, f"label {label}", _spare_colour(label), lines=True)


def new_class(classes: Sequence[DamageClass]) -> DamageClass:
    """Return a class to add to others: the first label that is free, with a colour of its own."""
    labels = {each.label for each in classes}
    label = next(n for n in _LABELS if n not in labels)
    used = {each.colour for each in classes}
    colour = next((each for each in _SPARE_COLOURS if each not in used), _SPARE_COLOURS[0])
    return DamageClass(label, f"class {label}", colour)


def to_json(classes: Sequence[DamageClass], *, indent: int | None = None) -> str:
    """Return classes as JSON in ASCII, as presets and masks have them."""
    content = {FORM: VERSION, "classes": [asdict(each) for each in classes]}
    return json.dumps(content, indent=indent)


def from_json(text: str, where: str) -> tuple[DamageClass, ...]:
    """Read classes from JSON.

    Parameters
    ----------
    text : str
        What `to_json` returned, or what somebody wrote like it; colour, meaning and lines may be
        left out.
    where : str
        Where it is from, for messages.

    Raises
    ------
    InputError
        If it is something else, or a value cannot be; says where.
    """
    try:
        content = json.loads(text)
    except ValueError as error:
        raise InputError(f"{where} is no JSON ({error}): choose a file of classes") from None
    if not isinstance(content, dict) or FORM not in content:
        raise InputError(
            f'{where} is no list of classes of damage: it begins with {{"{FORM}": {VERSION}, '
            '"classes": [...]}'
        )
    if content[FORM] != VERSION:
        raise InputError(
            f"{where} has classes of version {content[FORM]!r}, this program reads version "
            f"{VERSION}: update it, or save them anew"
        )
    entries = content.get("classes")
    if not isinstance(entries, list) or not entries:
        raise InputError(
            f'{where} lists no class: add {{"label": 1, "name": "lacuna"}} to "classes"'
        )
    try:
        return checked(_class(entry) for entry in entries)
    except InputError as error:
        raise InputError(f"{where}: {error}") from None


def _class(entry: Any) -> DamageClass:
    if not isinstance(entry, dict) or not {"label", "name"} <= entry.keys():
        raise InputError(f"{entry!r} is no class: give it a label and a name")
    unknown = sorted(entry.keys() - _KEYS)
    if unknown:
        raise InputError(
            f"the class {entry['name']!r} has an unknown {unknown[0]!r}: known are "
            f"{', '.join(sorted(_KEYS))}"
        )
    label = entry["label"]
    colour = _spare_colour(label) if isinstance(label, int) else ""
    return DamageClass(**{"colour": colour, **entry})


def _spare_colour(label: int) -> str:
    return _SPARE_COLOURS[label % len(_SPARE_COLOURS)]
