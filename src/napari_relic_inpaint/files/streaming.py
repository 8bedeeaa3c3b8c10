"""Pictures on their way into a file: converted and read once, in bands of rows."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

import numpy as np

from napari_relic_inpaint.errors import FileError
from napari_relic_inpaint.steps import Step

BAND_BYTES = 4 << 20
"""Rows of a picture that are in memory together; more where a tile is higher than that."""


@dataclass(frozen=True)
class Band:
    """Some rows of a plane, over its whole width.

    Attributes
    ----------
    rows : slice
        Which they are.
    values : numpy.ndarray
        (h, W) or (h, W, C).
    step : Step
        How far the picture is once they are written.
    """

    rows: slice
    values: np.ndarray
    step: Step


class OutgoingPicture:
    """A picture that is being written.

    Parameters
    ----------
    data : array-like
        (..., H, W) or, with `rgb`, (..., H, W, C): NumPy, or anything with a shape and a dtype
        that gives array-likes when it is sliced; bool becomes 0 and 255.
    rgb : bool
        Whether the last axis is colour, or channels that have names.
    named : tuple of str
        What the channels are if they are no colours; of such values no means are taken.

    Attributes
    ----------
    named : tuple of str
        As given.
    shape : tuple of int
    dtype : numpy.dtype
        In native byte order.
    stack : tuple of int
        Leading axes.
    height, width, channels : int
        Of a plane; a grey one has one channel.
    nbytes : int
        Size of all values.

    Raises
    ------
    FileError
        If there is no pixel.
    """

    def __init__(self, data: Any, *, rgb: bool, named: tuple[str, ...] = ()) -> None:
        self._data = data
        self.rgb = rgb
        self.named = named
        self.shape = tuple(int(length) for length in data.shape)
        self.dtype = np.dtype(data.dtype).newbyteorder("=")
        self._convert: Callable[[Any], np.ndarray] = np.asarray
        if self.dtype == bool:
            self.dtype, self._convert = np.dtype(np.uint8), _spread
        axes = 2 + rgb
        if len(self.shape) < axes or 0 in self.shape:
            raise FileError(f"A picture of shape {self.shape} has no rows and columns to write.")
        self.stack = self.shape[: len(self.shape) - axes]
        self.height, self.width = self.shape[len(self.stack) :][:2]
        self.channels = self.shape[-1] if rgb else 1
        self.nbytes = prod(self.shape) * self.dtype.itemsize

    @property
    def planes(self) -> list[tuple[int, ...]]:
        """Index of each plane, in order."""
        return list(product(*(range(length) for length in self.stack)))

    def invert(self) -> None:
        """Turn white into black on the way; for unsigned integers."""
        convert = self._convert
        self._convert = lambda values: ~convert(values)

    def whole(self) -> np.ndarray:
        """Return all values; raises `FileError` if they cannot be read."""
        with _explained():
            values = np.asarray(self._data)
        return np.asarray(self._convert(values), self.dtype)

    def bands(self, plane: tuple[int, ...], multiple: int) -> Iterator[Band]:
        """Read a plane, each row once.

        Parameters
        ----------
        plane : tuple of int
            Its index.
        multiple : int
            Every band but the last has a multiple of this many rows.

        Yields
        ------
        Band
            The next rows.

        Raises
        ------
        FileError
            If they cannot be read.
        """
        row_bytes = self.width * self.channels * self.dtype.itemsize
        bands = row_bands(self.height, row_bytes, multiple)
        before = self.planes.index(plane) * len(bands)
        total = len(self.planes) * len(bands)
        for done, rows in enumerate(bands, before + 1):
            with _explained():
                values = np.asarray(self._data[(*plane, rows)])
            step = Step("writing", done, total, done / total)
            yield Band(rows, np.asarray(self._convert(values), self.dtype), step)


def row_bands(height: int, row_bytes: int, multiple: int = 1) -> list[slice]:
    """Return the rows of a picture in bands of some `BAND_BYTES`.

    Parameters
    ----------
    height : int
        Rows of the picture.
    row_bytes : int
        Size of a row.
    multiple : int
        Every band but the last has a multiple of this many rows.
    """
    rows = max(BAND_BYTES // row_bytes // multiple, 1) * multiple
    return [slice(top, min(top + rows, height)) for top in range(0, height, rows)]


@contextmanager
def _explained() -> Iterator[None]:
    """Say that it was the source that failed, and not the file which is written from it."""
    try:
        yield
    except FileError:
        raise
    except OSError as error:
        raise FileError(
            f"The pixels of the picture could not be read ({error.strerror or error}): check that "
            "the file they come from is still there."
        ) from error


def _spread(values: np.ndarray) -> np.ndarray:
    return values.astype(np.uint8) * np.uint8(255)
