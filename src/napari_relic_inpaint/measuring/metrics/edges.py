"""How well the edges inside a hole were found: precision, recall and F1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

EDGE_TOLERANCE = 1
"""Pixels by which a completed edge may miss the true one."""


class EdgeScores(NamedTuple):
    """Precision, recall and their harmonic mean, each 0 to 1.

    Precision is NaN where no edge was found, recall where there is none to find. F1 is 0 as soon
    as one of the two is, so that finding nothing at all does not drop out of a mean.
    """

    precision: float
    recall: float
    f1: float


@dataclass(frozen=True)
class EdgeCounts:
    """Edge pixels inside a hole; the counts of parts of a picture add up to those of the whole.

    Attributes
    ----------
    found, found_right : int
        Completed edge pixels, and how many of them lie near a true one.
    true, true_found : int
        True edge pixels, and how many of them lie near a completed one.
    """

    found: int = 0
    found_right: int = 0
    true: int = 0
    true_found: int = 0

    def __add__(self, other: EdgeCounts) -> EdgeCounts:
        return EdgeCounts(
            self.found + other.found,
            self.found_right + other.found_right,
            self.true + other.true,
            self.true_found + other.true_found,
        )

    def scores(self) -> EdgeScores:
        """Return precision, recall and F1."""
        precision = _share(self.found_right, self.found)
        recall = _share(self.true_found, self.true)
        if precision == 0 or recall == 0:
            return EdgeScores(precision, recall, 0.0)
        return EdgeScores(precision, recall, 2 * precision * recall / (precision + recall))


def edge_scores(
    completed: NDArray[np.bool_], truth: NDArray[np.bool_], hole: NDArray[np.bool_]
) -> EdgeScores:
    """Compare edge maps ``(H, W)`` inside the hole, within `EDGE_TOLERANCE` pixels.

    A completed edge may also be matched by a true one just outside the hole, and the reverse.
    """
    return count_edges(completed, truth, hole).scores()


def count_edges(
    completed: NDArray[np.bool_], truth: NDArray[np.bool_], hole: NDArray[np.bool_]
) -> EdgeCounts:
    """Count the edge pixels that `edge_scores` compares."""
    reach = np.ones((2 * EDGE_TOLERANCE + 1,) * 2, bool)
    found, true = completed & hole, truth & hole
    return EdgeCounts(
        int(np.count_nonzero(found)),
        int(np.count_nonzero(found & ndimage.binary_dilation(truth, reach))),
        int(np.count_nonzero(true)),
        int(np.count_nonzero(true & ndimage.binary_dilation(completed, reach))),
    )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")
