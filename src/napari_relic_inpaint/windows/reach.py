"""How far a change of the damage can be felt, and what has to be known to tell its effect."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.picture.hole import HolePixels
from napari_relic_inpaint.picture.picture import Area
from napari_relic_inpaint.picture.tiles import enlarged, overlap
from napari_relic_inpaint.smooth import membrane
from napari_relic_inpaint.windows.grid import Grid, Span, Window
from napari_relic_inpaint.windows.survey import CELL

FELT = 160
"""Pixels beyond a change in which what a window starts from, and how deep in the hole a pixel
lies, can be different: more than the smooth fill's halo in whole cells, or the depth from which on
nothing is painted."""


@dataclass(frozen=True)
class Reach:
    """What a change of the damage makes different, and what it takes to find out how.

    Attributes
    ----------
    different : HolePixels
        Pixels of the hole whose fill may be different.
    needed : HolePixels
        Pixels whose windows have to be run, or remembered, so that these come out as if all of
        them were.
    near : HolePixels
        The hole as far as it can be felt by these windows.
    """

    different: HolePixels
    needed: HolePixels
    near: HolePixels


def reach_of(
    pixels: HolePixels,
    window: int,
    changes: Iterable[Area],
    coarse_changes: NDArray[np.bool_],
    stages: int | None,
) -> Reach:
    """Find what a change makes different.

    Parameters
    ----------
    pixels : HolePixels
        The hole after the change.
    window : int
        Side of a window in pixels.
    changes : iterable of tuple of slice
        The rectangles in which the hole has changed.
    coarse_changes : (h, w) array of bool
        Where the coarse picture, as in `coarse_picture`, has changed.
    stages : int or None
        As of a `Method`; with None everything may be different.
    """
    if stages is None:
        return Reach(pixels, pixels, pixels)
    grid = Grid.over(pixels.shape, window)
    windows = np.array([[Window(rows, columns) for columns in grid.columns] for rows in grid.rows])
    felt = [enlarged(area, FELT, pixels.shape) for area in changes]
    seen = np.array(
        [
            [
                any(overlap(window.area, area) for area in felt)
                or _any_coarse(window, coarse_changes)
                for window in row
            ]
            for row in windows
        ]
    )
    for _ in range(stages - 1):
        seen = _with_neighbours(seen, grid)
    different = _within(pixels, [_active(window) for window in windows[seen]])
    needed = different
    for stage in range(stages):
        blended = grid.damaged(needed.any_in)
        if stage < stages - 1:
            needed = _within(pixels, [window.area for window in blended])
    return Reach(different, needed, _around(pixels, blended))


def _any_coarse(window: Window, changes: NDArray[np.bool_]) -> bool:
    around = membrane.HALO // CELL + 1
    rows, columns = (
        slice(max(part.start // CELL - around, 0), -(-part.stop // CELL) + around)
        for part in window.area
    )
    return bool(changes[rows, columns].any())


def _with_neighbours(seen: NDArray[np.bool_], grid: Grid) -> NDArray[np.bool_]:
    """Add the windows that overlap those that are seen."""
    for axis, spans in enumerate((grid.rows, grid.columns)):
        touching = np.array([[_touch(one, other) for other in spans] for one in spans])
        seen = np.moveaxis(np.tensordot(touching, seen, (1, axis)) > 0, 0, axis)
    return seen


def _touch(one: Span, other: Span) -> bool:
    return one.start < other.stop and other.start < one.stop


def _active(window: Window) -> Area:
    return window.rows.active, window.columns.active


def _within(pixels: HolePixels, areas: list[Area]) -> HolePixels:
    """Return the pixels that lie in any of the rectangles."""
    inside = np.zeros(len(pixels), bool)
    for area in areas:
        inside[pixels.numbers(area)[1]] = True
    return HolePixels(pixels.shape, pixels.positions[inside])


def _around(pixels: HolePixels, windows: list[Window]) -> HolePixels:
    """Return the pixels in and around windows, as far as the windows can feel them."""
    if not windows:
        return HolePixels(pixels.shape, pixels.positions[:0])
    starts, stops = (
        [(getattr(window.rows, end), getattr(window.columns, end)) for window in windows]
        for end in ("start", "stop")
    )
    (top, left), (bottom, right) = np.min(starts, axis=0), np.max(stops, axis=0)
    area = slice(int(top), int(bottom)), slice(int(left), int(right))
    return pixels.part(enlarged(area, FELT, pixels.shape))
