"""Details of a picture: the views in which people look at its damage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.errors import InputError

CELLS = 8
"""Cells along the side of a detail, which is searched for in steps of a cell; a pixel at least."""


@dataclass(frozen=True)
class Detail:
    """A rectangle of a picture, in pixels.

    Attributes
    ----------
    top, left : int
        First row and column.
    height, width : int
        Number of rows and columns, at least 1.
    """

    top: int
    left: int
    height: int
    width: int

    def __str__(self) -> str:
        """Name it by its place, the same whoever looks and however many details there are."""
        bottom, right = self.top + self.height - 1, self.left + self.width - 1
        return f"rows {self.top}-{bottom}, columns {self.left}-{right}"

    @property
    def rows(self) -> slice:
        """Its rows, as an index into the picture."""
        return slice(self.top, self.top + self.height)

    @property
    def columns(self) -> slice:
        """Its columns, as an index into the picture."""
        return slice(self.left, self.left + self.width)

    def with_surroundings(self, shape: tuple[int, int]) -> Detail:
        """Return it with half its size more on every side, where a picture of `shape` goes on."""
        top, height = _grown(self.top, self.height, shape[0])
        left, width = _grown(self.left, self.width, shape[1])
        return Detail(top, left, height, width)


def find_details(damage: NDArray[np.bool_], size: int, most: int) -> list[Detail]:
    """Choose details that show the damage, neighbouring damage together.

    Each is the view in which most of the damage can be seen that no earlier one shows, with that
    damage in its middle. The same mask always gives the same details, so that several people mark
    the same ones.

    Parameters
    ----------
    damage : (H, W) array of bool
        True = damaged.
    size : int
        Side of a detail in pixels, at least 1; the picture's, where that is shorter.
    most : int
        How many details to choose at most.

    Returns
    -------
    list of Detail
        Those with most damage first; fewer than `most` when they show all of it.

    Raises
    ------
    InputError
        If nothing is damaged.
    """
    if not damage.any():
        raise InputError("the damage mask is empty: mark what is damaged first")
    across = min(CELLS, size)
    cell = size // across
    counts = _count_cells(damage, cell)
    seen = _sum_views(counts, across)
    details: list[Detail] = []
    while len(details) < most and seen.any():
        best = np.unravel_index(int(seen.argmax()), seen.shape)
        counts[tuple(slice(start, start + across) for start in best)] = 0
        # Only the views that overlap this one see less now.
        first = [max(start - across + 1, 0) for start in best]
        near = tuple(slice(f, start + 2 * across - 1) for f, start in zip(first, best, strict=True))
        fewer = _sum_views(counts[near], across)
        seen[tuple(slice(f, f + n) for f, n in zip(first, fewer.shape, strict=True))] = fewer
        pixels = tuple(slice(start * cell, (start + across) * cell) for start in best)
        details.append(_centred(damage, pixels, size))
    return details


def _count_cells(damage: NDArray[np.bool_], cell: int) -> NDArray[np.int64]:
    """Count the damaged pixels in each cell of ``cell`` x ``cell`` pixels."""
    height, width = damage.shape
    lefts = np.arange(0, width, cell)
    bands = (damage[top : top + cell] for top in range(0, height, cell))
    return np.stack([np.add.reduceat(np.count_nonzero(band, axis=0), lefts) for band in bands])


def _sum_views(counts: NDArray[np.int64], across: int) -> NDArray[np.int64]:
    """Sum the counts of the ``across`` x ``across`` cells that start at each cell."""
    for axis in (0, 1):
        length = min(across, counts.shape[axis])
        views = np.lib.stride_tricks.sliding_window_view(counts, length, axis=axis)
        counts = views.sum(axis=-1)
    return counts


def _centred(damage: NDArray[np.bool_], pixels: tuple[slice, ...], size: int) -> Detail:
    """Return the detail that has the damage inside `pixels` in its middle."""
    inside = damage[pixels]
    middles = []
    for axis, region in enumerate(pixels):
        hit = np.flatnonzero(inside.any(axis=1 - axis))
        middles.append(region.start + (int(hit[0]) + int(hit[-1]) + 1) // 2)
    height, width = (min(size, side) for side in damage.shape)
    top, left = (
        min(max(middle - length // 2, 0), side - length)
        for middle, length, side in zip(middles, (height, width), damage.shape, strict=True)
    )
    return Detail(top, left, height, width)


def _grown(start: int, length: int, end: int) -> tuple[int, int]:
    """Return start and length with half the length more on both sides, within 0 and `end`."""
    more = length // 2
    first = max(start - more, 0)
    return first, min(start + length + more, end) - first
