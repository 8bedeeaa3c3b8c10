"""Lines that are as wide as a crack, thinned to lines of one pixel (Guo & Hall 1989), compiled."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.compiled import compiled
from napari_relic_inpaint.marking.neighbours import AROUND, ways


def thin(plane: NDArray[np.integer]) -> Iterator[int]:
    """Thin each label in place, pass by pass, until its lines are one pixel wide.

    A pixel is only looked at again where something beside it has gone, so that the time goes with
    the pixels and not with the width of the widest place times all of them.

    Parameters
    ----------
    plane : (H, W) array of int
        Labels; the outermost rows and columns are 0. C-contiguous.

    Yields
    ------
    int
        How many pixels have gone with this pass.
    """
    flat, width = plane.reshape(-1), plane.shape[1]
    steps = np.array([row * width + column for row, column in AROUND])
    seen = np.zeros(flat.shape, np.bool_)
    before, now = np.zeros(0, np.int64), _border(flat, width, steps)
    turn = 0
    while len(now) or len(before):
        gone, beside = _half_pass(flat, now, before, steps, _REMOVABLE[turn], seen)
        # What one half of a pass has left, the other half may take.
        before, now = now, beside
        turn = 1 - turn
        yield int(gone)


def prune(plane: NDArray[np.integer], ends: NDArray[np.int64], longest: NDArray[np.int64]) -> None:
    """Take short branches away from thinned lines, in place.

    Parameters
    ----------
    plane : (H, W) array of int
        What `thin` has left.
    ends : (N,) array of int
        Ends of lines, as places in the flattened plane.
    longest : (N,) array of int
        Pixels up to which a branch with that end goes.
    """
    flat, width = plane.reshape(-1), plane.shape[1]
    steps = np.array([row * width + column for row, column in AROUND])
    # All at once: where one branch of a fork has gone, the other is none any more.
    flat[_branches(flat, ends, longest, steps, _WAYS)] = 0


@compiled
def _branches(flat: Any, ends: Any, longest: Any, steps: Any, ways_of: Any) -> Any:
    """Return the pixels of branches from their ends up to where they meet another line."""
    found = np.empty(longest.sum() + 1, np.int64)
    count = 0
    for number in range(len(ends)):
        end, limit = ends[number], longest[number]
        before, pixel, length = -1, end, 0
        while length < limit:
            code = 0
            for bit in range(8):
                if flat[pixel + steps[bit]] == flat[pixel]:
                    code |= 1 << bit
            if ways_of[code, 2] >= 0:
                count += length
                break
            following = -1
            for way in ways_of[code]:
                if way >= 0 and pixel + steps[way] != before:
                    following = pixel + steps[way]
            if following < 0:
                break
            found[count + length] = pixel
            length += 1
            before, pixel = pixel, following
    return found[:count].copy()


@compiled
def _border(flat: Any, width: int, steps: Any) -> Any:
    """Return the pixels that have a neighbour of another label."""
    found = np.empty(1024, np.int64)
    count = 0
    for pixel in range(width, len(flat) - width):
        own = flat[pixel]
        if own == 0:
            continue
        for step in steps:
            if flat[pixel + step] != own:
                if count == len(found):
                    longer = np.empty(2 * count, np.int64)
                    longer[:count] = found
                    found = longer
                found[count] = pixel
                count += 1
                break
    return found[:count].copy()


@compiled
def _half_pass(flat: Any, now: Any, before: Any, steps: Any, removable: Any, seen: Any) -> Any:
    """Take away what may go of some pixels, all at once; `seen` is all False before and after.

    Returns how many have gone, and the damaged pixels beside them, each once.
    """
    gone = np.empty(len(now) + len(before), np.int64)
    count = 0
    for pixel in now:
        seen[pixel] = True
    for part, again in ((now, False), (before, True)):
        for pixel in part:
            own = flat[pixel]
            if own == 0 or (again and seen[pixel]):
                continue
            code = 0
            for bit in range(8):
                if flat[pixel + steps[bit]] == own:
                    code |= 1 << bit
            if removable[code]:
                gone[count] = pixel
                count += 1
    for pixel in now:
        seen[pixel] = False
    for pixel in gone[:count]:
        flat[pixel] = 0
    return count, _beside(flat, gone[:count], steps, seen)


@compiled
def _beside(flat: Any, pixels: Any, steps: Any, seen: Any) -> Any:
    """Return the damaged neighbours of pixels, each once."""
    beside = np.empty(8 * len(pixels), np.int64)
    found = 0
    for pixel in pixels:
        for step in steps:
            place = pixel + step
            if flat[place] != 0 and not seen[place]:
                seen[place] = True
                beside[found] = place
                found += 1
    for place in beside[:found]:
        seen[place] = False
    return beside[:found].copy()


def _removable() -> list[NDArray[np.bool_]]:
    """Return for each code whether the first and the second half of a pass take the pixel away."""
    bits = (np.arange(256)[:, None] >> np.arange(8)) & 1 == 1
    n, ne, e, se, s, sw, w, nw = bits.T
    parts = sum(
        (~side & (corner | following)).astype(int)
        for side, corner, following in ((n, ne, e), (e, se, s), (s, sw, w), (w, nw, n))
    )
    before = sum((a | b).astype(int) for a, b in ((nw, n), (ne, e), (se, s), (sw, w)))
    after = sum((a | b).astype(int) for a, b in ((n, ne), (e, se), (s, sw), (w, nw)))
    fewest = np.minimum(before, after)
    simple = (parts == 1) & (fewest >= 2) & (fewest <= 3)
    return [simple & ~((s | sw | ~nw) & w), simple & ~((n | ne | ~se) & e)]


_REMOVABLE = _removable()

_WAYS = np.full((256, 8), -1)
for _code in range(256):
    _WAYS[_code, : len(ways(_code))] = ways(_code)
