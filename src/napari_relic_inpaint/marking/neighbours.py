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
