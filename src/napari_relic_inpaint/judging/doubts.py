"""What there is to say of each hole: how far hypotheses lie apart in it, and why to doubt them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from napari_relic_inpaint.marking.classes import DamageClass, named
from napari_relic_inpaint.marking.holes import Hole

# Chosen by the measurements in docs/judging.md.
DOUBTFUL = 5.5
"""Mean disagreement of a hole in Delta E*ab from which on it is marked."""


@dataclass(frozen=True)
class JudgedHole:
    """A hole, and what its hypotheses say.

    Attributes
    ----------
    hole : Hole
        The hole.
    disagreement : float
        Mean over its pixels, in Delta E*ab; NaN for a single hypothesis.
    doubts : tuple of str
        Why the fill is to be looked at with doubt, a sentence each; empty if nothing is known.
    """

    hole: Hole
    disagreement: float
    doubts: tuple[str, ...]


def doubts_of(hole: Hole, disagreement: float, measured: int | None) -> tuple[str, ...]:
    """Return why a hole is to be doubted.

    Parameters
    ----------
    hole : Hole
        The hole.
    disagreement : float
        Mean over its pixels.
    measured : int, optional
        Width in pixels of the widest holes that the methods were found to do well.
    """
    found = []
    if measured is not None and hole.widest > measured:
        found.append(
            f"It is {hole.widest} pixels wide, wider than {measured} pixels, up to which the model "
            "was found to do better than a smooth fill."
        )
    if disagreement >= DOUBTFUL:
        found.append(
            f"The hypotheses lie {disagreement:.1f} apart (Delta E): {DOUBTFUL:g} or more had one "
            "hole in ten where this was measured, and these were among the worst restored."
        )
    return tuple(found)


def classes_of(hole: Hole, classes: Sequence[DamageClass] = ()) -> str:
    """Return the names of the classes that a hole is painted with, for people."""
    return ", ".join(named(label, classes).name for label in hole.labels)
