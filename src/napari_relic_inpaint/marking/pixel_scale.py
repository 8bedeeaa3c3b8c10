"""How large a pixel is, as people write it."""

from __future__ import annotations

import math
import re

from napari_relic_inpaint.errors import InputError

MM_PER_INCH = 25.4

_NUMBER = r"(\d+(?:[.,]\d*)?|[.,]\d+)"
_SIDE = re.compile(rf"{_NUMBER}\s*(?:mm)?\s*(?:/\s*px|per\s+pixel)?", re.IGNORECASE)
_DENSITY = re.compile(rf"{_NUMBER}\s*(?:px\s*/\s*(mm|cm)|(dpi|ppi))", re.IGNORECASE)
_MM = {"mm": 1.0, "cm": 10.0, "dpi": MM_PER_INCH, "ppi": MM_PER_INCH}


def parse_scale(text: str) -> float:
    """Return the side of a pixel in millimetres.

    Parameters
    ----------
    text : str
        ``0.05`` or ``0.05 mm/px``; ``20 px/mm``, ``200 px/cm`` or ``600 dpi``.

    Raises
    ------
    InputError
        If it is something else, or no size.
    """
    given = text.strip()
    side = math.nan
    if found := _SIDE.fullmatch(given):
        side = _number(found[1])
    elif found := _DENSITY.fullmatch(given):
        density = _number(found[1])
        side = _MM[(found[2] or found[3]).lower()] / density if density else math.nan
    if not (math.isfinite(side) and side > 0):
        raise InputError(
            f"the scale cannot be {text!r}: give the millimetres of a pixel, such as 0.05, or "
            "'20 px/mm' or '600 dpi'"
        )
    return side


def _number(text: str) -> float:
    return float(text.replace(",", "."))
