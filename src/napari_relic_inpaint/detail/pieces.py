"""The parts of a hole that detail is copied into, and how far around each is looked for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.marking.components import LabelRuns, Pieces
from napari_relic_inpaint.picture.hole import HolePixels
from napari_relic_inpaint.picture.picture import Area
from napari_relic_inpaint.picture.tiles import enlarged
from napari_relic_inpaint.picture.widths import where_square_fits

ROOMY, WIDE = 7, 9
"""Detail is copied where a square of the first number of pixels a side fits, if one of the second
fits somewhere beside it: thin cracks gain nothing, where they cross neither."""

CELL = 192
"""Small holes whose middles lie in the same square of this many pixels a side share a piece."""

LARGEST = 512
"""Larger holes are cut into pieces of this many pixels a side, that are filled one after the
other."""

SIDES, NEAREST, FARTHEST = 4, 96, 384
"""How far around a piece is looked for sources: so many times the side of the hole, and at least
and at most so many pixels."""


@dataclass(frozen=True)
class Piece:
    """Hole pixels that are given detail together.

    Attributes
    ----------
    numbers : (n,) array of int
        Which hole pixels, ascending.
    area : tuple of slice
        The rectangle in which they and their sources lie.
    """

    numbers: NDArray[np.intp]
    area: Area


def has_room(pixels: HolePixels) -> bool:
    """Tell whether a hole has a place that is wide enough for detail."""
    return bool(where_square_fits(pixels, WIDE).any())


def chains(pixels: HolePixels) -> Iterator[list[Piece]]:
    """Yield the pieces of a hole, as lists in which each builds on those before it.

    Two lists have nothing to do with each other. They depend on the hole alone, and not on how the
    picture is cut into windows.
    """
    wanted = np.flatnonzero(where_square_fits(pixels, ROOMY))
    wide = where_square_fits(pixels, WIDE)[wanted]
    if not wide.any():
        return
    rows, columns = np.divmod(pixels.positions[wanted].astype(np.int64), pixels.shape[1])
    hole = _components(rows, columns)
    given = np.isin(hole, hole[wide])
    wanted, rows, columns = wanted[given], rows[given], columns[given]
    hole = np.unique(hole[given], return_inverse=True)[1]
    order = np.argsort(hole, kind="stable")
    starts = np.flatnonzero(np.diff(hole[order], prepend=-1))
    tops, lefts = (np.minimum.reduceat(part[order], starts) for part in (rows, columns))
    bottoms, rights = (np.maximum.reduceat(part[order], starts) for part in (rows, columns))
    sides = np.maximum(bottoms - tops, rights - lefts) + 1
    small = sides <= CELL
    middle = (tops + bottoms) // 2 // CELL, (lefts + rights) // 2 // CELL
    # Small holes go by their cell, each other one by itself.
    across = -(-pixels.shape[1] // CELL)
    group = np.where(small, middle[0] * across + middle[1], -1 - np.arange(len(sides)))
    of_pixel = group[hole]
    order = np.argsort(of_pixel, kind="stable")
    starts = np.flatnonzero(np.diff(of_pixel[order], prepend=order.size and of_pixel[order[0]] - 1))
    for some in np.split(order, starts[1:]):
        yield list(_pieces(pixels, wanted, rows, columns, np.sort(some)))


def _pieces(
    pixels: HolePixels,
    wanted: NDArray[np.intp],
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    some: NDArray[np.intp],
) -> Iterator[Piece]:
    """Cut some of the pixels into pieces of at most `LARGEST` a side."""
    height, width = (int(np.ptp(part[some])) + 1 for part in (rows, columns))
    reach = int(np.clip(SIDES * max(height, width), NEAREST, FARTHEST))
    tile = np.zeros(len(some), np.int64)
    if max(height, width) > LARGEST:
        across = -(-pixels.shape[1] // LARGEST)
        tile = rows[some] // LARGEST * across + columns[some] // LARGEST
    for each in np.unique(tile):
        numbers = wanted[some[tile == each]]
        yield Piece(numbers, enlarged(pixels.bounds(numbers), reach, pixels.shape))


def _components(rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the number of each pixel's connected part; they touch at sides or corners."""
    step = int(columns.max()) + 2
    places = rows * step + columns
    starts = np.flatnonzero(np.diff(places, prepend=-2) != 1)
    lengths = np.diff(np.append(starts, len(places)))
    runs = LabelRuns(places[starts], places[starts] + lengths, np.ones(len(starts), np.int64), step)
    return np.repeat(Pieces.of(runs).of_run, lengths)
