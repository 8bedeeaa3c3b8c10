"""Sheets of samples as PNG: a row each of damaged, edges if there are any, result and truth."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor
from torch.nn import functional as F

from training.batches import Batch
from training.errors import TrainingError
from training.stages import Outcome

ROWS = 6
GAP = 4
LARGEST_TITLE = 18
"""Height in pixels of the letters above a column; narrow columns have smaller ones."""

Column = NDArray[np.float32]


def write_samples(path: Path, batch: Batch, outcome: Outcome) -> None:
    """Write the first pictures of a batch with what the networks made of them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    hole = batch.hole
    columns = {"damaged": batch.picture * (1 - hole) + hole}
    if outcome.edges is not None:
        columns["edges followed"] = outcome.edges
    if outcome.probability is not None:
        columns["edge probability"] = outcome.probability
    if outcome.picture is not None:
        columns |= {"restored": outcome.picture, "truth": batch.picture}
    else:
        columns["true edges"] = batch.edges
    pictures = [_pictures(column[:ROWS]) for column in columns.values()]
    write_sheet(path, pictures, list(columns))


def write_sheet(path: Path, columns: Sequence[list[Column]], titles: Sequence[str]) -> None:
    """Write columns of equally large pictures ``(H, W, 3)`` in [0, 1], side by side.

    Parameters
    ----------
    path : Path
        A PNG or JPEG.
    columns : sequence of list of array
        The pictures of each column, from above.
    titles : sequence of str
        What is written above each column.

    Raises
    ------
    TrainingError
        If the name does not end as that of a picture does.
    """
    rows = zip(*columns, strict=True)
    sheet = np.concatenate([_framed(row) for row in rows])
    pixels = np.rint(np.clip(sheet, 0, 1) * 255).astype(np.uint8)
    image = _titled(Image.fromarray(pixels), titles, columns[0][0].shape[1] + GAP)
    try:
        # Only to be looked at: as JPEG it may be small.
        image.save(path, quality=80)
    except ValueError:
        raise TrainingError(f"{path}: a sheet is a PNG or a JPEG, by the end of its name") from None


def _titled(sheet: Image.Image, titles: Sequence[str], width: int) -> Image.Image:
    """Write a title above every column, as large as fits its width."""
    size = min(LARGEST_TITLE, *(width * 2 // (max(len(title), 1) + 1) for title in titles))
    font = ImageFont.load_default(size)
    height = round(1.7 * size)
    titled = Image.new("RGB", (sheet.width, sheet.height + height), "white")
    titled.paste(sheet, (0, height))
    drawing = ImageDraw.Draw(titled)
    for i, title in enumerate(titles):
        middle = i * width + (width - GAP) // 2, height // 2
        drawing.text(middle, title, fill="black", font=font, anchor="mm")
    return titled


def _framed(row: tuple[Column, ...]) -> Column:
    framed = [np.pad(picture, ((0, GAP), (0, GAP), (0, 0)), constant_values=1) for picture in row]
    return np.concatenate(framed, axis=1)


def _pictures(column: Tensor) -> list[Column]:
    rgb = column.detach().float().expand(-1, 3, -1, -1)
    if min(rgb.shape[-2:]) < 128:
        rgb = F.interpolate(rgb, size=(128, 128))
    return list(torch.clamp(rgb, 0, 1).permute(0, 2, 3, 1).cpu().numpy())
