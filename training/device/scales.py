"""At which scales pictures are kept, and how much memory that takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from training.pictures import shortest_side
from training.recipe import DataOptions

LEVELS = 4
"""Scales that each picture is kept at, instead of any of the range."""

CHANNELS = 3


@dataclass(frozen=True)
class Copy:
    """One picture at one scale.

    Attributes
    ----------
    picture : int
        Its number.
    level : int
        Number of the scale.
    height, width : int
        In pixels, at that scale.
    """

    picture: int
    level: int
    height: int
    width: int

    @property
    def size(self) -> int:
        """Bytes."""
        return CHANNELS * self.height * self.width


def copies(sizes: Sequence[tuple[int, int]], options: DataOptions) -> list[Copy]:
    """Return what is kept of pictures.

    As crops are cut from files: a picture that is too small for the largest crops at a scale is
    enlarged as much as they need, and one that would have to be enlarged beyond the range serves
    smaller crops alone, or none.

    Parameters
    ----------
    sizes : sequence of (int, int)
        Height and width of each picture.
    options : DataOptions
        Crops and scales.
    """
    low, high = np.log(options.scale)
    factors = np.exp(low + (np.arange(LEVELS) + 0.5) / LEVELS * (high - low))
    kept = []
    for picture, (height, width) in enumerate(sizes):
        shortest = min(height, width)
        served = [s for s in options.crops if shortest >= shortest_side(s, options.scale[1])]
        if not served:
            continue
        for level, factor in enumerate(factors):
            least = max(served) / shortest
            tall, wide = (
                max(round(side * max(factor, least)), *served) for side in (height, width)
            )
            kept.append(Copy(picture, level, tall, wide))
    return kept
