"""A survey that is kept while the damage is being painted: only what changes is looked at again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.picture.array_like import count_not_finite
from napari_relic_inpaint.picture.hole import HolePixels
from napari_relic_inpaint.picture.picture import Area, Picture
from napari_relic_inpaint.picture.tiles import bands
from napari_relic_inpaint.windows.survey import CELL, Survey, cell_means


class StandingSurvey:
    """The survey of one plane whose damage changes.

    Parameters
    ----------
    picture : Picture
        The picture; it has to stay as it is.
    index : tuple of int
        The plane.
    survey : Survey
        The survey of the plane with the damage at the start; its arrays are changed.

    Attributes
    ----------
    now : Survey
        What a survey of the plane with its damage as it is now would give.
    """

    def __init__(self, picture: Picture, index: tuple[int, ...], survey: Survey) -> None:
        self._picture = picture
        self._index = index
        self._extremes: tuple[NDArray[Any], NDArray[Any]] | None = None
        self.now = survey

    def prepare(self) -> Iterator[None]:
        """Learn the extremes of every cell, band by band; has to be run once.

        Of 8-bit pictures black and white are known without.
        """
        if self._picture.dtype == np.uint8:
            return
        height, width = self._picture.shape
        lowest, highest = [], []
        for rows in bands(height, width, multiple=CELL):
            low, high = self._extremes_of(*self._read((rows, slice(0, width)), self.now.pixels))
            lowest.append(low)
            highest.append(high)
            yield
        self._extremes = np.concatenate(lowest), np.concatenate(highest)

    def update(self, area: Area, damage: NDArray[np.bool_]) -> None:
        """Look again at a rectangle whose damage is ``(h, w)`` now.

        Raises
        ------
        InputError
            If what is not damaged any more is NaN or infinite; nothing is changed then.
        """
        pixels = self.now.pixels.changed(area, damage)
        whole = self._whole_cells(area)
        colour, known = self._read(whole, pixels)
        bad = count_not_finite(np.where(known[..., None], colour, 0))
        if bad:
            raise InputError(
                f"the picture has {bad} NaN or infinite values where the damage was erased: mark "
                "these pixels as damage or replace them"
            )
        cells = tuple(slice(part.start // CELL, -(-part.stop // CELL)) for part in whole)
        means, shares = cell_means(np.where(known[..., None], colour, 0), known)
        self.now.average[cells], self.now.share[cells] = means, shares
        darkest, brightest = self.now.darkest, self.now.brightest
        if self._extremes is not None:
            lowest, highest = self._extremes
            lowest[cells], highest[cells] = self._extremes_of(colour, known)
            darkest, brightest = float(lowest.min()), float(highest.max())
        self.now = replace(self.now, pixels=pixels, darkest=darkest, brightest=brightest)

    def _read(self, area: Area, pixels: HolePixels) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        """Read the colours of a rectangle, and what of it is known."""
        colour = self._picture.colour(self._picture.raw(self._index, area))
        return colour, ~pixels.mask(area)

    def _whole_cells(self, area: Area) -> Area:
        rows, columns = (
            slice(part.start // CELL * CELL, min(-(-part.stop // CELL) * CELL, length))
            for part, length in zip(area, self._picture.shape, strict=True)
        )
        return rows, columns

    @staticmethod
    def _extremes_of(
        colour: NDArray[Any], known: NDArray[np.bool_]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the least and the greatest known value of each cell, infinite without any."""
        found = []
        for extreme, nothing in ((np.minimum, np.inf), (np.maximum, -np.inf)):
            values = np.where(known, extreme.reduce(colour, axis=-1).astype(np.float64), nothing)
            for axis in (0, 1):
                starts = np.arange(0, values.shape[axis], CELL)
                values = extreme.reduceat(values, starts, axis=axis)
            found.append(values)
        return found[0], found[1]
