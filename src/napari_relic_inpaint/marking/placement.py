"""Masks that lie elsewhere than the picture: where they are."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.opencv import cv2

TOLERANCE = 0.05
"""Part of a pixel by which a mask may be off and still counts as lying on the picture's pixels."""

NOTHING, ROUNDING = 0.5, 1e-6
"""Pixels, and share of the smaller of picture and mask, below which an overlap is the rounding of a
common border."""


@dataclass(frozen=True)
class Section:
    """Where a plane of the picture meets a mask.

    Attributes
    ----------
    fixed : dict of int to int
        Index along each axis of the mask that runs across the plane.
    linear, offset : (2, 2) and (2,) arrays
        ``linear @ (row, column) + offset`` is where a pixel of the plane lies on the mask's other
        two axes, in its pixels.
    """

    fixed: dict[int, int]
    linear: NDArray[np.float64]
    offset: NDArray[np.float64]

    def to_mask(self, points: NDArray[Any]) -> NDArray[np.float64]:
        """Map points ``(N, 2)`` of the plane to the mask."""
        mapped: NDArray[np.float64] = points @ self.linear.T + self.offset
        return mapped

    def to_picture(self, points: NDArray[Any]) -> NDArray[np.float64]:
        """Map points ``(N, 2)`` of the mask to the plane."""
        mapped: NDArray[np.float64] = (points - self.offset) @ np.linalg.inv(self.linear).T
        return mapped


class Placement:
    """Where the pixels of a mask lie on those of a picture.

    Parameters
    ----------
    matrix : (M, N + 1) array-like
        Maps a pixel of the picture, its ``N`` indices and a 1, to the mask's ``M`` axes. Whole
        numbers are the centres of pixels.
    picture : tuple of int
        Rows and columns of the picture, planes before them: ``N`` lengths.
    mask : tuple of int
        The mask's ``M`` lengths.

    Attributes
    ----------
    matrix, picture, mask
        As given, without the axes that the mask has more than the picture.
    surplus : int
        How many these are, the first ones, each of length 1.
    shape : tuple of int
        Of the mask on the picture's pixels: the picture's, or ``(H, W)`` if all planes share it.

    Raises
    ------
    InputError
        If the mask is a stack that the picture's planes do not meet plane by plane, or if it does
        not overlap the picture.
    """

    def __init__(self, matrix: Any, picture: tuple[int, ...], mask: tuple[int, ...]) -> None:
        self.surplus = max(len(mask) - len(picture), 0)
        if any(length > 1 for length in mask[: self.surplus]):
            # Which of its planes is meant could only be guessed.
            raise InputError("it is a stack, the picture is not: take the plane that belongs to it")
        self.matrix = np.asarray(matrix, np.float64)[self.surplus :]
        self.picture = picture
        self.mask = mask[self.surplus :]
        self._across = self._axes_across()
        self._along = [axis for axis in range(len(self.mask)) if axis not in self._across]
        common = not self.matrix[:, : len(picture) - 2].any()
        self.shape = picture[-2:] if common else picture
        if self._overlap < NOTHING:
            raise InputError("it does not overlap the picture: move it over the damage")

    @cached_property
    def same_pixels(self) -> bool:
        """Whether the mask's pixels are the picture's, so that it can be taken as it is."""
        if self.mask != self.shape:
            return False
        corners = np.array(list(product(*((0, length - 1) for length in self.picture))))
        mapped = corners @ self.matrix[:, :-1].T + self.matrix[:, -1]
        off = np.abs(mapped - corners[:, -len(self.mask) :])
        return bool((off <= TOLERANCE).all())

    @cached_property
    def covered(self) -> float:
        """Share of the picture that the mask covers, 0 to 1."""
        if self.same_pixels:
            return 1.0
        return min(self._overlap / math.prod(self.shape), 1.0)

    @cached_property
    def _overlap(self) -> float:
        """Pixels of all planes that the mask covers; 0 if that is less than rounding."""
        leading = len(self.shape) - 2
        indices = np.array(list(np.ndindex(*self.shape[:-2])))
        at = indices @ self.matrix[self._across, :leading].T + self.matrix[self._across, -1]
        lengths = [self.mask[axis] for axis in self._across]
        met = indices[((np.rint(at) >= 0) & (np.rint(at) < lengths)).all(axis=1)]
        if self.matrix[self._along, :leading].any():
            return sum(map(self._overlap_on, map(tuple, met)))
        # All planes lie alike.
        return len(met) * self._overlap_on(tuple(met[0])) if len(met) else 0.0

    def _overlap_on(self, index: tuple[int, ...]) -> float:
        """Return how many pixels of a plane the mask covers; the mask has to meet it."""
        section = self.section(index)
        assert section is not None
        frame = corner_points(self.picture[-2:])
        sides = tuple(self.mask[axis] for axis in self._along)
        # Around the middle, since OpenCV takes single precision.
        middle = frame.mean(axis=0)
        one, two = (
            cv2.convexHull((corners - middle).astype(np.float32))
            for corners in (frame, section.to_picture(corner_points(sides)))
        )
        smaller = min(cv2.contourArea(one), cv2.contourArea(two))
        overlap = float(cv2.intersectConvexConvex(one, two)[0])
        return overlap if overlap >= ROUNDING * smaller else 0.0

    def _axes_across(self) -> list[int]:
        """Return the mask's axes that run across the picture's planes, after checking them."""
        lengths = np.array(self.picture)
        reach = np.abs(self.matrix[:, -3:-1]) @ lengths[-2:]
        # Of equals, the last two axes are rows and columns.
        order = sorted(range(len(self.mask)), key=lambda axis: (reach[axis], axis))
        across = sorted(order[:-2])
        if any(reach[axis] > TOLERANCE for axis in across):
            raise InputError("its planes are turned out of the picture's: turn them back")
        for axis in across:
            steps, offset = self.matrix[axis, :-3], self.matrix[axis, -1]
            off = np.abs(steps - np.rint(steps)) @ (lengths[:-2] - 1)
            if off + abs(offset - np.rint(offset)) > TOLERANCE:
                raise InputError("its planes lie between those of the picture: move them onto them")
        return across

    def section(self, index: tuple[int, ...]) -> Section | None:
        """Return where a plane of the picture meets the mask, None if it lies beyond its planes.

        Parameters
        ----------
        index : tuple of int
            Of the plane; empty if all share the mask.
        """
        steps = self.matrix[:, : len(index)] @ np.array(index, np.float64)
        at = steps + self.matrix[:, -1]
        fixed = {axis: int(np.rint(at[axis])) for axis in self._across}
        if any(not 0 <= place < self.mask[axis] for axis, place in fixed.items()):
            return None
        return Section(fixed, self.matrix[self._along, -3:-1], at[self._along])

    def differences(self) -> list[str]:
        """Tell in a few words how the mask lies differently; empty if it does not."""
        if self.same_pixels:
            return []
        section = next(s for s in map(self.section, np.ndindex(*self.shape[:-2])) if s is not None)
        height, width = self.picture[-2:]
        sides = [self.mask[axis] for axis in self._along]
        words = []
        if sides != [height, width]:
            words.append(f"{sides[0]} x {sides[1]} pixels")
        words.extend(_described(np.linalg.inv(section.linear), TOLERANCE / max(height, width)))
        corner = section.to_picture(np.array([[-0.5, -0.5]]))[0] + 0.5
        if np.abs(corner).max() > TOLERANCE:
            words.append("moved")
        return words or ["other planes"]


def corner_points(size: tuple[int, ...]) -> NDArray[np.float64]:
    """Return the outer corners ``(4, 2)`` of pixels from 0 on, in order around them."""
    height, width = size
    return np.array([(0, 0), (0, width), (height, width), (height, 0)]) - 0.5


def _described(linear: NDArray[np.floating], rounding: float) -> list[str]:
    """Say what a map from the mask's to the picture's pixels does besides moving them."""
    sizes = np.linalg.norm(linear, axis=0)
    words = []
    if np.abs(sizes - 1).max() > rounding:
        larger = [f"{size:.3g}" if size >= 1 else f"1/{1 / size:.3g}" for size in sizes]
        even = abs(sizes[0] - sizes[1]) <= rounding * sizes.max()
        words.append(f"each {larger[0] if even else ' x '.join(larger)} times as large")
    left, _, right = np.linalg.svd(linear)
    turn = left @ right
    if np.linalg.det(turn) < 0:
        words.append("mirrored")
        turn = turn @ np.diag((1, -1))
    angle = abs(np.degrees(np.arctan2(turn[1, 0], turn[0, 0])))
    if np.radians(angle) > rounding:
        words.append(f"turned by {angle:.3g} degrees")
    if abs(linear[:, 0] @ linear[:, 1]) > rounding * sizes.prod():
        words.append("sheared")
    return words
