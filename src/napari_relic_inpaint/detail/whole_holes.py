"""Holes whose surroundings are found once more in the picture: an ornament, or its mirror image.

What is lost is then painted as it is there, whatever was painted before.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_relic_inpaint.detail.offsets import Offset, may_be_copied
from napari_relic_inpaint.detail.part import Part
from napari_relic_inpaint.detail.repeats import agreement
from napari_relic_inpaint.detail.search import Field
from napari_relic_inpaint.opencv import cv2
from napari_relic_inpaint.picture.picture import Area
from napari_relic_inpaint.picture.tiles import enlarged

QUARTER = 2
"""Surroundings are looked for at a quarter of the scale, and then placed to the pixel."""

CELL = 2**QUARTER

# Chosen by the measurements in docs/detail.md, at a quarter of the scale.
BAND = 6
"""How much around a hole is looked for elsewhere, in pixels."""

SMALLEST = 12
"""Pixels of a hole for which it is worth the while."""

SURE = 0.5
"""Trust from which on the search starts from the place that was found."""

SECTORS = 8
"""A hole has to be surrounded: seen from its middle, there is something known in each direction."""

KNOWN = 0.8
"""Share of the band that has to be known at the source, too; of the hole all has to be."""


def continued(part: Part, quarter: Part) -> tuple[NDArray[np.float32], Field]:
    """Return what the painting has to be changed by to repeat what is elsewhere, and the sources.

    Parameters
    ----------
    part, quarter : Part
        The same at its own scale, ``(H, W)``, and at a quarter of it, ``(h, w)``.

    Returns
    -------
    (h, w, 3) array of float32
        The change, at a quarter of the scale.
    (H, W, 3) array of int32
        Sources of the pixels in and beside holes that are repeated, else -1.
    """
    change = np.zeros_like(quarter.picture)
    sources = np.full((*part.usable.shape, 3), -1, np.int32)
    label, _ = ndimage.label(quarter.wanted, np.ones((3, 3)))
    for number, inner in enumerate(ndimage.find_objects(label), 1):
        box = enlarged(inner, BAND, label.shape)
        hole = label[box] == number
        if np.count_nonzero(hole) < SMALLEST:
            continue
        found = _found_again(quarter, box, hole)
        if found is None:
            continue
        offset = _placed(part, box, hole, found)
        there, known = _seen_from(part, box, offset)
        here, band = quarter.picture[box], _band(hole) & quarter.usable[box] & known
        trust, shift = agreement(here[band], there[band])
        # At the pixel, a part of it may lie where nothing may be copied.
        change[box][hole & known] = trust * (there + shift - here)[hole & known]
        if trust >= SURE:
            rows, columns = _pixels(_dilated(hole, 1), box, part.usable.shape)
            mirrored = np.full(len(rows), offset.mirrored)
            sources[rows, columns] = np.stack([*offset.sources(rows, columns), mirrored], axis=1)
    return change, sources


def _found_again(quarter: Part, box: Area, hole: NDArray[np.bool_]) -> Offset | None:
    """Return how far away a hole's surroundings are most alike; None if they fit nowhere."""
    band = _band(hole) & quarter.usable[box]
    if not _surrounds(band, *np.argwhere(hole).mean(axis=0)):
        return None
    masks = np.repeat(band[..., None], 3, axis=2).astype(np.float32)
    top, left = (side.start for side in box)
    width = quarter.usable.shape[1]
    best, offset = np.inf, None
    for mirrored in (False, True):
        side = slice(None, None, -1 if mirrored else 1)
        seen = np.ascontiguousarray(quarter.picture[:, side])
        free = np.ascontiguousarray(quarter.usable[:, side], np.float32)
        off = cv2.matchTemplate(seen, quarter.picture[box], cv2.TM_SQDIFF, None, masks)
        for mask, share in ((hole, 1), (band, KNOWN)):
            known = cv2.matchTemplate(free, mask.astype(np.float32), cv2.TM_CCORR)
            # What is counted by a Fourier transform is not whole.
            off[known < share * np.count_nonzero(mask) - 0.5] = np.inf
        row, column = (int(n) for n in np.unravel_index(np.argmin(off), off.shape))
        if off[row, column] < best:
            best = float(off[row, column])
            right = width - 1 - column + left if mirrored else column - left
            offset = Offset(row - top, right, mirrored)
    return offset


def _placed(part: Part, box: Area, hole: NDArray[np.bool_], found: Offset) -> Offset:
    """Place to the pixel what was found at a quarter of the scale."""
    rows, columns = _pixels(_band(hole), box, part.usable.shape)
    known = part.usable[rows, columns]
    rows, columns = rows[known], columns[known]
    here = part.picture[rows, columns]
    down = CELL * found.down
    right = CELL * found.right + (CELL - 1 if found.mirrored else 0)
    best, offset = np.inf, Offset(down, right, found.mirrored)
    for y, x in np.ndindex(2 * CELL + 1, 2 * CELL + 1):
        tried = Offset(down + y - CELL, right + x - CELL, found.mirrored)
        there = tried.sources(rows, columns)
        may = may_be_copied(part.usable, *there)
        if np.count_nonzero(may) < KNOWN / 2 * len(rows):
            continue
        mean = float(np.mean((part.picture[there[0][may], there[1][may]] - here[may]) ** 2))
        if mean < best:
            best, offset = mean, tried
    return offset


def _seen_from(
    part: Part, box: Area, offset: Offset
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return what lies at an offset from a box, at a quarter of the scale, and what is known."""
    height, width = (side.stop - side.start for side in box)
    rows, columns = np.mgrid[tuple(slice(CELL * side.start, CELL * side.stop) for side in box)]
    y, x = offset.sources(rows, columns)
    known = may_be_copied(part.usable, y, x).reshape(height, CELL, width, CELL)
    last = part.usable.shape[0] - 1, part.usable.shape[1] - 1
    full = part.picture[y.clip(0, last[0]), x.clip(0, last[1])]
    there = cv2.resize(full, (width, height), interpolation=cv2.INTER_AREA)
    return there, np.all(known, axis=(1, 3))


def _pixels(
    mask: NDArray[np.bool_], box: Area, shape: tuple[int, ...]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return rows and columns of the pixels of a part whose quarters are True in a box."""
    rows, columns = np.nonzero(mask.repeat(CELL, axis=0).repeat(CELL, axis=1))
    rows, columns = rows + CELL * box[0].start, columns + CELL * box[1].start
    inside = (rows < shape[0]) & (columns < shape[1])
    return rows[inside], columns[inside]


def _band(hole: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return a hole with what is around it."""
    return _dilated(hole, BAND)


def _dilated(mask: NDArray[np.bool_], reach: int) -> NDArray[np.bool_]:
    return cv2.dilate(mask.astype(np.uint8), np.ones((2 * reach + 1,) * 2, np.uint8)) > 0


def _surrounds(band: NDArray[np.bool_], row: float, column: float) -> bool:
    """Tell whether a band goes all around a place."""
    rows, columns = np.nonzero(band)
    turn = np.arctan2(rows - row, columns - column) / (2 * np.pi)
    return len(np.unique(np.floor(turn * SECTORS) % SECTORS)) == SECTORS
