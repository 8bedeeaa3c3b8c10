"""Colour difference as an observer sees it: CIEDE2000."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage.color import deltaE_ciede2000, rgb2lab

from napari_relic_inpaint.measuring.metrics.inputs import check_hole, data_range_of, mean_of


def ciede2000(
    result: NDArray[Any],
    truth: NDArray[Any],
    hole: NDArray[np.bool_] | None = None,
    *,
    data_range: float | None = None,
) -> float:
    """Mean colour difference CIEDE2000 over the hole, or over the picture; 0 if identical.

    About 1 is the smallest difference that an observer sees between colours side by side.
    """
    difference = ciede2000_map(result, truth, hole, data_range=data_range)
    return mean_of(difference if hole is None else difference[hole])


def ciede2000_map(
    result: NDArray[Any],
    truth: NDArray[Any],
    hole: NDArray[np.bool_] | None = None,
    *,
    data_range: float | None = None,
) -> NDArray[np.float64]:
    """Colour difference CIEDE2000 of each pixel, ``(H, W)``, NaN outside the hole.

    Values count as sRGB (D65) with 0 = black and ``data_range`` = white; what lies beyond is
    clipped. Channels after the third, or after the first of two, have no influence.
    """
    data_range = data_range_of(result, truth, data_range)
    if hole is None:
        hole = np.ones(truth.shape[:2], bool)
    check_hole(hole, truth)
    difference = np.full(hole.shape, np.nan)
    if hole.any():
        pair = (_lab(picture, hole, data_range) for picture in (truth, result))
        difference[hole] = deltaE_ciede2000(*pair)
    return difference


def _lab(picture: NDArray[Any], hole: NDArray[np.bool_], data_range: float) -> NDArray[np.float64]:
    """Return the CIELAB colours of the hole's pixels, ``(N, 3)``."""
    channels = picture if picture.ndim == 3 else picture[..., None]
    unit = np.clip(channels[hole] / np.float64(data_range), 0, 1)
    return rgb2lab(unit[:, :3] if unit.shape[1] >= 3 else np.repeat(unit[:, :1], 3, axis=1))
