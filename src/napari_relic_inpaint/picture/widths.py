"""Where a hole is wide, and how wide: morphology of the hole, tile by tile.

Beyond the picture's border there is hole, except for `widest`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.opencv import cv2
from napari_relic_inpaint.picture.hole import HolePixels
from napari_relic_inpaint.picture.picture import Area
from napari_relic_inpaint.picture.tiles import enlarged, relative, tiles

TILE = 512

DEEPEST = 1000
"""Depth in pixels up to which it is measured exactly how deep a hole is: what has to be looked at
around a tile grows with it."""


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


def widest(pixels: HolePixels, full: NDArray[np.bool_], cell: int) -> int:
    """Find the diameter in pixels of the largest disk in a hole that lies in the picture.

    Parameters
    ----------
    pixels : HolePixels
        The hole.
    full : (h, w) array of bool
        Which cells of the picture are hole altogether.
    cell : int
        Their side in pixels, a divisor of `TILE`.

    Returns
    -------
    int
        The diameter to within a pixel, or two cells where the hole is deeper than `DEEPEST`. 1 for
        a line of single pixels, 0 without a hole.
    """
    cells = _distance(np.pad(full, 1))[1:-1, 1:-1]
    if cell * cells.max() > DEEPEST:
        return round(2 * cell * float(cells.max()))
    damaged = [tile for tile in tiles(pixels.shape, TILE) if pixels.any_in(tile)]
    # From any pixel of a cell to any of another one it is at most two half diagonals farther than
    # from centre to centre.
    limits = [cell * (_deepest(cells, tile, cell) + math.sqrt(2)) for tile in damaged]
    deepest = 0.5
    for limit, tile in sorted(zip(limits, damaged, strict=True), key=lambda pair: -pair[0]):
        if limit <= deepest:
            break
        area = enlarged(tile, math.ceil(limit), pixels.shape)
        # What is padded ends the hole at the picture's border, and is too far away elsewhere.
        distance = _distance(np.pad(pixels.mask(area), 1))[1:-1, 1:-1]
        deepest = max(deepest, float(distance[relative(tile, area)].max()))
    return round(2 * deepest - 1)


def deepest_of_groups(
    pixels: HolePixels, groups: NDArray[np.integer[Any]], deepest: NDArray[np.float32]
) -> Iterator[float]:
    """Find how deep each group of pixels of a hole is; beyond the picture's border nothing is hole.

    Parameters
    ----------
    pixels : HolePixels
        The hole.
    groups : (N,) array of int
        To which group each of its pixels belongs.
    deepest : (G,) array of float32
        Raised in place to the distance in pixels of the deepest pixel of each group to the nearest
        one that is known. What is deeper than some `DEEPEST` pixels may be deeper than told.

    Yields
    ------
    float
        How far the work is, 0 to 1.
    """
    damaged = [tile for tile in tiles(pixels.shape, TILE) if pixels.any_in(tile)]
    for done, tile in enumerate(damaged, 1):
        reach = 32
        mask, numbers = pixels.numbers(tile)
        while True:
            area = enlarged(tile, reach, pixels.shape)
            hole = np.pad(pixels.mask(area), 1)
            depths = _distance(hole)[1:-1, 1:-1][relative(tile, area)][mask]
            # Nothing nearer than this lies beyond what was looked at.
            if depths.max() <= reach or reach >= DEEPEST:
                break
            reach *= 2
        np.maximum.at(deepest, groups[numbers], depths)
        yield done / len(damaged)


def _deepest(cells: NDArray[np.float32], tile: Area, cell: int) -> float:
    rows, columns = (slice(part.start // cell, -(-part.stop // cell)) for part in tile)
    return float(cells[rows, columns].max())


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
