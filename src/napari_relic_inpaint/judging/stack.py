"""Finished hypotheses as one stack: one picture, N fills."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.picture.lazy_array import Block, LazyArray


class HypothesisStack(LazyArray):
    """Restorations of a picture, ``(N, ..., H, W)`` or ``(N, ..., H, W, C)``, read by slices.

    In the picture's dtype. Nothing of it is in memory but the fills.

    Parameters
    ----------
    pictures : sequence of array-like
        At least one, all of the same shape and dtype: of the same picture or level of it.
    """

    def __init__(self, pictures: Sequence[Any]) -> None:
        self.pictures = tuple(pictures)
        self.shape = (len(self.pictures), *map(int, self.pictures[0].shape))
        self.dtype = np.dtype(self.pictures[0].dtype)

    def read(self, block: Block) -> NDArray[Any]:
        """Read a block as a new array."""
        some = self.pictures[block[0]]
        if not some:
            return np.empty([part.stop - part.start for part in block], self.dtype)
        return np.stack([picture[block[1:]] for picture in some])
