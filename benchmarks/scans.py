"""Scans of any size, and damage on them: what the benchmarks of large pictures restore.

A scan is the fresco sample, mirrored into all directions and made anew wherever it is read, so that
reading costs about what it costs from a file and no copy lies in memory.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from napari_relic_inpaint import samples
from napari_relic_inpaint.opencv import cv2

SIZES = (1, 4, 16, 64, 256)
SURROUNDINGS = (4, 16, 64, 256)
DAMAGED = 0.01
DIAMETER = 100
"""Of the round losses in pictures of growing size."""

COMPONENTS = (1, 10, 100, 1_000, 10_000, 100_000)
COMPONENTS_SIDE = 3500
COMPONENTS_SHARE = 0.2

NUMBERS = {"sizes": SIZES, "surroundings": SURROUNDINGS, "components": COMPONENTS}


class Scan:
    """A fresco of any size, uint8 RGB, made when it is read."""

    def __init__(self, side: int) -> None:
        fresco = samples.load("fresco").reference
        self._tile = np.concatenate([fresco, fresco[::-1]])
        self._tile = np.concatenate([self._tile, self._tile[:, ::-1]], axis=1)
        self.shape, self.dtype, self.ndim = (side, side, 3), np.dtype(np.uint8), 3

    def __getitem__(self, key: tuple[slice, slice]) -> np.ndarray:
        rows, columns = (
            np.arange(part.start, part.stop) % length
            for part, length in zip(key, self._tile.shape[:2], strict=False)
        )
        return self._tile[np.ix_(rows, columns)]

    def whole(self) -> np.ndarray:
        """Return all of it as an array."""
        everything = slice(0, self.shape[0]), slice(0, self.shape[1])
        return self[everything]


@dataclass(frozen=True)
class Case:
    """One scan and its damage.

    Attributes
    ----------
    experiment : {"sizes", "surroundings", "components"}
    number : int
        Megapixels, or pieces.
    """

    experiment: str
    number: int

    @property
    def side(self) -> int:
        """Side of the scan in pixels."""
        if self.experiment == "components":
            return COMPONENTS_SIDE
        return round(1000 * self.number**0.5)

    def mask(self) -> np.ndarray:
        """Draw the damage, ``(side, side)`` of uint8."""
        if self.experiment == "components":
            return squares(self.side, self.number)
        megapixels = SURROUNDINGS[0] if self.experiment == "surroundings" else self.number
        return losses(self.side, round(DAMAGED * megapixels * 1e6))


def losses(side: int, damaged: int, diameter: int = DIAMETER) -> np.ndarray:
    """Draw round losses all over a scan until as many pixels are damaged."""
    mask = np.zeros((side, side), np.uint8)
    rng = np.random.default_rng(0)
    while damaged > 0:
        left, top = (int(n) for n in rng.integers(0, side - diameter, 2))
        place = mask[top : top + diameter, left : left + diameter]
        damaged += np.count_nonzero(place)
        cv2.circle(place, (diameter // 2, diameter // 2), diameter // 2 - 1, 1, -1)
        damaged -= np.count_nonzero(place)
    return mask


def squares(side: int, count: int) -> np.ndarray:
    """Draw a number of equal squares, each somewhere in a cell of its own."""
    mask = np.zeros((side, side), np.uint8)
    length = round(side * (COMPONENTS_SHARE / count) ** 0.5)
    cells = int(np.ceil(count**0.5))
    pitch = side // cells
    rng = np.random.default_rng(0)
    for number in range(count):
        top, left = (
            part * pitch + int(rng.integers(0, max(pitch - length - 1, 1)))
            for part in divmod(number, cells)
        )
        mask[top : top + length, left : left + length] = 1
    return mask
