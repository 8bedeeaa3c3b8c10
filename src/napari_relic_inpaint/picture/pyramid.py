"""The lower levels of a multiscale picture, with what was painted into the highest laid over."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.picture.hole import HolePixels, position_type
from napari_relic_inpaint.picture.lazy_planes import PlaneFill, RestoredPicture
from napari_relic_inpaint.picture.picture import Area, Picture
from napari_relic_inpaint.picture.tiles import tiles

TILE = 1024

SOME_PIXELS = 4_000_000
"""Damaged pixels that are looked up at once."""


class ReducedPicture(RestoredPicture):
    """A level of a multiscale picture, restored like the finer level above it.

    A pixel that covers nothing restored is the level's own, bit for bit. One that covers restored
    pixels is their mean: its own value has the damage in it.

    Parameters
    ----------
    source : Picture
        The level as it is; its stack is that of the finer one.
    finer : RestoredPicture
        The next finer level.
    """

    def __init__(self, source: Picture, finer: RestoredPicture) -> None:
        super().__init__(source)
        self._finer = finer
        self._rows, self._columns = (
            _owners(fine, reduced)
            for fine, reduced in zip(finer.source.shape, source.shape, strict=True)
        )

    def update(self, index: tuple[int, ...], area: Area) -> Area:
        """Take over what was painted into a rectangle of the finer level.

        Returns
        -------
        tuple of slice
            The rectangle of this level that may look different now.
        """
        cells = _owned(self._rows, area[0]), _owned(self._columns, area[1])
        covered = _covered(self._rows, cells[0]), _covered(self._columns, cells[1])
        fine, own = self._finer.fills[index], self._fill(index)
        counts, means = _cell_means(
            fine,
            covered,
            self._rows[covered[0]] - cells[0].start,
            self._columns[covered[1]] - cells[1].start,
        )
        mask, numbers = own.pixels.numbers(cells)
        painted = counts[mask] > 0
        values = means[mask][painted]
        rounded = np.rint(values) if self.dtype.kind in "iu" else values
        own.values[numbers[painted]] = rounded.astype(self.dtype)
        own.painted[numbers[painted]] = True
        return cells

    def update_all(self) -> None:
        """Take over everything that was painted into the finer level."""
        for index, fine in self._finer.fills.items():
            for tile in tiles(fine.pixels.shape, TILE):
                if fine.pixels.any_in(tile):
                    self.update(index, tile)

    def _fill(self, index: tuple[int, ...]) -> PlaneFill:
        if index not in self.fills:
            pixels = self._reduced(self._finer.fills[index].pixels)
            self.add(index, PlaneFill(self.source, pixels))
        return self.fills[index]

    def _reduced(self, pixels: HolePixels) -> HolePixels:
        shape = self.source.shape
        found = []
        for first in range(0, len(pixels), SOME_PIXELS):
            positions = pixels.positions[first : first + SOME_PIXELS]
            rows, columns = np.divmod(positions, pixels.shape[1])
            places = self._rows[rows] * shape[1] + self._columns[columns]
            found.append(np.unique(places.astype(position_type(shape))))
        return HolePixels(shape, np.unique(np.concatenate(found)))


def _cell_means(
    fill: PlaneFill, area: Area, rows: NDArray[np.int64], columns: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Mean of what is painted in each cell of a rectangle.

    Parameters
    ----------
    fill : PlaneFill
        The fill.
    area : tuple of slice
        The rectangle.
    rows, columns : array of int
        The cell that each of its rows and columns belongs to, from 0.

    Returns
    -------
    counts : (h, w) array of int
        Painted pixels of each cell.
    means : (h, w, 1 or 3) array
        Their mean, 0 where there is none.
    """
    shape = int(rows[-1]) + 1, int(columns[-1]) + 1
    mask, numbers = fill.pixels.numbers(area)
    painted = fill.painted[numbers]
    y, x = (places[painted] for places in np.nonzero(mask))
    cells = rows[y] * shape[1] + columns[x]
    counts = np.bincount(cells, minlength=shape[0] * shape[1])
    sums = [
        np.bincount(cells, weights=channel, minlength=len(counts))
        for channel in fill.values[numbers[painted]].T
    ]
    means = np.stack(sums, axis=-1) / np.maximum(counts, 1)[:, None]
    return counts.reshape(shape), means.reshape(*shape, -1)


def _owners(fine: int, reduced: int) -> NDArray[np.int64]:
    """Return which pixel of the reduced axis covers each pixel of the finer one."""
    places = np.arange(fine)
    factor = round(fine / reduced)
    if reduced in (fine // factor, -(-fine // factor)):
        return np.minimum(places // factor, reduced - 1)
    return (2 * places + 1) * reduced // (2 * fine)


def _owned(owners: NDArray[np.int64], part: slice) -> slice:
    """Return the reduced pixels that some finer ones belong to."""
    return slice(int(owners[part.start]), int(owners[part.stop - 1]) + 1)


def _covered(owners: NDArray[np.int64], cells: slice) -> slice:
    """Return the finer pixels that belong to some reduced ones."""
    start, stop = np.searchsorted(owners, (cells.start, cells.stop))
    return slice(int(start), int(stop))
