"""A line along the inner side of the border of damage."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.opencv import cv2
from napari_relic_inpaint.showing.light import Light, lighter, luminance

STEP = 40.0
"""By how much lighter or darker than the local tone the line is, in steps of CIELAB."""

MIDDLE = 0.18
"""Luminance of a tone from which on the line is darker, else lighter."""


def reach_of(line: float) -> int:
    """Return how many pixels around a pixel have to be known."""
    return math.ceil(line) + 2


def border(damaged: NDArray[np.bool_], line: float) -> NDArray[np.float32]:
    """Return how much of each pixel is line, 0 to 1: all of those that touch what is intact."""
    if damaged.all():
        return np.zeros(damaged.shape, np.float32)
    depth = cv2.distanceTransform(damaged.view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    inside = np.clip(np.float32(line + 1) - depth, 0, 1).astype(np.float32)
    return np.where(damaged, inside, np.float32(0))


def outlined(light: Light, tone: Light, share: NDArray[np.float32]) -> Light:
    """Lay the line over colours.

    Parameters
    ----------
    light : (N, C) array
        The colours.
    tone : (N, C) array
        The mean light around, from which the line stands out.
    share : (N,) array
        How much of each is line.
    """
    step = np.where(luminance(tone) > MIDDLE, np.float32(-STEP), np.float32(STEP))
    ink = lighter(tone, step)
    return light + share[:, None] * (ink - light)
