"""The eight neighbours of a pixel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

AROUND = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))
"""Rows and columns to the neighbours of a pixel, clockwise from above: the bits of a code."""


def codes(plane: NDArray[np.integer], pixels: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Tell which neighbours of pixels have the label of the pixel, a bit each as in `AROUND`.

    Parameters
    ----------
    plane : (H, W) array of int
        Labels; the outermost rows and columns are 0.
    pixels : (N,) array of int
        Places in the flattened plane.
    """
    flat, width = plane.ravel(), plane.shape[1]
    own = flat[pixels]
    code = np.zeros(len(pixels), np.uint8)
    for bit, (row, column) in enumerate(AROUND):
        code |= (flat[pixels + (row * width + column)] == own).astype(np.uint8) << np.uint8(bit)
    return code


def ways(code: int) -> list[int]:
    """Return by which bits of a code a thinned line goes on.

    A corner beside a side is reached by way of that side.
    """
    sides = [bit for bit in (0, 2, 4, 6) if code >> bit & 1]
    corners = [bit for bit in (1, 3, 5, 7) if code >> bit & 1]
    return sides + [bit for bit in corners if not {bit - 1, (bit + 1) % 8} & set(sides)]
