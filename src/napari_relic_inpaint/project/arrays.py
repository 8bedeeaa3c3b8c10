"""Arrays in a project: TIFFs whose pages are their planes, written and read in parts."""

from __future__ import annotations

from collections.abc import Generator
from math import prod
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import psutil

from napari_relic_inpaint.errors import FileError
from napari_relic_inpaint.files import tiff, tiff_writer
from napari_relic_inpaint.files.metadata import Metadata
from napari_relic_inpaint.files.reading import reading
from napari_relic_inpaint.files.streaming import OutgoingPicture
from napari_relic_inpaint.picture.lazy_array import Block, LazyArray
from napari_relic_inpaint.picture.tiles import bands
from napari_relic_inpaint.project.description import StoredArray
from napari_relic_inpaint.steps import Step

Planes = list[tuple[int, ...]]


def write_array(stream: BinaryIO, data: Any, *, colour: bool) -> Generator[Step, None, None]:
    """Write an array as a TIFF, band by band.

    Parameters
    ----------
    stream : binary file
        Where to write; open for reading as well.
    data : array-like
        (..., H, W), or (..., H, W, C) with `colour`; integers, floats or bool.
    colour : bool
        Whether the last axis is channels.

    Raises
    ------
    FileError
        If TIFF cannot hold it.
    """
    picture = OutgoingPicture(_Pages(data, colour), rgb=colour)
    tiff_writer.check(picture)
    yield from tiff_writer.write(stream, picture, Metadata())


class _Pages:
    """An array with at most one axis before its planes."""

    def __init__(self, data: Any, colour: bool) -> None:
        self._data = data
        axes = 2 + colour
        shape = tuple(int(n) for n in data.shape)
        self._leading = shape[: len(shape) - axes]
        plane = shape[len(shape) - axes :]
        self.shape = (prod(self._leading), *plane) if self._leading else plane
        self.dtype = np.dtype(data.dtype)

    def __getitem__(self, index: tuple[Any, ...]) -> np.ndarray:
        if not self._leading:
            return np.asarray(self._data[index])
        page, *rest = index
        place = tuple(int(n) for n in np.unravel_index(page, self._leading))
        return np.asarray(self._data[(*place, *rest)])


class ProjectArray(LazyArray):
    """An array of a project that is read when it is sliced.

    Parameters
    ----------
    path : Path
        The TIFF.
    stored : StoredArray
        What it is said to be.

    Attributes
    ----------
    path, stored
        As given: what is saved into the same project again need not be written again.

    Raises
    ------
    FileError
        If the file cannot be read, or is something else.
    """

    def __init__(self, path: Path, stored: StoredArray) -> None:
        self.path, self.stored = path, stored
        self.shape = tuple(stored.shape)
        self.dtype = np.dtype(stored.dtype)
        self._axes = 2 + stored.colour
        self._leading = self.shape[: len(self.shape) - self._axes]
        with reading(path):
            self._pages, colour, _ = tiff.read(path, as_stored=True, lazily=True)
        plane = self.shape[len(self._leading) :]
        kept = np.dtype(np.uint8) if self.dtype == bool else self.dtype
        pages = prod(self._leading)
        # A single page has no axis of pages, nor a single channel one of channels.
        found = (1,) * (not self._has_pages(colour)) + tuple(self._pages.shape)
        found += (1,) * (stored.colour and not colour)
        if found != (pages, *plane) or self._pages.dtype != kept:
            raise FileError(
                f"{path} holds {'x'.join(map(str, self._pages.shape))} values of "
                f"{self._pages.dtype}, the project says "
                f"{'x'.join(map(str, self.shape))} of {stored.dtype}: it is not the file that was "
                "saved."
            )
        self._bare = not self._has_pages(colour)
        self._add_channel = stored.colour and not colour

    def _has_pages(self, colour: bool) -> bool:
        return len(self._pages.shape) - colour > 2

    def read(self, block: Block) -> np.ndarray:
        """Read a block as a new array."""
        leading = len(self._leading)
        stack, area = block[:leading], block[leading:]
        values = np.empty([part.stop - part.start for part in block], self.dtype)
        for place in np.ndindex(*values.shape[:leading]):
            index = tuple(part.start + i for part, i in zip(stack, place, strict=True))
            page = int(np.ravel_multi_index(index, self._leading)) if leading else 0
            part = np.asarray(self._pages[self._index(page, area)])
            if self._add_channel:
                part = part[..., None][..., area[-1]]
            values[place] = part != 0 if self.dtype == bool else part
        return values

    def _index(self, page: int, area: Block) -> tuple[int | slice, ...]:
        inside = area[:-1] if self._add_channel else area
        return inside if self._bare else (page, *inside)


def load(data: LazyArray) -> np.ndarray:
    """Read an array of planes into memory that can be written to; empty parts take none.

    Raises
    ------
    FileError
        If it cannot be read, or does not fit.
    """
    size = f"{' x '.join(map(str, data.shape))} values of {data.dtype}"
    free = psutil.virtual_memory().available
    try:
        whole = np.zeros(data.shape, data.dtype)
    except (MemoryError, ValueError) as error:
        raise FileError(f"{size} do not fit in memory: close other programs.") from error
    *stack, height, width = data.shape
    for place in np.ndindex(*stack):
        for rows in bands(height, width):
            part = data[(*place, rows)]
            # What is not written to is not handed out by the system.
            if part.view(np.uint8).any():
                free -= part.nbytes
                if free < 0:
                    raise FileError(f"{size} do not fit in memory: close other programs.")
                whole[(*place, rows)] = part
    return whole
