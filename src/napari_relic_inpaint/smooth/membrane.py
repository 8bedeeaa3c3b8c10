"""Fill holes smoothly: a membrane stretched over each hole from the pixels around it.

The membrane is the harmonic interpolation of the known pixels, solved on an image pyramid: masked
averages down, bilinear enlargement up, a few Jacobi sweeps on each level. It is what the second
network starts from, and a restoration method of its own.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

COARSE_LEVELS = 4
"""Pyramid levels that a part of a picture is solved on when the coarser ones are given."""

JACOBI_SWEEPS = 4

HALO = (JACOBI_SWEEPS + 1) * 2**COARSE_LEVELS
"""How far, in pixels, values outside a part can reach into it: each of the levels moves them by
one cell per sweep and one for the bilinear enlargement."""


def membrane(picture: Tensor, hole: Tensor) -> Tensor:
    """Fill the hole of each picture with a membrane.

    Parameters
    ----------
    picture : Tensor
        ``(B, C, H, W)``, floating point. What stands inside the hole is ignored, NaN included.
    hole : Tensor
        ``(B, 1, H, W)``, bool or 0 and 1; 1 = hole.

    Returns
    -------
    Tensor
        ``(B, C, H, W)``: the known pixels unchanged, the hole filled; zero where a picture has no
        known pixel at all.
    """
    known = (hole == 0).to(picture.dtype)
    return _solve(_without_hole(picture, known), known, coarse=None, levels=None)


def membrane_from_coarse(picture: Tensor, hole: Tensor, coarse: Tensor) -> Tensor:
    """Fill the holes of a part of a picture, given the filled picture `COARSE_LEVELS` levels down.

    With a margin of `HALO` pixels around it, the part comes out as it would in a solution of the
    whole picture.

    Parameters
    ----------
    picture, hole : Tensor
        As for `membrane`; the part has to start at multiples of ``2**COARSE_LEVELS`` pixels.
    coarse : Tensor
        ``(B, C, ceil(H / 16), ceil(W / 16))``, as `coarse_membrane` returns it.
    """
    known = (hole == 0).to(picture.dtype)
    return _solve(_without_hole(picture, known), known, coarse=coarse, levels=COARSE_LEVELS)


def coarse_membrane(average: Tensor, share: Tensor) -> Tensor:
    """Fill a picture that was reduced by ``2**COARSE_LEVELS`` with masked averages.

    Parameters
    ----------
    average : Tensor
        ``(B, C, h, w)``, mean of the known pixels of each cell, anything where there is none.
    share : Tensor
        ``(B, 1, h, w)``, share of known pixels of each cell, 0 to 1.
    """
    return _solve(_without_hole(average, share), share, coarse=None, levels=None)


def doubled(values: Tensor) -> Tensor:
    """Enlarge pictures ``(B, C, h, w)`` bilinearly to ``(B, C, 2 h, 2 w)``.

    The same to the last bit with any number of threads, which ``F.interpolate`` is not: what is
    remembered of a window is found by what it shows.
    """
    around = F.pad(values, (1, 1, 1, 1), mode="replicate")
    for axis in (-2, -1):
        before, middle, after = (
            around.narrow(axis, start, around.shape[axis] - 2) for start in range(3)
        )
        nearer = (middle + (before - middle) / 4, middle + (after - middle) / 4)
        around = torch.stack(nearer, dim=axis).flatten(axis - 1, axis)
    return around


def _without_hole(picture: Tensor, known: Tensor) -> Tensor:
    return torch.where(known > 0, picture, torch.zeros((), dtype=picture.dtype))


def _solve(value: Tensor, share: Tensor, *, coarse: Tensor | None, levels: int | None) -> Tensor:
    """Solve one level from the next coarser one; ``levels`` counts those left above ``coarse``."""
    height, width = value.shape[-2:]
    unknown = share == 0
    if not bool(unknown.any()):
        return value
    if levels == 0 and coarse is not None:
        start = coarse
    elif height == 1 and width == 1:
        return value
    else:
        smaller, smaller_share = _halve(value, share)
        below = _solve(
            smaller, smaller_share, coarse=coarse, levels=None if levels is None else levels - 1
        )
        start = doubled(below)[..., :height, :width]
    filled = torch.where(unknown, start, value)
    if levels == 0 and coarse is not None:
        return filled
    for _ in range(JACOBI_SWEEPS):
        around = F.pad(filled, (1, 1, 1, 1), mode="replicate")
        mean = (
            around[..., :-2, 1:-1]
            + around[..., 2:, 1:-1]
            + around[..., 1:-1, :-2]
            + around[..., 1:-1, 2:]
        ) / 4
        filled = torch.where(unknown, mean, filled)
    return filled


def _halve(value: Tensor, share: Tensor) -> tuple[Tensor, Tensor]:
    """Masked average of 2 x 2 cells; an odd side is padded with unknown cells."""
    height, width = value.shape[-2:]
    pad = (0, width % 2, 0, height % 2)
    total = F.avg_pool2d(F.pad(value * share, pad), 2)
    weight = F.avg_pool2d(F.pad(share, pad), 2)
    return total / weight.clamp_min(torch.finfo(value.dtype).tiny), weight
