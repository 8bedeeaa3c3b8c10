"""The lines within one rectangle of a picture: centrelines, what they look like, their pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.morphology import thin

from napari_relic_inpaint.marking.proposals.ridges import (
    ANGLES,
    NOISE_REACH,
    WHITE,
    Ridges,
    bars,
    find_ridges,
)
from napari_relic_inpaint.marking.proposals.ridges import reach as ridge_reach
from napari_relic_inpaint.marking.proposals.views import luminance, smoothed
from napari_relic_inpaint.opencv import cv2

FAINTEST = 0.03
"""Contrast of a line, as a share of black to white, below which it is none."""

ABOVE_NOISE = 1.3
"""How many times stronger than the lines of the texture around it a line has to be."""

SMOOTHING = 0.8
"""Standard deviation in pixels by which colours of lines and sides are smoothed."""

SPECK = 8
"""Centrelines of fewer pixels are specks of a texture, and more than all others."""

LOOKS = (
    "contrast",
    "above_noise",
    "width",
    "angle",
    "apart_red",
    "apart_green",
    "apart_blue",
    "chroma",
    "sides",
    "lines_around",
)


@dataclass(frozen=True)
class Lines:
    """Lines of a rectangle.

    Attributes
    ----------
    light : bool
        Whether they are lighter than their sides.
    rows, columns : (n,) arrays of int
        Pixels of the centrelines, in reading order.
    looks : (n, 8) array of float32
        What each looks like, see `LOOKS`: contrast as a share of black to white; the same as a
        multiple of the noise; difference between the two sides, and between the colours of line
        and sides beyond their lightness, both as shares of the contrast; width in pixels; number
        of the direction; lightness of the sides, 0 to 1; share of centrelines among the pixels
        around, in per cent.
    body : (m, 2) array of int
        Rows and columns of the pixels of the lines.
    nearest : (m,) array of int
        Number of the centreline's pixel that each of them is nearest to.
    """

    light: bool
    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    looks: NDArray[np.float32]
    body: NDArray[np.intp]
    nearest: NDArray[np.intp]


def reach(most: float) -> int:
    """Pixels around a rectangle that its lines depend on."""
    thinning = 3 * _radius(most) + 2 * _rounds(most) + SPECK + 4
    return ridge_reach(most) + thinning + NOISE_REACH


def find_lines(
    colour: NDArray[np.float32],
    free: NDArray[np.bool_],
    least: float,
    most: float,
    *,
    dark: bool,
    light: bool,
) -> list[Lines]:
    """Find the dark lines, the light ones, or both, in this order.

    Parameters
    ----------
    colour : (h, w, 3) array
        RGB in [0, 1].
    free : (h, w) array of bool
        Where there may be lines.
    least, most : float
        Widths in pixels.
    dark, light : bool
        Which are wanted.
    """
    grey = luminance(colour)
    dark_ridges, light_ridges, noise = find_ridges(grey, least, most)
    smooth = smoothed(colour, SMOOTHING)
    # Light lines are the dark ones of the negative.
    both = ((False, dark, dark_ridges, grey), (True, light, light_ridges, WHITE - grey))
    return [
        _lines(ridges, negative, noise, smooth, free, (least, most), light=is_light)
        for is_light, wanted, ridges, negative in both
        if wanted
    ]


def _lines(
    ridges: Ridges,
    grey: NDArray[np.uint16],
    noise: NDArray[np.float32],
    colour: NDArray[np.float32],
    free: NDArray[np.bool_],
    widths: tuple[float, float],
    *,
    light: bool,
) -> Lines:
    radius = _radius(widths[1])
    side = 2 * radius + 1
    depth = cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, np.ones((side + 2, side + 2), np.uint8))
    least = np.maximum(np.float32(FAINTEST * WHITE), ABOVE_NOISE * noise)
    deepest = cv2.dilate(depth, np.ones((side, side), np.uint8))
    candidates = (ridges.strength > least) & (depth > least) & (depth >= deepest // 2) & free
    # So many rounds and no more: with a reach that has no end, lines would depend on tiles.
    centre = _without_specks(thin(candidates, max_num_iter=_rounds(widths[1])))
    rows, columns = np.nonzero(centre)
    thickness = cv2.distanceTransform(
        np.pad(candidates, 1).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE
    )[1:-1, 1:-1]
    strength = ridges.strength[centre]
    looks = np.stack(
        [
            strength / WHITE,
            strength / np.maximum(noise[centre], 1),
            2 * thickness[centre] - 1,
            ridges.bar[centre] % ANGLES,
            *_beside(colour, ridges.bar[centre], rows, columns, widths),
            _around(centre)[centre],
        ],
        axis=1,
    ).astype(np.float32)
    body, nearest = _body(centre, depth, least, free, radius)
    return Lines(light, rows, columns, looks, body, nearest)


def _beside(
    colour: NDArray[np.float32],
    bar: NDArray[np.int16],
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
    widths: tuple[float, float],
) -> tuple[NDArray[np.float32], ...]:
    """Return `LOOKS` from the sides' difference in red on to the sides' lightness."""
    across = np.array([one.across for one in bars(*widths)])[bar]
    # What is just beside the line, and what is a little farther away.
    aside = across + np.rint(2 * across / np.linalg.norm(across, axis=1, keepdims=True)).astype(int)

    def at(steps: NDArray[np.integer]) -> NDArray[np.float32]:
        row = np.clip(rows + steps[:, 0], 0, colour.shape[0] - 1)
        column = np.clip(columns + steps[:, 1], 0, colour.shape[1] - 1)
        found: NDArray[np.float32] = colour[row, column]
        return found

    line = at(0 * across)
    one, other = ((at(sign * across) + at(sign * aside)) / 2 for sign in (1, -1))
    sides = ((one + other) / 2).astype(np.float32)
    return *(one - other).T, np.linalg.norm(_opponents(line), axis=1), _grey(sides)


def _body(
    centre: NDArray[np.bool_],
    depth: NDArray[np.uint16],
    least: NDArray[np.float32],
    free: NDArray[np.bool_],
    radius: int,
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the pixels of lines, and which pixel of a centreline each of them is nearest to."""
    if not centre.any():
        return np.zeros((0, 2), np.intp), np.zeros(0, np.intp)
    distance, nearest = ndimage.distance_transform_edt(~centre, return_indices=True)
    top, left = nearest
    body = (distance <= radius) & free & (depth > least) & (depth >= depth[top, left] // 2)
    body |= centre
    numbers = np.cumsum(centre.ravel()).reshape(centre.shape) - 1
    return np.argwhere(body), numbers[top[body], left[body]]


def _without_specks(centre: NDArray[np.bool_]) -> NDArray[np.bool_]:
    numbers, _ = ndimage.label(centre, structure=np.ones((3, 3)))
    large = np.bincount(numbers.ravel()) >= SPECK
    large[0] = False
    return large[numbers]


def _around(centre: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Share of centrelines among the pixels around each, in per cent."""
    side = 2 * NOISE_REACH + 1
    count = cv2.boxFilter(
        centre.astype(np.uint16),
        cv2.CV_32S,
        (side, side),
        normalize=False,
        borderType=cv2.BORDER_REFLECT_101,
    )
    return count.astype(np.float32) * np.float32(100 / side**2)


def _opponents(colour: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return red against green and yellow against blue, ``(n, 2)``."""
    red, green, blue = colour.T
    return np.stack((red - green, (red + green) / 2 - blue), axis=-1)


def _grey(colour: NDArray[np.float32]) -> NDArray[np.float32]:
    red, green, blue = colour.T
    grey: NDArray[np.float32] = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return grey


def _radius(most: float) -> int:
    return math.ceil(most / 2) + 1


def _rounds(most: float) -> int:
    """How often lines are peeled until centrelines are left."""
    return math.ceil(most / 2) + 2
