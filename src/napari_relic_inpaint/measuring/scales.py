"""Which values of two pictures of one scene count as black and white, whatever their types are.

The same picture may come as 8 bits, as 16 bits, as floats from 0 to 1 or 0 to 255 or as integers of
any width. Scores only mean something if both are read on the scale that they were written in.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from napari_relic_inpaint.errors import InputError, ScalesError
from napari_relic_inpaint.picture.picture import ValueRange

DEPTHS = (8, 10, 12, 14, 16)
"""Bits of a value that cameras, scanners and programs write, whatever holds it."""

SLACK = 0.02
"""Share of a scale by which values may lie beyond it: filters and networks overshoot."""

ALIKE = 2.0
"""Factor up to which a restoration may be brighter or darker than its reference. The usual scales
of a type lie further apart."""

BLACK = 1 / 255
"""Mean brightness, as a share of white, from which on a picture counts as black."""


@dataclass
class Values:
    """What was seen of a picture's values.

    Attributes
    ----------
    dtype : numpy.dtype
        Their type.
    darkest, brightest : float
        The extremes.
    total : float
        Their sum.
    count : int
        How many there are.
    """

    dtype: np.dtype[Any]
    darkest: float = math.inf
    brightest: float = -math.inf
    total: float = 0.0
    count: int = 0

    def add(self, darkest: float, brightest: float, total: float, count: int) -> None:
        """Add what was seen of a part."""
        self.darkest = min(self.darkest, darkest)
        self.brightest = max(self.brightest, brightest)
        self.total += total
        self.count += count

    @property
    def mean(self) -> float:
        """Return the mean."""
        return self.total / max(self.count, 1)

    def __str__(self) -> str:
        return f"{self.dtype} from {self.darkest:g} to {self.brightest:g}"


def scales_of(
    restored: Values, reference: Values, data_range: float | None = None
) -> tuple[ValueRange, ValueRange]:
    """Choose the scales of a restored picture and its reference.

    Two pictures of one type share the scale of the reference, so that several results are measured
    by the same rule. Otherwise each has one of the usual scales of its type that hold its values,
    and of those the pair is taken on which the two are most alike in brightness: a restoration
    looks like its reference.

    Parameters
    ----------
    restored, reference : Values
        What was seen of them.
    data_range : float, optional
        The value that counts as white in both, 0 being black; nothing is chosen then.

    Raises
    ------
    InputError
        If the data range is not a number above 0.
    ScalesError
        If no usual scales make two types alike.
    """
    if data_range is not None:
        if not (np.isfinite(data_range) and data_range > 0):
            raise InputError(f"data_range cannot be {data_range}: give a number above 0")
        return (ValueRange(0.0, float(data_range)),) * 2
    shared = _shared(reference)
    kinds = [values.dtype.newbyteorder("=") for values in (restored, reference)]
    # Integers of one type have one scale; floats come on scales far apart.
    if kinds[0] == kinds[1] and kinds[0].kind != "f":
        return shared, shared
    floats = {kind.kind for kind in kinds} == {"f"}
    if floats and _unlike(restored, shared, reference, shared) <= (0, ALIKE):
        return shared, shared
    # A black picture has the same scores on every scale.
    if restored.brightest <= 0 <= restored.darkest:
        return _usual(restored)[0], _usual(reference)[0]
    pairs = list(product(_usual(restored), _usual(reference)))
    best = min(pairs, key=lambda pair: _unlike(restored, pair[0], reference, pair[1]))
    if _unlike(restored, best[0], reference, best[1])[1] <= ALIKE:
        return best
    if floats:
        return shared, shared
    raise ScalesError(str(restored), str(reference))


def _shared(reference: Values) -> ValueRange:
    """Return the scale of a reference beside pictures of its own type."""
    usual = _usual(reference)
    if reference.dtype.kind == "u":
        return usual[-1]
    # Floats between 8 and 16 bits may be anything.
    spanned = reference.dtype.kind == "f" and usual[0].high > 255
    return _spanned(reference) if spanned else usual[0]


def _usual(values: Values) -> list[ValueRange]:
    """Return the usual scales of a type that hold the values, of unsigned ones the whole type too.

    A picture with negative values, or beyond all scales, spans what it has.
    """
    dtype, slack = values.dtype, SLACK if values.dtype.kind == "f" else 0.0
    whites = (1, 255, 2**16 - 1) if dtype.kind == "f" else [2**bits - 1 for bits in DEPTHS]
    fitting = [
        ValueRange(0.0, float(white))
        for white in whites
        if values.darkest >= -slack * white and values.brightest <= (1 + slack) * white
    ]
    if dtype.kind != "u":
        return fitting or [_spanned(values)]
    whole = ValueRange(0.0, float(np.iinfo(dtype).max))
    return [whole] if dtype.itemsize == 1 else [whole, *(fitting or [_spanned(values)])[:1]]


def _spanned(values: Values) -> ValueRange:
    return ValueRange.of(values.dtype, values.darkest, values.brightest)


def _unlike(
    first: Values, scale: ValueRange, second: Values, other: ValueRange
) -> tuple[int, float]:
    """Return how many of two pictures are black on these scales, and their ratio of brightness."""
    shares = [
        (values.mean - of.low) / (of.high - of.low)
        for values, of in ((first, scale), (second, other))
    ]
    # Two pictures that are black on wrong scales would be alike.
    black = sum(share < BLACK for share in shares)
    shares = [max(share, BLACK) for share in shares]
    return black, max(shares) / min(shares)
