"""How much a branch of lines looks like a crack, rather than like something painted."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.marking.proposals.branches import FEATURES, Branches

WEIGHTS = "crack_weights.json"
"""What each of the `names` adds, fitted by ``benchmarks/proposals.py`` to cracks that were
drawn over paintings."""


def names() -> list[str]:
    """Return what branches are judged by: the features, their products by two, and 1."""
    together = (f"{one} x {other}" for one, other in combinations_with_replacement(FEATURES, 2))
    return [*FEATURES, *together, "1"]


def inputs(branches: Branches) -> NDArray[np.float64]:
    """Return what each branch is judged by, ``(count, len(names()))``.

    Products, since features say more together: a faint line has to be long, for example.
    """
    features = branches.features()
    columns = features.T
    products = [one * other for one, other in combinations_with_replacement(columns, 2)]
    return np.column_stack((features, *products, np.ones(branches.count)))


def likelihood(branches: Branches) -> NDArray[np.float64]:
    """Return how much each branch looks like a crack, 0 to 1: a logistic regression."""
    guess: NDArray[np.float64] = 1 / (1 + np.exp(-inputs(branches) @ _weights()))
    return guess


@cache
def _weights() -> NDArray[np.float64]:
    kept = json.loads((files(__package__) / WEIGHTS).read_text(encoding="utf-8"))
    return np.array([kept[name] for name in names()])
