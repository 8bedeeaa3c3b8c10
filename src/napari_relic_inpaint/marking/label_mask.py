"""One label of a mask, looked up or put in its place when it is read."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.marking.mask_meaning import from_labels
from napari_relic_inpaint.picture.lazy_planes import LazyPlanes
from napari_relic_inpaint.picture.picture import Area


class LabelMask(LazyPlanes):
    """Where a labels picture has one label, bool; it is looked up when it is read.

    Parameters
    ----------
    labels : array-like
        ``(..., H, W)``.
    label : int or None
        The label; None takes all but zero.
    """

    def __init__(self, labels: Any, label: int | None) -> None:
        self._labels = labels
        self._label = label
        self.shape = tuple(int(n) for n in labels.shape)
        self.dtype = np.dtype(bool)
        self._axes = 2

    def _read(self, index: tuple[int, ...], area: Area) -> NDArray[np.bool_]:
        return from_labels(self._labels[(*index, *area)], self._label)


class ChosenLabel(LazyPlanes):
    """A mask of one class with the label of that class; it is made when it is read.

    Parameters
    ----------
    mask : array-like
        ``(..., H, W)`` of bool.
    label : int
        What True becomes.
    """

    def __init__(self, mask: Any, label: int) -> None:
        self._mask = mask
        self._label = label
        self.shape = tuple(int(n) for n in mask.shape)
        self.dtype = np.dtype(np.int64)
        self._axes = 2

    def _read(self, index: tuple[int, ...], area: Area) -> NDArray[np.int64]:
        return np.where(self._mask[(*index, *area)], self._label, 0)
