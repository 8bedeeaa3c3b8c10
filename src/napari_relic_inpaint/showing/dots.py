"""The pattern of dotted fills: round dots, each row between those of the row before."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.showing.tints import HUES


def dots(
    rows: NDArray[np.floating],
    columns: NDArray[np.floating],
    *,
    dot: float,
    spacing: float,
    pixel: float,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return shade and hue of pixels, as `varied` takes them; over some dots their mean is 0.

    Parameters
    ----------
    rows, columns : (N,) arrays
        Where the pixels' centres are, from the border of the picture.
    dot, spacing : float
        Diameter of a dot, and from the middle of one to that of the next, in the same units.
    pixel : float
        Side of a pixel.
    """
    height = spacing * math.sqrt(3) / 2
    above = np.floor(rows / height)
    nearest = np.full(len(rows), np.inf)
    number = np.zeros(len(rows), np.int64)
    for row in (above, above + 1):
        shift = 0.5 * np.mod(row, 2)
        column = np.rint(columns / spacing - shift)
        distance = np.hypot(rows - row * height, columns - (column + shift) * spacing)
        closer = distance < nearest
        nearest = np.where(closer, distance, nearest)
        # So numbered that neighbours have other hues.
        kind = np.mod(column - np.floor(row / 2) - 2 * np.mod(row, 2), 3).astype(np.int64)
        number = np.where(closer, kind, number)
    radius = dot / 2
    # A border as soft as a pixel is wide; wider pixels see of each dot its share only.
    soft = np.clip((radius - nearest) / pixel + 0.5, 0, 1)
    area = (
        math.pi * (radius**2 + pixel**2 / 12)
        if dot >= pixel
        else math.pi * (radius + pixel / 2) ** 3 / (3 * pixel)
    )
    share = min(area / (spacing * height), 0.9)
    # Where a pixel covers whole dots nothing is left of them but their mean.
    seen = min(max(2 - 2 * pixel / spacing, 0.0), 1.0)
    shade = (share - soft) / max(share, 1 - share) * seen
    hue = HUES[number] * (soft * seen)[:, None]
    return shade.astype(np.float32), hue.astype(np.float32)
