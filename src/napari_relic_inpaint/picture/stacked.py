"""Pictures of one size as one array with an axis more, read by slices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.picture.lazy_array import Block, LazyArray


class StackedPictures(LazyArray):
    """Pictures one after the other, ``(N, ..., H, W)`` or ``(N, ..., H, W, C)``.

    What is in memory of them stays so, and nothing else comes in.

    Parameters
    ----------
    pictures : sequence of array-like
        At least one, all of the same shape and dtype, which are read by slices.

    Attributes
    ----------
    pictures : tuple of array-like
        As given.
    """

    def __init__(self, pictures: Sequence[Any]) -> None:
        self.pictures = tuple(pictures)
        self.shape = (len(self.pictures), *map(int, self.pictures[0].shape))
        self.dtype = np.dtype(self.pictures[0].dtype)

    def read(self, block: Block) -> NDArray[Any]:
        """Read a block as a new array."""
        values = np.empty([part.stop - part.start for part in block], self.dtype)
        for number, picture in enumerate(self.pictures[block[0]]):
            values[number] = picture[block[1:]]
        return values
