"""How long work tells how far it is: the restoration and the evaluation alike."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """How far a run is.

    Attributes
    ----------
    stage : str
        What is being done, for people.
    done, total : int
        Parts of the stage.
    fraction : float
        Estimated share of the whole run, 0 to 1, never falling.
    """

    stage: str
    done: int
    total: int
    fraction: float
