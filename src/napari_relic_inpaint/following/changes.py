"""Where a mask that is being painted is different from what was known of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.marking.mask_meaning import from_labels
from napari_relic_inpaint.marking.plane_masks import PlaneMasks
from napari_relic_inpaint.picture.hole import HolePixels
from napari_relic_inpaint.picture.picture import Area
from napari_relic_inpaint.picture.tiles import placed


def change_in(
    area: Area, masks: PlaneMasks, index: tuple[int, ...], pixels: HolePixels
) -> tuple[Area, NDArray[np.bool_]] | None:
    """Return where the damage of a plane has changed in a rectangle, and what it is there now.

    Parameters
    ----------
    area : tuple of slice
        The rectangle.
    masks : PlaneMasks
        The damage as it is now.
    index : tuple of int
        The plane.
    pixels : HolePixels
        The hole as it was.

    Returns
    -------
    (tuple of slice, (h, w) array of bool) or None
        The smallest rectangle around all changes, and its mask; None if nothing has changed.
    """
    found = from_labels(masks.labels(index, area), name="damage")
    different = found != pixels.mask(area)
    rows, columns = np.flatnonzero(different.any(axis=1)), np.flatnonzero(different.any(axis=0))
    if not len(rows):
        return None
    place = slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)
    return placed(place, area), found[place]
