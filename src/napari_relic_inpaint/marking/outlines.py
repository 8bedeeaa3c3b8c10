"""Damage that is outlined rather than painted: polygons and strokes, drawn on the pixels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.picture.lazy_planes import LazyPlanes
from napari_relic_inpaint.picture.picture import Area

Points = NDArray[np.float64]
"""Points ``(N, 2)`` as row and column; whole numbers are the centres of pixels."""

ROUND = 64
"""Corners of the polygon that stands for a round end; off by a thousandth of the radius."""

TIE = 6
"""Digits of a pixel that count: without rounding to them, that of the transform would decide."""


Runs = NDArray[np.int64]
"""Pixels as runs along rows ``(N, 3)``: row, first column, column after the last. They overlap."""


def filled(corners: Points) -> Runs:
    """Return the pixels whose centres lie in a polygon; where it overlaps itself is a hole.

    If it is thinner than a pixel, its outline belongs to them, so that it cannot fall through.
    """
    inside = _inside(corners[None])
    outline = np.vstack((corners, corners[:1]))
    area = np.sum(inside[:, 2] - inside[:, 1])
    across = np.linalg.norm(np.ptp(corners, axis=0))
    return inside if area > across else np.concatenate((inside, thin(outline)))


def thick(line: Points, width: float, to_pixels: NDArray[np.float64]) -> Runs:
    """Return the pixels on a line of some width, one pixel at least.

    Parameters
    ----------
    line : (N, 2) array
        The line's points as drawn.
    width : float
        Its width as drawn.
    to_pixels : (2, 3) array
        Maps row, column and 1 as drawn to the picture's pixels.
    """
    parts = [_inside(mapped(part, to_pixels)) for part in _around(line, width / 2)]
    return np.concatenate((*parts, thin(mapped(line, to_pixels))))


def thin(line: Points) -> Runs:
    """Return the pixels on a line that is one pixel wide, without a gap."""
    parts = [_inside(part) for part in _around(line, 0.5)]
    # A dot between four pixels is nearer than half a pixel to none of them.
    rows, columns = np.floor(np.round(line, TIE) + 0.5).astype(np.int64).T
    return np.concatenate((*parts, np.column_stack((rows, columns, columns + 1))))


def ellipse(corners: Points) -> Points:
    """Return an ellipse, given by the four corners around it, as a polygon."""
    middle = corners.mean(axis=0)
    along, across = (corners[1] - corners[0]) / 2, (corners[3] - corners[0]) / 2
    # As many corners as keep it within a twentieth of a pixel.
    count = max(ROUND, int(np.pi * np.sqrt(10 * max(map(np.linalg.norm, (along, across))))))
    angles = 2 * np.pi * np.arange(count) / count
    return middle + np.outer(np.cos(angles), along) + np.outer(np.sin(angles), across)


def mapped(points: Points, matrix: NDArray[np.float64]) -> Points:
    """Map points ``(..., 2)`` by a ``(2, 3)`` matrix."""
    result: Points = points @ matrix[:, :2].T + matrix[:, 2]
    return result


def _inside(polygons: Points) -> Runs:
    """Return the pixels whose centres lie in any of K polygons of N corners, ``(K, N, 2)``."""
    start = np.round(polygons, TIE)
    end = np.roll(start, -1, axis=1)
    downwards = start[..., :1] <= end[..., :1]
    low = np.where(downwards, start, end).reshape(-1, 2)
    high = np.where(downwards, end, start).reshape(-1, 2)
    first = np.ceil(low[:, 0]).astype(np.int64)
    counts = np.ceil(high[:, 0]).astype(np.int64) - first
    side = np.repeat(np.arange(len(counts)), counts)
    rows = np.arange(counts.sum()) + np.repeat(first - (np.cumsum(counts) - counts), counts)
    steps = (high - low)[side]
    crossings = low[side, 1] + (rows - low[side, 0]) * steps[:, 1] / steps[:, 0]
    # A row enters a polygon at one crossing and leaves it at the next.
    order = np.lexsort((crossings, rows, side // polygons.shape[1]))
    columns = np.ceil(np.round(crossings[order], TIE)).astype(np.int64).reshape(-1, 2)
    return np.column_stack((rows[order][::2], columns))


def _around(line: Points, reach: float) -> tuple[Points, Points]:
    """Return disks ``(N, ROUND, 2)`` and rectangles ``(M, 4, 2)`` that cover a line's reach."""
    angles = 2 * np.pi * np.arange(ROUND) / ROUND
    disks = line[:, None] + reach * np.column_stack((np.cos(angles), np.sin(angles)))
    start, end = line[:-1], line[1:]
    length = np.linalg.norm(end - start, axis=1, keepdims=True)
    # A point that is there twice gives a rectangle without an inside.
    side = reach / np.maximum(length, np.finfo(float).tiny) * (end - start)[:, ::-1] * (1, -1)
    return disks, np.stack((start + side, end + side, end - side, start - side), axis=1)


class DrawnMask(LazyPlanes):
    """Outlined damage as a mask, bool; memory grows with the outlines only.

    Parameters
    ----------
    shape : tuple of int
        ``(..., H, W)``.
    planes : mapping of tuple to list of Runs
        What is damaged in a plane, by its index; it may lie outside the plane.
    """

    def __init__(
        self, shape: tuple[int, ...], planes: Mapping[tuple[int, ...], Sequence[Runs]]
    ) -> None:
        self.shape = shape
        self.dtype = np.dtype(bool)
        self._axes = 2
        self._borders = {
            index: _borders(np.concatenate(runs), shape[-2:]) for index, runs in planes.items()
        }

    def count(self) -> int:
        """Return how many pixels are damaged, without drawing them."""
        planes = set(np.ndindex(*self.shape[:-2])) & set(self._borders)
        return sum(
            int((borders[1::2] - borders[::2]).sum())
            for borders in map(self._borders.__getitem__, planes)
        )

    def _read(self, index: tuple[int, ...], area: Area) -> NDArray[np.bool_]:
        rows, columns = area
        width = self.shape[-1]
        inside = np.zeros((rows.stop - rows.start, columns.stop - columns.start), bool)
        borders = self._borders.get(index)
        if borders is None or not inside.size:
            return inside
        first, last = rows.start * width, rows.stop * width
        before, after = np.searchsorted(borders, (first, last), side="right")
        lengths = np.diff(np.concatenate(([first], borders[before:after], [last])))
        # At each border, damage begins or ends.
        damaged = (before + np.arange(len(lengths))) % 2 == 1
        return np.repeat(damaged, lengths).reshape(-1, width)[:, columns]


def _borders(runs: Runs, shape: tuple[int, ...]) -> NDArray[np.int64]:
    """Return where damage begins and ends in turn, as ascending positions in a flattened plane."""
    height, width = shape
    runs = runs[(runs[:, 0] >= 0) & (runs[:, 0] < height)]
    begin, end = (runs[:, :1] * width + np.clip(runs[:, 1:], 0, width)).T
    if not (end > begin).any():
        return np.empty(0, np.int64)
    begin, end = begin[end > begin], end[end > begin]
    order = np.argsort(begin)
    begin, end = begin[order], np.maximum.accumulate(end[order])
    # A run that begins after all before it have ended; those that touch are one.
    apart = np.flatnonzero(begin[1:] > end[:-1])
    return np.column_stack((begin[np.r_[0, apart + 1]], end[np.r_[apart, -1]])).ravel()
