"""Canny's edges as scikit-image finds them, for whole batches on any device.

Sums of shifted copies instead of convolutions: cards round those of float32 (TF32), and what a
threshold decides would change.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

LOW, HIGH = 0.1, 0.2
"""Thresholds of scikit-image for pictures in [0, 1]."""

TINY = 1e-7
SPREAD_STEPS = 16
"""Pixels that an edge is followed before it is looked whether that changed anything."""


def canny(grey: Tensor, hole: Tensor | None = None, *, sigma: float = 2.0) -> Tensor:
    """Find the edges of the known pixels.

    Parameters
    ----------
    grey : Tensor
        ``(B, 1, H, W)``, float32 in [0, 1].
    hole : Tensor, optional
        ``(B, 1, H, W)``, 1 = hole; neither it nor the ring around it yields edges.
    sigma : float
        Standard deviation of the Gaussian in pixels.

    Returns
    -------
    Tensor
        ``(B, 1, H, W)``, 0 and 1, as `napari_relic_inpaint.edges.canny_edges` but for some pixels
        whose values are on a threshold.
    """
    known = torch.ones_like(grey) if hole is None else 1 - hole
    smooth = _blurred(grey * known, sigma) / (_blurred(known, sigma) + TINY)
    # Eroded; what is beyond the border counts as unknown.
    inner = 1 - F.max_pool2d(F.pad(1 - known, (1, 1, 1, 1), value=1.0), 3, 1)
    vertical, horizontal = _sobel(smooth, -2), _sobel(smooth, -1)
    magnitude = torch.sqrt(vertical * vertical + horizontal * horizontal)
    ridge = _is_ridge(vertical, horizontal, magnitude) & (inner > 0) & (magnitude >= LOW)
    strong = ridge & (magnitude >= HIGH)
    return spread(strong.float(), ridge.float())


def spread(values: Tensor, inside: Tensor) -> Tensor:
    """Let the largest values spread over connected pixels, with all eight neighbours.

    Parameters
    ----------
    values : Tensor
        ``(B, 1, H, W)``, not negative.
    inside : Tensor
        Of the same shape, 0 and 1: where to.
    """
    while True:
        before = values
        for _ in range(SPREAD_STEPS):
            values = F.max_pool2d(values, 3, 1, 1) * inside
        if torch.equal(values, before):
            return values


def _blurred(values: Tensor, sigma: float) -> Tensor:
    """Gaussian of four standard deviations; zero beyond the border."""
    reach = int(4 * sigma + 0.5)
    places = torch.arange(-reach, reach + 1, dtype=torch.float64)
    weights = torch.exp(-0.5 * (places / sigma) ** 2)
    shares = (weights / weights.sum()).tolist()
    for axis in (-2, -1):
        pad = (0, 0, reach, reach) if axis == -2 else (reach, reach)
        around, length = F.pad(values, pad), values.shape[axis]
        values = shares[0] * around.narrow(axis, 0, length)
        for start, share in enumerate(shares[1:], start=1):
            values = values.add(around.narrow(axis, start, length), alpha=share)
    return values


def _sobel(values: Tensor, axis: int) -> Tensor:
    """Return the derivative along an axis, smoothed along the other; reflected at the border."""
    around = F.pad(values, (1, 1, 1, 1), mode="replicate")
    length = values.shape[axis]
    slope = around.narrow(axis, 2, length) - around.narrow(axis, 0, length)
    other = -3 - axis
    before, middle, after = (slope.narrow(other, i, values.shape[other]) for i in range(3))
    return before + 2 * middle + after


def _is_ridge(vertical: Tensor, horizontal: Tensor, magnitude: Tensor) -> Tensor:
    """Tell where the magnitude is the largest along the gradient, interpolated bilinearly."""
    height, width = magnitude.shape[-2:]
    padded = F.pad(magnitude, (1, 1, 1, 1))

    def at(row: int, column: int) -> Tensor:
        return padded[..., 1 + row : 1 + row + height, 1 + column : 1 + column + width]

    steepness, flatness = vertical.abs(), horizontal.abs()
    same = ((vertical >= 0) & (horizontal >= 0)) | ((vertical <= 0) & (horizontal <= 0))
    steep = torch.where(same, steepness > flatness, steepness >= flatness)
    smaller = torch.where(steep, flatness, steepness)
    share = smaller / torch.where(steep, steepness, flatness).clamp_min(1e-12)
    down = torch.where(same, 1, -1)

    def beside(way: int) -> Tensor:
        along = torch.where(steep, torch.where(same, at(way, 0), at(-way, 0)), at(0, way))
        across = torch.where(down > 0, at(way, way), at(-way, way))
        return across * share + along * (1 - share)

    return (beside(1) <= magnitude) & (beside(-1) <= magnitude)
