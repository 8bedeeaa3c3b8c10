"""How overlapping windows blend."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.picture.hole import HolePixels
from napari_relic_inpaint.windows.grid import Window


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

    def add(self, window: Window, values: NDArray[np.float32]) -> NDArray[np.intp]:
        """Add what a window says about its hole pixels.

        Parameters
        ----------
        window : Window
            The window.
        values : (n, channels) array
            One row for each hole pixel of the window, in reading order.

        Returns
        -------
        (m,) array of int
            Numbers of the hole pixels of which more is known now.
        """
        mask, numbers = self._pixels.numbers(window.area)
        weights = window.weights()[mask][:, None]
        told = weights[:, 0] > 0
        numbers, weights = numbers[told], weights[told]
        self._sum[numbers] += weights * values[told]
        self._weight[numbers] += weights
        return numbers

    def mean_of(self, numbers: NDArray[np.intp]) -> NDArray[np.float32]:
        """Return the blended values of some pixels that have any, ``(m, channels)``."""
        return self._sum[numbers] / self._weight[numbers]

    def mean(self) -> NDArray[np.float32]:
        """Return the blended values, ``(N, channels)``; nothing is to be added afterwards.

        Pixels that no window has said anything about are zero.
        """
        # In place: of a large picture's damage there is no room for one more copy.
        np.divide(self._sum, self._weight, out=self._sum, where=self._weight > 0)
        return self._sum
