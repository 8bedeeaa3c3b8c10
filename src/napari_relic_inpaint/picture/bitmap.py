"""A bool picture in one bit a pixel: the edge map of a gigapixel scan takes 125 MB."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.picture.picture import Area


class Bitmap:
    """A picture of True and False, False at first.

    Parameters
    ----------
    shape : (int, int)
        Height and width.
    """

    def __init__(self, shape: tuple[int, int]) -> None:
        self.shape = shape
        # The system hands out memory only for the parts that are written to.
        self._bytes = np.zeros((shape[0], -(-shape[1] // 8)), np.uint8)

    def __getitem__(self, area: Area) -> NDArray[np.bool_]:
        """Read a rectangle with explicit starts and stops, ``(h, w)``."""
        rows, columns = area
        whole, inside = self._whole_bytes(columns)
        return np.unpackbits(self._bytes[rows, whole], axis=1)[:, inside].astype(bool)

    def __setitem__(self, area: Area, values: NDArray[np.bool_]) -> None:
        """Write a rectangle with explicit starts and stops, ``(h, w)``."""
        rows, columns = area
        whole, inside = self._whole_bytes(columns)
        bits = np.unpackbits(self._bytes[rows, whole], axis=1)
        bits[:, inside] = values
        self._bytes[rows, whole] = np.packbits(bits, axis=1)

    @staticmethod
    def _whole_bytes(columns: slice) -> tuple[slice, slice]:
        first = columns.start // 8
        inside = slice(columns.start - 8 * first, columns.stop - 8 * first)
        return slice(first, -(-columns.stop // 8)), inside
