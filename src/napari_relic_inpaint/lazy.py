"""Pictures that are put together when they are read: array-likes of any size."""

from __future__ import annotations

from abc import ABC, abstractmethod
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.bitmap import Bitmap
from napari_relic_inpaint.hole import HolePixels
from napari_relic_inpaint.picture import Area, Picture

Part = int | slice


class LazyPlanes(ABC):
    """Planes ``(..., H, W)`` or ``(..., H, W, C)`` of which rectangles are read as NumPy arrays.

    Indexing takes integers, slices with positive steps and an ellipsis.

    Attributes
    ----------
    shape : tuple of int
    dtype : numpy.dtype
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    _axes: int
    """Number of axes of a plane: 2, or 3 with channels."""

    @abstractmethod
    def _read(self, index: tuple[int, ...], area: Area) -> NDArray[Any]:
        """Read a rectangle of a plane."""

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of values."""
        return int(np.prod(self.shape))

    @property
    def nbytes(self) -> int:
        """Bytes of all values."""
        return self.size * self.dtype.itemsize

    def __len__(self) -> int:
        return self.shape[0]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.asarray(self[...], dtype=dtype)

    def __getitem__(self, key: Any) -> NDArray[Any]:
        parts = _expanded(key, self.shape)
        leading = self.ndim - self._axes
        stack = [_indices(p, n) for p, n in zip(parts[:leading], self.shape[:leading], strict=True)]
        area, inside = zip(
            *(
                _rectangle(part, length)
                for part, length in zip(
                    parts[leading : leading + 2], self.shape[leading : leading + 2], strict=True
                )
            ),
            strict=True,
        )
        shape = [len(indices) for indices in stack] + [a.stop - a.start for a in area]
        whole = np.empty((*shape, *self.shape[leading + 2 :]), self.dtype)
        for place in product(*map(range, map(len, stack))):
            index = tuple(indices[i] for indices, i in zip(stack, place, strict=True))
            whole[place] = self._read(index, (area[0], area[1]))
        firsts = tuple(0 if isinstance(part, int) else slice(None) for part in parts[:leading])
        return whole[(*firsts, *inside, *parts[leading + 2 :])]


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


class LabelMask(LazyPlanes):
    """Where a labels picture has one label, bool; it is looked up when it is read.

    Parameters
    ----------
    labels : array-like
        ``(..., H, W)``.
    label : int
        The label.
    """

    def __init__(self, labels: Any, label: int) -> None:
        self._labels = labels
        self._label = label
        self.shape = tuple(int(n) for n in labels.shape)
        self.dtype = np.dtype(bool)
        self._axes = 2

    def _read(self, index: tuple[int, ...], area: Area) -> NDArray[np.bool_]:
        return np.asarray(self._labels[(*index, *area)]) == self._label


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


def _expanded(key: Any, shape: tuple[int, ...]) -> list[Part]:
    """Return one integer or slice for each axis; negative integers count from the end."""
    parts = list(key) if isinstance(key, tuple) else [key]
    if Ellipsis not in parts:
        parts.append(Ellipsis)
    at = parts.index(Ellipsis)
    missing = len(shape) - (len(parts) - 1)
    if missing < 0:
        raise IndexError(f"{len(parts) - 1} indices for a picture of {len(shape)} axes")
    parts[at : at + 1] = [slice(None)] * missing
    return [
        part if isinstance(part, slice) else _counted(int(part), length)
        for part, length in zip(parts, shape, strict=True)
    ]


def _counted(number: int, length: int) -> int:
    if not -length <= number < length:
        raise IndexError(f"index {number} is outside an axis of {length}")
    return number % length


def _indices(part: Part, length: int) -> range:
    return range(part, part + 1) if isinstance(part, int) else range(length)[part]


def _rectangle(part: Part, length: int) -> tuple[slice, Part]:
    """Return the rows or columns to read, and what is wanted of them."""
    if isinstance(part, int):
        return slice(part, part + 1), 0
    start, stop, step = part.indices(length)
    if step < 0:
        raise IndexError(f"a step of {step}: steps have to be positive")
    return slice(start, max(start, stop)), slice(None, None, step)
