"""TIFF pixels read piece by piece, tile for tile or straight from the file."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from napari_relic_inpaint.errors import FileError
from napari_relic_inpaint.files.chunks import (
    LARGEST_CACHE_BYTES,
    LARGEST_CHUNK_BYTES,
    Chunked,
    Index,
    workers,
)
from napari_relic_inpaint.files.column_blocks import in_blocks
from napari_relic_inpaint.files.reading import reading
from napari_relic_inpaint.picture.lazy_array import Block, LazyArray


def open_series(path: Path, series: Any, *, by_columns: bool = False) -> LazyArray | None:
    """Return a series of TIFF pages as a lazy array, or None where it has to be read whole.

    Parameters
    ----------
    path : Path
        The file.
    series : tifffile.TiffPageSeries
        Of that file, which may be closed afterwards.
    by_columns : bool
        Whether it will be read in bands of columns, not of rows.

    Returns
    -------
    LazyArray or None
        What ``series.asarray()`` would return, in the same axes.
    """
    data = _as_stored(path, series, by_columns)
    keyframe = series.keyframe
    plane = keyframe.imagelength * keyframe.imagewidth * keyframe.samplesperpixel
    large = plane * series.dtype.itemsize > LARGEST_CACHE_BYTES
    # A band of columns has a part of every strip, and so many strips cannot be kept.
    if data is not None and by_columns and large and not keyframe.is_tiled:
        return in_blocks(path, data, rows=series.axes.index("Y"), columns=series.axes.index("X"))
    return data


def _as_stored(path: Path, series: Any, by_columns: bool) -> LazyArray | None:
    keyframe = series.keyframe
    pages = list(series.pages)
    if series.transform is not None or any(
        page is None or page.parent is not keyframe.parent or page.hash != keyframe.hash
        for page in pages
    ):
        return None
    if series.dataoffset is not None:
        return _Uncompressed(path, series, 0, [series.dataoffset])
    separate, depth, height, width, contiguous = keyframe.shaped
    page_shape = (*[separate][: separate > 1], height, width, *[contiguous][: contiguous > 1])
    leading = series.shape[: series.ndim - len(page_shape)]
    if depth > 1 or (*leading, *page_shape) != series.shape or prod(leading) != len(pages):
        return None
    if keyframe.is_final:
        return _Uncompressed(path, series, len(leading), [page.dataoffsets[0] for page in pages])
    return _segmented(path, series, pages, leading, by_columns)


class _Uncompressed(LazyArray):
    """Pixels that lie in the file as they are, in one piece for each page."""

    def __init__(self, path: Path, series: Any, leading: int, offsets: list[int]) -> None:
        self._path = path
        self._offsets = offsets
        self._leading = leading
        self._stored = series.dtype.newbyteorder(series.keyframe.parent.byteorder)
        self.shape = tuple(series.shape)
        self.dtype = series.dtype.newbyteorder("=")

    def read(self, block: Block) -> np.ndarray:
        values = np.empty([part.stop - part.start for part in block], self.dtype)
        stack, area = block[: self._leading], block[self._leading :]
        shape = self.shape[: self._leading]
        with reading(self._path):
            for place in product(*(range(part.start, part.stop) for part in stack)):
                page = int(np.ravel_multi_index(place, shape)) if shape else 0
                # Mapped for this read alone: a lasting map would count as memory in use, and
                # would keep the file from being moved on Windows.
                pixels = np.memmap(
                    self._path,
                    self._stored,
                    "r",
                    self._offsets[page],
                    self.shape[self._leading :],
                )
                target = tuple(n - part.start for n, part in zip(place, stack, strict=True))
                values[target] = pixels[area]
        return values


@dataclass(frozen=True)
class _Page:
    """Where the tiles or strips of a page lie, and what their decoder needs besides."""

    offsets: tuple[int, ...]
    sizes: tuple[int, ...]
    options: dict[str, Any]


def _segmented(
    path: Path, series: Any, pages: list[Any], leading: tuple[int, ...], by_columns: bool
) -> LazyArray | None:
    keyframe = series.keyframe
    separate, _, height, width, contiguous = keyframe.shaped
    rows, columns = (
        (keyframe.tilelength, keyframe.tilewidth)
        if keyframe.is_tiled
        else (min(keyframe.rowsperstrip, height), width)
    )
    size = rows * columns * contiguous * series.dtype.itemsize
    grid = (separate, -(-height // rows), -(-width // columns))
    # A header of its own is how slide scanners hide one JPEG behind many tiles.
    if size > LARGEST_CHUNK_BYTES or keyframe.jpegheader is not None:
        return None
    if any(len(page.dataoffsets) != prod(grid) for page in pages):
        return None
    jpeg = keyframe.jpegtables is not None
    load = _Segments(
        path=path,
        pages=[
            _Page(
                tuple(page.dataoffsets),
                tuple(page.databytecounts),
                {"jpegtables": page.jpegtables} if jpeg else {},
            )
            for page in pages
        ],
        stack=leading,
        grid=grid,
        chunk=(*[1][: separate > 1], rows, columns, *[contiguous][: contiguous > 1]),
        decode=keyframe.decode,
        missing=keyframe.nodata,
        dtype=series.dtype,
    )
    along = series.ndim - 1 - (contiguous > 1) - by_columns
    return Chunked(
        path,
        tuple(series.shape),
        series.dtype.newbyteorder("="),
        (*[1] * len(leading), *load.chunk),
        load,
        (along, *([len(leading)] if separate > 1 else [])),
    )


@dataclass(frozen=True)
class _Segments:
    """Loads tiles or strips; `grid` is their number by plane of samples, by row and by column."""

    path: Path
    pages: list[_Page]
    stack: tuple[int, ...]
    grid: tuple[int, int, int]
    chunk: tuple[int, ...]
    decode: Callable[..., Any]
    missing: float
    dtype: np.dtype[Any]

    def __call__(self, indices: list[Index]) -> Iterator[np.ndarray]:
        encoded = []
        with self.path.open("rb") as stream:
            for index in indices:
                page, number = self._place(index)
                offset, size = page.offsets[number], page.sizes[number]
                content = None
                if offset and size:
                    stream.seek(offset)
                    content = stream.read(size)
                    if len(content) < size:
                        raise FileError(f"{self.path} is cut off: copy it again from its source.")
                encoded.append((content, number, page.options))
        return workers().map(self._decoded, encoded)

    def _place(self, index: Index) -> tuple[_Page, int]:
        leading = len(self.stack)
        page = int(np.ravel_multi_index(index[:leading], self.stack)) if leading else 0
        sample = index[leading] if self.grid[0] > 1 else 0
        row, column = index[leading + (self.grid[0] > 1) :][:2]
        return self.pages[page], (sample * self.grid[1] + row) * self.grid[2] + column

    def _decoded(self, segment: tuple[bytes | None, int, dict[str, Any]]) -> np.ndarray:
        content, number, options = segment
        values, _, shape = self.decode(content, number, **options)
        if values is None:
            values = np.full(shape, self.missing, self.dtype)
        # Some programs cut the tiles at the edge of a picture to what lies inside.
        rows, columns = values.shape[1:3]
        samples = self.chunk[2:] if self.grid[0] == 1 else ()
        planes = [1] * (len(self.stack) + (self.grid[0] > 1))
        return np.asarray(values).reshape(*planes, rows, columns, *samples)
