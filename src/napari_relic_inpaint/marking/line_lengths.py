"""How long the lines of a class of damage are, and how wide."""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.marking.neighbours import AROUND, codes, ways

_AT_ONCE = 1 << 20

_FORK = 0.8
"""Of the mean width: shorter branches are what thinning makes of the corners at the end of a bar
(root 1/2 of the width) and of rough outlines."""


@dataclass(frozen=True)
class Lines:
    """The lines of a class, after they were thinned to one pixel.

    Attributes
    ----------
    chain : float
        From pixel to pixel, in pixels.
    ends : int
        Ends of lines.
    """

    chain: float = 0.0
    ends: int = 0

    def __add__(self, other: Lines) -> Lines:
        return Lines(self.chain + other.chain, self.ends + other.ends)

    def length(self, area: float) -> float:
        """Return the length of lines that cover an area of so many pixels.

        Thinned lines end half a width before the damage does; with a mean width of
        ``area / length``, the length is the root of ``length^2 - chain length - ends area / 2``.
        """
        return (self.chain + math.sqrt(self.chain**2 + 2 * self.ends * area)) / 2


@dataclass
class LinePlane:
    """The labels of a plane whose lines are measured, gathered band by band.

    Parameters
    ----------
    shape : (int, int)
        Of the plane.
    dtype : numpy.dtype
        Of the labels.
    """

    shape: tuple[int, int]
    dtype: np.dtype
    _plane: NDArray[np.integer] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # A frame of intact pixels, so that every pixel has neighbours.
        self._plane = np.zeros((self.shape[0] + 2, self.shape[1] + 2), self.dtype)

    def add(self, top: int, labels: NDArray[np.integer]) -> None:
        """Add rows ``(h, W)`` from `top` on, 0 where nothing is to be measured."""
        self._plane[top + 1 : top + 1 + len(labels), 1:-1] = labels

    def measure(self) -> Generator[float, None, dict[int, Lines]]:
        """Return the lines of each label; yields how far the work is, 0 to 1."""
        # Numba takes a while to import, and masks of areas do without.
        from napari_relic_inpaint.marking.thinning import prune, thin  # noqa: PLC0415

        plane = self._plane
        labels, counts = _counted(plane)
        gone, pixels = 0, max(int(counts.sum()), 1)
        for number in thin(plane):
            gone += number
            yield gone / pixels
        rough = _lines(plane)
        longest = {
            label: math.ceil(_FORK * area / rough[label].length(area))
            for label, area in zip(labels.tolist(), counts.tolist(), strict=True)
        }
        thinned = np.flatnonzero(plane)
        ends = thinned[_ENDS[codes(plane, thinned)] == 1]
        limits = [longest[label] for label in plane.reshape(-1)[ends].tolist()]
        prune(plane, ends, np.array(limits, np.int64))
        return _lines(plane)


def _counted(plane: NDArray[np.integer]) -> tuple[NDArray[np.integer], NDArray[np.int64]]:
    """Return the labels of a plane but 0, and the pixels of each."""
    if plane.dtype == np.uint8:
        counts = np.zeros(256, np.int64)
        for row in plane:
            counts += np.bincount(row, minlength=256)
        counts[0] = 0
        labels = np.flatnonzero(counts)
        return labels, counts[labels]
    return np.unique(plane[plane != 0], return_counts=True)


def _lines(plane: NDArray[np.integer]) -> dict[int, Lines]:
    """Return the lines of each label of a thinned plane."""
    lines: dict[int, Lines] = {}
    thinned = np.flatnonzero(plane)
    for start in range(0, len(thinned), _AT_ONCE):
        part = thinned[start : start + _AT_ONCE]
        code = codes(plane, part)
        values, place = np.unique(plane.reshape(-1)[part], return_inverse=True)
        chains = np.bincount(place, _CHAIN[code])
        ends = np.bincount(place, _ENDS[code])
        for label, chain, count in zip(values.tolist(), chains, ends, strict=True):
            found = Lines(float(chain), int(count))
            lines[label] = lines.get(label, Lines()) + found
    return lines


def _shares() -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return for each code how much of a chain a pixel stands for, and how many of its ends.

    A pixel in the middle stands for half the way between its two neighbours. Sums of these are off
    by 3 % at most, at whatever angle a line runs; sums of steps of 1 and root 2 by 8 %.
    """
    chain, ends = np.zeros(256), np.zeros(256, np.int64)
    for code in range(256):
        steps = [AROUND[bit] for bit in ways(code)]
        if len(steps) == 2:
            (row, column), (other_row, other_column) = steps
            chain[code] = math.hypot(row - other_row, column - other_column) / 2
        else:
            chain[code] = sum(math.hypot(*step) for step in steps) / 2
        ends[code] = max(2 - len(steps), 0)
    return chain, ends


_CHAIN, _ENDS = _shares()
