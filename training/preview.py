"""Show what networks do: a sheet of damaged details, how they come out, and what was there."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from napari_relic_inpaint.files.collisions import check_apart
from napari_relic_inpaint.files.targets import check_target
from napari_relic_inpaint.marking.damage import KINDS
from napari_relic_inpaint.models.card import CompletionCard, read_card
from napari_relic_inpaint.models.folders import find
from napari_relic_inpaint.networks import COMPLETIONS
from napari_relic_inpaint.restoration import restore
from training.errors import TrainingError
from training.export import export_model
from training.pairs import Pair, cut_pairs
from training.pictures import find_pictures
from training.runs import is_run, read_run
from training.sheets import Column, write_sheet

SEED = 1
SHOWN_OF_KIND = 3
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
    check_target(path, overwrite=True)
    files = find_pictures(data or _validated_on(sources))
    check_apart([("the sheet", path)], [("a picture", file) for file in files])
    chosen = cut_pairs(files, -(-pairs // len(KINDS)), seed=SEED)
    # So that any number of them shows all kinds.
    chosen = _in_turn(chosen)[:pairs]
    if not _is_completion(sources[-1]):
        sources = [base, *sources]
    with tempfile.TemporaryDirectory() as temporary:
        model = Path(temporary) / "preview"
        method = export_model(sources, model).method
        rows = [_row(pair, method, model) for pair in chosen]
    titles = ["damaged", *(["edges"] if len(rows[0]) == 4 else []), "restored", "truth"]
    columns = list(_beside_each_other(rows))
    write_sheet(path, columns, titles * (len(columns) // len(titles)))


def write_comparison(path: Path, files: Sequence[Path], parent: str, child: str) -> None:
    """Write a sheet of what a model and its parent make of the same damage.

    Parameters
    ----------
    path : Path
        The sheet.
    files : sequence of Path
        Pictures that neither was trained on.
    parent, child : str
        Names or folders of two models of the two-stage method.
    """
    rows = []
    for pair in _in_turn(cut_pairs(files, SHOWN_OF_KIND, seed=SEED)):
        before, after = (_row(pair, "two-stage", model) for model in (parent, child))
        rows.append([before[0], before[2], after[2], before[3]])
    half = -(-len(rows) // 2)
    columns = [
        list(column) for part in (rows[:half], rows[half:]) for column in zip(*part, strict=True)
    ]
    write_sheet(path, columns, ["damaged", "parent", "adapted", "truth"] * 2)


def _in_turn(pairs: Sequence[Pair]) -> list[Pair]:
    """Return pairs, which come by kind, one of each kind after the other."""
    each = len(pairs) // len(KINDS)
    return [pairs[kind * each + i] for i in range(each) for kind in range(len(KINDS))]


def _validated_on(sources: Sequence[str]) -> Sequence[str]:
    for source in reversed(sources):
        if is_run(Path(source)):
            run = read_run(Path(source))
            return run.val or run.data
    raise TrainingError(f"{', '.join(sources)}: not a run, so name intact pictures with --data")


def _is_completion(source: str) -> bool:
    """Whether a run or model is of a method with a single network."""
    if is_run(Path(source)):
        return read_run(Path(source)).recipe.name in COMPLETIONS
    return isinstance(read_card(find(source)), CompletionCard)


def _row(pair: Pair, method: str, model: str | Path) -> list[Column]:
    truth, hole = pair.truth(), pair.hole()
    damaged = np.where(hole[..., None], 0, truth)
    # What the networks do is looked at, and not what is copied over it.
    result = restore(damaged, hole, method=method, model=str(model), detail="none")
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
