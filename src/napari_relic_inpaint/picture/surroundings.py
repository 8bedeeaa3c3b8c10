"""What occurs around a hole, so that a network cannot invent colours or texture.

Instance normalisation lets a network see contrast where there is none: in a window of bare ground
it paints specks of any colour. What it paints is therefore kept within the colours near by, and
counts less where the picture has no texture.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_relic_inpaint.opencv import cv2

BLOCK = 16
REACH = 2
"""Blocks in each direction that count as near by."""

DETAIL = 9
"""Side in pixels of the squares whose mean a pixel is compared with; what is left is texture."""

AROUND = 65
"""Side in pixels of the square around a pixel whose texture counts."""

STILL, LIVELY = 1 / 255, 2 / 255
"""Root mean square of the texture up to which a picture counts as smooth, and from which on it
does not. Scans and photographs of paint have 3 to 30 of 255."""


def surrounding_range(
    picture: NDArray[np.float32], hole: NDArray[np.bool_]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the darkest and brightest known value near each pixel, channel by channel.

    Parameters
    ----------
    picture : (h, w, 3) array
        RGB in [0, 1]; sides are multiples of `BLOCK`.
    hole : (h, w) array of bool
        True = hole; what ``picture`` holds there is ignored.

    Returns
    -------
    low, high : (h, w, 3) arrays
        Range of the known pixels of the blocks within `REACH`, interpolated between the blocks;
        where there are none, of the whole window; where that has none, 0 and 1.
    """
    low = _spread(np.where(hole[..., None], np.inf, picture), np.min, ndimage.minimum_filter, 0)
    high = _spread(np.where(hole[..., None], -np.inf, picture), np.max, ndimage.maximum_filter, 1)
    return low, high


def quiet(picture: NDArray[np.float32], hole: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return how smooth the picture is around each pixel.

    Parameters
    ----------
    picture : (h, w, 3) array
        RGB in [0, 1].
    hole : (h, w) array of bool
        True = hole; what ``picture`` holds there is ignored.

    Returns
    -------
    (h, w) array
        1 where the known pixels within `AROUND` have no texture, 0 where they have; where there are
        none, what the whole window has. 0 if too little is known to tell.
    """
    side = (DETAIL, DETAIL)
    known = cv2.boxFilter((~hole).astype(np.float32), -1, side, borderType=cv2.BORDER_CONSTANT)
    # Squares that are known in part have another mean on any slope.
    told = (known > 1 - 1 / (2 * DETAIL**2)).astype(np.float32)
    if not told.any():
        return np.zeros(hole.shape, np.float32)
    texture = ((picture - cv2.blur(picture, side)) ** 2).mean(axis=-1) * told
    everywhere = texture.sum() / told.sum()
    around = (AROUND, AROUND)
    seen, count = (
        cv2.boxFilter(values, -1, around, borderType=cv2.BORDER_CONSTANT)
        for values in (texture, told)
    )
    one = np.float32(1 / AROUND**2)
    root = np.sqrt(np.maximum((seen + one * everywhere) / (count + one), 0))
    return np.clip((LIVELY - root) / (LIVELY - STILL), 0, 1).astype(np.float32)


def _spread(
    values: NDArray[np.floating],
    reduce: Callable[..., NDArray[np.floating]],
    spread: Callable[..., NDArray[np.floating]],
    otherwise: float,
) -> NDArray[np.float32]:
    """Reduce to blocks, spread to their neighbours, and enlarge again."""
    height, width, channels = values.shape
    blocks = reduce(
        values.reshape(height // BLOCK, BLOCK, width // BLOCK, BLOCK, channels), axis=(1, 3)
    )
    everywhere = reduce(blocks, axis=(0, 1))
    size = (2 * REACH + 1, 2 * REACH + 1, 1)
    near = spread(blocks, size=size, mode="nearest")
    near = np.where(np.isfinite(near), near, everywhere)
    near = np.where(np.isfinite(near), near, otherwise).astype(np.float32)
    # Linearly: limits that jump from block to block would show as squares in large holes.
    return cv2.resize(near, (width, height), interpolation=cv2.INTER_LINEAR)
