"""The pixels of a hole as a list, so that memory grows with the damage and not with the picture."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.picture.picture import Area


class HolePixels:
    """The damaged pixels of one plane, numbered in reading order.

    Parameters
    ----------
    shape : (int, int)
        Height and width of the plane.
    positions : (N,) array of integers
        Index of each hole pixel in the flattened plane, ascending; see `position_type`.

    Attributes
    ----------
    shape, positions
        As given.
    """

    def __init__(self, shape: tuple[int, int], positions: NDArray[np.integer[Any]]) -> None:
        self.shape = shape
        self.positions = positions

    @classmethod
    def of(cls, hole: NDArray[np.bool_]) -> HolePixels:
        """Return the pixels of a mask ``(H, W)``, True = hole."""
        height, width = hole.shape
        return cls((height, width), np.flatnonzero(hole).astype(position_type((height, width))))

    def __len__(self) -> int:
        return len(self.positions)

    def any_in(self, area: Area) -> bool:
        """Tell whether there is damage in a rectangle with explicit starts and stops."""
        starts, stops = self._ranges(area)
        return bool((stops > starts).any())

    def numbers(self, area: Area) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
        """Find the hole inside a rectangle.

        Parameters
        ----------
        area : tuple of slice
            Rows and columns, with explicit starts and stops.

        Returns
        -------
        mask : (h, w) array of bool
            The hole inside the rectangle.
        numbers : (n,) array of int
            The number of each of its pixels, in reading order.
        """
        starts, stops = self._ranges(area)
        counts = stops - starts
        before = np.cumsum(counts) - counts
        numbers = np.arange(counts.sum()) + np.repeat(starts - before, counts)
        rows, columns = area
        mask = np.zeros((rows.stop - rows.start, columns.stop - columns.start), bool)
        row = np.repeat(np.arange(len(mask)), counts)
        mask[row, self.positions[numbers] - (row + rows.start) * self.shape[1] - columns.start] = (
            True
        )
        return mask, numbers

    def mask(self, area: Area) -> NDArray[np.bool_]:
        """Return the hole inside a rectangle, ``(h, w)``."""
        return self.numbers(area)[0]

    def bounds(self, numbers: NDArray[np.intp]) -> Area:
        """Return the smallest rectangle around some of the pixels."""
        rows, columns = np.divmod(self.positions[numbers], self.shape[1])
        area = (slice(int(part.min()), int(part.max()) + 1) for part in (rows, columns))
        return next(area), next(area)

    def part(self, area: Area) -> HolePixels:
        """Return the pixels inside a rectangle, as if there were no others."""
        return HolePixels(self.shape, self.positions[self.numbers(area)[1]])

    def numbers_of(self, part: HolePixels) -> NDArray[np.intp]:
        """Return the numbers of the pixels of a part of this hole."""
        return np.searchsorted(self.positions, part.positions)

    def changed(self, area: Area, mask: NDArray[np.bool_]) -> HolePixels:
        """Return the pixels after a rectangle of the hole has become another, ``(h, w)``."""
        kept = np.delete(self.positions, self.numbers(area)[1])
        rows, columns = np.nonzero(mask)
        flat = (rows + area[0].start) * self.shape[1] + columns + area[1].start
        new = flat.astype(self.positions.dtype)
        return HolePixels(self.shape, np.insert(kept, np.searchsorted(kept, new), new))

    def common(self, other: HolePixels) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Find the pixels that two holes of a plane share: their numbers here, and in the other."""
        here, there = self.positions, other.positions
        # Mostly, few pixels have changed in one place: what lies before and after is not searched.
        first = _equal_ahead(here, there)
        last = _equal_ahead(here[first:][::-1], there[first:][::-1])
        inner = here[first : len(here) - last]
        around = there[first : len(there) - last]
        found = np.flatnonzero(np.isin(inner, around, assume_unique=True))
        before, after = np.arange(first), np.arange(last)
        return (
            np.concatenate((before, found + first, after + len(here) - last)),
            np.concatenate(
                (
                    before,
                    np.searchsorted(around, inner[found]) + first,
                    after + len(there) - last,
                )
            ),
        )

    def _ranges(self, area: Area) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Numbers of the first hole pixel of each row of a rectangle, and of the one after it."""
        rows, columns = area
        lines = np.arange(rows.start, rows.stop) * self.shape[1]
        # In the positions' own type: others would be compared with a converted copy of them all.
        borders = np.stack((lines + columns.start, lines + columns.stop))
        starts, stops = np.searchsorted(self.positions, borders.astype(self.positions.dtype))
        return starts, stops


def position_type(shape: tuple[int, int]) -> type[np.integer[Any]]:
    """Return the smallest type that counts the pixels of a plane."""
    return np.uint32 if shape[0] * shape[1] <= np.iinfo(np.uint32).max else np.int64


def _equal_ahead(one: NDArray[np.integer[Any]], other: NDArray[np.integer[Any]]) -> int:
    """Return how many values two arrays have in common at their beginnings."""
    length = min(len(one), len(other))
    differing = one[:length] != other[:length]
    return int(np.argmax(differing)) if differing.any() else length
