"""The search for the patches that suit best (PatchMatch, Barnes et al. 2009), compiled.

A field holds for each target pixel the middle of its source patch: row, column, and 1 if the patch
is mirrored left to right. All of it is deterministic.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.int32]
"""``(h, w, 3)``: row, column, mirrored."""

FAR = np.float32(1e30)
"""Beyond all distances; infinity has no place in fast arithmetic."""

_compiled = numba.njit(cache=True, nogil=True, fastmath=True)


@_compiled
def _distance(target, source, y, x, row, column):  # type: ignore[no-untyped-def]  # noqa: ANN
    total = np.float32(0)
    for k in range(target.shape[2]):
        difference = target[y, x, k] - source[row, column, k]
        total += difference * difference
    return total


@_compiled
def measure(  # type: ignore[no-untyped-def]
    target, sources, rows, columns, field, distances
):
    """Write the distance of each target pixel's patch to its source's.

    Parameters
    ----------
    target : (h, w, k) array of float32
        What suits, by patch.
    sources : (2, h, w, k) array of float32
        What there is, by patch: as it is, and mirrored.
    rows, columns : (n,) arrays of int
        The target pixels.
    field : Field
        Their sources.
    distances : (h, w) array of float32
        Where the distances are written.
    """
    for i in range(rows.shape[0]):
        y, x = rows[i], columns[i]
        row, column, mirrored = field[y, x, 0], field[y, x, 1], field[y, x, 2]
        distances[y, x] = _distance(target, sources[mirrored], y, x, row, column)


@_compiled
def improve(  # type: ignore[no-untyped-def]
    target, sources, allowed, rows, columns, field, distances, rounds, seed
):
    """Improve a field by what its neighbours have found, and by chance.

    Parameters
    ----------
    target, sources, rows, columns, field, distances
        As for `measure`; the last two are changed. Distances below 0 mark pixels without source.
    allowed : (h, w) array of bool
        Which patches may be sources.
    rounds : int
        How often; forwards and backwards in turn.
    seed : int
        Of chance.
    """
    height, width = allowed.shape
    reach = max(height, width)
    state = np.uint64(seed)
    count = rows.shape[0]
    for turn in range(rounds):
        sign = -1 if turn % 2 == 0 else 1
        for i in range(count):
            n = i if turn % 2 == 0 else count - 1 - i
            y, x = rows[n], columns[n]
            best = distances[y, x]
            row, column, mirrored = field[y, x, 0], field[y, x, 1], field[y, x, 2]
            for candidate in range(6):
                far = sign * (1 << (candidate // 2))
                near_y = y + (far if candidate % 2 == 0 else 0)
                near_x = x + (far if candidate % 2 == 1 else 0)
                if near_y < 0 or near_x < 0 or near_y >= height or near_x >= width:
                    continue
                if distances[near_y, near_x] < 0:
                    continue
                side = field[near_y, near_x, 2]
                r = field[near_y, near_x, 0] + y - near_y
                c = field[near_y, near_x, 1] + (x - near_x if side == 0 else near_x - x)
                if r < 0 or c < 0 or r >= height or c >= width or not allowed[r, c]:
                    continue
                if r == row and c == column and side == mirrored:
                    continue
                d = _distance(target, sources[side], y, x, r, c)
                if d < best:
                    best, row, column, mirrored = d, r, c, side
            radius = reach
            while radius >= 1:
                # The generator of Knuth's MMIX.
                state = state * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)
                span = np.uint64(2 * radius + 1)
                r = row + np.int64((state >> np.uint64(40)) % span) - radius
                state = state * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)
                c = column + np.int64((state >> np.uint64(40)) % span) - radius
                state = state * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)
                side = 1 - mirrored if (state >> np.uint64(62)) == 0 else mirrored
                if r >= 0 and c >= 0 and r < height and c < width and allowed[r, c]:
                    d = _distance(target, sources[side], y, x, r, c)
                    if d < best:
                        best, row, column, mirrored = d, r, c, side
                radius //= 2
            field[y, x, 0], field[y, x, 1], field[y, x, 2] = row, column, mirrored
            distances[y, x] = best


@_compiled
def choose(  # type: ignore[no-untyped-def]
    rows, columns, field, distances, radius, usable, chosen, least
):
    """Choose the source of each hole pixel: from the best of all patches that cover it.

    One patch, and no mean of them: a mean would blur.

    Parameters
    ----------
    rows, columns : (n,) arrays of int
        The hole pixels.
    field, distances
        As for `improve`.
    radius : int
        Of the patches.
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
        for down in range(-radius, radius + 1):
            for right in range(-radius, radius + 1):
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
