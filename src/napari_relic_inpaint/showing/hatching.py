"""The pattern of rigatino: straight lines at equal distances."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.showing.tints import HUES

_LINES = len(HUES)


def hatching(
    rows: NDArray[np.floating],
    columns: NDArray[np.floating],
    *,
    line: float,
    spacing: float,
    angle: float,
    pixel: float,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return shade and hue of pixels, as `varied` takes them; over three lines their mean is 0.

    Lines are dark and each third one of the same hue, what is between them is lighter. A pixel has
    the mean of what it covers, so that lines are smooth, and merge where pixels are wider.

    Parameters
    ----------
    rows, columns : (N,) arrays
        Where the pixels' centres are, from the border of the picture.
    line, spacing : float
        Width of a line, and from the middle of one to that of the next, in the same units.
    angle : float
        By which they lean from the upright, in degrees clockwise.
    pixel : float
        Side of a pixel.
    """
    turn = np.deg2rad(angle)
    across = columns * np.cos(turn) + rows * np.sin(turn)
    wide = pixel * (abs(np.cos(turn)) + abs(np.sin(turn)))
    share = line / spacing
    most = max(share, 1 - share)
    dark, light = -(1 - share) / most, share / most
    knots = [0.0]
    levels = []
    for hue in HUES:
        knots += [knots[-1] + line, knots[-1] + spacing]
        levels += [(dark, *hue), (light, 0.0, 0.0, 0.0)]
    # Means over pixels are differences of the integral, which is periodic since the mean is 0.
    edges = np.array(knots)
    rises = np.diff(edges)[:, None] * np.array(levels)
    integral = np.vstack((np.zeros((1, 4)), np.cumsum(rises, axis=0)))
    period = _LINES * spacing
    ends = (np.mod(across + side * wide / 2, period) for side in (-1, 1))
    before, after = (
        np.stack([np.interp(end, edges, column) for column in integral.T], axis=-1) for end in ends
    )
    means = ((after - before) / wide).astype(np.float32)
    return means[:, 0], means[:, 1:]
