"""What is around pixels, read so far that it does not depend on what else is read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.marking.plane_masks import PlaneMasks
from napari_relic_inpaint.picture.picture import Area, Picture, ValueRange


@dataclass(frozen=True)
class Context:
    """A rectangle of a plane with what is around it; beyond the picture its border is repeated.

    Attributes
    ----------
    values : (h, w, C) array of float32
        Grey or RGB as encoded, 0 to 1.
    labels : (h, w) array
        Of the damage, 0 where there is none.
    inner : tuple of slice
        Where the rectangle lies in it.
    """

    values: NDArray[np.float32]
    labels: NDArray[np.generic]
    inner: Area

    @classmethod
    def read(
        cls,
        source: Picture,
        masks: PlaneMasks,
        index: tuple[int, ...],
        area: Area,
        scale: ValueRange,
        *,
        reach: int,
        cell: int,
    ) -> Context:
        """Read at least ``reach`` pixels more on each side, from a multiple of ``cell`` to another.

        Cells that are counted from the context's corner are then those of the whole plane.
        """
        starts = [(part.start - reach) // cell * cell for part in area]
        stops = [-(-(part.stop + reach) // cell) * cell for part in area]
        inside = tuple(
            slice(max(start, 0), min(stop, length))
            for start, stop, length in zip(starts, stops, source.shape, strict=True)
        )
        rows, columns = inside
        beyond = [
            (part.start - start, stop - part.stop)
            for part, start, stop in zip(inside, starts, stops, strict=True)
        ]
        colour = source.colour(source.raw(index, (rows, columns)))
        values = np.pad(scale.to_unit(colour), [*beyond, (0, 0)], mode="edge")
        labels = np.pad(masks.labels(index, (rows, columns)), beyond, mode="edge")
        inner = (
            slice(part.start - start, part.stop - start)
            for part, start in zip(area, starts, strict=True)
        )
        return cls(values, labels, (next(inner), next(inner)))


def cell_means(values: NDArray[np.float32], cell: int) -> NDArray[np.float32]:
    """Return the means of cells of an array ``(h, w, C)``, whose sides are multiples of them."""
    height, width, channels = values.shape
    cells = values.reshape(height // cell, cell, width // cell, cell, channels)
    return cells.mean(axis=(1, 3), dtype=np.float32)
