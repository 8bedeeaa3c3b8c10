"""Areas of one colour: found in bands of rows, joined where they touch, and described."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.marking.components import LabelRuns, grouped
from napari_relic_inpaint.marking.proposals.pieces import PixelRuns, PlanePieces
from napari_relic_inpaint.marking.proposals.views import Views, smoothed_lab
from napari_relic_inpaint.opencv import cv2
from napari_relic_inpaint.picture.picture import Area
from napari_relic_inpaint.picture.tiles import enlarged, relative

BAND_PIXELS = 1_000_000
"""Pixels that are looked at together: a band of rows."""

REACH = 10
"""Pixels around a pixel that decide whether it belongs to an area."""

NEXT_TO = 3
"""Pixels from a place within which an area is taken for the one at it."""

LIKE = 6.0
"""Distance in CIELAB at which two areas are hardly more alike than not."""

ROUGH_SIDE = 5
"""Side in pixels of the square within which the roughness of a surface is measured."""


@dataclass(frozen=True)
class Areas:
    """Areas of one colour, of which no two touch.

    Attributes
    ----------
    runs : PixelRuns
        Their pixels.
    area : (n,) array of int
        Number of the area of each run.
    sizes : (count,) array of int
        Pixels of each area.
    colours : (count, 3) array of float
        Mean colour of each in CIELAB.
    roughness : (count,) array of float
        Mean deviation of lightness in the squares around its pixels.
    """

    runs: PixelRuns
    area: NDArray[np.int64]
    sizes: NDArray[np.int64]
    colours: NDArray[np.float64]
    roughness: NDArray[np.float64]

    def at(self, row: int, column: int) -> int | None:
        """Return the number of the area at a pixel, or next to it: pixels have noise."""
        runs = self.runs
        down = np.abs(runs.rows - row)
        aside = np.maximum(np.maximum(runs.starts - column, column - runs.stops + 1), 0)
        distance = np.maximum(down, aside)
        if not len(runs) or distance.min() > NEXT_TO:
            return None
        return int(self.area[np.argmin(distance)])

    def likeness(self, colour: NDArray[np.float64], roughness: float) -> NDArray[np.float64]:
        """Return how much each area is like a colour and a roughness, 0 to 1.

        Parameters
        ----------
        colour : (3,) array
            In CIELAB.
        roughness : float
            As in the attributes.
        """
        distance = np.linalg.norm(self.colours - colour, axis=1)
        # A smooth surface is never as smooth as its numbers: what is seen counts.
        one, other = self.roughness + 1, roughness + 1
        return (
            np.exp(-((distance / LIKE) ** 2) / 2) * np.minimum(one, other) / np.maximum(one, other)
        )

    def pieces(self, kept: NDArray[np.bool_], scores: NDArray[np.float64]) -> PlanePieces:
        """Return some of the areas, ``(count,)``, as pieces with their scores."""
        number = np.cumsum(kept) - 1
        stays = kept[self.area]
        return PlanePieces(self.runs[stays], number[self.area[stays]], scores[kept])


def areas_steps(
    views: Views,
    plane: tuple[int, ...],
    window: Area,
    colour: NDArray[np.float32],
    tolerance: float,
    *,
    band: int | None = None,
) -> Generator[tuple[int, int], None, Areas]:
    """Find the areas of a colour in a rectangle of a plane.

    Parameters
    ----------
    views : Views
        The picture, and what is marked.
    plane : tuple of int
        Index of the plane.
    window : tuple of slice
        The rectangle.
    colour : (3,) array
        In CIELAB.
    tolerance : float
        Largest distance from it.
    band : int, optional
        Rows that are looked at together.

    Yields
    ------
    (int, int)
        How many bands of how many are done.

    Returns
    -------
    Areas
        What was found.
    """
    rows, columns = window
    height = band or max(BAND_PIXELS // (columns.stop - columns.start), 1)
    tops = range(rows.start, rows.stop, height)
    runs: list[PixelRuns] = []
    sums: list[NDArray[np.float64]] = []
    for done, top in enumerate(tops, 1):
        part = slice(top, min(top + height, rows.stop)), columns
        found, values = _part(views, plane, part, colour, tolerance)
        runs.append(found)
        sums.append(values)
        yield done, len(tops)
    return _joined(PixelRuns.joined(runs), np.concatenate(sums))


def _part(
    views: Views,
    plane: tuple[int, ...],
    part: Area,
    colour: NDArray[np.float32],
    tolerance: float,
) -> tuple[PixelRuns, NDArray[np.float64]]:
    """Return the runs of a band, and the sums of colour and roughness of each."""
    around = enlarged(part, REACH, views.picture.shape)
    inside = relative(part, around)
    lab = smoothed_lab(views.colour(plane, around))
    distance = np.linalg.norm(lab - colour, axis=-1)
    free = views.free(plane, around)
    square = np.ones((3, 3), np.uint8)
    # Without bridges of a pixel: colours of a picture leak through them.
    near = ((distance <= tolerance) & free).astype(np.uint8)
    opened = cv2.morphologyEx(near, cv2.MORPH_OPEN, square)
    # The last pixel at the border has a colour between the two.
    with_border = (cv2.dilate(opened, square) > 0) & (distance <= 2 * tolerance) & free
    opened = (opened.astype(bool) | with_border)[inside]
    runs = PixelRuns.of(opened, part[0].start)
    runs = PixelRuns(runs.rows, runs.starts + part[1].start, runs.stops + part[1].start)
    values = np.concatenate((lab, _roughness(lab[..., 0])[..., None]), axis=-1)[inside]
    chosen = values[opened].astype(np.float64)
    if not len(runs):
        return runs, np.zeros((0, 4))
    return runs, np.add.reduceat(chosen, np.cumsum(runs.lengths) - runs.lengths, axis=0)


def _joined(runs: PixelRuns, sums: NDArray[np.float64]) -> Areas:
    """Join the runs that touch at a side."""
    count, area = _connected(runs)
    sizes = np.bincount(area, runs.lengths, minlength=count)
    totals = np.stack([np.bincount(area, each, minlength=count) for each in sums.T], axis=1)
    means = totals / np.maximum(sizes, 1)[:, None]
    return Areas(runs, area, sizes.astype(np.int64), means[:, :3], means[:, 3])


def _connected(runs: PixelRuns) -> tuple[int, NDArray[np.int64]]:
    """Give connected areas of runs the same number, in the order of their first pixels."""
    if not len(runs):
        return 0, np.zeros(0, np.int64)
    step = int(runs.stops.max()) + 1
    places, same = runs.rows * step, np.ones(len(runs), np.int64)
    plane = LabelRuns(places + runs.starts, places + runs.stops, same, step)
    count, area = grouped(len(runs), plane.touching(plane, -step, 0))
    _, at = np.unique(area, return_index=True)
    number = np.empty(count, np.int64)
    number[np.argsort(at)] = np.arange(count)
    return count, number[area]


def _roughness(lightness: NDArray[np.float32]) -> NDArray[np.float32]:
    side = (ROUGH_SIDE, ROUGH_SIDE)
    mean = cv2.blur(lightness, side, borderType=cv2.BORDER_REFLECT_101)
    square = cv2.blur(lightness**2, side, borderType=cv2.BORDER_REFLECT_101)
    return np.sqrt(np.maximum(square - mean**2, 0))
