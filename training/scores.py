"""The table of scores: every method on the same damaged crops."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.table import Table

from napari_relic_inpaint.damage import KINDS
from napari_relic_inpaint.files.apart import check_apart
from napari_relic_inpaint.files.targets import check_target
from training.compare.cases import cases_of
from training.compare.contenders import TWO_STAGE, Contender
from training.compare.results import write_scores
from training.compare.scoring import Score, Task, score_all
from training.pairs import cut_pairs, read_manifest, write_manifest
from training.pictures import find_pictures

CLASSICAL = ("telea", "navier-stokes", "biharmonic", "membrane", "spline")

SHOWN = {"hole PSNR": ("hole_psnr", 2), "PSNR": ("psnr", 2), "SSIM": ("ssim", 4)}
"""Scores in the table: the attribute of a `Score`, and its digits."""

EXPLAINED = """\
hole PSNR   how near the filled pixels are to what was there, in decibels: 1 dB
            more is an error a tenth smaller, 6 dB more one half as large
PSNR        the same over the whole detail, undamaged pixels included
SSIM        likeness of structure over the whole detail: 1 is the same
crack, brush, loss, block   the damage: thin lines, strokes, blotches, squares
own edges   the model completes the edges in the damage itself: what you get
true edges  it is given those of the intact picture (the prior of the second
            network): what could be reached with edges drawn by hand"""


def contenders(models: Sequence[str], *, classical: bool) -> list[Contender]:
    """List the rows of the table."""
    rows = [Contender(name, name) for name in CLASSICAL] if classical else []
    for model in models:
        rows.append(Contender(f"{model}, own edges", TWO_STAGE, model))
        rows.append(Contender(f"{model}, true edges", TWO_STAGE, model, edges="true"))
    return rows


def score_table(
    data: Sequence[str],
    models: Sequence[str],
    per_kind: int,
    *,
    seed: int = 0,
    classical: bool = True,
    manifest: Path | None = None,
    csv_file: Path | None = None,
    processes: int = 1,
) -> Table:
    """Score all methods and return the table of means.

    Parameters
    ----------
    data : sequence of str
        Folders and globs of intact pictures that nothing was trained on.
    models : sequence of str
        Models to score, each with its own and with true edges.
    per_kind : int
        Pairs per kind of damage.
    seed : int
        Seed of crops and damage.
    classical : bool
        Whether to score the classical methods.
    manifest : Path, optional
        The pairs: read if the file is there, written if not.
    csv_file : Path, optional
        Where to write one row per pair and method.
    processes : int
        How many pairs to work on at the same time.

    Raises
    ------
    FileError
        If one file is to be two of these.
    """
    if csv_file is not None:
        check_target(csv_file, overwrite=True)  # an error now, not after all the scoring
    if manifest is not None and manifest.exists():
        pairs = read_manifest(manifest)
    else:
        pairs = cut_pairs(find_pictures(data), per_kind, seed=seed)
    named = (("the table", csv_file), ("the pairs", manifest))
    check_apart(
        [(name, path) for name, path in named if path is not None],
        [("a picture", Path(pair.file)) for pair in pairs],
    )
    if manifest is not None and not manifest.exists():
        write_manifest(manifest, pairs)
    rows = contenders(models, classical=classical)
    tasks = [Task(case, tuple(rows)) for case in cases_of(pairs)]
    scores = [score for scores in score_all(tasks, processes) for score in scores]
    if csv_file is not None:
        # Processes finish in any order; the table has that of the pairs.
        write_scores(csv_file, sorted(scores, key=lambda score: score.pair))
    return _table(scores, rows, len(pairs))


def _table(scores: list[Score], rows: list[Contender], pairs: int) -> Table:
    """Return a table of 80 columns: the scores of a method are below each other."""
    table = Table(title=f"means over {pairs} pairs", show_lines=True)
    table.add_column("method", max_width=24, overflow="fold")
    table.add_column("score")
    for kind in KINDS:
        table.add_column(kind, justify="right")
    by_cell: defaultdict[tuple[str, str], list[Score]] = defaultdict(list)
    for score in scores:
        by_cell[score.contender, score.kind].append(score)
    for row in rows:
        cells = (_cell(by_cell[row.name, kind]) for kind in KINDS)
        table.add_row(row.name, "\n".join(SHOWN), *cells)
    return table


def _cell(scores: list[Score]) -> str:
    if not scores:
        return "-"
    return "\n".join(
        f"{np.mean([getattr(score, name) for score in scores]):.{digits}f}"
        for name, digits in SHOWN.values()
    )
