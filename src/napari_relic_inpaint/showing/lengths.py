"""Lengths on a picture, as people write them: in pixels or in millimetres."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from napari_relic_inpaint.errors import InputError

_LENGTH = re.compile(r"(\d+(?:[.,]\d*)?|[.,]\d+)\s*(mm|px|)", re.IGNORECASE)


@dataclass(frozen=True)
class Length:
    """A length.

    Attributes
    ----------
    value : float
        Above 0.
    unit : {"px", "mm"}
        Pixels of the picture, or millimetres on the object.
    """

    value: float
    unit: str = "px"

    @classmethod
    def parse(cls, text: str, what: str) -> Length:
        """Read a length such as ``0.4mm``, ``3 px`` or ``3``, which are pixels.

        Raises
        ------
        InputError
            If it is something else; says what it was to be.
        """
        found = _LENGTH.fullmatch(text.strip())
        value = float(found[1].replace(",", ".")) if found else math.nan
        if found is None or not (math.isfinite(value) and value > 0):
            raise InputError(f"{what} cannot be {text!r}: give a length such as '0.4mm' or '3px'")
        return cls(value, found[2].lower() or "px")

    def in_pixels(self, pixel_mm: float | None, what: str) -> float:
        """Return the length in pixels.

        Parameters
        ----------
        pixel_mm : float, optional
            Side of a pixel in millimetres.
        what : str
            What it is the length of, for messages.

        Raises
        ------
        InputError
            If it is in millimetres and nobody has said how large a pixel is.
        """
        if self.unit == "px":
            return self.value
        if pixel_mm is None:
            raise InputError(
                f"{what} is {self}, and nobody has said how large a pixel is: say it with a scale, "
                "or give the length in px"
            )
        return self.value / pixel_mm

    def __str__(self) -> str:
        return f"{self.value:g}{self.unit}"
