"""Bend a smooth fill into a spline in tension, which goes on as the picture around it does.

A membrane takes the colours at the border of a hole and has a crease there; a thin plate
(biharmonic interpolation) takes their slopes over as well, and overshoots in wide holes. The spline
in tension (Smith & Wessel 1990) is a plate at distances below `STIFFNESS` and a membrane beyond.
It solves ``(L^2 - L / STIFFNESS^2) u = 0`` in the hole, where ``L`` is the Laplacian.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from napari_relic_inpaint.smooth.membrane import doubled

STIFFNESS = 2.0
"""Distance in pixels up to which the spline keeps its slope. Of 1 to 8 px, 2 to 3 px restored
paintings best, cracks as well as losses."""

RIM, FAR = 2, 32
"""The rim of a window, in pixels, keeps the given fill where no known pixel is as near as that,
in pixels. The hole goes on beyond the window there: each window would end its spline in its own
way, and the windows would show in wide holes."""

SWEEPS = 6
"""Smoothing sweeps before and after each step to a coarser grid."""


@torch.no_grad()
def tension_spline(picture: Tensor, hole: Tensor) -> Tensor:
    """Bend what fills the holes of pictures into a spline in tension.

    One multigrid cycle from the given fill; more of them were measured to gain nothing.

    Parameters
    ----------
    picture : Tensor
        ``(B, C, H, W)``, floating point, the hole filled smoothly (`fill.membrane`).
    hole : Tensor
        ``(B, 1, H, W)``, 0 and 1; 1 = hole.

    Returns
    -------
    Tensor
        ``(B, C, H, W)``: the known pixels unchanged, and so is the outermost `RIM` where it is
        `FAR` from them. A spline can go beyond the range of the colours around it.
    """
    hole = hole.to(picture.dtype)
    free = hole * (1 - _far_rim(hole))
    if picture.device.type != "cpu":
        # To ask where the hole is would have the device wait.
        return _solved(picture, free)
    part = _around(free)
    if part is None:
        return picture
    bent = picture.clone()
    bent[..., part[0], part[1]] = _solved(
        picture[..., part[0], part[1]].contiguous(), free[..., part[0], part[1]]
    )
    return bent


def _solved(picture: Tensor, free: Tensor) -> Tensor:
    return _cycle(picture, torch.zeros_like(picture), free, 1 / STIFFNESS**2)


def _around(free: Tensor) -> tuple[slice, slice] | None:
    """Return a rectangle that has the same solution as the whole, None if nothing is free.

    Cells of the coarsest grid that has free ones are not cut, and neither is what these see.
    """
    anywhere = free.amax(dim=(0, 1)) > 0
    if not bool(anywhere.any()):
        return None
    cell, coarser = 2, _inner(free)
    while min(coarser.shape[-2:]) > 1 and bool(coarser.any()):
        cell, coarser = 2 * cell, _inner(coarser)
    parts = []
    for axis, length in zip((1, 0), anywhere.shape, strict=True):
        (places,) = torch.nonzero(anywhere.any(dim=axis), as_tuple=True)
        first, last = int(places[0]) // cell - 1, int(places[-1]) // cell + 1
        parts.append(slice(max(first, 0) * cell, min((last + 1) * cell, length)))
    return parts[0], parts[1]


def _far_rim(hole: Tensor) -> Tensor:
    """Return 1 at the rim of each picture where no known pixel is near, else 0."""
    side = 2 * FAR + 1
    near = (hole == 0).to(torch.int32)
    for axis, pad in ((-2, (0, 0, FAR + 1, FAR)), (-1, (FAR + 1, FAR))):
        # By sums: to find the greatest of so many values takes ten times as long.
        count = F.pad(near, pad).cumsum(axis, dtype=torch.int32)
        length = hole.shape[axis]
        near = count.narrow(axis, side, length) - count.narrow(axis, 0, length)
        near = (near > 0).to(torch.int32)
    rim = torch.ones_like(hole)
    rim[..., RIM:-RIM, RIM:-RIM] = 0
    return rim * (1 - near)


def _cycle(values: Tensor, wanted: Tensor, free: Tensor, tension: float) -> Tensor:
    """Improve a solution of ``L^2 u - tension L u = wanted`` in the free cells.

    The error is smooth after some sweeps, so it is solved for on a grid of half as many cells a
    side, where all distances are half as long.
    """
    values = _smooth(values, wanted, free, tension)
    height, width = values.shape[-2:]
    if min(height, width) > 2:
        inner = _inner(free)
        rest = 2**4 * inner * _halve(free * (wanted - _operator(values, tension)))
        error = _cycle(torch.zeros_like(rest), rest, inner, 4 * tension)
        values = values + free * doubled(error)[..., :height, :width]
    return _smooth(values, wanted, free, tension)


def _inner(free: Tensor) -> Tensor:
    """Return the free cells of the next coarser grid.

    Cells that are known in part stay as they are: the sweeps reach as far as that.
    """
    return (_halve(free) == 1).to(free.dtype)


def _smooth(values: Tensor, wanted: Tensor, free: Tensor, tension: float) -> Tensor:
    """Remove the error's rapid changes by Chebyshev iteration over the operator's upper range."""
    # Of L, changes from cell to cell have eigenvalues of up to -8; a coarser grid sees up to -2,
    # and half of that is removed as well.
    smallest, largest = (-e * (tension - e) for e in (-1, -8))
    centre, radius = (largest + smallest) / 2, (largest - smallest) / 2
    step, direction = 1 / centre, torch.zeros_like(values)
    for sweep in range(SWEEPS):
        rest = free * (wanted - _operator(values, tension))
        kept = 0.0
        if sweep:
            kept = (radius * step) ** 2 / (2 if sweep == 1 else 4)
            step = 1 / (centre - kept / step)
        direction = rest + kept * direction
        values = values + step * direction
    return values


def _operator(values: Tensor, tension: float) -> Tensor:
    curvature = _laplacian(values)
    return _laplacian(curvature) - tension * curvature


def _laplacian(values: Tensor) -> Tensor:
    """Five-point Laplacian; no flow across the border of the picture."""
    around = F.pad(values, (1, 1, 1, 1), mode="replicate")
    vertical = around[..., :-2, 1:-1] + around[..., 2:, 1:-1]
    horizontal = around[..., 1:-1, :-2] + around[..., 1:-1, 2:]
    return vertical + horizontal - 4 * values


def _halve(values: Tensor) -> Tensor:
    """Mean of 2 x 2 cells; beyond an odd side everything is zero."""
    height, width = values.shape[-2:]
    return F.avg_pool2d(F.pad(values, (0, width % 2, 0, height % 2)), 2)
