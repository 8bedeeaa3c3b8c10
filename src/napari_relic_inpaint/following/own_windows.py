"""What is shown of new damage before the windows of the picture are through.

These lie on a fixed grid, so that a stroke is cut by four of them at worst, each of them waits for
the edges of its neighbours, and strokes painted before are painted again where they feel the new
one. A window that lies around the stroke is run in a fraction of that time, and looks the same but
for small differences, which go when the grid has been run.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.methods import Method
from napari_relic_inpaint.picture.hole import HolePixels
from napari_relic_inpaint.picture.picture import Area
from napari_relic_inpaint.picture.tiles import placed
from napari_relic_inpaint.steps import changed
from napari_relic_inpaint.windows.plane import Painted, Plane, Progress, Source
from napari_relic_inpaint.windows.survey import CELL

AROUND = 1 / 8
"""Share of a window's side that is left around new damage, on each side of it; at least a cell,
since windows begin with one."""


def own_windows(new: HolePixels, window: int) -> list[Area]:
    """Return windows that lie around new damage, each about the middle of what it holds.

    Parameters
    ----------
    new : HolePixels
        The new damage.
    window : int
        Side of a window in pixels.
    """
    inner = max(window - 2 * max(int(window * AROUND), CELL), 1)
    return [_around(place, new.shape, window) for place in _places(new, inner)]


def paint_in(
    areas: list[Area],
    plane: Plane,
    new: HolePixels,
    method: Method,
    drawn: NDArray[np.bool_] | None,
) -> Generator[Progress, None, None]:
    """Paint new damage in windows of its own.

    Parameters
    ----------
    areas : list of tuple of slice
        The windows, from `own_windows`.
    plane : Plane
        The plane.
    new : HolePixels
        The part of its hole that is to be painted.
    method : Method
        Paints.
    drawn : (N,) array of bool, optional
        Where there are drawn edges at the pixels of the plane's hole.
    """

    def unseen(progress: Progress) -> Progress:
        return progress._replace(painted=None)

    for done, area in enumerate(areas, start=1):
        hole, numbers = plane.pixels.numbers(area)
        cells = tuple(slice(side.start // CELL, -(-side.stop // CELL)) for side in area)
        part = Plane(
            _Cut(plane.source, area),
            HolePixels.of(hole),
            coarse=plane.coarse[..., cells[0], cells[1]],
            window=plane.window,
        )
        yield from changed(part.fill_smoothly(), unseen)
        colours = yield from changed(
            method.restore(part, None if drawn is None else drawn[numbers]), unseen
        )
        wanted = new.mask(area)[hole]
        yield Progress("painting", done, len(areas), Painted(numbers[wanted], colours[wanted]))


@dataclass(frozen=True)
class _Cut:
    """A rectangle of a plane, as a plane of its own."""

    source: Source
    area: Area

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.source.dtype

    def read(self, area: Area, hole: NDArray[np.bool_]) -> NDArray[np.float32]:
        return self.source.read(placed(area, self.area), hole)


def _places(new: HolePixels, side: int) -> Iterator[Area]:
    """Yield the bounds of parts of new damage, of at most ``side`` pixels, which cover it."""
    left = new
    while len(left):
        rows, columns = left.bounds(np.arange(len(left)))
        row = slice(rows.start, min(rows.start + side, rows.stop))
        # From the left end of the topmost part on.
        _, within = left.numbers((row, columns))
        columns = left.bounds(within)[1]
        column = slice(columns.start, min(columns.start + side, columns.stop))
        _, taken = left.numbers((row, column))
        yield left.bounds(taken)
        left = HolePixels(left.shape, np.delete(left.positions, taken))


def _around(place: Area, shape: tuple[int, int], window: int) -> Area:
    """Return a window about the middle of a rectangle, that begins with whole cells."""
    rows, columns = (
        _side((part.start + part.stop - window) // 2, window, length)
        for part, length in zip(place, shape, strict=True)
    )
    return rows, columns


def _side(start: int, window: int, length: int) -> slice:
    start = max(start, 0) // CELL * CELL
    if start + window > length:
        start = max(-(-(length - window) // CELL) * CELL, 0)
    return slice(start, min(start + window, length))
