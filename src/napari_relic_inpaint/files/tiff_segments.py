"""Puts pixels, band by band, into a TIFF that has its directories already.

tifffile writes a picture in one go, from an iterator that it pulls. A long write has to give
control back between two bands, so here it only writes the directories.
"""

from collections.abc import Generator
from functools import partial
from typing import Any, BinaryIO

import numpy as np
import tifffile

from napari_relic_inpaint.files.chunks import workers
from napari_relic_inpaint.files.metadata import TiffCopy
from napari_relic_inpaint.files.streaming import Band, OutgoingPicture
from napari_relic_inpaint.files.tiff_levels import Level, SourcePixels, changed_pixels
from napari_relic_inpaint.steps import Step

_PACKBITS = 32773
_OFFSETS = {True: 324, False: 273}
_SIZES = {True: 325, False: 279}


def fill_pages(
    stream: BinaryIO,
    picture: OutgoingPicture,
    copies: list[TiffCopy],
    source: SourcePixels | None,
    *,
    nested: bool,
) -> Generator[Step, None, None]:
    """Write the pixels of a picture, and those of its smaller copies.

    Parameters
    ----------
    stream : binary file
        A TIFF with one page for each plane of the picture, and for each smaller copy of it, whose
        pixels have their places if they are in strips that are not compressed, and are missing
        otherwise; open for reading and writing.
    picture : OutgoingPicture
        What to write.
    copies : list of TiffCopy
        The picture and its smaller copies, each smaller than the one before.
    source : SourcePixels, optional
        The picture as it was: its smaller copies stay where nothing below them has changed.
    nested : bool
        Whether the pages of smaller copies lie below that of the picture, or follow.

    Yields
    ------
    Step
        After each band.
    """
    stream.seek(0)
    planes = picture.planes
    with tifffile.TiffFile(stream) as tif:
        for number, plane in enumerate(planes):
            page = tif.pages[number]
            smaller = [
                page.pages[n - 1] if nested else tif.pages[len(planes) * n + number]
                for n in range(1, len(copies))
            ]
            targets = [_Target(stream, page) for page in (page, *smaller)]
            level = _smaller(copies, targets, plane, source)
            for band in picture.bands(plane, targets[0].rows):
                targets[0].write(band.rows.start, band.values)
                if level is not None:
                    level.add(band.values, _changed(band, plane, source))
                yield band.step
            for target in targets:
                target.finish()


def _smaller(
    copies: list[TiffCopy],
    targets: list["_Target"],
    plane: tuple[int, ...],
    source: SourcePixels | None,
) -> Level | None:
    """Return the first of the smaller copies, which makes the next."""
    level = None
    for n in range(len(targets) - 1, 0, -1):
        read = partial(_read, source.copies[n - 1], plane) if source is not None else None
        sizes = copies[n - 1].size, copies[n].size
        level = Level(targets[n].write, targets[n].rows, *sizes, read, level)
    return level


def _read(data: Any, plane: tuple[int, ...], rows: slice) -> np.ndarray:
    return np.asarray(data[(*plane, rows)])


def _changed(band: Band, plane: tuple[int, ...], source: SourcePixels | None) -> np.ndarray:
    if source is None:
        return np.ones(band.values.shape[:2], bool)
    return changed_pixels(band.values, _read(source.picture, plane, band.rows))


class _Target:
    """A page that is written row by row, from its first to its last.

    Attributes
    ----------
    rows : int
        `write` takes a multiple of this many rows, but at the end.
    """

    def __init__(self, stream: BinaryIO, page: Any) -> None:
        placed = page.compression == 1 and not page.is_tiled
        self._page = _Uncompressed(stream, page) if placed else _Segments(stream, page)
        self._planar = page.planarconfig == tifffile.PLANARCONFIG.SEPARATE
        self.rows = self._page.rows

    def write(self, top: int, values: np.ndarray) -> None:
        """Write rows from `top` on, (h, W) or (h, W, C)."""
        if values.ndim == 2:
            values = values[..., None]
        samples = np.split(values, values.shape[-1], axis=-1) if self._planar else [values]
        for sample, part in enumerate(samples):
            self._page.write(sample, top, part)

    def finish(self) -> None:
        """Let the page know where its pixels are."""
        self._page.finish()


class _Uncompressed:
    """A page whose pixels lie in one piece, or one for each sample."""

    rows = 1

    def __init__(self, stream: BinaryIO, page: Any) -> None:
        self._stream = stream
        self._offsets = page.dataoffsets
        self._dtype = page.dtype.newbyteorder(page.parent.byteorder)

    def write(self, sample: int, top: int, values: np.ndarray) -> None:
        values = np.ascontiguousarray(values, self._dtype)
        self._stream.seek(self._offsets[sample] + top * values[0].nbytes)
        self._stream.write(values.data)

    def finish(self) -> None:
        """Nothing is left to do: the directory knew the places from the beginning."""


class _Segments:
    """A page of tiles or compressed strips, appended to the file one by one."""

    def __init__(self, stream: BinaryIO, page: Any) -> None:
        self._stream = stream
        self._page = page
        self._tiled = page.is_tiled
        self.rows = page.tilelength if self._tiled else page.rowsperstrip
        self._columns = page.tilewidth if self._tiled else page.imagewidth
        self._across = -(-page.imagewidth // self._columns)
        self._down = -(-page.imagelength // self.rows)
        self._dtype = page.dtype.newbyteorder(page.parent.byteorder)
        self._offsets = [0] * len(page.dataoffsets)
        self._sizes = [0] * len(page.dataoffsets)

    def write(self, sample: int, top: int, values: np.ndarray) -> None:
        height, width = values.shape[:2]
        segments = [
            values[row : row + self.rows, column : column + self._columns]
            for row in range(0, height, self.rows)
            for column in range(0, width, self._columns)
        ]
        first = (sample * self._down + top // self.rows) * self._across
        for number, encoded in enumerate(workers().map(self._encode, segments), first):
            self._offsets[number] = self._stream.seek(0, 2)
            self._sizes[number] = len(encoded)
            self._stream.write(encoded)

    def finish(self) -> None:
        self._page.tags[_OFFSETS[self._tiled]].overwrite(self._offsets)
        self._page.tags[_SIZES[self._tiled]].overwrite(self._sizes)

    def _encode(self, segment: np.ndarray) -> bytes:
        missing = self.rows - segment.shape[0], self._columns - segment.shape[1]
        if self._tiled and any(missing):
            segment = np.pad(segment, ((0, missing[0]), (0, missing[1]), (0, 0)), mode="edge")
        segment = np.ascontiguousarray(segment, self._dtype)
        if self._page.predictor != 1:
            segment = tifffile.TIFF.PREDICTORS[self._page.predictor](segment, axis=-2)
        if self._page.compression == 1:
            return segment.tobytes()
        compress = tifffile.TIFF.COMPRESSORS[self._page.compression]
        encoded: bytes = (
            compress(segment, axis=-2) if self._page.compression == _PACKBITS else compress(segment)
        )
        return encoded
