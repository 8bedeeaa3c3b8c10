"""How far away sources lie: the same for all pixels of a copy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.detail.search import Field


@dataclass(frozen=True)
class Offset:
    """One offset, or arrays of them, one for each pixel.

    Attributes
    ----------
    down, right : int or (n,) array of int
        A pixel (y, x) has its source at (y + down, x + right), or if mirrored at
        (y + down, right - x).
    mirrored : bool or (n,) array of bool
        Whether the source is mirrored left to right.
    """

    down: Any
    right: Any
    mirrored: Any

    @classmethod
    def between(cls, rows: NDArray[np.intp], columns: NDArray[np.intp], sources: Field) -> Offset:
        """Return the offsets of pixels, ``(n,)`` each, from their sources, ``(n, 3)``."""
        mirrored = sources[:, 2] == 1
        right = sources[:, 1] + np.where(mirrored, columns, -columns)
        return cls(sources[:, 0] - rows, right, mirrored)

    def some(self, which: NDArray[np.intp]) -> Offset:
        """Return some of the offsets."""
        return Offset(self.down[which], self.right[which], self.mirrored[which])

    def sources(
        self, rows: NDArray[np.intp], columns: NDArray[np.intp]
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return rows and columns of the sources of pixels."""
        return rows + self.down, self.right + np.where(self.mirrored, -columns, columns)


def may_be_copied(
    usable: NDArray[np.bool_], rows: NDArray[Any], columns: NDArray[Any]
) -> NDArray[np.bool_]:
    """Tell which places lie in the picture and are usable, ``(h, w)``."""
    height, width = usable.shape
    may = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    may[may] = usable[rows[may], columns[may]]
    return may
