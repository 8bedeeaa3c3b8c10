"""Means with bootstrap intervals, and whether one contender is above all others."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import bootstrap

from training.compare.results import Results

CONFIDENCE = 0.95
SEED = 0
"""Of the bootstrap: the same results give the same intervals."""


FEWEST = 10
"""Pictures that an interval needs: from fewer, a bootstrap is far too sure of itself."""


@dataclass(frozen=True)
class Estimate:
    """A mean and its 95 % interval; the interval is NaN where it is undefined."""

    mean: float
    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Whether the whole interval is on one side of zero."""
        return self.low > 0 or self.high < 0


def estimate_mean(values: Sequence[float], pictures: Sequence[str]) -> Estimate:
    """Return the mean of scores and its percentile bootstrap interval.

    Scores of details of one picture are not independent, so whole pictures are drawn, with all
    their details: the interval tells how the mean would move with other pictures. Scores that are
    NaN are left out. With fewer than `FEWEST` pictures, or an infinite score, there is none.

    Parameters
    ----------
    values : sequence of float
        The scores.
    pictures : sequence of str
        Which picture each of them is of.
    """
    scored = [(v, picture) for v, picture in zip(values, pictures, strict=True) if not np.isnan(v)]
    if not scored:
        return Estimate(math.nan, math.nan, math.nan)
    known = np.array([value for value, _ in scored])
    _, index = np.unique([picture for _, picture in scored], return_inverse=True)
    counts = np.bincount(index)
    mean = float(known.mean())
    if len(counts) < FEWEST or not np.isfinite(mean):
        return Estimate(mean, math.nan, math.nan)
    interval = bootstrap(
        (np.bincount(index, known), counts),
        _ratio_of_sums,
        paired=True,
        vectorized=True,
        confidence_level=CONFIDENCE,
        method="percentile",
        random_state=SEED,
    ).confidence_interval
    return Estimate(mean, float(interval.low), float(interval.high))


def mean_score(results: Results, score: str, kind: str, contender: str) -> Estimate:
    """Return a contender's mean score on a kind of damage."""
    rows = results.of(contender, kind)
    return estimate_mean([getattr(row, score) for row in rows], [row.file for row in rows])


def estimate_difference(
    results: Results, score: str, kind: str, first: str, second: str
) -> Estimate:
    """Return by how much one contender is above another, on the same damaged pictures."""
    pairs = zip(results.of(first, kind), results.of(second, kind), strict=True)
    differences, pictures = [], []
    for one, other in pairs:
        differences.append(getattr(one, score) - getattr(other, score))
        pictures.append(one.file)
    return estimate_mean(differences, pictures)


@dataclass(frozen=True)
class Lead:
    """How one contender stands beside the best of the others, by one score on one kind of damage.

    Attributes
    ----------
    kind, score : str
        The kind of damage and the name of the score.
    own : Estimate
        The contender's mean.
    best_other : str
        The other contender with the highest mean.
    difference : Estimate
        How far the contender is above it.
    """

    kind: str
    score: str
    own: Estimate
    best_other: str
    difference: Estimate

    @property
    def above(self) -> bool:
        """Whether the contender's mean is above that of every other."""
        return self.difference.mean > 0


def find_lead(
    results: Results, score: str, kind: str, contender: str, others: Sequence[str]
) -> Lead:
    """Compare a contender with the best of the others; higher scores are better."""
    means = {other: mean_score(results, score, kind, other).mean for other in others}
    best = max(others, key=means.__getitem__)
    return Lead(
        kind=kind,
        score=score,
        own=mean_score(results, score, kind, contender),
        best_other=best,
        difference=estimate_difference(results, score, kind, contender, best),
    )


def _ratio_of_sums(
    sums: NDArray[np.float64], counts: NDArray[np.intp], axis: int = -1
) -> NDArray[np.float64]:
    return sums.sum(axis) / counts.sum(axis)
