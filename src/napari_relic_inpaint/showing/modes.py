"""The ways in which a fill can be shown, with their parameters."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.showing.lengths import Length

MODES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "complete": ("The fill as it is.", ()),
    "rigatino": (
        "Upright lines, darker and lighter than the local colour (tratteggio).",
        ("line", "spacing", "angle", "contrast"),
    ),
    "selezione": ("Strokes along the drawing.", ("line", "contrast")),
    "dotted": ("Dots around the local colour (puntinato).", ("line", "spacing", "contrast")),
    "neutral": ("The mean of what is around, nearly grey.", ("saturation",)),
    "paler": ("The fill with less colour.", ("saturation",)),
    "lighter": ("The fill, lighter by a step, or darker by a negative one.", ("step",)),
    "outline": ("The fill as it is, with a line around it.", ("line",)),
}
"""What each mode does, and which parameters it has."""

LEAST_LINE = 1.0
"""Pixels below which a line cannot be drawn."""

CLOSEST = 1.25
"""Widths of a line, or of a dot, that its neighbour is away at least."""

_LINES = {"rigatino": 2.0, "selezione": 2.0, "dotted": 3.0, "outline": 1.0}
_SPACINGS = {"rigatino": 2.0, "dotted": 1.5}
_SATURATIONS = {"neutral": 0.5, "paler": 0.35}
_LENGTHS = {"line": "the width of lines or dots", "spacing": "the distance of lines or dots"}
_NUMBERS: Mapping[str, tuple[str, float, float]] = {
    "angle": ("the angle", -90.0, 90.0),
    "contrast": ("the contrast", 1.0, 60.0),
    "saturation": ("the saturation", 0.0, 1.0),
    "step": ("the step", -60.0, 60.0),
}


@dataclass(frozen=True)
class DisplayMode:
    """How the fill of a class of damage is shown.

    Parameters that a mode does not have are left alone; those that are None are chosen by it.

    Attributes
    ----------
    mode : str
        One of `MODES`.
    line : Length, optional
        Width of the lines, or diameter of the dots; by default 2 px, of *dotted* 3 px, of
        *outline* 1 px. At least 1 px.
    spacing : Length, optional
        From the middle of a line or dot to the next; by default twice the width of the lines, or
        1.5 times that of the dots.
    angle : float
        By which the lines of *rigatino* lean from the upright, in degrees clockwise, -90 to 90.
    contrast : float
        Difference in lightness between lines and what is between them, in steps of CIELAB (0 is
        black, 100 white): 1 to 60.
    saturation : float, optional
        Share of the colour that is left, 0 to 1: by default 0.5 for *neutral*, 0.35 for *paler*.
    step : float
        By how much *lighter* is lighter, in steps of CIELAB, -60 to 60; a negative one is darker.

    Raises
    ------
    InputError
        If there is no such mode, or a value cannot be.
    """

    mode: str = "rigatino"
    line: Length | None = None
    spacing: Length | None = None
    angle: float = 0.0
    contrast: float = 26.0
    saturation: float | None = None
    step: float = 10.0

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise InputError(
                f"there is no display mode {self.mode!r}: choose one of {', '.join(MODES)}"
            )
        for name, (what, low, high) in _NUMBERS.items():
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and low <= value <= high):
                raise InputError(f"{what} cannot be {value:g}: give {low:g} to {high:g}")
        if self.mode == "lighter" and self.step == 0:
            raise InputError("a step of 0 would change nothing: give 10, or -10 for darker")
        if self.mode == "paler" and self.saturation == 1:
            raise InputError("a saturation of 1 would change nothing: give less")

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters that the mode has."""
        return MODES[self.mode][1]

    @property
    def colour_left(self) -> float:
        """Share of the colour that is left."""
        return _SATURATIONS.get(self.mode, 1.0) if self.saturation is None else self.saturation

    def line_pixels(self, pixel_mm: float | None) -> float:
        """Return the width of lines or dots in pixels, of `pixel_mm` millimetres each.

        Raises
        ------
        InputError
            If nobody has said how large a pixel is, or the lines are narrower than one.
        """
        if self.line is None:
            return _LINES[self.mode]
        width = self.line.in_pixels(pixel_mm, f"the line of {self.mode}")
        if width < LEAST_LINE:
            finest = "" if self.line.unit == "px" or pixel_mm is None else f" ({pixel_mm:.3g}mm)"
            raise InputError(
                f"a line of {self.line} is {width:.2g} pixels wide on this picture, and would not "
                f"be seen: give at least 1px{finest}"
            )
        return width

    def spacing_pixels(self, pixel_mm: float | None) -> float:
        """Return how far lines or dots are apart in pixels, from middle to middle.

        Raises
        ------
        InputError
            If nobody has said how large a pixel is, or if they would touch.
        """
        width = self.line_pixels(pixel_mm)
        if self.spacing is None:
            return max(width * _SPACINGS[self.mode], width + 1)
        apart = self.spacing.in_pixels(pixel_mm, f"the spacing of {self.mode}")
        least = max(CLOSEST * width, width + 1 if self.mode == "dotted" else 0)
        if apart < least:
            raise InputError(
                f"a spacing of {apart:.3g} px leaves no room between lines or dots of {width:.3g} "
                f"px: it is measured from middle to middle, give at least {least:.3g}px"
            )
        return apart

    def check(self, pixel_mm: float | None, *, colours: int) -> None:
        """Check that a picture can be shown so.

        Parameters
        ----------
        pixel_mm : float, optional
            Side of a pixel in millimetres.
        colours : int
            1 of a grey picture, 3 of one in colour.

        Raises
        ------
        InputError
            If it cannot.
        """
        if "line" in self.parameters:
            self.line_pixels(pixel_mm)
        if "spacing" in self.parameters:
            self.spacing_pixels(pixel_mm)
        if self.mode == "paler" and colours == 1:
            raise InputError(
                "a grey picture has no colour that could be paler: choose another mode, such as "
                "lighter"
            )

    def as_dict(self) -> dict[str, Any]:
        """Return the mode and the parameters that it has, as JSON takes them."""
        values = {name: getattr(self, name) for name in self.parameters}
        if "saturation" in values:
            values["saturation"] = self.colour_left
        said = {
            name: str(value) if isinstance(value, Length) else value
            for name, value in values.items()
            if value is not None
        }
        return {"mode": self.mode, **said}

    def described(self) -> str:
        """Return the mode as `parse` reads it."""
        said = self.as_dict()
        name = said.pop("mode")
        return ",".join([name, *(f"{key}={value}" for key, value in said.items())])

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> DisplayMode:
        """Read what `as_dict` returned.

        Raises
        ------
        InputError
            If it is something else.
        """
        mode = cls(str(content.get("mode")))
        given = {name: value for name, value in content.items() if name != "mode"}
        return mode.with_text({name: str(value) for name, value in given.items()})

    @classmethod
    def parse(cls, text: str) -> DisplayMode:
        """Read a mode such as ``rigatino,line=0.4mm,angle=10``.

        Raises
        ------
        InputError
            If there is no such mode, or it has no such parameter, or a value cannot be.
        """
        name, *given = (part.strip() for part in text.split(","))
        values = {}
        for part in given:
            key, sign, value = part.partition("=")
            if not sign:
                raise InputError(f"{part!r} of the mode {text!r} is no parameter: write line=0.4mm")
            values[key.strip()] = value.strip()
        return cls(name).with_text(values)

    def with_text(self, values: Mapping[str, str]) -> DisplayMode:
        """Return the mode with some parameters changed, given as people write them.

        Raises
        ------
        InputError
            If the mode has no such parameter, or a value cannot be.
        """
        read: dict[str, Any] = {}
        for name, value in values.items():
            if name not in self.parameters:
                known = f"it has {', '.join(self.parameters)}" if self.parameters else "it has none"
                raise InputError(f"the mode {self.mode} has no {name!r}: {known}")
            read[name] = (
                Length.parse(value, _LENGTHS[name]) if name in _LENGTHS else _number(name, value)
            )
        return replace(self, **read)


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        what, low, high = _NUMBERS[name]
        raise InputError(f"{what} cannot be {text!r}: give {low:g} to {high:g}") from None


PARAMETERS = tuple(each.name for each in fields(DisplayMode) if each.name != "mode")
"""Names of all parameters."""


def account(
    modes: Mapping[int, DisplayMode],
    others: DisplayMode,
    pixel_mm: float | None,
    names: Mapping[int, str],
) -> dict[str, Any]:
    """Return how a rendering shows each class of damage, as JSON takes it.

    Parameters
    ----------
    modes, others
        As for `Rendering`.
    pixel_mm : float, optional
        Side of a pixel in millimetres.
    names : mapping of int to str
        What the labels are called that occur or are named.
    """
    return {
        "pixel_mm": pixel_mm,
        "classes": [
            {"label": label, "name": name, **modes.get(label, others).as_dict()}
            for label, name in sorted(names.items())
        ],
        "others": others.as_dict(),
    }
