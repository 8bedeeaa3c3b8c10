"""Contact sheets with labels: damaged, what each contender made of it, truth (figures 3 and 6)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from textwrap import fill
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from napari_relic_inpaint.files import read_picture
from napari_relic_inpaint.measuring.ratings.details import find_details
from napari_relic_inpaint.picture.picture import Picture, ValueRange
from training.compare.cases import Case, RealDamage
from training.compare.contenders import Contender
from training.compare.scoring import restored_file

SIDE = 256
"""Side of a panel in pixels: a detail of this size is shown pixel by pixel."""

GAP = 6
LABEL = 44
"""Pixels left free above the panels and beside them, for their names."""

DPI = 100
Panel = NDArray[np.float32]


def draw_sheet(
    path: Path, cases: Sequence[Case], contenders: Sequence[Contender], restored: Path
) -> None:
    """Draw a row for each case: damaged, the restored pictures, and the truth if it is known.

    Artificial damage is white. Of a picture with real damage the row shows the detail of 256 x 256
    that has most of it, and the damage mask in the place of the truth.

    Parameters
    ----------
    path : Path
        The sheet, a PNG.
    cases : sequence of Case
        All with artificial damage, or all with real one.
    contenders : sequence of Contender
        The columns.
    restored : Path
        Folder of the restored pictures.
    """
    real = isinstance(cases[0].source, RealDamage)
    names = [row.name for row in contenders]
    titles = ["damaged", *names, "damage mask"] if real else ["damaged", *names, "truth"]
    rows = [_row(case, contenders, restored) for case in cases]
    width = LABEL + len(titles) * (SIDE + GAP)
    height = LABEL + len(rows) * (SIDE + GAP)
    figure = Figure(figsize=(width / DPI, height / DPI), dpi=DPI)
    for i, (case, panels) in enumerate(zip(cases, rows, strict=True)):
        bottom = height - LABEL - i * (SIDE + GAP) - SIDE
        middle = (bottom + SIDE / 2) / height
        figure.text(LABEL / 2 / width, middle, case.name, rotation=90, ha="center", va="center")
        for j, (title, panel) in enumerate(zip(titles, panels, strict=True)):
            left = LABEL + j * (SIDE + GAP)
            box = (left / width, bottom / height, SIDE / width, SIDE / height)
            axes = figure.add_axes(box)
            axes.imshow(panel, vmin=0, vmax=1, interpolation="nearest")
            axes.set_axis_off()
            if i == 0:
                axes.set_title(fill(title, 30), fontsize=11, pad=5)
    figure.savefig(path)


def _row(case: Case, contenders: Sequence[Contender], restored: Path) -> list[Panel]:
    truth, hole = _rgb(case.source.truth()), case.source.hole()
    real = isinstance(case.source, RealDamage)
    if real:
        first, last = truth, np.repeat(hole[..., None], 3, axis=2).astype(np.float32)
    else:
        first, last = np.where(hole[..., None], np.float32(1), truth), truth
    results = [
        _rgb(read_picture(restored_file(restored, case.name, row)).data) for row in contenders
    ]
    panels = [first, *results, last]
    if real:
        (detail,) = find_details(hole, SIDE, 1)
        panels = [panel[detail.rows, detail.columns] for panel in panels]
    return panels


def _rgb(picture: NDArray[Any]) -> Panel:
    """Return any picture as RGB in [0, 1], ``(H, W, 3)``."""
    source = Picture(picture, rgb=picture.ndim == 3)
    scale = ValueRange.of(source.dtype, float(picture.min()), float(picture.max()))
    nothing = np.zeros(source.shape, bool)
    whole = (slice(None), slice(None))
    return np.clip(source.read((), whole, nothing, scale), 0, 1)
