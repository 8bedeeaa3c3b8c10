"""Sheets of samples as PNG: a row each of damaged, edges if there are any, result and truth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from training.batches import Batch
from training.errors import TrainingError
from training.stages import Outcome

ROWS = 6
GAP = 4

Column = NDArray[np.float32]


def write_samples(path: Path, batch: Batch, outcome: Outcome) -> None:
    """Write the first pictures of a batch with what the networks made of them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    hole = batch.hole
    columns = [batch.picture * (1 - hole) + hole]
    if outcome.edges is not None:
        columns.append(outcome.edges)
    if outcome.probability is not None:
        columns.append(outcome.probability)
    if outcome.picture is not None:
        columns.append(outcome.picture)
    columns += [batch.picture] if outcome.picture is not None else [batch.edges]
    write_sheet(path, [_pictures(column[:ROWS]) for column in columns])


def write_sheet(path: Path, columns: list[list[Column]]) -> None:
    """Write columns of equally large pictures ``(H, W, 3)`` in [0, 1], side by side.

    Raises
    ------
    TrainingError
        If the name does not end as that of a picture does.
    """
    rows = zip(*columns, strict=True)
    sheet = np.concatenate([_framed(row) for row in rows])
    image = Image.fromarray(np.rint(np.clip(sheet, 0, 1) * 255).astype(np.uint8))
    try:
        # Only to be looked at: as JPEG it may be small.
        image.save(path, quality=80)
    except ValueError:
        raise TrainingError(f"{path}: a sheet is a PNG or a JPEG, by the end of its name") from None


def _framed(row: tuple[Column, ...]) -> Column:
    framed = [np.pad(picture, ((0, GAP), (0, GAP), (0, 0)), constant_values=1) for picture in row]
    return np.concatenate(framed, axis=1)


def _pictures(column: Tensor) -> list[Column]:
    rgb = column.detach().float().expand(-1, 3, -1, -1)
    if min(rgb.shape[-2:]) < 128:
        rgb = F.interpolate(rgb, size=(128, 128))
    return list(torch.clamp(rgb, 0, 1).permute(0, 2, 3, 1).cpu().numpy())
