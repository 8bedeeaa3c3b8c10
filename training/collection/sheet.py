"""A sheet of the crops and the damage that a run will see, before it sees them for hours."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from training.batches import Batch, DamagedCrops
from training.sheets import Column, write_sheet

SIDE = 192
"""Side in pixels of a crop on the sheet."""

CROPS, COLUMNS = 24, 4


def write_check(path: Path, dataset: DamagedCrops) -> None:
    """Write the first crops of a run, each intact and beside it with its damage in white."""
    pairs: list[tuple[Column, Column]] = []
    step = 0
    while len(pairs) < CROPS:
        pairs += _pairs(dataset[step])
        step += 1
    columns: list[list[Column]] = []
    rows = CROPS // COLUMNS
    for start in range(0, CROPS, rows):
        intact, damaged = zip(*pairs[start : start + rows], strict=True)
        columns += [list(intact), list(damaged)]
    write_sheet(path, columns, ["crop", "its damage"] * COLUMNS)


def _pairs(batch: Batch) -> list[tuple[Column, Column]]:
    pictures = batch.picture.permute(0, 2, 3, 1).numpy()
    holes = batch.hole.permute(0, 2, 3, 1).numpy() > 0
    damaged = np.where(holes, np.float32(1), pictures)
    return [(_fitted(p), _fitted(d)) for p, d in zip(pictures, damaged, strict=True)]


def _fitted(picture: Column) -> Column:
    """Reduce or repeat pixels to the sheet's size; small crops keep their pixels to be seen."""
    places = np.linspace(0, len(picture) - 1, SIDE).round().astype(int)
    return picture[places][:, places]
