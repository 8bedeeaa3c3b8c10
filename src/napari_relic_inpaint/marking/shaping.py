"""Outlines of damage that are made larger, smaller, or tidy; other classes keep their pixels."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.opencv import cv2
from napari_relic_inpaint.picture.picture import Area

Labels = NDArray[np.integer[Any]]


def grow(labels: Labels, label: int | None, distance: float) -> Labels:
    """Let damage grow over what is intact.

    Parameters
    ----------
    labels : (H, W) array of int
        0 is intact.
    label : int or None
        Which class grows; None lets all of them, and what two could reach goes to the nearer one.
    distance : float
        How far, in pixels.

    Returns
    -------
    (H, W) array of int
    """
    area = _around(labels, label, distance)
    if area is None:
        return labels.copy()
    grown = labels.copy()
    part = grown[area]
    reached, nearest = _reached(part, label, distance)
    part[reached] = nearest
    return grown


def shrink(labels: Labels, label: int | None, distance: float) -> Labels:
    """Take damage away that is next to something intact; options as for `grow`.

    Where two classes meet, both stay: between them nothing is intact.
    """
    shrunk = labels.copy()
    area = _around(labels, label, distance)
    if area is None:
        return shrunk
    part = shrunk[area]
    depth = _distance(part != 0)
    part[_chosen(part, label) & (depth <= distance)] = 0
    return shrunk


def fill_holes(labels: Labels, label: int | None, side: float) -> Labels:
    """Mark what is intact and enclosed by damage.

    Parameters
    ----------
    labels, label
        As for `grow`; of all classes, a hole goes to the nearest one.
    side : float
        Holes below the area of a square of this side, in pixels, are filled.
    """
    filled = labels.copy()
    area = _around(labels, label, 1)
    if area is None:
        return filled
    part = filled[area]
    count, numbers, statistics, _ = cv2.connectedComponentsWithStats(
        (~_chosen(part, label)).view(np.uint8), connectivity=4, ltype=cv2.CV_32S
    )
    small = statistics[:, cv2.CC_STAT_AREA] < side**2
    # What reaches the border of the box goes on outside.
    for edge in (numbers[0], numbers[-1], numbers[:, 0], numbers[:, -1]):
        small[edge] = False
    small[0] = False
    holes = small[numbers] & (part == 0)
    if count > 1 and holes.any():
        reached, nearest = _reached(part, label, math.inf)
        values = np.zeros_like(part)
        values[reached] = nearest
        part[holes] = values[holes]
    return filled


def remove_specks(labels: Labels, label: int | None, side: float) -> Labels:
    """Take pieces away that are smaller than a square of some side in pixels; see `grow`."""
    kept = labels.copy()
    for each in _labels(labels) if label is None else [label]:
        area = _around(labels, each, 0)
        if area is None:
            continue
        _, numbers, statistics, _ = cv2.connectedComponentsWithStats(
            (labels[area] == each).view(np.uint8), connectivity=8, ltype=cv2.CV_32S
        )
        small = statistics[:, cv2.CC_STAT_AREA] < side**2
        small[0] = False
        kept[area][small[numbers]] = 0
    return kept


def _chosen(labels: Labels, label: int | None) -> NDArray[np.bool_]:
    return labels != 0 if label is None else labels == label


def _labels(labels: Labels) -> list[int]:
    return [int(each) for each in np.unique(labels) if each]


def _around(labels: Labels, label: int | None, distance: float) -> Area | None:
    """Return the rectangle that damage lies in, with all that is as near; None without damage."""
    chosen = _chosen(labels, label)
    sides = []
    for axis in (1, 0):
        found = np.flatnonzero(chosen.any(axis=axis))
        if not len(found):
            return None
        reach = math.ceil(distance) + 1
        length = chosen.shape[1 - axis]
        sides.append(slice(max(int(found[0]) - reach, 0), min(int(found[-1]) + reach + 1, length)))
    return sides[0], sides[1]


def _distance(inside: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return how far each pixel is from the nearest one that is not inside."""
    if inside.all():
        return np.full(inside.shape, np.inf, np.float32)
    return np.asarray(
        cv2.distanceTransform(inside.view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    )


def _reached(
    labels: Labels, label: int | None, distance: float
) -> tuple[NDArray[np.bool_], Labels]:
    """Return which intact pixels damage is near to, and the label of the nearest damage of each."""
    chosen = _chosen(labels, label)
    if label is not None:
        reached = (labels == 0) & (_distance(~chosen) <= distance)
        return reached, np.full(np.count_nonzero(reached), label, labels.dtype)
    apart, numbers = cv2.distanceTransformWithLabels(
        (~chosen).view(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    reached = ~chosen & (apart <= distance)
    label_of = np.zeros(int(numbers.max()) + 1, labels.dtype)
    label_of[numbers[chosen]] = labels[chosen]
    return reached, label_of[numbers[reached]]
