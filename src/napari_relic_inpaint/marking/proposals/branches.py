"""Centrelines of a whole plane as a graph, and cut into branches between their crossings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, dijkstra

SPUR = 5
"""Side branches of fewer pixels come from ragged borders: they cut no line in two."""


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
    crossing : (n,) array of bool
        Where three branches or more meet, spurs not counted.
    """

    def __init__(self, rows: NDArray[np.integer], columns: NDArray[np.integer]) -> None:
        self.rows, self.columns = rows, columns
        self.graph = Graph.of(rows, columns)
        self.crossing = self.graph.degree > 2
        self._cut_at(self.graph, self.crossing)
        spurs = self._spurs()
        if spurs.any():
            # A spur is a branch of its own still, but where it sits the line goes on.
            graph = self.graph.without(spurs[self.graph.one] != spurs[self.graph.other])
            self.crossing = graph.degree > 2
            self._cut_at(graph, self.crossing)

    def _cut_at(self, graph: Graph, crossing: NDArray[np.bool_]) -> None:
        self._cut = graph.without(crossing[graph.one] | crossing[graph.other])
        self.count, self.branch = self._cut.connected()
        self.pixels = np.bincount(self.branch, minlength=self.count)
        links = self.branch[self._cut.one]
        self.lengths = 1 + np.bincount(links, self._cut.length, minlength=self.count)

    def _spurs(self) -> NDArray[np.bool_]:
        """Return the pixels of short branches that sit on a crossing and end freely."""
        ends = np.bincount(self.branch[self.graph.degree == 1], minlength=self.count)
        one, other = self.graph.one, self.graph.other
        meets = np.zeros(self.count, bool)
        meets[self.branch[one[self.crossing[other]]]] = True
        meets[self.branch[other[self.crossing[one]]]] = True
        spur = (ends == 1) & meets & (self.pixels < SPUR)
        return spur[self.branch] & ~self.crossing

    def mean(self, values: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the mean of a value of the pixels, ``(n,)``, along each branch."""
        return np.bincount(self.branch, values, minlength=self.count) / self.pixels

    def deviation(self, values: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the standard deviation of a value along each branch."""
        return np.sqrt(self.mean((values - self.mean(values)[self.branch]) ** 2))

    def extents(self) -> NDArray[np.float64]:
        """Return the diagonal of the smallest upright rectangle around each branch."""
        sides = []
        for place in (self.rows, self.columns):
            low, high = np.full(self.count, np.inf), np.full(self.count, -np.inf)
            np.minimum.at(low, self.branch, place)
            np.maximum.at(high, self.branch, place)
            sides.append(high - low)
        return 1 + np.hypot(*sides)

    def free_ends(self) -> NDArray[np.float64]:
        """Return how many ends of each branch are ends of the line, 0 to 2."""
        ends = self.graph.degree < 2
        return np.minimum(np.bincount(self.branch[ends], minlength=self.count), 2).astype(float)

    def rings(self) -> NDArray[np.float64]:
        """Return 1 for each branch that ends where it begins, on its own or at a crossing."""
        links = np.bincount(self.branch[self._cut.one], minlength=self.count)
        closed = (links >= self.pixels) & (self.pixels > 2)
        near = self.extents() < 0.6 * self.lengths
        first, last = self._ends()
        gap = np.hypot(
            self.rows[first].astype(float) - self.rows[last],
            self.columns[first].astype(float) - self.columns[last],
        )
        return (closed | (near & (gap <= 4) & (self.lengths > 12))).astype(float)

    def _ends(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        order, starts = self.order()
        return order[starts], order[starts + self.pixels - 1]

    def order(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return the pixels from one end of each branch to the other, branch by branch.

        Returns
        -------
        order : (n,) array of int
            Numbers of pixels.
        starts : (count,) array of int
            Where each branch begins in it.
        """
        if not hasattr(self, "_order"):
            self._order = self._walked()
        return self._order

    def _walked(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        n = len(self.branch)
        starts = np.cumsum(self.pixels) - self.pixels
        if not n:
            return np.zeros(0, np.intp), starts
        # Each branch from the first of its ends; a ring, which has none, from its first pixel.
        rank = np.where(self._cut.degree < 2, 0, n) + np.arange(n)
        first = np.full(self.count, 2 * n)
        np.minimum.at(first, self.branch, rank)
        one, other = self._cut.one, self._cut.other
        begin = first[self.branch[one]]
        at_begin = np.flatnonzero((begin >= n) & ((one == begin - n) | (other == begin - n)))
        # A ring is cut beside its first pixel, or it would be walked both ways at once.
        _, once = np.unique(self.branch[one[at_begin]], return_index=True)
        kept = np.delete(np.arange(len(one)), at_begin[once])
        source = np.concatenate((one[kept], np.full(self.count, n)))
        target = np.concatenate((other[kept], first % n))
        length = np.concatenate((self._cut.length[kept], np.ones(self.count)))
        links = coo_array((length, (source, target)), (n + 1, n + 1)).tocsr()
        along = dijkstra(links, directed=False, indices=n)[:n]
        return np.lexsort((along, self.branch)), starts
