"""How much a branch of lines looks like a crack, rather than like something painted."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.marking.proposals.branches import FEATURES, Branches

TOGETHER = (
    ("log contrast", "log contrast above noise"),
    ("log length", "log contrast above noise"),
    ("log width", "log contrast above noise"),
    ("log length", "log width"),
)
"""Features that say more together: a faint line has to be long, for example."""

WEIGHTS = (
    -0.432,  # log length
    -0.360,  # log contrast
    1.148,  # log contrast above noise
    -0.721,  # unlike sides
    -0.550,  # other hue
    3.057,  # log width
    -1.134,  # uneven width
    -1.614,  # uneven contrast
    1.966,  # turns
    -7.564,  # straight
    -0.044,  # free ends
    -1.080,  # closed
    -0.017,  # log contrast x log contrast above noise
    0.388,  # log length x log contrast above noise
    -1.367,  # log contrast above noise x log width
    0.092,  # log length x log width
    2.330,  # 1
)
"""What each of the `FEATURES` adds, then the products of those `TOGETHER`, then 1.

Fitted by ``benchmarks/proposals.py --fit`` to cracks drawn over intact paintings."""


def inputs(branches: Branches) -> NDArray[np.float64]:
    """Return what each branch is judged by, ``(count, len(WEIGHTS))``."""
    features = branches.features()
    named = dict(zip(FEATURES, features.T, strict=True))
    products = [named[one] * named[other] for one, other in TOGETHER]
    return np.column_stack((features, *products, np.ones(branches.count)))


def likelihood(branches: Branches) -> NDArray[np.float64]:
    """Return how much each branch looks like a crack, 0 to 1: a logistic regression."""
    guess: NDArray[np.float64] = 1 / (1 + np.exp(-inputs(branches) @ np.array(WEIGHTS)))
    return guess
