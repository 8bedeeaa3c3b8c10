"""The table of scores: every method on the same damaged crops."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

from rich.table import Table

from napari_relic_inpaint.files.collisions import check_apart
from napari_relic_inpaint.files.targets import check_target
from training.compare.cases import cases_of
from training.compare.contenders import (
    TWO_STAGE,
    Contender,
    EdgeSource,
    Options,
    line_up,
    parted,
    titled,
)
from training.compare.results import Results, write_scores
from training.compare.scoring import Score, Task, score_all
from training.compare.tables import HOLE_PSNR, PSNR, SSIM, TEXTURE, VGG_DISTANCE, Measure, scored
from training.errors import TrainingError
from training.pairs import Pair, cut_pairs, read_manifest, write_manifest
from training.pictures import find_pictures
from training.vgg_distance import load

CLASSICAL = ("telea", "navier-stokes", "biharmonic", "membrane", "spline")

MEASURES = (HOLE_PSNR, PSNR, SSIM, TEXTURE, VGG_DISTANCE)

EXPLAINED = """\
hole PSNR   how near the filled pixels are to what was there, in decibels: 1 dB
            more is an error a tenth smaller, 6 dB more one half as large
PSNR        the same over the whole detail, undamaged pixels included
SSIM        likeness of structure over the whole detail: 1 is the same
texture     fine detail in the filled pixels as a share of what was there: 1 is
            as much, in its place or not; less is smoother, more is rougher
VGG distance   how unlike the filled pixels look, seen by a network: 0 is the
            same, 6 the most; measured with --perceptual-weights only
crack, brush, loss, block   the damage: thin lines, strokes, blotches, squares
own edges   the model completes the edges in the damage itself
true edges  it is given those of the intact picture (the prior of the second
            network): what could be reached with edges drawn by hand
detail from the picture   copied over the painting from where the same picture
            still has it: what you get by default. All other rows are the
            painting alone"""


def contenders(
    models: Sequence[str], methods: Sequence[str] = (), *, classical: bool
) -> list[Contender]:
    """List the rows of the table."""
    rows = [Contender(name, name) for name in CLASSICAL] if classical else []
    if methods:
        lineup = line_up(methods, ())
        if lineup.left_out:
            raise TrainingError("; ".join(lineup.left_out))
        rows += [row for row in lineup.contenders if row not in rows]
    for source in models:
        model, options = parted(source)
        ways: list[tuple[EdgeSource, Options]] = [("own", options), ("true", options)]
        if "detail" not in dict(options):
            ways.append(("own", (*options, ("detail", "picture"))))
        for edges, chosen in ways:
            name = f"{titled(model, chosen)}, {edges} edges"
            rows.append(Contender(name, TWO_STAGE, model, edges=edges, options=chosen))
    return rows


def score_table(
    data: Sequence[str],
    models: Sequence[str],
    per_kind: int,
    *,
    methods: Sequence[str] = (),
    seed: int = 0,
    classical: bool = True,
    perceptual_weights: Path | None = None,
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
        Models to score, each with its own and with true edges, and with detail copied from the
        picture; all other rows are without it.
    per_kind : int
        Pairs per kind of damage.
    methods : sequence of str
        Methods to score as they are, and with other settings: see `compare.contenders.line_up`.
    seed : int
        Seed of crops and damage.
    classical : bool
        Whether to score the classical methods.
    perceptual_weights : Path, optional
        VGG as safetensors, for the VGG distance.
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
    TrainingError
        If a method cannot run here, or the weights are not those of VGG.
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
    rows = contenders(models, methods, classical=classical)
    if perceptual_weights is not None:
        load(perceptual_weights)  # an error now, not after the first picture
    tasks = [
        Task(case, tuple(rows), perceptual_weights=perceptual_weights) for case in cases_of(pairs)
    ]
    scores = [score for scores in score_all(tasks, processes) for score in scores]
    if csv_file is not None:
        # Processes finish in any order; the table has that of the pairs.
        write_scores(csv_file, sorted(scores, key=lambda score: score.pair))
    return _table(scores, rows, pairs)


def _table(scores: list[Score], rows: list[Contender], pairs: Sequence[Pair]) -> Table:
    """Return a table of 80 columns: the scores of a method are below each other."""
    results = Results(scores)
    there = scored(results)
    measures = [measure for measure in MEASURES if measure in there]
    kinds = dict.fromkeys(pair.kind for pair in pairs)
    table = Table(title=f"means over {len(pairs)} pairs", show_lines=True)
    table.add_column("method", max_width=24, overflow="fold")
    table.add_column("score")
    for kind in kinds:
        table.add_column(kind, justify="right")
    titles = "\n".join(measure.title for measure in measures)
    for row in rows:
        cells = (_cell(results.of(row.name, kind), measures) for kind in kinds)
        table.add_row(row.name, titles, *cells)
    return table


def _cell(scores: Sequence[Score], measures: Sequence[Measure]) -> str:
    return "\n".join(measure.number(_mean(scores, measure)) for measure in measures)


def _mean(scores: Sequence[Score], measure: Measure) -> float:
    """Return the mean of the pictures that have this score."""
    values = [getattr(score, measure.score) for score in scores]
    known = [value for value in values if not math.isnan(value)]
    return fmean(known) if known else math.nan
