"""The table of scores: every method on the same damaged crops."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from rich.table import Table

from napari_relic_inpaint.damage import KINDS
from napari_relic_inpaint.edges import canny_edges, grey
from napari_relic_inpaint.metrics import hole_psnr, psnr, ssim
from napari_relic_inpaint.restoration import restore
from training.pairs import Pair, cut_pairs, read_manifest, write_manifest
from training.pictures import find_pictures

CLASSICAL = ("telea", "navier-stokes", "biharmonic", "membrane")
CANNY_SIGMA = 2.0


@dataclass(frozen=True)
class Contender:
    """One row of the table: a method, with a model and edges if it takes them."""

    name: str
    method: str
    model: str = "relic-base"
    true_edges: bool = False


@dataclass(frozen=True)
class Score:
    """How one contender did on one pair."""

    contender: str
    kind: str
    file: str
    hole_psnr: float
    psnr: float
    ssim: float


def contenders(models: Sequence[str], *, classical: bool) -> list[Contender]:
    """List the rows of the table."""
    rows = [Contender(name, name) for name in CLASSICAL] if classical else []
    for model in models:
        rows.append(Contender(f"{model}, own edges", "two-stage", model))
        rows.append(Contender(f"{model}, true edges", "two-stage", model, true_edges=True))
    return rows


def score_pair(pair: Pair, rows: Sequence[Contender]) -> list[Score]:
    """Restore one pair with every contender and compare with the truth.

    What the contenders get is zero inside the hole: nothing of the truth but, where the row says
    so, its edges.
    """
    truth, hole = pair.truth(), pair.hole()
    damaged = np.where(hole[..., None], np.float32(0), truth)
    edges = canny_edges(grey(truth), sigma=CANNY_SIGMA)
    scores = []
    for row in rows:
        drawn = edges if row.true_edges else None
        result = restore(damaged, hole, method=row.method, model=row.model, edges=drawn).picture
        values = hole_psnr(result, truth, hole), psnr(result, truth), ssim(result, truth)
        scores.append(Score(row.name, pair.kind, pair.file, *values))
    return scores


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
    """
    if manifest is not None and manifest.exists():
        pairs = read_manifest(manifest)
    else:
        pairs = cut_pairs(find_pictures(data), per_kind, seed=seed)
        if manifest is not None:
            write_manifest(manifest, pairs)
    rows = contenders(models, classical=classical)
    scores = [score for scores in _all(pairs, rows, processes) for score in scores]
    if csv_file is not None:
        with csv_file.open("w", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(Score.__dataclass_fields__)
            writer.writerows(
                [getattr(score, name) for name in Score.__dataclass_fields__] for score in scores
            )
    return _table(scores, rows, len(pairs))


def _all(pairs: list[Pair], rows: list[Contender], processes: int) -> Iterator[list[Score]]:
    score = partial(score_pair, rows=rows)
    if processes == 1:
        yield from map(score, pairs)
        return
    with ProcessPoolExecutor(
        processes,
        mp_context=get_context("spawn"),
        initializer=torch.set_num_threads,
        initargs=(1,),
    ) as pool:
        yield from pool.map(score, pairs)


def _table(scores: list[Score], rows: list[Contender], pairs: int) -> Table:
    table = Table(title=f"hole PSNR / PSNR (dB) / SSIM, means over {pairs} pairs")
    table.add_column("method")
    for kind in KINDS:
        table.add_column(kind, justify="right")
    by_cell: defaultdict[tuple[str, str], list[Score]] = defaultdict(list)
    for score in scores:
        by_cell[score.contender, score.kind].append(score)
    for row in rows:
        table.add_row(row.name, *(_cell(by_cell[row.name, kind]) for kind in KINDS))
    return table


def _cell(scores: list[Score]) -> str:
    if not scores:
        return "-"
    means = np.mean([(s.hole_psnr, s.psnr, s.ssim) for s in scores], axis=0)
    return f"{means[0]:.2f} / {means[1]:.2f} / {means[2]:.4f}"
