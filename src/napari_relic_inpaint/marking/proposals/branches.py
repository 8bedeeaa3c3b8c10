"""Centrelines of a whole plane as a graph: branches between crossings, and what they look like."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from napari_relic_inpaint.marking.proposals.lines import LOOKS
from napari_relic_inpaint.marking.proposals.ridges import ANGLES

FEATURES = (
    "log length",
    "log contrast",
    "log contrast above noise",
    "unlike sides",
    "other hue",
    "log width",
    "uneven width",
    "uneven contrast",
    "turns",
    "straight",
    "free ends",
    "closed",
    "lightness of sides",
    "other fields",
    "log lines around",
)
"""What a branch is judged by, see `Branches.features`."""


@dataclass(frozen=True)
class Graph:
    """Pixels that touch, as a graph.

    Attributes
    ----------
    one, other : (e,) arrays of int
        Numbers of the two pixels of each link.
    length : (e,) array of float
        1 or the square root of 2.
    count : int
        Of pixels.
    """

    one: NDArray[np.intp]
    other: NDArray[np.intp]
    length: NDArray[np.float64]
    count: int

    @classmethod
    def of(cls, rows: NDArray[np.integer], columns: NDArray[np.integer]) -> Graph:
        """Link pixels, given in reading order, to their neighbours; corners are cut only once.

        Two pixels that touch at a corner are linked unless they have a neighbour in common that
        touches both at a side: each staircase would be full of crossings.
        """
        width = int(columns.max(initial=0)) + 3
        # With a column to spare at both sides, no neighbour is on another row by accident.
        positions = rows.astype(np.int64) * width + columns + 1

        def at(step: int) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
            number = np.searchsorted(positions, positions + step)
            found = number < len(positions)
            found[found] = positions[number[found]] == positions[found] + step
            return number, found

        right, has_right = at(1)
        below, has_below = at(width)
        down_right, has_down_right = at(width + 1)
        down_left, has_down_left = at(width - 1)
        has_left = at(-1)[1]
        everyone = np.arange(len(positions))
        links = [
            (right, has_right, 1.0),
            (below, has_below, 1.0),
            (down_right, has_down_right & ~has_right & ~has_below, np.sqrt(2)),
            (down_left, has_down_left & ~has_left & ~has_below, np.sqrt(2)),
        ]
        return cls(
            np.concatenate([everyone[has] for _, has, _ in links]),
            np.concatenate([number[has] for number, has, _ in links]),
            np.concatenate([np.full(np.count_nonzero(has), length) for _, has, length in links]),
            len(positions),
        )

    def without(self, links: NDArray[np.bool_]) -> Graph:
        """Return the graph without some of its links, ``(e,)``."""
        return Graph(self.one[~links], self.other[~links], self.length[~links], self.count)

    @property
    def degree(self) -> NDArray[np.intp]:
        """Number of links of each pixel."""
        return np.bincount(np.concatenate((self.one, self.other)), minlength=self.count)

    def connected(self) -> tuple[int, NDArray[np.intp]]:
        """Return how many connected parts there are, and the number of that of each pixel.

        Parts are numbered by the first of their pixels.
        """
        if not self.count:
            return 0, np.zeros(0, np.intp)
        links = coo_array((np.ones(len(self.one), bool), (self.one, self.other)), (self.count,) * 2)
        count, part = connected_components(links, directed=False)
        _, first = np.unique(part, return_index=True)
        number = np.empty(count, np.intp)
        number[np.argsort(first)] = np.arange(count)
        return int(count), number[part]


class Branches:
    """Centrelines cut where they cross.

    Parameters
    ----------
    rows, columns : (n,) arrays of int
        Pixels of all centrelines of a plane, in reading order.
    looks : (n, 8) array
        What each looks like, see `LOOKS`.

    Attributes
    ----------
    graph : Graph
        The centrelines as they are.
    branch : (n,) array of int
        Number of each pixel's branch; that of a crossing is one of its own.
    count : int
        Of branches.
    lengths : (count,) array of float
        In pixels.
    """

    def __init__(
        self, rows: NDArray[np.integer], columns: NDArray[np.integer], looks: NDArray[np.float32]
    ) -> None:
        self._rows, self._columns, self._looks = rows, columns, looks
        self.graph = Graph.of(rows, columns)
        crossing = self.graph.degree > 2
        self._cut = self.graph.without(crossing[self.graph.one] | crossing[self.graph.other])
        self.count, self.branch = self._cut.connected()
        self._links = self.branch[self._cut.one]
        self._pixels = np.maximum(np.bincount(self.branch, minlength=self.count), 1)
        self.lengths = 1 + np.bincount(self._links, self._cut.length, minlength=self.count)

    def mean(self, values: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the mean of a value of the pixels, ``(n,)``, along each branch."""
        return np.bincount(self.branch, values, minlength=self.count) / self._pixels

    def features(self) -> NDArray[np.float64]:
        """Return what each branch looks like, ``(count, len(FEATURES))``."""
        looks = dict(zip(LOOKS, self._looks.T.astype(np.float64), strict=True))
        contrast, width, side = (self.mean(looks[name]) for name in ("contrast", "width", "side"))
        columns = (
            np.log(self.lengths),
            np.log(contrast),
            self.mean(np.log(looks["above_noise"])),
            self.mean(looks["unlike_sides"]),
            self.mean(looks["chroma"]),
            np.log(width),
            self._deviation(looks["width"], width) / width,
            self._deviation(looks["contrast"], contrast) / contrast,
            self._turns(looks["angle"]),
            self._extent() / self.lengths,
            self._free_ends(),
            self._closed(),
            side,
            np.minimum(self._deviation(looks["side"], side) / contrast, 4),
            self.mean(np.log(looks["lines_around"] + 0.1)),
        )
        return np.stack(columns, axis=1)

    def _deviation(
        self, values: NDArray[np.float64], mean: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        return np.sqrt(self.mean((values - mean[self.branch]) ** 2))

    def _turns(self, angle: NDArray[np.float64]) -> NDArray[np.float64]:
        """Mean turn from each pixel to the next, in radians."""
        turn = np.abs(angle[self._cut.one] - angle[self._cut.other])
        turn = np.minimum(turn, ANGLES - turn) * np.pi / ANGLES
        total = np.bincount(self._links, turn, minlength=self.count)
        return total / np.maximum(np.bincount(self._links, minlength=self.count), 1)

    def _extent(self) -> NDArray[np.float64]:
        """Diagonal of the smallest rectangle around each branch."""
        sides = []
        for place in (self._rows, self._columns):
            low, high = np.full(self.count, np.inf), np.full(self.count, -np.inf)
            np.minimum.at(low, self.branch, place)
            np.maximum.at(high, self.branch, place)
            sides.append(high - low)
        return 1 + np.hypot(*sides)

    def _free_ends(self) -> NDArray[np.float64]:
        """How many ends of each branch are ends of the line, 0 to 2."""
        ends = self.graph.degree < 2
        return np.minimum(np.bincount(self.branch[ends], minlength=self.count), 2).astype(float)

    def _closed(self) -> NDArray[np.float64]:
        """Whether each branch belongs to lines with more loops than ends: outlines, spirals."""
        count, part = self.graph.connected()
        pixels = np.bincount(part, minlength=count)
        links = np.bincount(part[self.graph.one], minlength=count)
        ends = np.bincount(part[self.graph.degree < 2], minlength=count)
        loops = links - pixels + 1
        closed = (loops > ends).astype(float)
        of_branch = np.zeros(self.count)
        of_branch[self.branch] = closed[part]
        return of_branch
