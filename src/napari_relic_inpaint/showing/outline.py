"""A line along the inner side of the border of damage."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.opencv import cv2
from napari_relic_inpaint.showing.light import Light, lighter, lightness, luminance

STEP = 36.0
"""By how much lighter or darker than the local tone the line is, in steps of CIELAB."""

LEAST = 15.0
"""Steps by which it differs at least from what it is drawn on."""

NEAR = 7
"""Side in pixels of the square that it is drawn on."""

MIDDLE = 0.28
"""Luminance of a tone from which on the line is darker, else lighter."""


def reach_of(line: float) -> int:
    """Return how many pixels around a pixel have to be known."""
    return math.ceil(line) + NEAR


def border(damaged: NDArray[np.bool_], line: float) -> NDArray[np.float32]:
    """Return how much of each pixel is line, 0 to 1: all of those that touch what is intact."""
    if damaged.all():
        return np.zeros(damaged.shape, np.float32)
    depth = cv2.distanceTransform(damaged.view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    inside = np.clip(np.float32(line + 1) - depth, 0, 1).astype(np.float32)
    return np.where(damaged, inside, np.float32(0))


def outlined(light: Light, tone: Light, near: Light, share: NDArray[np.float32]) -> Light:
    """Lay the line over colours.

    Parameters
    ----------
    light : (N, C) array
        The colours.
    tone : (N, C) array
        The mean light around, which decides whether the line is dark or light.
    near : (N, C) array
        That of the next few pixels: where the line would not stand out from it, it is the other.
    share : (N,) array
        How much of each is line.
    """
    darker, brighter = lighter(tone, -STEP), lighter(tone, STEP)
    dark = luminance(tone) > MIDDLE
    told_from = lightness(luminance(near))
    off = [abs(lightness(luminance(ink)) - told_from) for ink in (brighter, darker)]
    dark = np.where(np.where(dark, off[1], off[0]) < LEAST, ~dark, dark)
    ink = np.where(dark[:, None], darker, brighter)
    return (light + share[:, None] * (ink - light)).astype(np.float32)


def near_tone(light: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the mean light of the next few pixels, ``(h, w, C)``."""
    mean: NDArray[np.float32] = cv2.blur(
        light, (NEAR, NEAR), borderType=cv2.BORDER_REPLICATE
    ).astype(np.float32)
    return mean.reshape(light.shape)
