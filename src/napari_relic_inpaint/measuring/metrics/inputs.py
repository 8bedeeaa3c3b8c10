"""What the scores have in common: fitting shapes, and the distance from black to white."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.picture.picture import shown

BEYOND_UNIT = 1.0
"""By how much floats may lie beyond 0 to 1: results of networks and filters overshoot."""


def data_range_of(result: NDArray[Any], truth: NDArray[Any], given: float | None) -> float:
    """Check two pictures and return the data range of their scores.

    Raises
    ------
    InputError
        If the shapes differ, the data range is not a number above 0, or none was given for
        pictures of different types, for integers of more than 16 bits, or for floats on
        another scale than 0 to 1.
    """
    check_same_shape(result, truth)
    if given is not None:
        if not (np.isfinite(given) and given > 0):
            raise InputError(f"data_range cannot be {given}: give a number above 0")
        return float(given)
    if result.dtype.kind == truth.dtype.kind and truth.dtype.kind in "fb":
        for name, values in (("truth", truth), ("result", result)):
            _check_unit(name, values)
        return 1.0
    if result.dtype.newbyteorder("=") != truth.dtype.newbyteorder("="):
        raise InputError(
            f"a picture of {result.dtype} and one of {truth.dtype} have no data range in common: "
            "convert one of them, or compare them with evaluate()"
        )
    if truth.dtype.itemsize > 2:
        raise InputError(
            f"pictures of {truth.dtype} may have any data range: give it, data_range=255 say, or "
            "compare them with evaluate()"
        )
    limits = np.iinfo(truth.dtype)
    return float(limits.max) - float(limits.min)


def _check_unit(name: str, values: NDArray[Any]) -> None:
    """Raise an `InputError` if floats are plainly on another scale than 0 to 1."""
    if values.dtype == bool or not values.size:
        return
    darkest, brightest = float(values.min()), float(values.max())
    if darkest < -BEYOND_UNIT or brightest > 1 + BEYOND_UNIT:
        raise InputError(
            f"floats count as 0 to 1, the {name} goes from {darkest:g} to {brightest:g}: give its "
            "data_range, 255 say, or compare with evaluate()"
        )


def check_same_shape(result: NDArray[Any], truth: NDArray[Any]) -> None:
    """Raise an `InputError` unless both are ``(H, W)`` or both the same ``(H, W, C)``."""
    if result.shape != truth.shape or truth.ndim not in (2, 3):
        raise InputError(
            f"the result is {shown(result)}, the truth {shown(truth)}: both need the same rows, "
            "columns and, if any, channels"
        )


def check_hole(hole: NDArray[np.bool_], truth: NDArray[Any]) -> None:
    """Raise an `InputError` unless the hole is ``(H, W)`` of bool, as large as the picture."""
    if hole.dtype != bool:
        raise InputError(f"a hole is an array of True and False, not of {hole.dtype}")
    if hole.shape != truth.shape[:2]:
        raise InputError(
            f"the hole is {shown(hole)}, the picture {shown(truth)}: both need the same rows and "
            "columns"
        )


def mean_of(values: NDArray[np.float64]) -> float:
    """Return the mean, NaN of no values."""
    return float(values.mean()) if values.size else float("nan")
