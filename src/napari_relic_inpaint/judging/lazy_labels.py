"""The labels of a damage mask of any form, read by rectangles."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.marking.plane_masks import PlaneMasks
from napari_relic_inpaint.picture.lazy_planes import LazyPlanes
from napari_relic_inpaint.picture.picture import Area, Picture


class LazyLabels(LazyPlanes):
    """The labels of each plane of a picture, ``(..., H, W)``; no more is read than is asked for.

    Of what holds whole numbers, its values are the labels; of all else, what is not 0 is damage.

    Parameters
    ----------
    masks : PlaneMasks
        The mask.
    picture : Picture
        What it is a mask of.
    damage : array-like
        What the mask was made of.
    """

    def __init__(self, masks: PlaneMasks, picture: Picture, damage: Any) -> None:
        kind = np.dtype(getattr(damage, "dtype", np.float64))
        self.shape = (*picture.stack, *picture.shape)
        self.dtype = kind if kind.kind in "ui" else np.dtype(bool)
        self._axes = 2
        self._masks = masks

    def _read(self, index: tuple[int, ...], area: Area) -> NDArray[Any]:
        labels = self._masks.labels(index, area)
        if self.dtype.kind == "i":
            # Whatever is not 0 is damage, but only numbers from 1 on are labels.
            labels = np.where(labels < 0, 1, labels)
        return labels.astype(self.dtype)
