"""Puts pixels, band by band, into a TIFF that has its directories already.

tifffile writes a picture in one go, from an iterator that it pulls. A long write has to give
control back between two bands, so here it only writes the directories.
"""

from collections.abc import Generator
from typing import Any, BinaryIO

import numpy as np
import tifffile

from napari_relic_inpaint.files.chunks import workers
from napari_relic_inpaint.files.streaming import OutgoingPicture
from napari_relic_inpaint.steps import Step

_PACKBITS = 32773
_OFFSETS = {True: 324, False: 273}
_SIZES = {True: 325, False: 279}


def fill_pages(stream: BinaryIO, picture: OutgoingPicture) -> Generator[Step, None, None]:
    """Write the pixels of a picture.

    Parameters
    ----------
    stream : binary file
        A TIFF with one page for each plane of the picture, whose pixels have their places if they
        are not compressed, and are missing otherwise; open for reading and writing.
    picture : OutgoingPicture
        What to write.

    Yields
    ------
    Step
        After each band.
    """
    stream.seek(0)
    with tifffile.TiffFile(stream) as tif:
        for number, plane in enumerate(picture.planes):
            page = tif.pages[number]
            target = _Uncompressed(stream, page) if page.compression == 1 else _Page(stream, page)
            for band in picture.bands(plane, target.rows):
                values = band.values if picture.rgb else band.values[..., None]
                if page.planarconfig == tifffile.PLANARCONFIG.SEPARATE:
                    samples = [values[..., n, None] for n in range(picture.channels)]
                else:
                    samples = [values]
                for sample, part in enumerate(samples):
                    target.write(sample, band.rows.start, part)
                yield band.step
            target.finish()


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


class _Page:
    """A page of compressed tiles or strips, appended to the file one by one."""

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
        compress = tifffile.TIFF.COMPRESSORS[self._page.compression]
        encoded: bytes = (
            compress(segment, axis=-2) if self._page.compression == _PACKBITS else compress(segment)
        )
        return encoded
