"""The search for the patches that suit best (PatchMatch, Barnes et al. 2009), compiled.

A field holds for each target pixel the middle of its source patch: row, column, and 1 if the patch
is mirrored left to right. All of it is deterministic.

Pictures come here with `BORDER` pixels around them, and twice: as they are, and mirrored left to
right, so that both kinds of patches are read forwards. Their channels are padded to four.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.compiled import compiled
from napari_relic_inpaint.opencv import cv2

Field = NDArray[np.int32]
"""``(h, w, 3)``: row, column, mirrored."""

PATCH = 3
"""Radius of the patches that are copied, in pixels."""

GUIDE_STEPS, GUIDE_STEP = 2, 2
"""The guide is compared at so many places to each side, so many pixels apart."""

BORDER = 4
FAR = np.float32(1e30)
"""Beyond all distances; infinity has no place in fast arithmetic."""

_PIXELS = (2 * PATCH + 1) ** 2
_PLACES = (2 * GUIDE_STEPS + 1) ** 2

_compiled = partial(compiled, fast=True)


def both_ways(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a picture ``(h, w, 3 or 4)`` as it is searched, ``(2, h + border, w + border, 4)``."""
    height, width, channels = picture.shape
    full = np.zeros((2, height + 2 * BORDER, width + 2 * BORDER, 4), np.float32)
    full[0, ..., :channels] = cv2.copyMakeBorder(
        picture, BORDER, BORDER, BORDER, BORDER, cv2.BORDER_REFLECT
    )
    full[1] = full[0, :, ::-1]
    return full


@_compiled
def _look(current: Any, source: Any, y: int, x: int, row: int, column: int, limit: Any) -> Any:
    """Sum of squared differences of two patches, at least ``limit`` if it is beyond."""
    total = np.float32(0)
    for down in range(BORDER - PATCH, BORDER + PATCH + 1):
        line = np.float32(0)
        for right in range(BORDER - PATCH, BORDER + PATCH + 1):
            for k in range(4):
                off = current[y + down, x + right, k] - source[row + down, column + right, k]
                line += off * off
        total += line
        if total > limit:
            break
    return total


@_compiled
def _guide(guide: Any, source: Any, y: int, x: int, row: int, column: int, limit: Any) -> Any:
    """Sum of squared differences of the guides around two pixels, at least ``limit`` if beyond."""
    total = np.float32(0)
    for i in range(-GUIDE_STEPS, GUIDE_STEPS + 1):
        down = BORDER + i * GUIDE_STEP
        for j in range(-GUIDE_STEPS, GUIDE_STEPS + 1):
            right = BORDER + j * GUIDE_STEP
            for k in range(4):
                off = guide[y + down, x + right, k] - source[row + down, column + right, k]
                total += off * off
        if total > limit:
            break
    return total


@_compiled
def _distance(
    current: Any,
    pictures: Any,
    guides: Any,
    weight: Any,
    y: int,
    x: int,
    row: int,
    column: int,
    side: int,
    limit: Any,
) -> Any:
    """Distance of a source from a target: of the guides, weighted, and of the looks."""
    if side == 1:
        column = pictures.shape[2] - 2 * BORDER - 1 - column
    far = np.float32(0)
    if weight > 0:
        share = weight / (3 * _PLACES)
        far = share * _guide(guides[0], guides[side], y, x, row, column, limit / share)
        if far >= limit:
            return far
    rest = (limit - far) * (3 * _PIXELS)
    return far + _look(current, pictures[side], y, x, row, column, rest) / (3 * _PIXELS)


@_compiled
def match_everywhere(
    pictures: Any,
    known: Any,
    trust: Any,
    source_rows: Any,
    source_columns: Any,
    rows: Any,
    columns: Any,
    field: Any,
) -> None:
    """Find the source of each target patch among all there are; for small pictures.

    Parameters
    ----------
    pictures : (2, h + border, w + border, 4) array of float32
        The picture, painted in its hole; see `both_ways`.
    known : (h + border, w + border) array of float32
        1 where pixels are known, 0 in the hole.
    trust : float
        How much a painted pixel of a target counts beside a known one.
    source_rows, source_columns : (m,) arrays of int
        The middles of the patches that are compared.
    rows, columns : (n,) arrays of int
        The target pixels.
    field : Field
        Where the sources are written.
    """
    width = field.shape[1]
    weights = np.empty((2 * PATCH + 1, 2 * PATCH + 1), np.float32)
    first = BORDER - PATCH
    for n in range(rows.shape[0]):
        y, x = rows[n], columns[n]
        for i in range(2 * PATCH + 1):
            for j in range(2 * PATCH + 1):
                is_known = known[y + first + i, x + first + j]
                weights[i, j] = is_known + trust * (1 - is_known)
        best = FAR
        for side in range(2):
            for m in range(source_rows.shape[0]):
                row, column = source_rows[m], source_columns[m]
                left = column if side == 0 else width - 1 - column
                total = np.float32(0)
                for i in range(2 * PATCH + 1):
                    for j in range(2 * PATCH + 1):
                        square = np.float32(0)
                        for k in range(4):
                            off = (
                                pictures[0, y + first + i, x + first + j, k]
                                - pictures[side, row + first + i, left + first + j, k]
                            )
                            square += off * off
                        total += weights[i, j] * square
                    if total > best:
                        break
                if total < best:
                    best = total
                    field[y, x, 0], field[y, x, 1], field[y, x, 2] = row, column, side


@_compiled
def measure(
    current: Any,
    pictures: Any,
    guides: Any,
    weight: Any,
    rows: Any,
    columns: Any,
    field: Any,
    distances: Any,
) -> None:
    """Write the distance of each target pixel's patch to its source's.

    Parameters
    ----------
    current : (h + border, w + border, 4) array of float32
        The picture with what has been copied so far.
    pictures, guides : (2, h + border, w + border, 4) arrays of float32
        Picture and guide, see `both_ways`.
    weight : float
        How much more the guide counts.
    rows, columns : (n,) arrays of int
        The target pixels.
    field : Field
        Their sources.
    distances : (h, w) array of float32
        Where the distances are written.
    """
    for i in range(rows.shape[0]):
        y, x = rows[i], columns[i]
        row, column, side = field[y, x, 0], field[y, x, 1], field[y, x, 2]
        distances[y, x] = _distance(current, pictures, guides, weight, y, x, row, column, side, FAR)


@_compiled
def improve(
    current: Any,
    pictures: Any,
    guides: Any,
    weight: Any,
    allowed: Any,
    rows: Any,
    columns: Any,
    field: Any,
    distances: Any,
    turn: int,
    seed: int,
) -> None:
    """Improve a field once by what its neighbours have found, and by chance.

    Parameters
    ----------
    current, pictures, guides, weight, rows, columns, field, distances
        As for `measure`; the last two are changed. Distances below 0 mark pixels without source.
    allowed : (h, w) array of bool
        Which patches may be sources.
    turn : int
        How often it has been improved before: forwards and backwards take turns.
    seed : int
        Of chance.
    """
    height, width = allowed.shape
    reach = max(height, width)
    state = np.uint64(seed)
    count = rows.shape[0]
    sign = -1 if turn % 2 == 0 else 1
    for i in range(count):
        n = i if turn % 2 == 0 else count - 1 - i
        y, x = rows[n], columns[n]
        best = distances[y, x]
        row, column, side = field[y, x, 0], field[y, x, 1], field[y, x, 2]
        for candidate in range(6):
            far = sign * (1 << (candidate // 2))
            near_y = y + (far if candidate % 2 == 0 else 0)
            near_x = x + (far if candidate % 2 == 1 else 0)
            if near_y < 0 or near_x < 0 or near_y >= height or near_x >= width:
                continue
            if distances[near_y, near_x] < 0:
                continue
            s = field[near_y, near_x, 2]
            r = field[near_y, near_x, 0] + y - near_y
            c = field[near_y, near_x, 1] + (x - near_x if s == 0 else near_x - x)
            if r < 0 or c < 0 or r >= height or c >= width or not allowed[r, c]:
                continue
            if r == row and c == column and s == side:
                continue
            d = _distance(current, pictures, guides, weight, y, x, r, c, s, best)
            if d < best:
                best, row, column, side = d, r, c, s
        radius = reach
        while radius >= 1:
            # The generator of Knuth's MMIX.
            state = state * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)
            span = np.uint64(2 * radius + 1)
            r = row + np.int64((state >> np.uint64(40)) % span) - radius
            state = state * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)
            c = column + np.int64((state >> np.uint64(40)) % span) - radius
            state = state * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)
            s = 1 - side if (state >> np.uint64(62)) == 0 else side
            if r >= 0 and c >= 0 and r < height and c < width and allowed[r, c]:
                d = _distance(current, pictures, guides, weight, y, x, r, c, s, best)
                if d < best:
                    best, row, column, side = d, r, c, s
            radius //= 2
        field[y, x, 0], field[y, x, 1], field[y, x, 2] = row, column, side
        distances[y, x] = best


@_compiled
def choose(
    rows: Any, columns: Any, field: Any, distances: Any, usable: Any, chosen: Any, least: Any
) -> None:
    """Choose the source of each hole pixel: from the best of all patches that cover it.

    One patch, and no mean of them: a mean would blur.

    Parameters
    ----------
    rows, columns : (n,) arrays of int
        The hole pixels.
    field, distances
        As for `improve`.
    usable : (h, w) array of bool
        Which pixels may be copied.
    chosen : (h, w, 3) array of int32
        Where the sources are written: row, column, mirrored; unchanged where there are none.
    least : (h, w) array of float32
        Where the distances of their patches are written.
    """
    height, width = distances.shape
    for i in range(rows.shape[0]):
        y, x = rows[i], columns[i]
        best = FAR
        for down in range(-PATCH, PATCH + 1):
            for right in range(-PATCH, PATCH + 1):
                near_y, near_x = y + down, x + right
                if near_y < 0 or near_x < 0 or near_y >= height or near_x >= width:
                    continue
                d = distances[near_y, near_x]
                if d < 0 or d >= best:
                    continue
                side = field[near_y, near_x, 2]
                row = field[near_y, near_x, 0] - down
                column = field[near_y, near_x, 1] + (-right if side == 0 else right)
                if row < 0 or column < 0 or row >= height or column >= width:
                    continue
                if not usable[row, column]:
                    continue
                best = d
                chosen[y, x, 0], chosen[y, x, 1], chosen[y, x, 2] = row, column, side
        least[y, x] = best
