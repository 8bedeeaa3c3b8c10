"""Pixels put into a temporary file in blocks, from where they are read along rows or columns."""

import tempfile
import threading
from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import IO

import numpy as np

from napari_relic_inpaint.errors import FileError
from napari_relic_inpaint.files.chunks import Chunked, Index
from napari_relic_inpaint.picture.lazy_array import LazyArray

BLOCK = 256
"""Rows and columns of a block, in pixels."""


def in_blocks(path: Path, source: LazyArray, *, rows: int, columns: int) -> LazyArray:
    """Return the same pixels, decoded once, for reading in bands of columns.

    They are copied into a temporary file when the first of them is read. The file goes when the
    array does.

    Parameters
    ----------
    path : Path
        The picture, for errors.
    source : LazyArray
        What is quick to read in bands of rows.
    rows, columns : int
        The axes along which rows and columns are counted.
    """
    chunk = [1] * source.ndim
    chunk[rows], chunk[columns] = BLOCK, BLOCK
    along = [rows]
    # Samples that lie beside each other stay there.
    for axis in range(columns + 1, source.ndim):
        chunk[axis] = source.shape[axis]
        along.append(axis)
    load = _Blocks(path, source, tuple(chunk), columns)
    return Chunked(path, source.shape, source.dtype, chunk, load, along)


class _Blocks:
    """Loads blocks from a temporary file that is written when the first is loaded."""

    def __init__(self, path: Path, source: LazyArray, chunk: Index, columns: int) -> None:
        self._path = path
        self._source = source
        self._chunk = chunk
        self._columns = columns
        self._grid = tuple(-(-n // c) for n, c in zip(source.shape, chunk, strict=True))
        self._bytes = prod(chunk) * source.dtype.itemsize
        self._lock = threading.Lock()
        self._file: IO[bytes] | None = None

    def __call__(self, indices: list[Index]) -> list[np.ndarray]:
        with self._lock:
            if self._file is None:
                self._file = self._copied()
            return [self._block(self._file, index) for index in indices]

    def _block(self, file: IO[bytes], index: Index) -> np.ndarray:
        file.seek(int(np.ravel_multi_index(index, self._grid)) * self._bytes)
        return np.frombuffer(file.read(self._bytes), self._source.dtype).reshape(self._chunk)

    def _copied(self) -> IO[bytes]:
        try:
            # No block of statements can hold it: it lives as long as the pixels are used.
            file = tempfile.TemporaryFile()  # noqa: SIM115
            for values in self._blocks():
                file.write(np.ascontiguousarray(values).data)
            file.flush()
        except OSError as error:
            raise FileError(
                f"{self._path} has to be turned, for which the folder {tempfile.gettempdir()} "
                f"lacks {prod(self._grid) * self._bytes / 1e9:.1f} GB ({error.strerror}): free "
                "them, or name another folder in the environment variable TMPDIR."
            ) from error
        return file

    def _blocks(self) -> Iterator[np.ndarray]:
        """Read the source once, in bands of rows, and cut these."""
        axis, side = self._columns, self._chunk[self._columns]
        bands = [n if at != axis else 1 for at, n in enumerate(self._grid)]
        for index in np.ndindex(*bands):
            place = [
                slice(number * length, min((number + 1) * length, end))
                for number, length, end in zip(index, self._chunk, self._source.shape, strict=True)
            ]
            place[axis] = slice(0, self._source.shape[axis])
            band = self._source.read(tuple(place))
            missing = [-length % c for length, c in zip(band.shape, self._chunk, strict=True)]
            band = np.pad(band, [(0, length) for length in missing])
            yield from np.split(band, range(side, band.shape[axis], side), axis)
