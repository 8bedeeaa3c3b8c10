"""What the values of a mask say: labels, and strokes on a transparent layer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.picture.array_like import as_array, count_not_finite

DARKEST_COLOUR = 32
"""Of 255: strokes up to this are black ones, whose colour says nothing."""

SOLID = 0.9
"""Share of the strongest opacity from which on a pixel's colour is that of the brush: paler ones
lie at the soft borders of strokes, where programs mix colours."""


def from_labels(
    labels: Any, label: int | None = None, *, name: str = "the damage mask"
) -> NDArray[np.bool_]:
    """Turn labels, a bool mask or a 0/255 mask into a damage mask.

    Parameters
    ----------
    labels : array of bool, integers or floats
        Zero is intact. Lazy ones, such as zarr arrays, are read whole.
    label : int, optional
        Count only this value as damage; by default every value but zero.
    name : str
        What they are, for messages.

    Returns
    -------
    array of bool
        Same shape, True = damaged.

    Raises
    ------
    InputError
        If there are other things than numbers, NaN or infinite values, or, without a label,
        negative values that are no integers.
    """
    values = np.asarray(as_array(labels, name))
    if values.dtype.kind not in "biuf":
        raise InputError(f"{name} holds {values.dtype}: a damage mask holds numbers or True/False")
    check_finite(values, name)
    if label is not None:
        return values == label
    if values.dtype.kind == "f" and values.size and values.min() < 0:
        raise InputError(
            f"{name} has values down to {values.min():g}, which say neither damaged nor not: "
            "set undamaged pixels to 0 and damaged ones to 1"
        )
    return values != 0


def check_finite(
    values: NDArray[Any], name: str, parts: Callable[[], Iterable[NDArray[Any]]] | None = None
) -> None:
    """Check that a mask, or some of one that is read piece by piece, has none but finite values.

    Parameters
    ----------
    values : array
        What was read.
    name : str
        What it is, for messages.
    parts : callable, optional
        Returns the parts of the whole mask, of which `values` are a part. They are gone through
        only where something is wrong, to tell of how many values.

    Raises
    ------
    InputError
        If there are NaN or infinite values; says how many the whole mask has.
    """
    if not count_not_finite(values):
        return
    bad = sum(map(count_not_finite, [values] if parts is None else parts()))
    raise InputError(
        f"{name} has {bad} NaN or infinite values, which say neither damaged nor not: set "
        "undamaged pixels to 0 and damaged ones to 1"
    )


def in_bytes(values: NDArray[Any]) -> NDArray[Any]:
    """Return values of any type on the scale 0 to 255 of editors; floats count from 0 to 1."""
    if values.dtype == np.uint8:
        return values
    if values.dtype.kind == "b":
        return values.astype(np.uint8) * np.uint8(255)
    if values.dtype.kind == "f":
        return np.asarray(255 * values)
    return values / (np.iinfo(values.dtype).max / 255)


class Layer:
    """What the channels of a mask mean; all of the mask has to be seen before it is asked.

    Editors export strokes as opaque pixels on a transparent layer. Where such strokes are black, or
    no visible pixel is, transparency alone tells damage. Where black and other colours are visible
    together, black is a drawn background.
    """

    def __init__(self) -> None:
        self._seen = np.zeros((2, 256), np.int64)

    def see(self, colours: NDArray[Any], opacity: NDArray[Any]) -> None:
        """Look at some pixels.

        Parameters
        ----------
        colours : (..., C) array
            Their colours; black is 0.
        opacity : (...) array
            Of the same type; the highest value of integers, or 1, is opaque.
        """
        bright = (in_bytes(colours) > DARKEST_COLOUR).any(axis=-1)
        kinds = _levels(opacity) + 256 * bright.astype(np.uint16)
        self._seen += np.bincount(kinds.ravel(), minlength=512).reshape(2, 256)

    @property
    def decides(self) -> bool:
        """Whether transparency alone tells what is damaged."""
        solid = self._seen[:, round(SOLID * self._strongest) :].sum(axis=1)
        return self.is_transparent and bool((solid == 0).any())

    @property
    def is_transparent(self) -> bool:
        """Whether some pixels are transparent and others are not."""
        return bool(self._seen[:, : self._strongest // 2 + 1].any()) and self._strongest > 0

    def opaque(self, opacity: NDArray[Any]) -> NDArray[np.bool_]:
        """Tell which pixels are more than half as opaque as the most opaque one."""
        return np.asarray(_levels(opacity) > self._strongest // 2)

    @property
    def _strongest(self) -> int:
        levels = np.flatnonzero(self._seen.any(axis=0))
        return int(levels[-1]) if len(levels) else 0


def _levels(opacity: NDArray[Any]) -> NDArray[np.uint8]:
    return np.clip(in_bytes(opacity), 0, 255).astype(np.uint8)
