"""The holes of a picture: connected pieces of its damage, whatever their labels, each by its name.

What is measured, judged, chosen or noted of a hole is told of by where the hole begins: the first
of its pixels in reading order, as index into the picture without channels.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.marking.components import LabelRuns
from napari_relic_inpaint.picture.picture import Area

Position = tuple[int, ...]
"""Index of a pixel: the plane's, then row and column."""


@dataclass(frozen=True)
class Hole:
    """A connected piece of damage; pixels that touch at a side or a corner are connected.

    Attributes
    ----------
    position : tuple of int
        Its name: index of its first pixel in reading order, ``(*plane, row, column)``.
    bounds : tuple of slice
        Rows and columns of the smallest rectangle around it.
    pixels : int
        How many it has.
    widest : int
        Diameter in pixels of the largest disk in it that lies in the picture.
    labels : tuple of int
        Labels that it is painted with; the one of most pixels comes first.
    """

    position: Position
    bounds: Area
    pixels: int
    widest: int
    labels: tuple[int, ...]

    @property
    def plane(self) -> tuple[int, ...]:
        """Index of its plane; ``()`` in a single picture."""
        return self.position[:-2]

    @property
    def middle(self) -> tuple[float, float]:
        """Row and column of the middle of its rectangle, where a viewer should look."""
        rows, columns = self.bounds
        return (rows.start + rows.stop - 1) / 2, (columns.start + columns.stop - 1) / 2


class Holes(Sequence[Hole]):
    """The holes of all planes, plane by plane and in reading order.

    Parameters
    ----------
    shape : (int, int)
        Height and width of a plane.
    planes : sequence of PlaneHoles
        What was found on each.
    """

    def __init__(self, shape: tuple[int, int], planes: Sequence[PlaneHoles]) -> None:
        self.shape = shape
        self._planes = {each.index: each for each in planes}
        self._holes = [hole for each in planes for hole in each.holes]
        self._first: dict[tuple[int, ...], int] = {}
        count = 0
        for each in planes:
            self._first[each.index] = count
            count += len(each.holes)

    def __len__(self) -> int:
        return len(self._holes)

    @overload
    def __getitem__(self, index: int) -> Hole: ...

    @overload
    def __getitem__(self, index: slice) -> list[Hole]: ...

    def __getitem__(self, index: int | slice) -> Hole | list[Hole]:
        return self._holes[index]

    def __iter__(self) -> Iterator[Hole]:
        return iter(self._holes)

    def hole_at(self, position: Sequence[int]) -> Hole | None:
        """Return the hole that a pixel belongs to, given as ``(*plane, row, column)``.

        None where nothing is damaged, and outside the picture.
        """
        *plane, row, column = (int(part) for part in position)
        height, width = self.shape
        index = tuple(plane)
        if index not in self._planes or not (0 <= row < height and 0 <= column < width):
            return None
        number = int(self.numbers(index, np.array([row * width + column]))[0])
        return None if number < 0 else self._holes[number]

    def numbers(
        self, plane: tuple[int, ...], positions: NDArray[np.integer[Any]]
    ) -> NDArray[np.int64]:
        """Return which hole each of some pixels belongs to, ``(N,)``, by its number in here.

        Parameters
        ----------
        plane : tuple of int
            Index of the plane.
        positions : (N,) array of int
            Indices into the flattened plane.

        Returns
        -------
        (N,) array of int
            -1 where nothing is damaged.
        """
        found = self._planes[plane].numbers(positions, self.shape[1])
        return np.where(found < 0, -1, found + self._first[plane])


@dataclass(frozen=True)
class PlaneHoles:
    """The holes of one plane, and which of its runs of damaged pixels each is made of.

    Attributes
    ----------
    index : tuple of int
        Of the plane.
    holes : tuple of Hole
        In reading order.
    runs : LabelRuns
        Of the plane.
    of_run : (R,) array of int
        Number of the hole of each run.
    """

    index: tuple[int, ...]
    holes: tuple[Hole, ...]
    runs: LabelRuns
    of_run: NDArray[np.int64]

    def numbers(self, positions: NDArray[np.integer[Any]], width: int) -> NDArray[np.int64]:
        """Return the hole of each of some pixels of the flattened plane, -1 for none."""
        rows, columns = np.divmod(positions.astype(np.int64), width)
        places = rows * self.runs.step + columns
        run = np.searchsorted(self.runs.start, places, "right") - 1
        if not len(self.of_run):
            return np.full(len(places), -1, np.int64)
        inside = (run >= 0) & (places < self.runs.stop[np.maximum(run, 0)])
        return np.where(inside, self.of_run[np.maximum(run, 0)], -1)
