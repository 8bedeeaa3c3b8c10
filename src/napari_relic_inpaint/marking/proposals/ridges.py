"""Thin dark and light lines of a picture, by how far they stand out from both of their sides."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.opencv import cv2

ANGLES = 12
"""Directions in which lines are looked for."""

SCALE = 2
"""Each width that is looked for is this many times the one before."""

WHITE = 65535
"""Luminance is in integers up to this one: sums are exact, in whichever order they are taken."""

NOISE_REACH = 32
"""Pixels around a pixel within which the lines that a texture is full of are averaged."""


@dataclass(frozen=True)
class Bar:
    """One line detector: a direction and a width.

    Attributes
    ----------
    along : list of (int, int)
        Rows and columns from the middle of the line to the pixels on it.
    across : (int, int)
        Rows and columns from the line to its one side; the other lies opposite.
    """

    along: list[tuple[int, int]]
    across: tuple[int, int]

    @classmethod
    def of(cls, width: float, angle: int) -> Bar:
        """Return the detector of a width, in pixels, and of one of the `ANGLES`."""
        turn = math.pi * angle / ANGLES
        row, column = math.sin(turn), math.cos(turn)
        length, step = max(4.0, 1.5 * width), max(1.0, width / 3)
        places = np.arange(-math.floor(length / step), math.floor(length / step) + 1) * step
        along = [(round(place * row), round(place * column)) for place in places]
        return cls(along, (round((width + 1) * column), round(-(width + 1) * row)))


@dataclass(frozen=True)
class Ridges:
    """How much each pixel looks like a part of a thin line, ``(h, w)`` each.

    Attributes
    ----------
    strength : array of float32
        How far the line stands out from the nearer of its sides; at 0 and below it is no line.
    bar : array of int16
        Which of the detectors answered most.
    """

    strength: NDArray[np.float32]
    bar: NDArray[np.int16]


def widths(least: float, most: float) -> list[float]:
    """Return the widths that are looked for, in pixels, from the least to the most."""
    if most <= least:
        return [least]
    count = math.ceil(math.log(most / least, SCALE))
    return [least * (most / least) ** (n / count) for n in range(count + 1)]


def bars(least: float, most: float) -> list[Bar]:
    """Return the detectors: all directions of the first width, then those of the next one."""
    return [Bar.of(width, angle) for width in widths(least, most) for angle in range(ANGLES)]


def reach(most: float) -> int:
    """Pixels around a rectangle that its ridges and their noise depend on."""
    return NOISE_REACH + _bar_reach(most)


def find_ridges(
    luminance: NDArray[np.uint16], least: float, most: float
) -> tuple[Ridges, Ridges, NDArray[np.float32]]:
    """Find dark and light lines.

    Parameters
    ----------
    luminance : (h, w) array of uint16
        Grey picture, 0 to `WHITE`. What lies within `reach` of its border depends on what is
        beyond.
    least, most : float
        Widths in pixels.

    Returns
    -------
    dark, light : Ridges
        Strengths in the luminance's unit.
    noise : (h, w) array of float32
        Mean strength of all lines around.
    """
    found = [
        Ridges(np.zeros(luminance.shape, np.float32), np.zeros(luminance.shape, np.int16))
        for _ in range(2)
    ]
    number = 0
    for width in widths(least, most):
        pad = _bar_reach(width)
        smooth = cv2.GaussianBlur(
            luminance, (0, 0), 0.2 + 0.3 * width, borderType=cv2.BORDER_REFLECT_101
        )
        smooth = cv2.copyMakeBorder(smooth, pad, pad, pad, pad, cv2.BORDER_REFLECT_101)
        smooth = smooth.astype(np.float32)
        for angle in range(ANGLES):
            bar = Bar.of(width, angle)
            answers = _contrasts(smooth, bar, pad, luminance.shape)
            for ridges, answer in zip(found, answers, strict=True):
                better = answer > ridges.strength
                np.copyto(ridges.strength, answer, where=better)
                ridges.bar[better] = number
            number += 1
    dark, light = found
    return dark, light, _noise(dark.strength + light.strength)


def _contrasts(
    smooth: NDArray[np.float32], bar: Bar, pad: int, shape: tuple[int, ...]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return how much each pixel's line is darker, and lighter, than both of its sides."""
    room = max(abs(n) for n in bar.across)

    def moved(array: NDArray[np.float32], row: int, column: int, border: int) -> NDArray[Any]:
        height, width = (n + 2 * border for n in shape)
        top, left = ((n - m) // 2 for n, m in zip(array.shape, (height, width), strict=True))
        return array[top + row : top + row + height, left + column : left + column + width]

    # Sums of integers below 2 ** 24 are exact in float32.
    line = np.zeros([n + 2 * room for n in shape], np.float32)
    for row, column in bar.along:
        line += moved(smooth, row, column, room)
    row, column = bar.across
    middle, one, other = (moved(line, row * n, column * n, 0) for n in (0, 1, -1))
    share = np.float32(1 / len(bar.along))
    return (np.minimum(one, other) - middle) * share, (middle - np.maximum(one, other)) * share


def _noise(strength: NDArray[np.float32]) -> NDArray[np.float32]:
    side = 2 * NOISE_REACH + 1
    total = cv2.boxFilter(
        np.minimum(strength, WHITE).astype(np.uint16),
        cv2.CV_32S,
        (side, side),
        normalize=False,
        borderType=cv2.BORDER_REFLECT_101,
    )
    return total.astype(np.float32) / np.float32(2 * side**2)


def _bar_reach(width: float) -> int:
    """Pixels around a pixel that the detectors of a width, and what they smooth, look at."""
    smoothing = math.ceil(4 * (0.2 + 0.3 * width)) + 1
    return math.ceil(max(4.0, 1.5 * width)) + math.ceil(width + 1) + smoothing + 2
