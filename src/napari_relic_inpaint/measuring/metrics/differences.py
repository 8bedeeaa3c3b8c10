"""Differences of values: peak signal-to-noise ratio, and what changed outside the hole."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.measuring.metrics.inputs import (
    check_hole,
    check_same_shape,
    data_range_of,
    mean_of,
)


def psnr(result: NDArray[Any], truth: NDArray[Any], *, data_range: float | None = None) -> float:
    """Peak signal-to-noise ratio in dB of two pictures; infinite if they are identical."""
    data_range = data_range_of(result, truth, data_range)
    return decibel(mean_of(_difference(result, truth) ** 2), data_range)


def hole_psnr(
    result: NDArray[Any],
    truth: NDArray[Any],
    hole: NDArray[np.bool_],
    *,
    data_range: float | None = None,
) -> float:
    """Peak signal-to-noise ratio in dB over the hole; infinite if identical there.

    For a result that equals the truth outside the hole it is
    ``psnr + 10 log10(share of the hole)``.
    """
    data_range = data_range_of(result, truth, data_range)
    check_hole(hole, truth)
    return decibel(mean_of(_difference(result[hole], truth[hole]) ** 2), data_range)


def decibel(squared_error: float, data_range: float = 1.0) -> float:
    """Turn a mean squared error into a peak signal-to-noise ratio in dB; infinite for 0."""
    if squared_error == 0:
        return float("inf")
    return float(20 * np.log10(data_range) - 10 * np.log10(squared_error))


def largest_change_outside(
    result: NDArray[Any], original: NDArray[Any], hole: NDArray[np.bool_]
) -> float:
    """Largest absolute difference outside the hole, in the pictures' values: 0 as it should be."""
    check_same_shape(result, original)
    check_hole(hole, original)
    if hole.all():
        return float("nan")
    return float(np.abs(_difference(result[~hole], original[~hole])).max())


def _difference(result: NDArray[Any], truth: NDArray[Any]) -> NDArray[np.float64]:
    return result.astype(np.float64) - truth.astype(np.float64)
