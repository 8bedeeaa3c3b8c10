"""What has to be known of a whole picture and its damage before it is rendered."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Generator
from typing import Any

import numpy as np

from napari_relic_inpaint.marking.plane_masks import PlaneMasks
from napari_relic_inpaint.picture.picture import Picture, ValueRange
from napari_relic_inpaint.picture.tiles import bands
from napari_relic_inpaint.steps import Step, finish


def range_of(source: Picture) -> ValueRange:
    """Find which values are black and white: what `range_steps` returns."""
    return finish(range_steps(source))


def range_steps(source: Picture) -> Generator[Step, None, ValueRange]:
    """Find which values of a picture are black and white, yielding a `Step` after each part.

    Of uint8 that is known; all others are read, band by band.
    """
    if source.dtype == np.uint8:
        return ValueRange.of(source.dtype, 0, 255)
    darkest, brightest = math.inf, -math.inf
    parts = [(plane, rows) for plane in source.planes for rows in bands(*source.shape)]
    width = slice(0, source.shape[1])
    for done, (plane, rows) in enumerate(parts, 1):
        values = source.colour(source.raw(plane, (rows, width)))
        values = values[np.isfinite(values)] if values.dtype.kind == "f" else values
        if values.size:
            darkest = min(darkest, float(values.min()))
            brightest = max(brightest, float(values.max()))
        yield Step("reading", done, len(parts), done / len(parts))
    if darkest > brightest:
        darkest = brightest = 0.0
    return ValueRange.of(source.dtype, darkest, brightest)


def count_steps(source: Picture, damage: Any) -> Generator[Step, None, dict[int, int]]:
    """Count the damaged pixels of each label, yielding a `Step` after each part."""
    masks = PlaneMasks(damage, source, "damage")
    counts: Counter[int] = Counter()
    parts = [(plane, rows) for plane in source.planes for rows in bands(*source.shape)]
    width = slice(0, source.shape[1])
    for done, (plane, rows) in enumerate(parts, 1):
        labels = masks.labels(plane, (rows, width))
        found, numbers = np.unique(labels[labels != 0], return_counts=True)
        counts.update(dict(zip(map(int, found), map(int, numbers), strict=True)))
        yield Step("counting", done, len(parts), done / len(parts))
    return dict(sorted(counts.items()))
