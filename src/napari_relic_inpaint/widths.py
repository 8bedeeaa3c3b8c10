"""Where a hole is wide: morphological openings of the hole, tile by tile.

Beyond the picture's border there is hole.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.hole import HolePixels
from napari_relic_inpaint.opencv import cv2
from napari_relic_inpaint.tiles import enlarged, relative, tiles

TILE = 512


def where_disk_fits(pixels: HolePixels, diameter: float) -> NDArray[np.bool_]:
    """Find the pixels that lie in a disk of the given diameter which lies in the hole, ``(N,)``."""
    radius = diameter / 2

    def opened(hole: NDArray[np.bool_]) -> NDArray[np.bool_]:
        deep = _distance(hole) > radius
        return _distance(~deep) <= radius if deep.any() else deep

    return _opened(pixels, opened, reach=2 * int(radius) + 2, least=int(radius**2 / 2))


def where_square_fits(pixels: HolePixels, side: int) -> NDArray[np.bool_]:
    """Find the pixels that lie in a square of an odd side which lies in the hole, ``(N,)``."""
    square = np.ones((side, side), np.uint8)

    def opened(hole: NDArray[np.bool_]) -> NDArray[np.bool_]:
        return cv2.morphologyEx(hole.astype(np.uint8), cv2.MORPH_OPEN, square) > 0

    return _opened(pixels, opened, reach=side, least=1)


def depth(pixels: HolePixels, limit: int) -> NDArray[np.float32]:
    """Distance of each hole pixel to the nearest known one in pixels, ``(N,)``, up to a limit."""
    depths = np.zeros(len(pixels), np.float32)
    for tile in tiles(pixels.shape, TILE):
        area = enlarged(tile, limit, pixels.shape)
        mask, numbers = pixels.numbers(tile)
        if len(numbers):
            hole = pixels.mask(area)
            distance = np.full(hole.shape, limit, np.float32) if hole.all() else _distance(hole)
            depths[numbers] = np.minimum(distance[relative(tile, area)][mask], limit)
    return depths


def _opened(
    pixels: HolePixels,
    opened: Callable[[NDArray[np.bool_]], NDArray[np.bool_]],
    *,
    reach: int,
    least: int,
) -> NDArray[np.bool_]:
    """Open a hole; tiles with fewer than ``least`` hole pixels in reach have nothing left."""
    wide = np.zeros(len(pixels), bool)
    for tile in tiles(pixels.shape, TILE):
        area = enlarged(tile, reach, pixels.shape)
        hole = pixels.mask(area)
        if np.count_nonzero(hole) < least:
            continue
        mask, numbers = pixels.numbers(tile)
        left = hole if hole.all() else opened(hole)
        wide[numbers] = left[relative(tile, area)][mask]
    return wide


def _distance(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Distance of each pixel of a mask to the nearest one outside it."""
    return cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
