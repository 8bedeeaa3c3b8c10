"""What is proposed: pieces, each with a score, as runs of pixels: scans fit in memory."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.picture.bitmap import Bitmap
from napari_relic_inpaint.picture.lazy_planes import LazyPlanes
from napari_relic_inpaint.picture.picture import Area
from napari_relic_inpaint.picture.tiles import bands


@dataclass(frozen=True)
class PixelRuns:
    """Pixels side by side in a row, in reading order.

    Attributes
    ----------
    rows, starts, stops : (n,) arrays of int
        Row of each run, its first column, and the one after its last.
    """

    rows: NDArray[np.int64]
    starts: NDArray[np.int64]
    stops: NDArray[np.int64]

    @classmethod
    def of(cls, mask: NDArray[np.bool_], top: int = 0) -> PixelRuns:
        """Return the runs of a mask ``(h, W)`` whose first row is `top`."""
        change = np.diff(np.pad(mask.astype(np.int8), ((0, 0), (1, 1))), axis=1)
        rows, starts = np.nonzero(change == 1)
        return cls(rows + top, starts, np.nonzero(change == -1)[1])

    @classmethod
    def of_bitmap(cls, bitmap: Bitmap) -> PixelRuns:
        """Return the runs of a whole plane."""
        height, width = bitmap.shape
        return cls.joined(
            [cls.of(bitmap[rows, slice(0, width)], rows.start) for rows in bands(height, width)]
        )

    @classmethod
    def joined(cls, parts: list[PixelRuns]) -> PixelRuns:
        """Return runs that follow each other as one."""
        if not parts:
            nothing = np.zeros(0, np.int64)
            return cls(nothing, nothing, nothing)
        return cls(*(np.concatenate(each) for each in zip(*map(_fields, parts), strict=True)))

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, which: Any) -> PixelRuns:
        return PixelRuns(*(each[which] for each in _fields(self)))

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Pixels of each run."""
        return self.stops - self.starts

    def pixels(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return rows and columns of all pixels."""
        lengths = self.lengths
        before = np.cumsum(lengths) - lengths
        columns = np.arange(lengths.sum()) + np.repeat(self.starts - before, lengths)
        return np.repeat(self.rows, lengths), columns


def _fields(runs: PixelRuns) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    return runs.rows, runs.starts, runs.stops


@dataclass(frozen=True)
class PlanePieces:
    """The pieces of one plane.

    Attributes
    ----------
    runs : PixelRuns
        Their pixels; runs do not overlap.
    pieces : (n,) array of int
        Number of the piece of each run, from 0 on.
    scores : (count,) array of float
        How much each piece looks like damage, 0 to 1.
    """

    runs: PixelRuns
    pieces: NDArray[np.int64]
    scores: NDArray[np.float64]


class Proposals(LazyPlanes):
    """Proposed damage, in pieces that can be taken or left one by one.

    It is an array of labels ``(..., H, W)`` that is put together when it is read: 0 where nothing
    is proposed, else the number of the piece, from 1 on, in the smallest type that has room.

    Parameters
    ----------
    shape : tuple of int
        ``(..., H, W)``.
    planes : dict of tuple to PlanePieces
        The pieces of each plane that has some, by the plane's index.

    Attributes
    ----------
    scores : (count,) array of float
        How much each piece looks like damage, 0 to 1; that of piece 1 comes first.
    sizes : (count,) array of int
        Pixels of each piece.
    """

    def __init__(self, shape: tuple[int, ...], planes: dict[tuple[int, ...], PlanePieces]) -> None:
        self.shape = shape
        self._axes = 2
        self._planes: dict[tuple[int, ...], tuple[PixelRuns, NDArray[np.int64]]] = {}
        scores, sizes, first = [np.zeros(0)], [np.zeros(0, np.int64)], 1
        for index, plane in planes.items():
            count = len(plane.scores)
            self._planes[index] = plane.runs, plane.pieces + first
            scores.append(plane.scores)
            sizes.append(_totals(plane.pieces, plane.runs.lengths, count))
            first += count
        self.scores: NDArray[np.float64] = np.concatenate(scores)
        self.sizes: NDArray[np.int64] = np.concatenate(sizes)
        # Shown, a scan has one number a pixel in memory: no larger than the numbers need.
        self.dtype = np.min_scalar_type(self.count)

    @property
    def count(self) -> int:
        """Number of pieces."""
        return len(self.scores)

    @property
    def pixels(self) -> int:
        """Number of proposed pixels."""
        return int(self.sizes.sum())

    def indices(self, pieces: Collection[int] | None = None) -> tuple[NDArray[np.int64], ...]:
        """Return the pixels of some pieces, as an index into an array of `shape`.

        Parameters
        ----------
        pieces : collection of int, optional
            Numbers from 1 on; by default all.
        """
        parts = [
            (index, *self._chosen(runs, numbers, pieces).pixels())
            for index, (runs, numbers) in self._planes.items()
        ]
        axes = [
            np.concatenate([np.full(len(rows), index[axis]) for index, rows, _ in parts])
            if parts
            else np.zeros(0, np.int64)
            for axis in range(len(self.shape) - 2)
        ]
        rows, columns = (
            np.concatenate([part[place] for part in parts]) if parts else np.zeros(0, np.int64)
            for place in (1, 2)
        )
        return (*axes, rows, columns)

    def numbers(self) -> NDArray[np.int64]:
        """Return the number of the piece of each pixel, in the order of `indices`."""
        parts = [np.repeat(numbers, runs.lengths) for runs, numbers in self._planes.values()]
        return np.concatenate(parts) if parts else np.zeros(0, np.int64)

    @staticmethod
    def _chosen(
        runs: PixelRuns, numbers: NDArray[np.int64], pieces: Collection[int] | None
    ) -> PixelRuns:
        return runs if pieces is None else runs[np.isin(numbers, list(pieces))]

    def _read(self, index: tuple[int, ...], area: Area) -> NDArray[np.unsignedinteger]:
        rows, columns = area
        labels = np.zeros((rows.stop - rows.start, columns.stop - columns.start), self.dtype)
        if index not in self._planes:
            return labels
        runs, numbers = self._planes[index]
        part = slice(*np.searchsorted(runs.rows, [rows.start, rows.stop]))
        runs, numbers = runs[part], numbers[part]
        inside = PixelRuns(
            runs.rows - rows.start,
            np.maximum(runs.starts, columns.start) - columns.start,
            np.minimum(runs.stops, columns.stop) - columns.start,
        )
        there = inside.lengths > 0
        inside = inside[there]
        labels[inside.pixels()] = np.repeat(numbers[there], inside.lengths)
        return labels


def _totals(numbers: NDArray[np.int64], values: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    return np.bincount(numbers, values, minlength=count).astype(np.int64)
