"""Whether a model is better than the one it came from, and by how much."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from napari_relic_inpaint.marking.damage import KINDS
from training.compare.cases import cases_of
from training.compare.contenders import TWO_STAGE, Contender
from training.compare.results import Results, write_scores
from training.compare.scoring import Task, score_all
from training.compare.statistics import (
    FEWEST,
    Estimate,
    estimate_difference,
    estimate_mean,
    mean_score,
)
from training.pairs import cut_pairs

SPLINE, PARENT, CHILD = "smooth fill", "parent", "adapted"
TRUE_EDGES = ", true edges"

EXPLAINED = """\
hole PSNR   how near the filled pixels are to what was there, in decibels
won         by how much the adapted model is above its parent, and below it the
            range in which that lies with 95 % certainty for other such pictures
true edges  both are given the edges of the intact picture: what edges drawn by
            hand could reach; else they complete them, which is what you get"""

LEAST = 0.01
"""dB that a model has to win to be better."""

SEED = 2
"""Of the damage that decides, which no run was validated on."""


@dataclass(frozen=True)
class Verdict:
    """How a model stands beside its parent, in hole PSNR on the same damage.

    Attributes
    ----------
    table : Table
        Means by kind of damage.
    difference : Estimate
        Mean over all kinds, in dB.
    sentence : str
        What it says.
    scores, above_parent : dict of float
        By kind of damage, in dB.
    """

    table: Table
    difference: Estimate
    sentence: str
    scores: dict[str, float]
    above_parent: dict[str, float]

    @property
    def better(self) -> bool:
        """Whether it is above its parent by as much as the table can show."""
        return self.difference.mean >= LEAST


def judge(
    files: Sequence[Path],
    parent: str,
    child: str,
    *,
    per_kind: int,
    processes: int,
    results: Path,
    told: Callable[[int, int], None],
    stopped: Callable[[], bool],
) -> Verdict | None:
    """Score a model and its parent on pictures that neither was trained on.

    Parameters
    ----------
    files : sequence of Path
        The pictures that were put aside.
    parent, child : str
        Names or folders of the models.
    per_kind : int
        Damaged details per kind of damage.
    processes : int
        Details to restore at the same time.
    results : Path
        CSV of all scores.
    told : callable
        Gets the numbers of details that are done and of all.
    stopped : callable
        Says whether to stop.

    Returns
    -------
    Verdict or None
        None if it was stopped.
    """
    rows = (
        Contender(SPLINE, "spline"),
        Contender(PARENT, TWO_STAGE, parent),
        Contender(CHILD, TWO_STAGE, child),
        Contender(PARENT + TRUE_EDGES, TWO_STAGE, parent, edges="true"),
        Contender(CHILD + TRUE_EDGES, TWO_STAGE, child, edges="true"),
    )
    tasks = [Task(case, rows) for case in cases_of(cut_pairs(files, per_kind, seed=SEED))]
    scores = []
    for done, some in enumerate(score_all(tasks, processes, stopped), start=1):
        scores += some
        told(done, len(tasks))
    if stopped():
        return None
    write_scores(results, sorted(scores, key=lambda score: score.pair))
    return _verdict(Results(scores), [row.name for row in rows], len(files))


def _verdict(results: Results, names: Sequence[str], pictures: int) -> Verdict:
    table = Table(title=f"hole PSNR in dB, details of {pictures} pictures put aside")
    table.add_column("")
    for kind in KINDS:
        table.add_column(kind, justify="right")
    above: dict[str, dict[str, Estimate]] = {}
    for end in ("", TRUE_EDGES):
        for name in (SPLINE, PARENT, CHILD):
            if name + end in names:
                means = (mean_score(results, "hole_psnr", kind, name + end).mean for kind in KINDS)
                table.add_row(name + end, *(f"{mean:.2f}" for mean in means))
        above[end] = {
            kind: estimate_difference(results, "hole_psnr", kind, CHILD + end, PARENT + end)
            for kind in KINDS
        }
        table.add_row("won", *(_shown(above[end][kind]) for kind in KINDS), end_section=True)
    pairs = [
        pair
        for kind in KINDS
        for pair in zip(results.of(CHILD, kind), results.of(PARENT, kind), strict=True)
    ]
    difference = estimate_mean(
        [one.hole_psnr - other.hole_psnr for one, other in pairs], [one.file for one, _ in pairs]
    )
    return Verdict(
        table,
        difference,
        _sentence(difference, pictures),
        {kind: round(mean_score(results, "hole_psnr", kind, CHILD).mean, 3) for kind in KINDS},
        {kind: round(value.mean, 3) for kind, value in above[""].items()},
    )


def _shown(difference: Estimate) -> str:
    mean = f"{difference.mean:+.2f}"
    if difference.low != difference.low:  # NaN: of too few pictures
        return mean
    return f"{mean}\n{difference.low:+.2f}…{difference.high:+.2f}"


def _sentence(difference: Estimate, pictures: int) -> str:
    by = "dB in the holes, mean of all kinds of damage"
    if difference.low != difference.low:
        chance = f"{pictures} pictures are too few to tell that from chance: {FEWEST} are needed"
    else:
        interval = f"95 % interval {difference.low:+.2f} to {difference.high:+.2f} dB"
        surely = "more than chance" if difference.excludes_zero else "which may be chance"
        chance = f"{surely} ({interval})"
    if abs(difference.mean) < LEAST:
        return (
            "The adapted model is not better than its parent, and not worse: they are less than "
            f"{LEAST:g} dB apart in the holes, mean of all kinds of damage."
        )
    side = "better" if difference.mean > 0 else "not better"
    return f"The adapted model is {side} than its parent: {difference.mean:+.2f} {by}; {chance}."
