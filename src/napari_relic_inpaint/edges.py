"""Edge maps: Canny edges of the known pixels, and their composition with completed ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from skimage.color import rgb2gray
from skimage.feature import canny

CANNY_REACH = 32
"""Pixels of context around a part of a picture within which its Canny edges are found.

The Gaussian of ``sigma`` 2 reaches 8 px; the rest is for hysteresis, which follows weak edges."""

COMPLETED_WIDTH = 7
"""Edges are completed where a square of this many pixels a side fits into the hole. Across thinner
cracks the second network finds its way alone, as well as with completed edges."""


def grey(picture: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return the luminance of an RGB picture, ``(..., H, W, 3)`` in [0, 1] to ``(..., H, W)``."""
    return rgb2gray(picture)


def canny_edges(
    luminance: NDArray[np.floating],
    hole: NDArray[np.bool_] | None = None,
    *,
    sigma: float = 2.0,
) -> NDArray[np.bool_]:
    """Canny edges of the known pixels.

    Parameters
    ----------
    luminance : (H, W) array
        Grey picture in [0, 1].
    hole : (H, W) array of bool, optional
        True = hole. Neither the hole nor the ring of pixels around it yields edges, and what
        ``luminance`` holds inside the hole has no influence. Without it the whole picture counts.
    sigma : float
        Standard deviation of the Gaussian in pixels; 2 for pictures of 256 x 256.

    Returns
    -------
    (H, W) array of bool
        True = edge.
    """
    known = None if hole is None else ~hole
    return canny(luminance, sigma=sigma, mask=known)


def compose(
    known_edges: NDArray[np.bool_], completed: NDArray[np.bool_], hole: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Edge prior of the second stage, ``C = e (1 - m) + C_pred m`` (Eq. 11).

    Parameters
    ----------
    known_edges, completed, hole : (H, W) arrays of bool
        Edges of the known pixels, edges completed by the first stage or drawn by the user, and
        the hole (True = hole).
    """
    return np.where(hole, completed, known_edges)
