"""Pictures that are put together when they are read: array-likes of any size."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.picture.bitmap import Bitmap
from napari_relic_inpaint.picture.hole import HolePixels
from napari_relic_inpaint.picture.lazy_array import Block, LazyArray
from napari_relic_inpaint.picture.picture import Area, Picture


class LazyPlanes(LazyArray):
    """Planes ``(..., H, W)`` or ``(..., H, W, C)`` of which rectangles are read."""

    _axes: int
    """Number of axes of a plane: 2, or 3 with channels."""

    @abstractmethod
    def _read(self, index: tuple[int, ...], area: Area) -> NDArray[Any]:
        """Read a rectangle of a plane, ``(h, w)`` or ``(h, w, C)``."""

    def read(self, block: Block) -> NDArray[Any]:
        """Read a block as a new array."""
        leading = self.ndim - self._axes
        stack, area = block[:leading], (block[leading], block[leading + 1])
        values = np.empty([part.stop - part.start for part in block], self.dtype)
        for place in np.ndindex(*values.shape[:leading]):
            index = tuple(part.start + i for part, i in zip(stack, place, strict=True))
            read = self._read(index, area)
            values[place] = read[..., block[-1]] if self._axes == 3 else read
        return values


class PlaneFill:
    """The fill of one plane, in the picture's own values.

    Parameters
    ----------
    picture : Picture
        The picture it belongs to.
    pixels : HolePixels
        The hole.

    Attributes
    ----------
    pixels : HolePixels
        As given.
    values : (N, 1 or 3) array
        Value of each hole pixel.
    painted : (N,) array of bool
        Whether a hole pixel has one already.
    """

    def __init__(self, picture: Picture, pixels: HolePixels) -> None:
        self.pixels = pixels
        self.values = np.zeros((len(pixels), picture.colours), picture.dtype)
        self.painted = np.zeros(len(pixels), bool)


class RestoredPicture(LazyPlanes):
    """The picture with its fills laid over; what is not filled yet looks as it did.

    Parameters
    ----------
    source : Picture
        The damaged picture; it has to stay as it is for as long as this is read.

    Attributes
    ----------
    source : Picture
        As given.
    fills : dict of tuple to PlaneFill
        The fill of each plane that has one, by the plane's index.
    """

    def __init__(self, source: Picture) -> None:
        self.source = source
        self.fills: dict[tuple[int, ...], PlaneFill] = {}
        self.shape = tuple(int(n) for n in source.data.shape)
        self.dtype = source.dtype
        self._axes = 3 if source.rgb else 2

    def add(self, index: tuple[int, ...], fill: PlaneFill) -> None:
        """Lay a fill over a plane."""
        self.fills[index] = fill

    def paste_into(self, picture: NDArray[Any]) -> None:
        """Write all fills into a copy of the picture."""
        height, width = self.source.shape
        everything = slice(0, height), slice(0, width)
        for index, fill in self.fills.items():
            self.source.paste(picture[index], fill.pixels.mask(everything), fill.values)

    def _read(self, index: tuple[int, ...], area: Area) -> NDArray[Any]:
        raw = self.source.raw(index, area)
        fill = self.fills.get(index)
        if fill is None or not fill.pixels.any_in(area):
            return raw
        mask, numbers = fill.pixels.numbers(area)
        painted = fill.painted[numbers]
        mask[mask] = painted
        raw = raw.copy()
        self.source.paste(raw, mask, fill.values[numbers[painted]])
        return raw


class EdgeMaps(LazyPlanes):
    """The edge maps of all planes, uint8, 1 = edge.

    Parameters
    ----------
    picture : Picture
        The picture they belong to.
    """

    def __init__(self, picture: Picture) -> None:
        self.shape = (*picture.stack, *picture.shape)
        self.dtype = np.dtype(np.uint8)
        self._axes = 2
        self._maps: dict[tuple[int, ...], tuple[Bitmap, HolePixels, NDArray[np.bool_]]] = {}

    def add(
        self, index: tuple[int, ...], known: Bitmap, pixels: HolePixels, inside: NDArray[np.bool_]
    ) -> None:
        """Add a plane's edges: those of the known pixels, and those of each hole pixel."""
        self._maps[index] = known, pixels, inside

    def _read(self, index: tuple[int, ...], area: Area) -> NDArray[np.uint8]:
        if index not in self._maps:
            return np.zeros([part.stop - part.start for part in area], np.uint8)
        known, pixels, inside = self._maps[index]
        edges = known[area].astype(np.uint8)
        mask, numbers = pixels.numbers(area)
        edges[mask] = inside[numbers]
        return edges
