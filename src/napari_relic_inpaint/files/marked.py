"""What a mask file marks: damage, or drawn edges."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from napari_relic_inpaint.files.mask_values import MaskValues
from napari_relic_inpaint.picture.lazy_array import Block, LazyArray


def marked(
    values: MaskValues, rule: Callable[[Block], np.ndarray], *, invert: bool = False
) -> LazyArray | np.ndarray:
    """Return what a mask file marks.

    Parameters
    ----------
    values : MaskValues
        The file.
    rule : callable
        Takes a block and returns ``(..., h, w)`` of bool.
    invert : bool
        Return what the rule does not mark.

    Returns
    -------
    array-like
        ``(..., H, W)`` of bool: a `LazyArray` where the file can be read in parts, and otherwise a
        numpy.ndarray.
    """
    found = _Marked(values, rule, invert=invert)
    return found if values.is_lazy else found.whole()


class _Marked(LazyArray):
    """Where the values of a mask file fit a rule."""

    def __init__(
        self, values: MaskValues, rule: Callable[[Block], np.ndarray], *, invert: bool
    ) -> None:
        self._values = values
        self._rule = rule
        self._invert = invert
        self.shape = values.shape
        self.dtype = np.dtype(bool)

    def read(self, block: Block) -> np.ndarray:
        found = self._rule(block)
        return ~found if self._invert else found

    def whole(self) -> np.ndarray:
        """Read all of it, in bands, since one band takes several times its size."""
        mask = np.empty(self.shape, bool)
        for block in self._values.bands():
            mask[block] = self.read(block)
        return mask
