"""Show what networks do: a sheet of damaged details, how they come out, and what was there."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from napari_relic_inpaint.files.collisions import check_apart
from napari_relic_inpaint.models import completion
from napari_relic_inpaint.models.card import CompletionCard, read_card
from napari_relic_inpaint.models.folders import find
from napari_relic_inpaint.restoration import restore
from training.errors import TrainingError
from training.export import export_model
from training.pairs import Pair, cut_pairs
from training.pictures import find_pictures
from training.runs import is_run, read_run
from training.sheets import Column, write_sheet

SEED = 1
HEIGHT = 8
"""Pairs one below the other; further ones go beside them."""


def write_preview(
    sources: Sequence[str], path: Path, *, pairs: int, base: str, data: Sequence[str] = ()
) -> None:
    """Write a sheet of pairs.

    Parameters
    ----------
    sources : sequence of str
        Runs, models, or both; of several with the same network the last counts.
    path : Path
        The sheet: a row each of damaged, edges where the method has any, result and truth.
    pairs : int
        How many pairs, over all kinds of damage.
    base : str
        Model or run to take a network of the two-stage method from that the sources lack.
    data : sequence of str
        Folders and globs of intact pictures; by default those that the last run is validated on.

    Raises
    ------
    TrainingError
        If there are no pictures, or the sources do not make a model.
    FileError
        If the sheet would replace a picture.
    """
    files = find_pictures(data or _validated_on(sources))
    check_apart([("the sheet", path)], [("a picture", file) for file in files])
    chosen = cut_pairs(files, -(-pairs // 4), seed=SEED)
    # One of each kind after the other, so that any number of them shows all kinds.
    per_kind = len(chosen) // 4
    chosen = [chosen[kind * per_kind + i] for i in range(per_kind) for kind in range(4)][:pairs]
    if not _is_completion(sources[-1]):
        sources = [base, *sources]
    with tempfile.TemporaryDirectory() as temporary:
        model = Path(temporary) / "preview"
        method = export_model(sources, model).method
        rows = [_row(pair, method, model) for pair in chosen]
    write_sheet(path, list(_beside_each_other(rows)))


def _validated_on(sources: Sequence[str]) -> Sequence[str]:
    for source in reversed(sources):
        if is_run(Path(source)):
            run = read_run(Path(source))
            return run.val or run.data
    raise TrainingError(f"{', '.join(sources)}: not a run, so name intact pictures with --data")


def _is_completion(source: str) -> bool:
    """Whether a run or model is of a method with a single network."""
    if is_run(Path(source)):
        return read_run(Path(source)).recipe.name in completion.NETWORKS
    return isinstance(read_card(find(source)), CompletionCard)


def _row(pair: Pair, method: str, model: Path) -> list[Column]:
    truth, hole = pair.truth(), pair.hole()
    damaged = np.where(hole[..., None], 0, truth)
    result = restore(damaged, hole, method=method, model=str(model))
    row = [np.where(hole[..., None], 1, truth), result.picture, truth]
    if result.edges is not None:
        row.insert(1, np.repeat(result.edges[..., None], 3, axis=-1))
    return [picture.astype(np.float32) for picture in row]


def _beside_each_other(rows: list[list[Column]]) -> Iterator[list[Column]]:
    """Yield columns of at most `HEIGHT` pictures; the last ones are filled up with white."""
    blank = [np.ones_like(picture) for picture in rows[0]]
    height = min(len(rows), HEIGHT)
    for start in range(0, len(rows), height):
        some = rows[start : start + height]
        some += [blank] * (height - len(some))
        yield from map(list, zip(*some, strict=True))
