"""Connected pieces of damage, from runs of pixels along rows: a scan need not be in memory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

_AT_ONCE = 1 << 20


@dataclass(frozen=True)
class LabelRuns:
    """Pixels of a plane as runs along its rows, in reading order; what is intact has none.

    Attributes
    ----------
    start, stop : (R,) arrays of int
        Of the flattened plane, each row of which is followed by an intact column.
    label : (R,) array of int
        What each run is.
    step : int
        From a pixel to the one below it.
    """

    start: NDArray[np.int64]
    stop: NDArray[np.int64]
    label: NDArray[np.int64]
    step: int

    @classmethod
    def of(cls, labels: NDArray[np.integer], top: int = 0) -> LabelRuns:
        """Return the runs of rows ``(h, W)``, the first of which is row `top` of the plane."""
        height, width = labels.shape
        framed = np.zeros((height, width + 1), labels.dtype)
        framed[:, :width] = labels
        flat = framed.reshape(-1)
        borders = np.flatnonzero(flat[1:] != flat[:-1]) + 1
        start = np.concatenate((np.zeros(1, np.int64), borders))
        stop = np.append(borders, flat.size)
        label = flat[start].astype(np.int64)
        damaged = label != 0
        offset = top * (width + 1)
        return cls(start[damaged] + offset, stop[damaged] + offset, label[damaged], width + 1)

    @classmethod
    def joined(cls, parts: list[LabelRuns]) -> LabelRuns:
        """Return the runs of parts of a plane that follow each other, at least one."""
        start, stop, label = (
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("start", "stop", "label")
        )
        return cls(start, stop, label, parts[0].step)

    @property
    def pixels(self) -> NDArray[np.int64]:
        """Pixels of each run."""
        return self.stop - self.start

    def touching(self, other: LabelRuns, shift: int, reach: int) -> NDArray[np.int64]:
        """Return pairs of a run here and one of another plane that are of the same label.

        Parameters
        ----------
        other : LabelRuns
            Of a plane of the same size.
        shift : int
            Where pixels of `other` are compared with pixels here.
        reach : int
            Pixels by which they may lie apart along the row: 0 finds those that overlap.

        Returns
        -------
        (N, 2) array of int
            Indices of a run here and one of `other`.
        """
        found = [np.zeros((0, 2), np.int64)]
        for begin in range(0, len(self.start), _AT_ONCE):
            part = slice(begin, begin + _AT_ONCE)
            start, stop = self.start[part] + (shift - reach), self.stop[part] + (shift + reach)
            first = np.searchsorted(other.stop, start, "right")
            count = np.searchsorted(other.start, stop, "left") - first
            here = np.repeat(np.arange(len(start)), count)
            ends = np.cumsum(count)
            there = np.arange(len(here)) + np.repeat(first - ends + count, count)
            same = self.label[part][here] == other.label[there]
            found.append(np.stack((here[same] + begin, there[same]), axis=1))
        return np.concatenate(found)


@dataclass(frozen=True)
class Pieces:
    """The connected pieces of a plane; pixels of a label are connected at sides and corners.

    Attributes
    ----------
    label, pixels : (P,) arrays of int
        What each piece is, and how large.
    of_run : (R,) array of int
        Which piece each run belongs to.
    """

    label: NDArray[np.int64]
    pixels: NDArray[np.int64]
    of_run: NDArray[np.int64]

    @classmethod
    def of(cls, runs: LabelRuns) -> Pieces:
        """Return the pieces that runs make."""
        count, of_run = grouped(len(runs.start), runs.touching(runs, -runs.step, 1))
        label = np.zeros(count, np.int64)
        label[of_run] = runs.label
        pixels = np.bincount(of_run, runs.pixels, count).astype(np.int64)
        return cls(label, pixels, of_run)


def grouped(count: int, pairs: NDArray[np.int64]) -> tuple[int, NDArray[np.int64]]:
    """Return into how many groups pairs join things, and the group of each."""
    if not count:
        return 0, np.zeros(0, np.int64)
    links = sparse.coo_matrix(
        (np.ones(len(pairs), bool), (pairs[:, 0], pairs[:, 1])), (count, count)
    )
    groups, group = sparse.csgraph.connected_components(links, directed=False)
    return int(groups), group.astype(np.int64)
