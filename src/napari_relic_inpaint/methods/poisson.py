"""The post-processing of GLCIC: fast marching, then Poisson blending."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.opencv import cv2
from napari_relic_inpaint.windows.plane import View

MARCHING_RADIUS = 1
"""Neighbourhood of the fast marching method in pixels, as published."""

ERODED = 3
"""Pixels along the border of the hole that OpenCV's blending takes from the marching alone."""

BORDER = 2
"""OpenCV needs known pixels all around the hole."""


def blended_in(painted: NDArray[np.float32], view: View) -> NDArray[np.float32]:
    """Return a window's fill with its brightness and colour adapted to its surroundings.

    The hole is filled by fast marching (Telea) first; then the gradients of the fill are laid over
    that by solving the Poisson equation, from `ERODED` pixels inside the hole on. What is no
    wider than twice that is left to the marching alone, and what the marching gets wrong at the
    border shifts the whole fill: this is the published way, not the most accurate one.

    OpenCV does both in 8 bits. Only the correction is taken from it, the difference that it makes
    to the fill, so that the fill is not reduced to 256 levels.

    Parameters
    ----------
    painted : (h, w, 3) array of float32
        What the network painted; only its values inside the hole are used.
    view : View
        The window.

    Returns
    -------
    (h, w, 3) array of float32
        The corrected fill inside the hole, the picture outside.
    """
    composed = np.where(view.hole[..., None], painted, view.picture).astype(np.float32)
    if view.hole.all():
        return composed
    mask = view.hole.astype(np.uint8)
    before = _bytes(composed)
    marched = cv2.inpaint(_bytes(view.picture), mask, MARCHING_RADIUS, cv2.INPAINT_TELEA)
    correction = _cloned(before, marched, mask).astype(np.float32) - before
    return composed + np.where(view.hole[..., None], correction / 255, 0).astype(np.float32)


def _cloned(
    fill: NDArray[np.uint8], marched: NDArray[np.uint8], mask: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """Lay the gradients of the fill over the result of the marching."""
    square = np.ones((2 * ERODED + 1, 2 * ERODED + 1), np.uint8)
    if not cv2.erode(mask, square, borderType=cv2.BORDER_CONSTANT, borderValue=0).any():
        return marched  # nothing is left to blend, and OpenCV fails on holes of a few pixels
    pad = (BORDER,) * 4
    inside = (slice(BORDER, -BORDER),) * 2
    around = cv2.copyMakeBorder(mask, *pad, cv2.BORDER_CONSTANT, value=0)
    left, top, width, height = cv2.boundingRect(around)
    cloned = cv2.seamlessClone(
        cv2.copyMakeBorder(fill, *pad, cv2.BORDER_REPLICATE),
        cv2.copyMakeBorder(marched, *pad, cv2.BORDER_REPLICATE),
        255 * around,
        (left + width // 2, top + height // 2),
        cv2.NORMAL_CLONE,
    )
    return cloned[inside]


def _bytes(picture: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.rint(255 * np.clip(picture, 0, 1)).astype(np.uint8)
