"""How much a branch of lines looks like a crack, rather than like something painted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.marking.proposals.branches import Branches
from napari_relic_inpaint.marking.proposals.crack_weights import ALONE, AMONG
from napari_relic_inpaint.marking.proposals.features import FEATURES, features

TOGETHER = (
    ("bent", "bent"),
    ("log contrast", "log contrast"),
    ("log length", "log unlike sides"),
    ("log length", "log width"),
    ("log length", "jagged"),
)
"""Features that say more together: a short line bends by chance, a long one does not."""

NAMES_ALONE = ("1", *FEATURES, *(f"{one} x {other}" for one, other in TOGETHER))
NAMES_AMONG = "1", "alone", "neighbours", "log length of neighbours"
"""What the weights of both tables belong to."""

SUREST = 6.0
"""Log odds beyond which a branch does not get surer, however odd it looks."""

FAR = 60.0
"""Pixels of a neighbour that count; longer ones are not worth more."""


@dataclass(frozen=True)
class Meetings:
    """Which branches meet where.

    Attributes
    ----------
    branch, crossing : (m,) arrays of int
        A branch, and the branch of a crossing that it touches; each pair once.
    """

    branch: NDArray[np.intp]
    crossing: NDArray[np.intp]

    @classmethod
    def of(cls, branches: Branches) -> Meetings:
        """Return those of all branches."""
        one, other = branches.graph.one, branches.graph.other
        crossing = branches.crossing
        mixed = crossing[one] != crossing[other]
        one, other = one[mixed], other[mixed]
        first = crossing[one]
        pairs = np.stack((np.where(first, other, one), np.where(first, one, other)))
        branch, met = np.unique(branches.branch[pairs], axis=1)
        return cls(branch, met)

    def neighbours(
        self, odds: NDArray[np.float64], lengths: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the mean of others' odds where each branch ends, and how long these others are."""
        count = len(odds)
        weight = np.minimum(lengths, FAR)
        own, value = weight[self.branch], (weight * odds)[self.branch]

        def of_others(values: NDArray[np.float64]) -> NDArray[np.float64]:
            total = np.bincount(self.crossing, values, minlength=count)[self.crossing] - values
            return np.bincount(self.branch, total, minlength=count).astype(np.float64)

        length = np.maximum(of_others(own), 0)
        some = length > 0.5
        return np.where(some, of_others(value) / np.where(some, length, 1), 0), length * some


def terms(branches: Branches, looks: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return what each branch is judged by on its own, ``(count, 1 + features + products)``."""
    values = features(branches, looks)
    columns = dict(zip(FEATURES, values.T, strict=True))
    products = [columns[one] * columns[other] for one, other in TOGETHER]
    return np.column_stack((np.ones(branches.count), values, *products))


def context(branches: Branches, odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what each branch is judged by among its neighbours, ``(count, 4)``.

    Cracks branch into cracks; a contour that meets one is none.
    """
    inner = np.bincount(branches.branch[branches.crossing], minlength=branches.count) > 0
    own = np.where(inner, 0, np.clip(odds, -SUREST, SUREST))
    near, length = Meetings.of(branches).neighbours(own, np.where(inner, 0, branches.lengths))
    return np.column_stack((np.ones(branches.count), own, near, np.log1p(length)))


def weights(table: dict[str, tuple[float, float]], *, light: bool) -> NDArray[np.float64]:
    """Return a column of a table of weights."""
    return np.array([both[light] for both in table.values()])


def likelihood(
    branches: Branches, looks: NDArray[np.float32], *, light: bool
) -> NDArray[np.float64]:
    """Return how much each branch looks like a crack, 0 to 1: two logistic regressions.

    Parameters
    ----------
    branches : Branches
        Of ``n`` pixels.
    looks : (n, len(LOOKS)) array
        What each pixel looks like.
    light : bool
        Whether they are lighter than their sides.
    """
    alone, among = (weights(table, light=light) for table in (ALONE, AMONG))
    odds = context(branches, terms(branches, looks) @ alone) @ among
    guess: NDArray[np.float64] = 1 / (1 + np.exp(-odds))
    return guess
