"""The pattern of selezione: strokes that run along the drawing.

Noise is smeared along the direction of the drawing (line integral convolution), so that it becomes
strokes of one width that bend with the forms. Noise without a mean stays without one.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.opencv import cv2
from napari_relic_inpaint.showing.context import Context, cell_means
from napari_relic_inpaint.showing.tints import HUES

STEPS = 7
"""Steps from the middle of a stroke to its end."""

STEP = 0.75
"""Length of a step, in widths of a stroke."""

FINE, COARSE = 2.5, 4.0
"""Standard deviations of what the direction is taken from, in cells."""

FARTHEST = 10
"""Cells on each side that are looked at for it."""

OF_COARSE = 0.15
"""How much the coarser direction counts beside the finer one: it decides where that is flat."""

UPRIGHT = 2e-6
"""What counts for the upright where there is no drawing at all; squares of a slope per pixel."""

SHARP = 2.0
"""How hard the borders of strokes are."""

_NOISES = 3


def cell_of(line: float) -> int:
    """Return the side in pixels of the cells from which directions are taken."""
    return max(4, 2 * math.ceil(line))


def reach_of(line: float) -> int:
    """Return how many pixels around a pixel have to be known."""
    return cell_of(line) * (FARTHEST + 1) + math.ceil((STEPS + 1) * STEP * line) + 1


def strokes(
    context: Context, pixels: NDArray[np.bool_], corner: tuple[int, int], line: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return shade and hue of pixels, as `varied` takes them; over some strokes their mean is 0.

    Parameters
    ----------
    context : Context
        Read with `reach_of` and `cell_of`.
    pixels : (h, w) array of bool
        The pixels, in the inner rectangle of the context.
    corner : (int, int)
        Row and column in the plane of the context's first pixel.
    line : float
        Width of a stroke in pixels, at least 1.
    """
    down, right = directions(context, line)
    rows, columns = (
        place.astype(np.float32) + np.float32(part.start)
        for place, part in zip(np.nonzero(pixels), context.inner, strict=True)
    )
    smeared = _smear(_noise(corner, context.labels.shape, line), down, right, rows, columns, line)
    level = np.tanh(np.float32(SHARP) / _usual(line) * smeared)
    hue = (level[:, 1:2] * HUES[0] + level[:, 2:] * HUES[1]).astype(np.float32)
    return level[:, 0], np.clip(hue, -1, 1)


def directions(context: Context, line: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the direction of the drawing at each pixel: unit vectors as rows and columns.

    It is across the gradients of lightness, by the structure tensor of the picture with its fill.
    """
    cell = cell_of(line)
    grey = context.values.mean(axis=-1)
    smooth = cv2.GaussianBlur(grey, (0, 0), cell / 4, borderType=cv2.BORDER_REPLICATE)
    across = cv2.Sobel(smooth, cv2.CV_32F, 1, 0, scale=1 / 8)
    along = cv2.Sobel(smooth, cv2.CV_32F, 0, 1, scale=1 / 8)
    tensor = np.stack((across * across - along * along, 2 * across * along), axis=-1)
    cells = cell_means(tensor, cell)
    side = (2 * FARTHEST + 1,) * 2
    fine, coarse = (cv2.GaussianBlur(cells, side, spread) for spread in (FINE, COARSE))
    both = fine + np.float32(OF_COARSE) * coarse
    both[..., 0] += np.float32(UPRIGHT)
    height, width = grey.shape
    full = cv2.resize(both, (width, height), interpolation=cv2.INTER_LINEAR)
    turn = np.arctan2(full[..., 1], full[..., 0]) / 2
    return np.cos(turn), -np.sin(turn)


def _noise(corner: tuple[int, int], shape: tuple[int, ...], line: float) -> NDArray[np.float32]:
    """Return noise of the width of strokes, ``(h, w, 3)``: each pixel of a plane has its own."""
    rows = (np.arange(shape[0], dtype=np.int64) + corner[0]).astype(np.uint32)[:, None]
    columns = (np.arange(shape[1], dtype=np.int64) + corner[1]).astype(np.uint32)[None]
    mixed = rows * np.uint32(0x9E3779B1) ^ columns * np.uint32(0x85EBCA77)
    layers = []
    for _ in range(_NOISES):
        mixed = (mixed ^ (mixed >> np.uint32(15))) * np.uint32(0x2C1B3C6D)
        mixed = (mixed ^ (mixed >> np.uint32(12))) * np.uint32(0x297A2D39)
        layers.append((mixed ^ (mixed >> np.uint32(15))).astype(np.float32) / np.float32(2**32))
    white = np.stack(layers, axis=-1) - np.float32(0.5)
    narrow, wide = (cv2.GaussianBlur(white, (0, 0), part * line) for part in (0.31, 0.62))
    return narrow - wide


def _smear(
    noise: NDArray[np.float32],
    down: NDArray[np.float32],
    right: NDArray[np.float32],
    rows: NDArray[np.float32],
    columns: NDArray[np.float32],
    line: float,
) -> NDArray[np.float32]:
    """Return the mean of the noise along the direction through each of some places, ``(N, 3)``."""
    total = _sampled(noise, rows, columns)
    step = np.float32(STEP * line)
    for sign in (np.float32(1), np.float32(-1)):
        y, x = rows.copy(), columns.copy()
        dy, dx = None, None
        for _ in range(STEPS):
            at = np.rint(y).astype(np.intp), np.rint(x).astype(np.intp)
            new_y, new_x = down[at], right[at]
            if dy is None or dx is None:
                turn: Any = sign
            else:
                # A direction has no sense: go on without turning round.
                turn = np.where(new_y * dy + new_x * dx < 0, np.float32(-1), np.float32(1))
            dy, dx = new_y * turn, new_x * turn
            y += step * dy
            x += step * dx
            total += _sampled(noise, y, x)
    return total / np.float32(2 * STEPS + 1)


def _sampled(
    noise: NDArray[np.float32], rows: NDArray[np.float32], columns: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Interpolate noise at places, ``(N, 3)``."""
    # OpenCV takes no lists of more than 32 767.
    width = 4096
    missing = -len(rows) % width
    y, x = (np.pad(place, (0, missing)).reshape(-1, width) for place in (rows, columns))
    found = cv2.remap(noise, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return found.reshape(-1, _NOISES)[: len(rows)]


@lru_cache(maxsize=16)
def _usual(line: float) -> np.float32:
    """Return the standard deviation of what `_smear` gives."""
    margin = math.ceil((STEPS + 1) * STEP * line)
    side = 128 + 2 * margin
    upright = np.ones((side, side), np.float32)
    rows, columns = np.mgrid[margin : side - margin, margin : side - margin].astype(np.float32)
    noise = _noise((0, 0), (side, side), line)
    smeared = _smear(noise, upright, 0 * upright, rows.ravel(), columns.ravel(), line)
    return np.float32(smeared.std())
