"""Who is to restore what, and what of it an earlier run has done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan
from pathlib import Path

from training.compare import places
from training.compare.cases import REAL, Case, choose_shown
from training.compare.contenders import Contender, Lineup
from training.compare.scoring import Score, Task, restored_file
from training.errors import TrainingError


@dataclass(frozen=True)
class Plan:
    """The damaged pictures and contenders of a report.

    Attributes
    ----------
    folder : Path
        The report's folder.
    cases, real : sequence of Case
        The pictures with artificial and with real damage.
    lineup : Lineup
        The contenders.
    perceptual_weights : Path or None
        VGG for the VGG distance.
    lpips : bool
        Whether LPIPS is measured.
    """

    folder: Path
    cases: Sequence[Case]
    real: Sequence[Case]
    lineup: Lineup
    perceptual_weights: Path | None = None
    lpips: bool = False

    def tasks(self, done: Sequence[Score]) -> list[Task]:
        """Return what is left to do."""
        finished = {(score.pair, score.contender) for score in done}
        shown = self._shown()
        tasks = []
        for case in (*self.cases, *self.real):
            left = [row for row in self._contenders(case) if (case.name, row.name) not in finished]
            if left:
                pictures = self.folder / places.RESTORED if case.name in shown else None
                tasks.append(Task(case, tuple(left), pictures, self.perceptual_weights, self.lpips))
        return tasks

    def still_valid(self, scores: Sequence[Score]) -> list[Score]:
        """Return the scores of an earlier run that need not be computed again.

        Scores of contenders that take no part this time are kept: they may come back.

        Raises
        ------
        TrainingError
            If they are of other weights than those at hand.
        """
        rows = {row.name: row for row in self.lineup.contenders}
        shown = self._shown()
        valid = []
        for score in scores:
            row = rows.get(score.contender)
            if row is None:
                valid.append(score)
                continue
            if row.weights != score.weights:
                raise TrainingError(
                    f"{self.folder} holds results of {row.name} with the weights {score.weights}, "
                    f"but its model now has {row.weights}: choose another --out"
                )
            if score.kind != REAL and self._lacks(score):
                continue
            picture = restored_file(self.folder / places.RESTORED, score.pair, row)
            if score.pair not in shown or picture.exists():
                valid.append(score)
        return valid

    def _lacks(self, score: Score) -> bool:
        """Tell whether an earlier run did not measure all that is wanted."""
        distance_wanted = self.perceptual_weights is not None
        return (distance_wanted and isnan(score.vgg_distance)) or (
            self.lpips and isnan(score.lpips)
        )

    def reported(self, scores: Sequence[Score]) -> list[Score]:
        """Return the scores of the contenders that take part."""
        names = {row.name for row in self.lineup.contenders}
        return [score for score in scores if score.contender in names]

    def _contenders(self, case: Case) -> tuple[Contender, ...]:
        """Return who restores a picture; the ablation needs the truth, which real damage lacks."""
        return self.lineup.entrants if case.kind == REAL else self.lineup.contenders

    def _shown(self) -> set[str]:
        return {case.name for case in (*choose_shown(self.cases), *self.real)}
