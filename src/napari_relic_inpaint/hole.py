"""The pixels of a hole as a list, so that memory grows with the damage and not with the picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.windows import Window


class HolePixels:
    """The damaged pixels of one plane, numbered in reading order.

    Parameters
    ----------
    hole : (H, W) array of bool
        True = hole.

    Attributes
    ----------
    hole : (H, W) array of bool
        As given.
    positions : (N,) array of int
        Index of each hole pixel in the flattened plane, ascending.
    """

    def __init__(self, hole: NDArray[np.bool_]) -> None:
        self.hole = hole
        self.positions = np.flatnonzero(hole)

    def __len__(self) -> int:
        return len(self.positions)

    def numbers(self, area: tuple[slice, slice]) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
        """Find the hole inside a rectangle.

        Parameters
        ----------
        area : tuple of slice
            Rows and columns, with explicit start and stop.

        Returns
        -------
        mask : (h, w) array of bool
            The hole inside the rectangle.
        numbers : (n,) array of int
            The number of each of its pixels, in reading order.
        """
        mask = self.hole[area]
        rows, columns = np.nonzero(mask)
        flat = (rows + area[0].start) * self.hole.shape[1] + (columns + area[1].start)
        return mask, np.searchsorted(self.positions, flat)


class Blend:
    """Weighted mean of what overlapping windows say about each hole pixel.

    Parameters
    ----------
    pixels : HolePixels
        The hole.
    channels : int
        Values per pixel.
    """

    def __init__(self, pixels: HolePixels, channels: int) -> None:
        self._pixels = pixels
        self._sum = np.zeros((len(pixels), channels), np.float32)
        self._weight = np.zeros((len(pixels), 1), np.float32)

    def add(self, window: Window, values: NDArray[np.float32]) -> None:
        """Add a window's result, ``(h, w, channels)``; padding at its end is cut off."""
        mask, numbers = self._pixels.numbers(window.area)
        weights = window.weights()[mask][:, None]
        self._sum[numbers] += weights * values[: mask.shape[0], : mask.shape[1]][mask]
        self._weight[numbers] += weights

    def mean(self) -> NDArray[np.float32]:
        """Return the blended values, ``(N, channels)``."""
        return self._sum / self._weight
