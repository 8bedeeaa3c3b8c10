"""What a report is about, gathered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from training.compare.cases import Case
from training.compare.circumstances import Circumstances
from training.compare.contenders import Lineup
from training.compare.results import Results


@dataclass(frozen=True)
class Findings:
    """Everything that a report is about.

    Attributes
    ----------
    cases, real : sequence of Case
        The pictures with artificial damage, and those with real damage.
    lineup : Lineup
        Who took part.
    left_out : sequence of str
        A sentence about each method or picture that did not.
    results : Results
        The scores of all of them.
    circumstances : Circumstances
        How the scores were made.
    """

    cases: Sequence[Case]
    real: Sequence[Case]
    lineup: Lineup
    left_out: Sequence[str]
    results: Results
    circumstances: Circumstances

    @property
    def kinds(self) -> list[str]:
        """The kinds of artificial damage, in the order of the pairs."""
        return list(dict.fromkeys(case.kind for case in self.cases))
