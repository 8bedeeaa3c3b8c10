"""Pictures stored in chunks (tiles, strips), of which those used last stay decoded."""

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from napari_relic_inpaint.files.reading import reading
from napari_relic_inpaint.picture.lazy_array import Block, LazyArray

CACHE_BYTES = 64 << 20
"""Decoded chunks that a picture keeps, at least."""

LARGEST_CACHE_BYTES = 512 << 20
"""Decoded chunks that a very wide picture keeps, so that one row of them stays."""

LARGEST_CHUNK_BYTES = 64 << 20
"""A picture of larger chunks is read whole: a window of it would cost as much."""

_BATCH_BYTES = 8 << 20
_MOST_WORKERS = 8

Index = tuple[int, ...]
"""Place of a chunk in the grid of chunks."""


@cache
def workers() -> ThreadPoolExecutor:
    """Return the threads in which chunks are decoded and encoded."""
    return ThreadPoolExecutor(min(os.cpu_count() or 1, _MOST_WORKERS))


class Chunked(LazyArray):
    """An array that is stored in chunks.

    Parameters
    ----------
    path : Path
        The picture, for errors.
    shape, dtype
        Of the array.
    chunks : sequence of int
        Shape of a chunk; those at the end of an axis may be smaller or padded.
    load : callable
        Takes indices of chunks and returns the chunks, decoded, in the same order.
    row_axes : sequence of int
        The axes along which one row of pixels runs: columns and channels.
    """

    def __init__(
        self,
        path: Path,
        shape: tuple[int, ...],
        dtype: np.dtype[Any],
        chunks: Sequence[int],
        load: Callable[[list[Index]], Iterable[np.ndarray]],
        row_axes: Sequence[int],
    ) -> None:
        self._path = path
        self.shape = shape
        self.dtype = dtype
        self._chunks = tuple(chunks)
        self._load = load
        self._cache: OrderedDict[Index, np.ndarray] = OrderedDict()
        self._cached_bytes = 0
        self._lock = threading.Lock()
        self.chunk_bytes = prod(self._chunks) * dtype.itemsize
        # Bands of rows are read one after the other: what they share must not be decoded twice.
        row = self.chunk_bytes * prod(-(-shape[n] // self._chunks[n]) for n in row_axes)
        self._limit = min(max(row, CACHE_BYTES), LARGEST_CACHE_BYTES)

    def read(self, block: Block) -> np.ndarray:
        """Read a block as a new array."""
        values = np.empty([part.stop - part.start for part in block], self.dtype)
        places = product(
            *(
                range(part.start // length, -(-part.stop // length))
                for part, length in zip(block, self._chunks, strict=True)
            )
        )
        for index, chunk in self._decoded(list(places)):
            target, source = [], []
            for number, part, length in zip(index, block, self._chunks, strict=True):
                start = max(part.start, number * length)
                stop = min(part.stop, (number + 1) * length)
                target.append(slice(start - part.start, stop - part.start))
                source.append(slice(start - number * length, stop - number * length))
            values[tuple(target)] = chunk[tuple(source)]
        return values

    def _decoded(self, indices: list[Index]) -> Iterator[tuple[Index, np.ndarray]]:
        size = max(_BATCH_BYTES // max(self.chunk_bytes, 1), _MOST_WORKERS)
        for at in range(0, len(indices), size):
            batch = indices[at : at + size]
            with self._lock:
                found = {index: self._cache[index] for index in batch if index in self._cache}
                for index in found:
                    self._cache.move_to_end(index)
            missing = [index for index in batch if index not in found]
            if missing:
                with reading(self._path):
                    loaded = dict(zip(missing, self._load(missing), strict=True))
                self._keep(loaded)
                found |= loaded
            yield from found.items()

    def _keep(self, chunks: dict[Index, np.ndarray]) -> None:
        with self._lock:
            for index, chunk in chunks.items():
                if index not in self._cache:
                    self._cache[index] = chunk
                    self._cached_bytes += chunk.nbytes
            while self._cached_bytes > self._limit:
                self._cached_bytes -= self._cache.popitem(last=False)[1].nbytes
