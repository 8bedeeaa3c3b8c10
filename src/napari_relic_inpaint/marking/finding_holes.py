"""How the holes of a picture are found: runs of damaged pixels, joined where they touch."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.errors import InputError, Stopped
from napari_relic_inpaint.marking.components import LabelRuns, Pieces
from napari_relic_inpaint.marking.holes import Hole, Holes, PlaneHoles
from napari_relic_inpaint.marking.label_planes import LabelPlanes
from napari_relic_inpaint.picture.hole import HolePixels, position_type
from napari_relic_inpaint.picture.widths import deepest_of_groups
from napari_relic_inpaint.steps import Step, finish


def find_holes(
    labels: Any,
    stack: tuple[int, ...] | None = None,
    *,
    should_stop: Callable[[], bool] | None = None,
) -> Holes:
    """Find the holes of a picture.

    Parameters
    ----------
    labels : array-like
        Its damage, ``(H, W)`` or ``(..., H, W)``; 0 is intact, all other values together are
        damage. Lazy ones are read in bands of rows.
    stack : tuple of int, optional
        Leading axes of the picture, where one mask ``(H, W)`` counts for each of its planes.
    should_stop : callable, optional
        Asked often; when it says True the work ends with `Stopped`.

    Returns
    -------
    Holes
        All of them.

    Raises
    ------
    InputError
        If it is no mask, or one of another stack.
    Stopped
        If ``should_stop`` said so.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_relic_inpaint.marking.finding_holes import find_holes
    >>> mask = np.zeros((60, 80), np.uint8)
    >>> mask[10:20, 30:40], mask[20, 40:44] = 1, 2
    >>> holes = find_holes(mask)
    >>> [(hole.position, hole.pixels, hole.labels) for hole in holes]
    [((10, 30), 104, (1, 2))]
    >>> holes.hole_at((20, 41)) is holes[0]
    True
    """
    return finish(find_holes_steps(labels, stack, should_stop=should_stop))


def find_holes_steps(
    labels: Any,
    stack: tuple[int, ...] | None = None,
    *,
    should_stop: Callable[[], bool] | None = None,
) -> Generator[Step, None, Holes]:
    """Find holes as `find_holes` does, yielding a `Step` after each part of the work."""
    masks = LabelPlanes(labels)
    own = masks.shape[:-2]
    if stack is not None and own not in ((), stack):
        raise InputError(
            f"the damage mask has planes {own}, the picture {stack}: give one mask for all planes, "
            "or one for each"
        )
    shape = masks.shape[-2], masks.shape[-1]
    planes = list(np.ndindex(*(own if stack is None else stack)))
    found: list[PlaneHoles] = []
    for done, index in enumerate(planes):
        if own or not found:
            looking = _find(masks, index if own else (), index)
            while True:
                try:
                    share = next(looking)
                except StopIteration as end:
                    found.append(end.value)
                    break
                if should_stop is not None and should_stop():
                    raise Stopped("looking for holes was stopped")
                fraction = (done + share) / len(planes)
                yield Step("finding holes", done, len(planes), fraction)
        else:
            found.append(_on_plane(found[0], index))
        yield Step("finding holes", done + 1, len(planes), (done + 1) / len(planes))
    return Holes(shape, found)


def _on_plane(same: PlaneHoles, index: tuple[int, ...]) -> PlaneHoles:
    """Return the holes of a mask that counts for all planes, on another plane."""
    holes = tuple(
        Hole((*index, *hole.position[-2:]), hole.bounds, hole.pixels, hole.widest, hole.labels)
        for hole in same.holes
    )
    return PlaneHoles(index, holes, same.runs, same.of_run)


def _find(
    masks: LabelPlanes, mask: tuple[int, ...], index: tuple[int, ...]
) -> Generator[float, None, PlaneHoles]:
    """Find the holes of a plane; yields how far it is, 0 to 1."""
    height, width = masks.shape[-2:]
    joined, labelled = [], []
    for done, rows in enumerate(masks.bands, 1):
        band = masks.read(mask, rows)
        joined.append(LabelRuns.of((band != 0).astype(np.uint8), rows.start))
        labelled.append(LabelRuns.of(band, rows.start))
        yield 0.5 * done / len(masks.bands)
    runs = LabelRuns.joined(joined)
    pieces = Pieces.of(runs)
    # Numbered by their first runs, which come in reading order.
    _, first, of_run = np.unique(pieces.of_run, return_index=True, return_inverse=True)
    order = np.argsort(np.argsort(first))
    of_run = order[of_run.reshape(-1)].astype(np.int64)
    groups = _Groups(of_run, len(first))
    pixels = HolePixels((height, width), _positions(runs, width))
    of_pixel = np.repeat(of_run, runs.pixels)
    depths = np.full(len(first), 0.5, np.float32)
    for share in deepest_of_groups(pixels, of_pixel, depths):
        yield 0.5 + 0.5 * share
    rows_of, starts = np.divmod(runs.start, width + 1)
    names = _labels(runs, of_run, LabelRuns.joined(labelled), len(first))
    top, bottom = groups.least(rows_of), groups.most(rows_of)
    left, right = groups.least(starts), groups.most(starts + runs.pixels)
    begins = np.sort(first)
    counts = np.bincount(of_run, runs.pixels, len(first)).astype(np.int64)
    holes = tuple(
        Hole(
            (*index, int(rows_of[begins[n]]), int(starts[begins[n]])),
            (slice(int(top[n]), int(bottom[n]) + 1), slice(int(left[n]), int(right[n]))),
            int(counts[n]),
            round(2 * float(depths[n]) - 1),
            names[n],
        )
        for n in range(len(first))
    )
    return PlaneHoles(index, holes, runs, of_run)


class _Groups:
    """Extremes of values of runs for each hole."""

    def __init__(self, of_run: NDArray[np.int64], count: int) -> None:
        self._of_run, self._count = of_run, count

    def least(self, values: NDArray[np.int64]) -> NDArray[np.int64]:
        found = np.full(self._count, np.iinfo(np.int64).max)
        np.minimum.at(found, self._of_run, values)
        return found

    def most(self, values: NDArray[np.int64]) -> NDArray[np.int64]:
        return -self.least(-values)


def _positions(runs: LabelRuns, width: int) -> NDArray[np.integer[Any]]:
    """Return the pixels of runs as indices into the flattened plane."""
    rows, columns = np.divmod(runs.start, width + 1)
    counts = runs.pixels
    before = np.cumsum(counts) - counts
    each = np.arange(counts.sum()) + np.repeat(rows * width + columns - before, counts)
    last = int(each[-1]) if len(each) else 0
    return each.astype(position_type((last // width + 1, width)))


def _labels(
    runs: LabelRuns, of_run: NDArray[np.int64], labelled: LabelRuns, count: int
) -> list[tuple[int, ...]]:
    """Return the labels of each hole, the one with most pixels first."""
    hole = of_run[np.searchsorted(runs.start, labelled.start, "right") - 1]
    known, which = np.unique(labelled.label, return_inverse=True)
    pixels: dict[tuple[int, int], int] = {}
    keys, inverse = np.unique(hole * max(len(known), 1) + which.reshape(-1), return_inverse=True)
    sums = np.bincount(inverse.reshape(-1), labelled.pixels, len(keys)).astype(np.int64)
    for key, total in zip(keys.tolist(), sums.tolist(), strict=True):
        pixels[divmod(key, max(len(known), 1))] = total
    found: list[list[tuple[int, int]]] = [[] for _ in range(count)]
    for (number, label), total in pixels.items():
        found[number].append((-total, int(known[label])))
    return [tuple(label for _, label in sorted(each)) for each in found]
