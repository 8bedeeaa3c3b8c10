"""Holes whose surroundings are found once more in the picture: an ornament, or its mirror image.

What is lost is then painted as it is there, whatever was painted before.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_relic_inpaint.detail.repeats import repetition
from napari_relic_inpaint.opencv import cv2

# Chosen by the measurements in docs/detail.md; all of it at a quarter of the picture's scale.
BAND = 6
"""How much around a hole is looked for elsewhere, in pixels."""

SMALLEST = 12
"""Pixels of a hole for which it is worth the while."""

SECTORS = 8
"""A hole has to be surrounded: seen from its middle, there is something known in each direction."""

KNOWN = 0.8
"""Share of the band that has to be known at the source, too; of the hole all has to be."""


def continued(
    picture: NDArray[np.float32], wanted: NDArray[np.bool_], usable: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """Return what the painting has to be changed by, ``(h, w, 3)``, to repeat what is elsewhere.

    Parameters
    ----------
    picture : (h, w, 3) array of float32
        RGB in [0, 1]; the hole is painted.
    wanted, usable : (h, w) arrays of bool
        The hole, and the known pixels that may be copied.
    """
    change = np.zeros_like(picture)
    label, _ = ndimage.label(wanted, np.ones((3, 3)))
    for number, box in enumerate(ndimage.find_objects(label), 1):
        hole = label[box] == number
        if np.count_nonzero(hole) < SMALLEST:
            continue
        rows, columns = (
            part + side.start for part, side in zip(np.nonzero(hole), box, strict=True)
        )
        source = _found_again(picture, usable, rows, columns)
        if source is None:
            continue
        trust, shift = repetition(picture, usable, rows, columns, source)
        there = picture[source[:, 0], source[:, 1]]
        change[rows, columns] = trust[:, None] * (there + shift - picture[rows, columns])
    return change


def _found_again(
    picture: NDArray[np.float32],
    usable: NDArray[np.bool_],
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
) -> NDArray[np.int32] | None:
    """Return where a hole's surroundings are most alike; None if they fit nowhere."""
    top, left = max(rows.min() - BAND, 0), max(columns.min() - BAND, 0)
    box = slice(top, rows.max() + BAND + 1), slice(left, columns.max() + BAND + 1)
    hole = np.zeros(usable[box].shape, np.uint8)
    hole[rows - top, columns - left] = 1
    band = cv2.dilate(hole, np.ones((2 * BAND + 1,) * 2, np.uint8)) > 0
    band &= usable[box]
    if not _surrounds(band, rows.mean() - top, columns.mean() - left):
        return None
    masks = np.repeat(band[..., None], 3, axis=2).astype(np.float32)
    best, place = np.inf, None
    for mirrored in (0, 1):
        seen, free = (picture, usable) if not mirrored else (picture[:, ::-1], usable[:, ::-1])
        free = np.ascontiguousarray(free, np.float32)
        off = cv2.matchTemplate(
            np.ascontiguousarray(seen), picture[box], cv2.TM_SQDIFF, None, masks
        )
        holes = cv2.matchTemplate(free, hole.astype(np.float32), cv2.TM_CCORR)
        bands = cv2.matchTemplate(free, band.astype(np.float32), cv2.TM_CCORR)
        off[(holes < len(rows) - 0.5) | (bands < KNOWN * np.count_nonzero(band))] = np.inf
        row, column = np.unravel_index(np.argmin(off), off.shape)
        if off[row, column] < best:
            best, place = off[row, column], (row, column, mirrored)
    if place is None:
        return None
    row, column, mirrored = place
    there = columns - left + column
    if mirrored:
        there = usable.shape[1] - 1 - there
    return np.stack([rows - top + row, there, np.full(len(rows), mirrored)], axis=1).astype(
        np.int32
    )


def _surrounds(band: NDArray[np.bool_], row: float, column: float) -> bool:
    """Tell whether a band goes all around a place."""
    rows, columns = np.nonzero(band)
    turn = np.arctan2(rows - row, columns - column) / (2 * np.pi)
    return len(np.unique(np.floor(turn * SECTORS) % SECTORS)) == SECTORS
