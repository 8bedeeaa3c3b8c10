"""Holes whose surroundings are found once more in the picture: an ornament, or its mirror image.

What is lost is then painted as it is there, whatever was painted before.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_relic_inpaint.detail.repeats import agreement
from napari_relic_inpaint.detail.search import Field
from napari_relic_inpaint.opencv import cv2

CELL = 4
"""Surroundings are looked for at a quarter of the picture's scale, and then placed to the pixel."""

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


def continued(
    quarter: tuple[NDArray[np.float32], NDArray[np.bool_], NDArray[np.bool_]],
    picture: NDArray[np.float32],
    usable: NDArray[np.bool_],
) -> tuple[NDArray[np.float32], Field]:
    """Return what the painting has to be changed by to repeat what is elsewhere, and the sources.

    Parameters
    ----------
    quarter : (h, w, 3) array of float32 and two (h, w) arrays of bool
        At a quarter of the scale: the picture, RGB in [0, 1], painted in its hole; the hole; the
        known pixels that may be copied.
    picture, usable : (H, W, 3) array of float32, (H, W) array of bool
        Picture and known pixels at their own scale.

    Returns
    -------
    (h, w, 3) array of float32
        The change, at a quarter of the scale.
    (H, W, 3) array of int32
        Sources of the pixels in and beside holes that are repeated, else -1.
    """
    small, wanted, small_usable = quarter
    change = np.zeros_like(small)
    sources = np.full((*usable.shape, 3), -1, np.int32)
    label, _ = ndimage.label(wanted, np.ones((3, 3)))
    for number, box in enumerate(ndimage.find_objects(label), 1):
        hole = label[box] == number
        if np.count_nonzero(hole) < SMALLEST:
            continue
        rows, columns = (
            part + side.start for part, side in zip(np.nonzero(hole), box, strict=True)
        )
        found = _found_again(small, small_usable, rows, columns)
        if found is None:
            continue
        place = _placed(picture, usable, label == number, found)
        there, known = _seen_from(picture, usable, small.shape[:2], place)
        band = _band(label == number) & small_usable & known
        trust, shift = agreement(small[band], there[band])
        change[rows, columns] = trust * (there[rows, columns] + shift - small[rows, columns])
        if trust >= SURE:
            beside = cv2.dilate((label == number).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
            beside = np.kron(beside, np.ones((CELL, CELL), bool))
            y, x = np.nonzero(beside[: usable.shape[0], : usable.shape[1]])
            sources[y, x] = np.stack([*place.of(y, x), np.full(len(y), place.mirrored)], axis=1)
    return change, sources


class _Place(NamedTuple):
    """Where a hole is repeated: pixel (y, x) at (y + down, x + right), mirrored at right - x."""

    down: int
    right: int
    mirrored: bool

    def of(self, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> Any:
        """Return rows and columns of the sources."""
        return rows + self.down, self.right + (-columns if self.mirrored else columns)


def _placed(
    picture: NDArray[np.float32], usable: NDArray[np.bool_], hole: NDArray[np.bool_], found: _Place
) -> _Place:
    """Place to the pixel what was found at a quarter of the scale."""
    height, width = usable.shape
    band = np.kron(_band(hole), np.ones((CELL, CELL), bool))[:height, :width]
    rows, columns = np.nonzero(band & usable)
    best, place = np.inf, found
    right = CELL * found.right + (CELL - 1 if found.mirrored else 0)
    for down in range(-CELL, CELL + 1):
        for across in range(-CELL, CELL + 1):
            there = _Place(CELL * found.down + down, right + across, found.mirrored)
            y, x = there.of(rows, columns)
            inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
            inside[inside] = usable[y[inside], x[inside]]
            if np.count_nonzero(inside) < KNOWN / 2 * len(rows):
                continue
            off = picture[y[inside], x[inside]] - picture[rows[inside], columns[inside]]
            mean = float(np.mean(off**2))
            if mean < best:
                best, place = mean, there
    return place if best < np.inf else _Place(CELL * found.down, right, found.mirrored)


def _seen_from(
    picture: NDArray[np.float32],
    usable: NDArray[np.bool_],
    shape: tuple[int, int],
    place: _Place,
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return what lies at a place, at a quarter of the scale, and where all of it is known."""
    rows, columns = place.of(np.arange(CELL * shape[0]), np.arange(CELL * shape[1]))
    height, width = usable.shape
    inside = ((rows >= 0) & (rows < height))[:, None] & ((columns >= 0) & (columns < width))
    grid = np.ix_(rows.clip(0, height - 1), columns.clip(0, width - 1))
    there = cv2.resize(picture[grid], shape[::-1], interpolation=cv2.INTER_AREA)
    known = (usable[grid] & inside).reshape(shape[0], CELL, shape[1], CELL).all(axis=(1, 3))
    return there, known


def _band(hole: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return a hole with what is around it."""
    return cv2.dilate(hole.astype(np.uint8), np.ones((2 * BAND + 1,) * 2, np.uint8)) > 0


def _found_again(
    picture: NDArray[np.float32],
    usable: NDArray[np.bool_],
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
) -> _Place | None:
    """Return where a hole's surroundings are most alike; None if they fit nowhere."""
    top, left = max(rows.min() - BAND, 0), max(columns.min() - BAND, 0)
    box = slice(top, rows.max() + BAND + 1), slice(left, columns.max() + BAND + 1)
    hole = np.zeros(usable[box].shape, np.uint8)
    hole[rows - top, columns - left] = 1
    band = _band(hole > 0) & usable[box]
    if not _surrounds(band, rows.mean() - top, columns.mean() - left):
        return None
    masks = np.repeat(band[..., None], 3, axis=2).astype(np.float32)
    best: float = np.inf
    place: tuple[int, int, int] | None = None
    for mirrored in (0, 1):
        seen, free = (picture, usable) if not mirrored else (picture[:, ::-1], usable[:, ::-1])
        free = np.ascontiguousarray(free, np.float32)
        off = cv2.matchTemplate(
            np.ascontiguousarray(seen), picture[box], cv2.TM_SQDIFF, None, masks
        )
        holes = cv2.matchTemplate(free, hole.astype(np.float32), cv2.TM_CCORR)
        bands = cv2.matchTemplate(free, band.astype(np.float32), cv2.TM_CCORR)
        off[(holes < len(rows) - 0.5) | (bands < KNOWN * np.count_nonzero(band))] = np.inf
        y, x = np.unravel_index(np.argmin(off), off.shape)
        if off[y, x] < best:
            best, place = float(off[y, x]), (int(y), int(x), mirrored)
    if place is None:
        return None
    row, column, mirrored = place
    if mirrored:
        return _Place(row - top, usable.shape[1] - 1 - column + left, mirrored=True)
    return _Place(row - top, column - left, mirrored=False)


def _surrounds(band: NDArray[np.bool_], row: float, column: float) -> bool:
    """Tell whether a band goes all around a place."""
    rows, columns = np.nonzero(band)
    turn = np.arctan2(rows - row, columns - column) / (2 * np.pi)
    return len(np.unique(np.floor(turn * SECTORS) % SECTORS)) == SECTORS
