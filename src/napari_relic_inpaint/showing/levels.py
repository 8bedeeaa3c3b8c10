"""A multiscale picture rendered at all of its levels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from napari_relic_inpaint.marking.placed_mask import PlacedMask
from napari_relic_inpaint.marking.placement import Placement
from napari_relic_inpaint.showing.rendering import Rendering


def rendered_levels(
    full: Rendering, lower: Sequence[Any], labels: Any, *, rgb: bool
) -> list[Rendering]:
    """Return the rendering of each level of a picture, the full one first.

    Parameters
    ----------
    full : Rendering
        Of the picture at full resolution.
    lower : sequence of array-like
        Its smaller levels.
    labels : array-like
        The labels of its damage, ``(H, W)`` or ``(..., H, W)``, at full resolution: no damage is
        lost in smaller levels.
    rgb : bool
        Whether the last axis is colour.
    """
    levels = [full]
    for level in lower:
        shape = tuple(int(length) for length in (level.shape[:-1] if rgb else level.shape))
        levels.append(full.reduced(level, _reduced(labels, shape)))
    return levels


def _reduced(labels: Any, shape: tuple[int, ...]) -> PlacedMask:
    """Return labels on the pixels of a smaller level ``shape``."""
    fine = tuple(int(length) for length in labels.shape)
    axes = len(fine)
    matrix = np.zeros((axes, len(shape) + 1))
    for axis in range(axes):
        own = len(shape) - axes + axis
        factor = fine[axis] / shape[own] if axis >= axes - 2 else 1.0
        matrix[axis, own] = factor
        matrix[axis, -1] = (factor - 1) / 2
    return PlacedMask(labels, Placement(matrix, shape, fine))
