"""Masks that lie elsewhere than the picture: where they are, and brought to its pixels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.lazy_planes import LazyPlanes
from napari_relic_inpaint.opencv import cv2
from napari_relic_inpaint.picture import Area
from napari_relic_inpaint.tiles import tiles

TOLERANCE = 0.05
"""Part of a pixel by which a mask may be off and still counts as lying on the picture's pixels."""

NOTHING = 1e-6
"""Share of the picture below which an overlap is the rounding of a common border."""

TIE = 1e-6
"""Part of a pixel below which two centres are as near: without it, rounding would decide."""

TILE = 256
"""Side in pixels of what is brought over at once; tiles without damage cost next to nothing."""


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
        if self.covered < NOTHING:
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
        height, width = self.picture[-2:]
        frame = _corners((height, width))
        indices = list(np.ndindex(*self.shape[:-2]))
        shares = []
        for section in map(self.section, indices):
            if section is not None:
                sides = [self.mask[axis] for axis in self._along]
                other = section.to_picture(_corners((sides[0], sides[1])))
                # Around the middle, since OpenCV takes single precision.
                middle = frame.mean(axis=0)
                one, two = (
                    cv2.convexHull((corners - middle).astype(np.float32))
                    for corners in (frame, other)
                )
                shares.append(cv2.intersectConvexConvex(one, two)[0] / (height * width))
        return min(float(np.sum(shares)) / len(indices), 1.0)

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


class PlacedMask(LazyPlanes):
    """A mask on the picture's pixels, brought there when it is read.

    A pixel of the picture gets the label that the mask has at its centre. Where that is none, it
    gets the label of a pixel of the mask whose own centre lies within it (of several, the last in
    reading order), so that no painted pixel is lost where the mask is the finer one.

    Parameters
    ----------
    mask : array-like
        Bool or integers, zero is intact; beyond its borders everything is.
    placement : Placement
        Where it lies.
    """

    def __init__(self, mask: Any, placement: Placement) -> None:
        self._mask = mask
        self._placement = placement
        self.shape = placement.shape
        self.dtype = np.dtype(mask.dtype).newbyteorder("=")
        self._axes = 2

    def _read(self, index: tuple[int, ...], area: Area) -> NDArray[Any]:
        height, width = (part.stop - part.start for part in area)
        labels = np.zeros((height, width), self.dtype)
        section = self._placement.section(index)
        if section is None:
            return labels
        finer = max(1.0, float(np.abs(section.linear).sum(axis=1).max()))
        for rows, columns in tiles((height, width), max(int(TILE / finer), 1)):
            top, left = rows.start + area[0].start, columns.start + area[1].start
            self._bring(section, np.array([top, left]), labels[rows, columns])
        return labels

    def _bring(self, section: Section, start: NDArray[Any], labels: NDArray[Any]) -> None:
        """Fill in the labels ``(h, w)`` of the pixels from ``start`` on, zero so far."""
        place, source = self._source(section, start, labels.shape)
        if not source.any():
            return
        offset = section.to_mask(start[None])[0] - place
        labels[...] = ndimage.affine_transform(
            source,
            section.linear,
            offset + TIE,
            labels.shape,
            self.dtype,
            order=0,
            mode="grid-constant",
        )
        if np.abs(section.linear).sum(axis=1).max() <= 1:
            # In the pixel around the centre of one of these, no other one is nearer.
            return
        painted = np.argwhere(source)
        pixels = np.ceil(section.to_picture(painted + place) - start - 0.5 - TIE).astype(np.intp)
        inside = ((pixels >= 0) & (pixels < labels.shape)).all(axis=1)
        pixels, painted = pixels[inside], painted[inside]
        missing = labels[tuple(pixels.T)] == 0
        pixels, painted = pixels[missing], painted[missing]
        labels[tuple(pixels.T)] = source[tuple(painted.T)]

    def _source(
        self, section: Section, start: NDArray[Any], size: tuple[int, ...]
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        """Read the part of the mask that may reach a tile; returns where it begins, too."""
        corners = section.to_mask(_corners(size) + start)
        along = [axis for axis in range(len(self._placement.mask)) if axis not in section.fixed]
        lengths = np.array([self._placement.mask[axis] for axis in along])
        first = np.clip(np.floor(corners.min(axis=0)).astype(int), 0, lengths)
        last = np.clip(np.ceil(corners.max(axis=0)).astype(int) + 1, first, lengths)
        parts: dict[int, int | slice] = dict(section.fixed)
        for axis, begin, end in zip(along, first, last, strict=True):
            parts[axis] = slice(int(begin), int(end))
        surplus = (0,) * self._placement.surplus
        return first, np.asarray(self._mask[(*surplus, *(parts[axis] for axis in sorted(parts)))])


def _corners(size: tuple[int, ...]) -> NDArray[np.float64]:
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
