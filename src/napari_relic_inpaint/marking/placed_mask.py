"""Masks that lie elsewhere than the picture, brought to its pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_relic_inpaint.marking.placement import Placement, Section, corner_points
from napari_relic_inpaint.opencv import cv2
from napari_relic_inpaint.picture.lazy_planes import LazyPlanes
from napari_relic_inpaint.picture.picture import Area
from napari_relic_inpaint.picture.tiles import tiles

TIE = 1e-6
"""Part of a pixel below which two centres are as near: without it, rounding would decide."""

TILE = 256
"""Side in pixels of what is brought over at once; tiles without damage cost next to nothing."""


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
        painted = np.argwhere(_near_blank(source, np.abs(section.linear).sum(axis=1)))
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
        corners = section.to_mask(corner_points(size) + start)
        along = [axis for axis in range(len(self._placement.mask)) if axis not in section.fixed]
        lengths = np.array([self._placement.mask[axis] for axis in along])
        first = np.clip(np.floor(corners.min(axis=0)).astype(int), 0, lengths)
        last = np.clip(np.ceil(corners.max(axis=0)).astype(int) + 1, first, lengths)
        parts: dict[int, int | slice] = dict(section.fixed)
        for axis, begin, end in zip(along, first, last, strict=True):
            parts[axis] = slice(int(begin), int(end))
        surplus = (0,) * self._placement.surplus
        return first, np.asarray(self._mask[(*surplus, *(parts[axis] for axis in sorted(parts)))])


def _near_blank(source: NDArray[Any], sides: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Return the painted pixels of a mask from which a pixel of the picture reaches a blank one.

    Parameters
    ----------
    source : (h, w) array
        What surrounds it counts as blank.
    sides : (2,) array
        Height and width of a pixel of the picture, in those of the mask.
    """
    painted = source != 0
    # From the pixel at its centre to another one that has its own centre within it.
    reach = np.ceil(sides / 2 + 0.5).astype(int)
    kernel = np.ones(2 * reach + 1, np.uint8)
    inner = cv2.erode(painted.view(np.uint8), kernel, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    return painted & (inner == 0)
