"""The masks of a picture's planes, in whichever form arrays of masks come."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.marking.mask_meaning import Layer, check_finite, from_labels
from napari_relic_inpaint.picture.array_like import as_array
from napari_relic_inpaint.picture.hole import HolePixels
from napari_relic_inpaint.picture.picture import (
    MASK_CHANNELS,
    Area,
    Picture,
    ends_in_channels,
    shown,
)
from napari_relic_inpaint.picture.tiles import bands


class PlaneMasks:
    """The masks of a picture's planes: one for all, or one each.

    Parameters
    ----------
    masks : array-like
        ``(H, W)`` or ``(..., H, W)``, nonzero = inside the mask; or with a further axis of channels
        as pictures of masks have them: one, three equal ones, and after these perhaps opacity,
        which tells what is inside where the colours say nothing (see `Layer`).
    picture : Picture
        The picture they belong to.
    name : str
        What they are, for messages.

    Raises
    ------
    InputError
        If the shapes do not match; names both.
    """

    def __init__(self, masks: Any, picture: Picture, name: str) -> None:
        self._masks = as_array(masks, name)
        self._picture = picture
        self._name = name
        shapes = picture.shape, (*picture.stack, *picture.shape)
        shape = tuple(self._masks.shape)
        self._channels = 0
        # What looks like a picture in colour, taken for a stack, has no use for channels.
        one_more = picture.rgb or not ends_in_channels(picture.data.shape)
        if one_more and shape[:-1] in shapes and shape[-1] in MASK_CHANNELS and shape not in shapes:
            self._channels, shape = shape[-1], shape[:-1]
        if shape not in shapes:
            raise InputError(
                f"{name} is {shown(self._masks)}, the picture {shown(picture.data)}: they need "
                "the same rows and columns; draw it on the picture at this size"
            )
        self._common = shape == picture.shape
        self._layer = self._look() if self._channels in (2, 4) else None

    def read(self, index: tuple[int, ...], rows: slice) -> NDArray[np.bool_]:
        """Read some rows of the mask of a plane, ``(h, W)``."""
        area = rows, slice(0, self._picture.shape[1])
        return from_labels(self.labels(index, area), name=self._name)

    def labels(self, index: tuple[int, ...], area: Area) -> NDArray[Any]:
        """Read a rectangle of the mask of a plane with its values, ``(h, w)``.

        Raises
        ------
        InputError
            If it has channels that differ, or NaN or infinite values.
        """
        values = self._values((() if self._common else index) + area)
        if not self._channels:
            return values
        opacity = values[..., -1]
        if self._layer is not None and self._layer.decides:
            return self._layer.opaque(opacity)
        colours = values[..., : self._channels - (self._layer is not None)]
        if (colours != colours[..., :1]).any():
            raise InputError(
                f"{self._name} is {shown(self._masks)} and its channels differ: give one of them, "
                "or mask.any(axis=-1) to take what is not black"
            )
        if self._layer is None or not self._layer.is_transparent:
            return colours[..., 0]
        return np.where(self._layer.opaque(opacity), colours[..., 0], 0)

    def of_pixels(self, index: tuple[int, ...], pixels: HolePixels) -> NDArray[np.bool_]:
        """Return the mask's value at each hole pixel of a plane, ``(N,)``."""
        height, width = pixels.shape
        found = [
            self.read(index, rows)[pixels.mask((rows, slice(0, width)))]
            for rows in bands(height, width)
        ]
        return np.concatenate(found)

    def _look(self) -> Layer:
        layer = Layer()
        for place in self._bands():
            values = self._values(place)
            layer.see(values[..., :-1], values[..., -1])
        return layer

    def _values(self, place: tuple[int | slice, ...]) -> NDArray[Any]:
        values = np.asarray(self._masks[place])
        check_finite(values, self._name, self._parts)
        return values

    def _parts(self) -> Iterator[NDArray[Any]]:
        return (np.asarray(self._masks[place]) for place in self._bands())

    def _bands(self) -> Iterator[tuple[int | slice, ...]]:
        for index in [()] if self._common else self._picture.planes:
            for rows in bands(*self._picture.shape):
                yield (*index, rows)
