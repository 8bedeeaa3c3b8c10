"""Where every pixel of a fill came from, and how sure that is: maps that are read by rectangles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.detail.search import Field
from napari_relic_inpaint.picture.hole import HolePixels
from napari_relic_inpaint.picture.lazy_planes import LazyPlanes
from napari_relic_inpaint.picture.picture import Area, Picture

NOWHERE = -1
"""Row, column and mirroring of what was not copied from anywhere."""

SOURCES_CHANNELS = "row", "column", "mirrored"
"""What the last axis of `SourceMaps` holds."""


@dataclass(frozen=True)
class PlaneSources:
    """Sources of the hole pixels of one plane.

    Attributes
    ----------
    pixels : HolePixels
        The hole.
    sources : (N, 3) array of int32
        Row and column of the pixel that each was copied from, and 1 if mirrored left to right;
        `NOWHERE` where it was painted.
    confidence : (N,) array of float32
        How well the source suits, 0 to 1; 0 where it was painted.
    """

    pixels: HolePixels
    sources: Field
    confidence: NDArray[np.float32]

    @classmethod
    def none(cls, pixels: HolePixels) -> PlaneSources:
        """Return the sources of a hole that was painted."""
        sources = np.full((len(pixels), 3), NOWHERE, np.int32)
        return cls(pixels, sources, np.zeros(len(pixels), np.float32))


class _Maps(LazyPlanes):
    def __init__(self, picture: Picture) -> None:
        self._planes: dict[tuple[int, ...], PlaneSources] = {}
        self.shape = (*picture.stack, *picture.shape)

    def add(self, index: tuple[int, ...], sources: PlaneSources) -> None:
        """Add the sources of a plane."""
        self._planes[index] = sources


class SourceMaps(_Maps):
    """Where each pixel was copied from: int32, ``(..., H, W, 3)``.

    Row, column, and 1 if it was mirrored left to right; -1 for what is known or was painted.

    Parameters
    ----------
    picture : Picture
        The picture they belong to.
    """

    def __init__(self, picture: Picture) -> None:
        super().__init__(picture)
        self.shape = (*self.shape, 3)
        self.dtype = np.dtype(np.int32)
        self._axes = 3

    def _read(self, index: tuple[int, ...], area: Area) -> NDArray[Any]:
        shape = [part.stop - part.start for part in area]
        values = np.full((*shape, 3), NOWHERE, np.int32)
        if index in self._planes:
            plane = self._planes[index]
            mask, numbers = plane.pixels.numbers(area)
            values[mask] = plane.sources[numbers]
        return values

    def source_at(
        self, index: tuple[int, ...], row: int, column: int
    ) -> tuple[int, int, bool] | None:
        """Return where a pixel was copied from, and whether mirrored; None if it was not."""
        found = self[(*index, slice(row, row + 1), slice(column, column + 1))].ravel()
        return None if found[0] == NOWHERE else (int(found[0]), int(found[1]), bool(found[2]))


class ConfidenceMaps(_Maps):
    """How sure each pixel is: float32, ``(..., H, W)``.

    1 for what is known, 0 for what was painted, and for what was copied how well its source suits.

    Parameters
    ----------
    picture : Picture
        The picture they belong to.
    """

    def __init__(self, picture: Picture) -> None:
        super().__init__(picture)
        self.dtype = np.dtype(np.float32)
        self._axes = 2

    def _read(self, index: tuple[int, ...], area: Area) -> NDArray[Any]:
        values = np.ones([part.stop - part.start for part in area], np.float32)
        if index in self._planes:
            plane = self._planes[index]
            mask, numbers = plane.pixels.numbers(area)
            values[mask] = plane.confidence[numbers]
        return values
