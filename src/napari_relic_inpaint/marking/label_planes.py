"""The labels of a damage mask, plane by plane and band by band, whatever type they are of."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.marking.mask_meaning import check_finite
from napari_relic_inpaint.picture.array_like import as_array
from napari_relic_inpaint.picture.tiles import bands


class LabelPlanes:
    """The planes of a mask ``(H, W)`` or ``(..., H, W)``.

    Parameters
    ----------
    labels : array-like
        bool (True becomes label 1) or whole numbers, 0 is intact; lazy ones are read in bands.
    name : str
        What they are, for messages.

    Attributes
    ----------
    shape : tuple of int
    pixels : int
        Of all planes.
    dtype : numpy.dtype
        Of the labels as they are read: uint8, or int64.
    planes : list of tuple of int
        Index of each plane.
    bands : list of slice
        The rows of a plane that are read together.

    Raises
    ------
    InputError
        If it is no mask, or has no pixel.
    """

    def __init__(self, labels: Any, name: str = "the damage mask") -> None:
        self._labels = as_array(labels, name)
        self._name = name
        self.shape = tuple(int(length) for length in self._labels.shape)
        if len(self.shape) < 2 or 0 in self.shape:
            raise InputError(
                f"{name} has the shape {self.shape}: give rows and columns, (H, W) or (..., H, W)"
            )
        kind = np.dtype(self._labels.dtype)
        if kind.kind not in "biuf":
            raise InputError(f"{name} holds {kind}: a damage mask holds numbers or True/False")
        self.dtype = np.dtype(np.uint8 if kind.kind == "b" or kind == np.uint8 else np.int64)
        self.pixels = math.prod(self.shape)
        self.planes = list(np.ndindex(*self.shape[:-2]))
        self.bands = bands(*self.shape[-2:])

    def read(self, plane: tuple[int, ...], rows: slice) -> NDArray[np.integer]:
        """Read some rows of a plane; raises `InputError` where values are no labels."""
        values = np.asarray(self._labels[(*plane, rows)])
        check_finite(values, self._name)
        if values.dtype.kind == "f" and not np.array_equal(values, np.trunc(values)):
            broken = values[values != np.trunc(values)][0]
            raise InputError(
                f"{self._name} has the value {broken:g}, which is no label: labels are whole "
                "numbers, 0 where nothing is damaged"
            )
        labels: NDArray[np.integer] = values.astype(self.dtype, copy=False)
        if labels.dtype != np.uint8 and labels.min() < 0:
            raise InputError(
                f"{self._name} has the label {labels.min()}: labels are whole numbers from 1 on, "
                "and 0 where nothing is damaged"
            )
        return labels

    def walk(self) -> Iterator[tuple[tuple[int, ...], slice]]:
        """Yield each plane and band in order."""
        for plane in self.planes:
            for rows in self.bands:
                yield plane, rows
