"""How much fine detail a fill has, as a share of what was there."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_relic_inpaint.measuring.metrics.inputs import check_hole, data_range_of, mean_of

TEXTURE_WINDOW = 9
"""Side in pixels of the square whose mean is taken off; what is left is texture."""

TEXTURE_REACH = TEXTURE_WINDOW // 2
"""Pixels that this square reaches to each side."""

FLAT = 0.5 / 255
"""Root mean square of texture, with white = 1, below which nobody sees any: half a level of 8 bits.
"""


def texture(
    result: NDArray[Any],
    truth: NDArray[Any],
    hole: NDArray[np.bool_],
    *,
    data_range: float | None = None,
) -> float:
    """Texture in the hole as a share of the truth's: 1 is as much, below 1 the fill is smoother.

    Texture is what a picture is beside its mean over 9 x 9 pixels; of it the root mean square over
    the hole and the channels is taken. Whether it is in the right place makes no difference: a
    shifted copy has as much. NaN where the truth is `FLAT`, since there is nothing to have a share
    of.
    """
    data_range = data_range_of(result, truth, data_range)
    check_hole(hole, truth)
    of_result, of_truth = (
        mean_of(texture_map(picture / np.float64(data_range))[hole]) for picture in (result, truth)
    )
    return texture_share(of_result, of_truth)


def texture_map(unit: NDArray[Any]) -> NDArray[np.float64]:
    """Square of the texture of each pixel, ``(H, W)``, the mean of the channels.

    At the border the mean that is taken off is that of the pixels that there are.

    Parameters
    ----------
    unit : array
        ``(H, W)`` or ``(H, W, C)``, 0 = black, 1 = white.
    """
    channels = np.atleast_3d(unit).astype(np.float64)
    mean = _window_mean(channels) / _window_mean(np.ones((*channels.shape[:2], 1)))
    return ((channels - mean) ** 2).mean(axis=-1)


def texture_share(of_result: float, of_truth: float) -> float:
    """Return the share that two means of `texture_map` make; see `texture`."""
    return float(np.sqrt(of_result / of_truth)) if of_truth >= FLAT**2 else float("nan")


def _window_mean(channels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean over the window, what lies beyond the border being zero."""
    size = (TEXTURE_WINDOW, TEXTURE_WINDOW, 1)
    return ndimage.uniform_filter(channels, size, mode="constant")
