"""Masks drawn on a smaller or larger copy of a picture, brought to its size."""

from __future__ import annotations

from typing import Any

import numpy as np

from napari_relic_inpaint.picture.lazy_array import Block, LazyArray

Size = tuple[int, int]


def is_copy_size(mask: Size, picture: Size) -> bool:
    """Tell whether one height and width is the other's, scaled and rounded to whole pixels.

    Programs round sides, or round them all up or all down. Where only one side differs, something
    was cut off.
    """
    if mask[0] == picture[0] or mask[1] == picture[1]:
        return mask == picture
    small, large = sorted((mask, picture))
    for below, above in ((0.0, 1.0), (0.5, 0.5), (1.0, 0.0)):
        lowest = max((side - below) / whole for side, whole in zip(small, large, strict=True))
        highest = min((side + above) / whole for side, whole in zip(small, large, strict=True))
        if lowest < highest:
            return True
    return False


class Resized(LazyArray):
    """A mask brought to another size, without making up values.

    Where it grows, each pixel takes the value of the nearest one; where it shrinks, it is damage
    where any pixel that it covers was, so that no thin crack is lost.

    Parameters
    ----------
    mask : array-like
        (..., h, w) of bool.
    size : (int, int)
        Height and width of the result.
    """

    def __init__(self, mask: Any, size: Size) -> None:
        self._mask = mask
        self.shape = (*mask.shape[:-2], *size)
        self.dtype = np.dtype(bool)

    def read(self, block: Block) -> np.ndarray:
        """Read a block as a new array."""
        shape = [part.stop - part.start for part in block]
        if 0 in shape:
            return np.zeros(shape, bool)
        sides = list(zip(block[-2:], self._mask.shape[-2:], self.shape[-2:], strict=True))
        places = [_places(part, old, new) for part, old, new in sides]
        stops = [
            first[-1] + 1 if new >= old else part.stop * old // new
            for first, (part, old, new) in zip(places, sides, strict=True)
        ]
        area = (slice(int(at[0]), int(stop)) for at, stop in zip(places, stops, strict=True))
        values = np.asarray(self._mask[(*block[:-2], *area)])
        for axis, at, (_, old, new) in zip((-2, -1), places, sides, strict=True):
            bring = np.take if new >= old else np.logical_or.reduceat
            values = bring(values, at - at[0], axis=axis)
        return values


def _places(part: slice, old: int, new: int) -> np.ndarray:
    """Return where each new pixel lies in the old mask, or which pixel is the first it covers."""
    at = np.arange(part.start, part.stop)
    return (2 * at + 1) * old // (2 * new) if new >= old else at * old // new
