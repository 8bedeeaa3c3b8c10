"""Results as what they have instead of their picture, taken apart and laid over it again."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.picture.lazy_array import Block, LazyArray
from napari_relic_inpaint.picture.lazy_planes import RestoredPicture


def is_fill_of(result: Any, picture: Any) -> bool | None:
    """Tell whether a result can be kept as a fill of a picture.

    Returns
    -------
    bool or None
        Whether it is a stack of results with an axis of its own; None if it cannot.
    """
    if np.dtype(result.dtype) != np.dtype(picture.dtype):
        return None
    if tuple(result.shape) == tuple(picture.shape):
        return False
    if tuple(result.shape[1:]) == tuple(picture.shape) and result.shape[0]:
        return True
    return None


class FillMask:
    """Where a result differs from its picture, or was filled: an array-like of bool.

    Parameters
    ----------
    result : array-like
        The result, (..., H, W) or (..., H, W, C).
    picture : array-like
        The picture, in the same shape and dtype.
    colour : bool
        Whether the last axis is channels.
    """

    def __init__(self, result: Any, picture: Any, *, colour: bool) -> None:
        self._result, self._picture, self._colour = result, picture, colour
        shape = tuple(int(n) for n in picture.shape)
        self.shape = shape[:-1] if colour else shape
        self.dtype = np.dtype(bool)

    def __getitem__(self, index: tuple[Any, ...]) -> NDArray[np.bool_]:
        known = self._known(index)
        if known is not None and not known.any():
            return known
        before = np.asarray(self._picture[index])
        differs = ~_same(before, np.asarray(self._result[index]))
        mask: NDArray[np.bool_] = np.any(differs, axis=-1) if self._colour else differs
        return mask if known is None else np.logical_or(mask, known)

    def _known(self, index: tuple[Any, ...]) -> NDArray[np.bool_] | None:
        """Return where a picture was filled whose fills are known; all else is as it was."""
        restored = self._result
        if not isinstance(restored, RestoredPicture):
            return None
        if restored.source.data is not self._picture:
            return None
        *plane, rows = index
        height, width = self.shape[-2:]
        area = slice(*rows.indices(height)[:2]), slice(0, width)
        fill = restored.fills.get(tuple(plane))
        if fill is None:
            return np.zeros((area[0].stop - area[0].start, width), bool)
        mask, numbers = fill.pixels.numbers(area)
        mask[mask] = fill.painted[numbers]
        return mask


class FillValues:
    """The values of a result where a mask is set, and 0 elsewhere: an array-like."""

    def __init__(self, result: Any, mask: Any, *, colour: bool) -> None:
        self._result, self._mask, self._colour = result, mask, colour
        self.shape = tuple(int(n) for n in result.shape)
        self.dtype = np.dtype(result.dtype)

    def __getitem__(self, index: tuple[Any, ...]) -> NDArray[Any]:
        mask = np.asarray(self._mask[index])
        if not mask.any():
            shape = (*mask.shape, *self.shape[-1:]) if self._colour else mask.shape
            return np.zeros(shape, self.dtype)
        values = np.array(self._result[index])
        values[~mask] = 0
        return values


class Filled(LazyArray):
    """A picture with a fill laid over it, read when it is sliced.

    Parameters
    ----------
    picture : array-like
        (..., H, W) or (..., H, W, C).
    mask : array-like
        (..., H, W): which pixels are the fill's.
    values : array-like
        In the picture's shape and dtype.
    colour : bool
        Whether the last axis is channels.
    """

    def __init__(self, picture: Any, mask: Any, values: Any, *, colour: bool) -> None:
        self.picture, self.mask, self.values = picture, mask, values
        self._colour = colour
        self.shape = tuple(int(n) for n in picture.shape)
        self.dtype = np.dtype(picture.dtype)

    def read(self, block: Block) -> np.ndarray:
        """Read a block as a new array."""
        laid = np.array(self.picture[block])
        mask = np.asarray(self.mask[block[:-1] if self._colour else block])
        if mask.any():
            laid[mask] = np.asarray(self.values[block])[mask]
        return laid


class Blank(LazyArray):
    """What stands for a picture that is missing: its shape, all black.

    Parameters
    ----------
    content : FileContent or ArrayContent
        What the project says of the picture; saved again, that is kept.
    shape, dtype
        Of the picture.
    """

    def __init__(self, content: Any, shape: tuple[int, ...], dtype: str) -> None:
        self.content = content
        self.shape = shape
        self.dtype = np.dtype(dtype)

    def read(self, block: Block) -> np.ndarray:
        """Read a block as a new array."""
        return np.zeros([part.stop - part.start for part in block], self.dtype)


def _same(one: NDArray[Any], other: NDArray[Any]) -> NDArray[np.bool_]:
    """Compare bits: -0.0 is not 0.0, and NaN is itself."""
    if one.dtype.kind != "f":
        return one == other
    bits = np.dtype(f"u{one.dtype.itemsize}")
    return np.ascontiguousarray(one).view(bits) == np.ascontiguousarray(other).view(bits)
