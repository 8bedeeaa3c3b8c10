"""What tells cracks from painted lines, for each branch of the lines of a plane."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.marking.proposals.branches import Branches
from napari_relic_inpaint.marking.proposals.lines import LOOKS
from napari_relic_inpaint.marking.proposals.ridges import ANGLES

FEATURES = (
    "log length",
    "log contrast",
    "log contrast above noise",
    "log unlike sides",
    "chroma",
    "log width",
    "bent",
    "jagged",
    "straight",
    "free ends",
    "closed",
    "other fields",
    "log lines around",
)
"""What a branch is judged by, see `features`."""

CHORD = 4
"""Pixels between the points whose turns say how jagged a line is."""

SIDES_REACH = 8
"""Pixels along a line, forth and back, in which its sides are averaged: grain is no border."""

USUAL_BEND, USUAL_JAGGED = 0.25, 0.35
"""Turns in radians that are taken for those of a branch too short to say."""


def features(branches: Branches, looks: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return what each branch looks like.

    Parameters
    ----------
    branches : Branches
        Of ``n`` pixels.
    looks : (n, len(LOOKS)) array
        What each pixel looks like.

    Returns
    -------
    (count, len(FEATURES)) array
        One row for each branch.
    """
    look = dict(zip(LOOKS, looks.T.astype(np.float64), strict=True))
    mean, deviation = branches.mean, branches.deviation
    contrast, width = mean(look["contrast"]), mean(look["width"])
    bent, jagged = _turns(branches)
    columns = (
        np.log(branches.lengths),
        np.log(contrast),
        mean(np.log(look["above_noise"])),
        np.log(_unlike_sides(branches, look) / contrast + 0.05),
        mean(look["chroma"]),
        np.log(width),
        bent,
        jagged,
        branches.extents() / branches.lengths,
        branches.free_ends(),
        branches.rings(),
        np.minimum(deviation(look["sides"]) / contrast, 4),
        mean(np.log(look["lines_around"] + 0.1)),
    )
    return np.stack(columns, axis=1)


def _turns(branches: Branches) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how much each branch bends, and how much its bends change, in radians.

    A stroke of the brush goes round in even bends; a crack turns to and fro.
    """
    order, _ = branches.order()
    places = np.stack([_along(branches, place, 1) for place in (branches.rows, branches.columns)])
    numbers = branches.branch[order]
    n, step = len(order), CHORD
    if n <= 2 * step:
        return np.full(branches.count, USUAL_BEND), np.full(branches.count, USUAL_JAGGED)
    steps = places[:, step:] - places[:, :-step]
    headings = np.arctan2(*steps)
    turn = np.angle(np.exp(1j * (headings[step:] - headings[:-step])))
    bent = _inner_mean(np.abs(turn), numbers, 2 * step, branches.count, USUAL_BEND)
    if n <= 4 * step:
        return bent, np.full(branches.count, USUAL_JAGGED)
    change = np.abs(turn[: -2 * step] - 2 * turn[step:-step] + turn[2 * step :])
    return bent, _inner_mean(change, numbers, 4 * step, branches.count, USUAL_JAGGED)


def _inner_mean(
    values: NDArray[np.float64], numbers: NDArray[np.intp], span: int, count: int, usual: float
) -> NDArray[np.float64]:
    """Return the mean along each branch of what was taken from `span` pixels of one branch."""
    inside = numbers[span:] == numbers[:-span]
    own = numbers[span:][inside]
    total = np.bincount(own, values[inside], minlength=count)
    # A few values say little: they are drawn to what is usual.
    few = 4
    return (total + few * usual) / (np.bincount(own, minlength=count) + few)


def _unlike_sides(branches: Branches, look: dict[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return how far the colours left and right of each branch lie apart, as RGB in [0, 1].

    A crack has the same paint on both sides, but for its grain; a contour parts two areas.
    """
    order, _ = branches.order()
    places = [_along(branches, place, 3) for place in (branches.rows, branches.columns)]
    down, right = (np.gradient(place) if len(place) > 1 else place * 0 for place in places)
    turn = np.pi * look["angle"][order] / ANGLES
    # Detectors know a line but not which way it is walked: their sides are turned to the walk's.
    same = np.where(np.cos(turn) * right + np.sin(turn) * down < 0, -1.0, 1.0)
    total = np.zeros(len(order))
    for name in ("apart_red", "apart_green", "apart_blue"):
        signed = np.empty(len(order))
        signed[order] = look[name][order] * same
        total += _along(branches, signed, SIDES_REACH) ** 2
    apart = np.empty(len(order))
    apart[order] = np.sqrt(total / 3)
    return branches.mean(apart)


def _along(branches: Branches, values: NDArray[np.number], reach: int) -> NDArray[np.float64]:
    """Return the mean of a value over `reach` pixels forth and back, in the walks' order."""
    order, starts = branches.order()
    sums = np.concatenate(([0.0], np.cumsum(values[order].astype(np.float64))))
    at = np.arange(len(order))
    numbers = branches.branch[order]
    begin = np.maximum(at - reach, starts[numbers])
    end = np.minimum(at + reach + 1, (starts + branches.pixels)[numbers])
    return (sums[end] - sums[begin]) / (end - begin)
