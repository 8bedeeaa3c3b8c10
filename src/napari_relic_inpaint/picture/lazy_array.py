"""Arrays of which blocks are read when they are asked for: pictures larger than memory."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Block = tuple[slice, ...]
"""One slice for each axis, with start, stop and no step."""

_COARSE_SPAN = 512


class LazyArray(ABC):
    """An array that is indexed like a NumPy array and then reads what was asked for.

    Indexing takes integers, slices with any step and an ellipsis, from several threads at once,
    and raises `FileError` where the file turns out to be damaged.

    Attributes
    ----------
    shape : tuple of int
    dtype : numpy.dtype
        In native byte order.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @abstractmethod
    def read(self, block: Block) -> np.ndarray:
        """Read a block as a new array."""

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of values."""
        return int(np.prod(self.shape, dtype=object))

    @property
    def nbytes(self) -> int:
        """Bytes of all values."""
        return self.size * self.dtype.itemsize

    def __len__(self) -> int:
        return self.shape[0]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.asarray(self[...], dtype=dtype)

    def __getitem__(self, key: Any) -> np.ndarray:
        parts = _expanded(key, self.shape)
        wanted = [
            range(length)[part] if isinstance(part, slice) else range(part, part + 1)
            for part, length in zip(parts, self.shape, strict=True)
        ]
        values = self._read_ranges(wanted)
        return values[tuple(slice(None) if isinstance(part, slice) else 0 for part in parts)]

    def _read_ranges(self, wanted: list[range]) -> np.ndarray:
        """Read a coarse view in pieces, because what it spans may be the whole picture."""
        axis = next((n for n, part in enumerate(wanted) if abs(part.step) > 1 and part), None)
        if axis is None:
            return self._read_span(wanted)
        length = max(_COARSE_SPAN // abs(wanted[axis].step), 1)
        pieces = [wanted[axis][at : at + length] for at in range(0, len(wanted[axis]), length)]
        return np.concatenate(
            [self._read_span([*wanted[:axis], piece, *wanted[axis + 1 :]]) for piece in pieces],
            axis=axis,
        )

    def _read_span(self, wanted: list[range]) -> np.ndarray:
        block = tuple(
            slice(min(part[0], part[-1]), max(part[0], part[-1]) + 1) if part else slice(0, 0)
            for part in wanted
        )
        return self.read(block)[tuple(slice(None, None, part.step) for part in wanted)]


class Rearranged(LazyArray):
    """A lazy array with its axes in another order, and some of them backwards.

    Parameters
    ----------
    source : LazyArray
        What is read.
    order : sequence of int
        Axes of the source in the new order; those that are left out have length 1.
    backwards : sequence of int
        Axes, by their place in the new order, along which the source is read from its end.
    """

    def __init__(
        self, source: LazyArray, order: Sequence[int], backwards: Sequence[int] = ()
    ) -> None:
        self._source = source
        self._order = tuple(order)
        self._backwards = tuple(backwards)
        self._dropped = tuple(axis for axis in range(source.ndim) if axis not in self._order)
        self.shape = tuple(source.shape[axis] for axis in self._order)
        self.dtype = source.dtype

    def read(self, block: Block) -> np.ndarray:
        """Read a block as a new array."""
        parts = [slice(0, 1)] * self._source.ndim
        for place, (axis, part) in enumerate(zip(self._order, block, strict=True)):
            length = self.shape[place]
            backwards = place in self._backwards
            parts[axis] = slice(length - part.stop, length - part.start) if backwards else part
        values = self._source.read(tuple(parts)).transpose(*self._order, *self._dropped)
        return np.flip(values.reshape(values.shape[: len(self._order)]), self._backwards)


class Converted(LazyArray):
    """A lazy array whose values are converted one by one.

    Parameters
    ----------
    source : LazyArray
        What is read.
    convert : callable
        Takes an array and returns one of the same shape.
    dtype : numpy.dtype
        What `convert` returns.
    """

    def __init__(
        self,
        source: LazyArray,
        convert: Callable[[np.ndarray], np.ndarray],
        dtype: np.dtype[Any],
    ) -> None:
        self._source = source
        self._convert = convert
        self.shape = source.shape
        self.dtype = dtype

    def read(self, block: Block) -> np.ndarray:
        """Read a block as a new array."""
        return self._convert(self._source.read(block))


def _expanded(key: Any, shape: tuple[int, ...]) -> list[slice | int]:
    """Return one slice or one integer from 0 on for each axis."""
    parts = list(key) if isinstance(key, tuple) else [key]
    if not any(part is Ellipsis for part in parts):
        parts.append(Ellipsis)
    at = next(n for n, part in enumerate(parts) if part is Ellipsis)
    missing = len(shape) - len(parts) + 1
    if missing < 0:
        raise IndexError(f"{len(parts) - 1} indices for an array of {len(shape)} axes")
    parts[at : at + 1] = [slice(None)] * missing
    return [
        part if isinstance(part, slice) else range(length)[part]
        for part, length in zip(parts, shape, strict=True)
    ]
