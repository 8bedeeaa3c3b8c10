"""Sources to look at: a filled place and the place it came from in the same colour."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage.color import hsv2rgb

PATTERN = 96
"""Every so many pixels, across and down, the colours begin again, with another brightness."""

SHIFTS = 3
"""Brightnesses that follow each other, so that neighbouring squares differ."""


def source_colours(sources: NDArray[Any]) -> NDArray[np.uint8]:
    """Colour what was copied, and where it was copied from, by the place it came from.

    Parameters
    ----------
    sources : (..., H, W, 3) array of int
        Row, column and mirroring, as in `SourceMaps`.

    Returns
    -------
    (..., H, W, 4) array of uint8
        RGBA; what was neither copied nor copied from is transparent.
    """
    colours = np.zeros((*sources.shape[:-1], 4), np.uint8)
    for index in np.ndindex(sources.shape[:-3]):
        copied = sources[index][..., 0] >= 0
        rows, columns = (sources[index][copied][:, axis] for axis in (0, 1))
        shown = _colour(rows, columns)
        colours[index][copied] = shown
        colours[index][rows, columns] = shown
    return colours


def _colour(rows: NDArray[Any], columns: NDArray[Any]) -> NDArray[np.uint8]:
    hue = (rows % PATTERN + columns % PATTERN) / (2 * PATTERN)
    saturation = 0.5 + 0.5 * (columns % PATTERN) / PATTERN
    value = 1 - 0.2 * ((rows // PATTERN + columns // PATTERN) % SHIFTS)
    colour = hsv2rgb(np.stack([hue, saturation, value], axis=-1)[None])[0]
    return np.concatenate([np.rint(255 * colour), np.full((len(rows), 1), 255)], axis=1).astype(
        np.uint8
    )
