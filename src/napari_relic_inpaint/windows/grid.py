"""Which parts of a large picture have to be run, how they overlap, and how they blend.

Windows lie on a fixed grid, so that more damage adds windows and moves none. Each has a margin
that only serves as context, then a ramp over which it fades into its neighbour. A window runs only
if damage lies inside its ramps; damage that shares a window shares the run.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise, product

import numpy as np
from numpy.typing import NDArray

PAD_MULTIPLE = 16
"""A picture smaller than a window is reflected up to a multiple of this many pixels."""

WINDOW_MULTIPLE = 32
"""Sides of windows are multiples of this, so that margins and ramps are whole pixels."""

# Twice as much overlap was measured to gain nothing, in cracks, strokes and losses alike, and costs
# half as many windows more (docs/performance.md).
MARGIN_SHARE = 1 / 32
RAMP_SHARE = 1 / 16


@dataclass(frozen=True)
class Span:
    """Where a window lies along one axis, in pixels.

    Attributes
    ----------
    start, stop : int
        The part of the picture that the window sees.
    weights : tuple of float
        Blending weight of each of its pixels: 0 in the margin, rising over the ramp, 1 inside.
    """

    start: int
    stop: int
    weights: tuple[float, ...]

    @cached_property
    def active(self) -> slice:
        """Pixels of the picture to which the window contributes."""
        inside = np.flatnonzero(self.weights)
        return slice(self.start + int(inside[0]), self.start + int(inside[-1]) + 1)


@dataclass(frozen=True)
class Window:
    """A rectangle of the picture that a method is run on."""

    rows: Span
    columns: Span

    @property
    def area(self) -> tuple[slice, slice]:
        """Index of the window in an ``(H, W, ...)`` array."""
        return slice(self.rows.start, self.rows.stop), slice(self.columns.start, self.columns.stop)

    def weights(self) -> NDArray[np.float32]:
        """Blending weights, ``(h, w)``."""
        return np.outer(self.rows.weights, self.columns.weights).astype(np.float32)


@dataclass(frozen=True)
class Grid:
    """The windows of a picture of a given size.

    Attributes
    ----------
    shape : (int, int)
        Height and width of the picture.
    size : (int, int)
        Height and width that every window has after padding.
    rows, columns : tuple of Span
        The windows along each axis.
    """

    shape: tuple[int, int]
    size: tuple[int, int]
    rows: tuple[Span, ...]
    columns: tuple[Span, ...]

    @classmethod
    def over(cls, shape: tuple[int, int], window: int) -> Grid:
        """Lay windows of ``window`` pixels a side over a picture of ``shape``."""
        sizes = tuple(min(window, -(-length // PAD_MULTIPLE) * PAD_MULTIPLE) for length in shape)
        rows, columns = (_spans(length, size) for length, size in zip(shape, sizes, strict=True))
        return cls(shape, (sizes[0], sizes[1]), rows, columns)

    def damaged(self, any_in: Callable[[tuple[slice, slice]], bool]) -> list[Window]:
        """Return the windows that have to be run, in reading order.

        Parameters
        ----------
        any_in : callable
            Tells whether there is damage in a rectangle.
        """
        return [
            Window(rows, columns)
            for rows in self.rows
            if any_in((rows.active, slice(0, self.shape[1])))
            for columns in self.columns
            if any_in((rows.active, columns.active))
        ]

    def cells(self, windows: list[Window]) -> Iterator[tuple[slice, slice]]:
        """Yield disjoint rectangles that together cover the given windows."""
        row_cells = _cells(self.rows, self.shape[0])
        column_cells = _cells(self.columns, self.shape[1])
        wanted = np.zeros((len(row_cells), len(column_cells)), bool)
        row_starts, column_starts = (
            [c.start for c in cells] for cells in (row_cells, column_cells)
        )
        for window in windows:
            wanted[_touched(row_starts, window.rows), _touched(column_starts, window.columns)] = (
                True
            )
        for i, j in product(range(len(row_cells)), range(len(column_cells))):
            if wanted[i, j]:
                yield row_cells[i], column_cells[j]


def _spans(length: int, size: int) -> tuple[Span, ...]:
    if length <= size:
        return (Span(0, length, (1.0,) * length),)
    margin, ramp = round(size * MARGIN_SHARE), round(size * RAMP_SHARE)
    stride = size - 2 * margin - ramp
    starts = [*range(0, length - size, stride), length - size]
    rise = np.concatenate((np.zeros(margin), np.arange(1, ramp + 1) / (ramp + 1)))
    spans = []
    for start in starts:
        weights = np.ones(size)
        if start > 0:
            weights[: rise.size] = rise
        if start + size < length:
            weights[-rise.size :] = rise[::-1]
        spans.append(Span(start, start + size, tuple(weights.tolist())))
    return tuple(spans)


def _cells(spans: tuple[Span, ...], length: int) -> list[slice]:
    borders = [*(span.start for span in spans), length]
    return [slice(start, stop) for start, stop in pairwise(borders)]


def _touched(starts: list[int], span: Span) -> slice:
    """Return which cells a span overlaps, from the ascending starts of adjoining cells."""
    return slice(bisect_right(starts, span.start) - 1, bisect_left(starts, span.stop))
