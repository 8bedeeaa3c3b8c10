"""Crops of wide holes, on which stage 2 learns to refine its own coarser results.

A hole wider than about half a window is restored at half the scale first. The enlarged result takes
the membrane's place at the full scale, where a window may see nothing else. Such a crop therefore
comes with its surroundings at half the scale: as large in pixels, twice as far.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.marking.damage import synthetic_damage

WIDE_BLOCK = (0.4, 0.75)
"""Range of the side of a square hole, as a share of the surroundings'."""


def wide_hole(rng: np.random.Generator, side: int) -> NDArray[np.bool_]:
    """Draw damage that is wide for crops of half the side: blotches, or a square."""
    if rng.random() < 0.5:
        return synthetic_damage((side, side), "loss", rng)
    block = round(rng.uniform(*WIDE_BLOCK) * side)
    return synthetic_damage((side, side), "block", rng, block=block)


def place_crop(rng: np.random.Generator, hole: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Choose where a crop of half the side lies: around a random hole pixel.

    Returns
    -------
    (2,) array of int
        Its first row and column.
    """
    side = len(hole) // 2
    inside = np.argwhere(hole)
    centre = inside[rng.integers(len(inside))]
    return np.clip(centre - side // 2, 0, side)


def halved(
    picture: NDArray[np.float32], hole: NDArray[np.bool_]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Reduce a picture ``(2 h, 2 w, 3)`` and its hole ``(2 h, 2 w)`` to half the scale.

    A pixel is known where all four were: the mean of fewer would shift colours at the border.
    """
    height, width = hole.shape[0] // 2, hole.shape[1] // 2
    reduced = picture.reshape(height, 2, width, 2, -1).mean((1, 3), dtype=np.float32)
    return reduced, hole.reshape(height, 2, width, 2).max((1, 3))
