"""The tone of a place: the mean light of what is around."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.opencv import cv2
from napari_relic_inpaint.showing.context import Context, cell_means
from napari_relic_inpaint.showing.light import to_light

CELL = 16
"""Side in pixels of what is taken together."""

SPREAD, FARTHEST = 3.0, 8
"""Standard deviation of what counts, in cells, and how many of them at most."""

REACH = CELL * (FARTHEST + 1)

FILLED = 0.02
"""How much a pixel of a fill counts, beside 1 of what is original: it decides far inside only."""


def tone_of(context: Context, area: tuple[slice, slice]) -> NDArray[np.float32]:
    """Return the mean light around each pixel, ``(h, w, C)``.

    Parameters
    ----------
    context : Context
        Read with `REACH` and `CELL`.
    area : tuple of slice
        The rectangle in it that is wanted.
    """
    weight = np.where(context.labels != 0, np.float32(FILLED), np.float32(1))[..., None]
    sums = cell_means(to_light(context.values) * weight, CELL)
    sizes = cell_means(weight, CELL)
    together = np.concatenate((sums, sizes), axis=-1)
    side = 2 * FARTHEST + 1
    wide = cv2.GaussianBlur(
        together, (side, side), SPREAD, borderType=cv2.BORDER_REPLICATE
    ).reshape(together.shape)
    means = wide[..., :-1] / wide[..., -1:]
    height, width = context.labels.shape
    full = cv2.resize(means, (width, height), interpolation=cv2.INTER_LINEAR)
    return full.reshape(height, width, -1)[area]
