"""Lines of scores, on the screen and as a CSV file."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from napari_relic_inpaint.cli.terminal import print_table

if TYPE_CHECKING:
    from napari_relic_inpaint.measuring.evaluation import Row

COLUMNS = {
    "psnr": ("PSNR", ".2f"),
    "ssim": ("SSIM", ".4f"),
    "hole_psnr": ("hole\nPSNR", ".2f"),
    "hole_ssim": ("hole\nSSIM", ".4f"),
    "ciede2000": ("CIEDE\n2000", ".2f"),
    "texture": ("tex-\nture", ".2f"),
    "lpips": ("LPIPS", ".3f"),
    "edge_f1": ("edge\nF1", ".2f"),
    "largest_change_outside": ("change\noutside", ".4g"),
}
"""Heading and number format of the scores that fit on a screen; the CSV table has them all."""

ON_REQUEST = {"lpips"}
"""Scores that have a column only where they were measured."""


@dataclass(frozen=True)
class Line:
    """The scores of one area of a pair, or the mean of all pairs."""

    picture: str
    reference: str
    row: Row


def print_lines(lines: Sequence[Line], *, by_picture: bool) -> None:
    """Print the scores that fit on a screen."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column("picture" if by_picture else "area", overflow="fold")
    columns = {
        name: column
        for name, column in COLUMNS.items()
        if name not in ON_REQUEST or not all(math.isnan(getattr(x.row, name)) for x in lines)
    }
    for heading, _ in columns.values():
        table.add_column(heading, justify="right", no_wrap=True)
    for line in lines:
        scores = (_shown(getattr(line.row, name), style) for name, (_, style) in columns.items())
        table.add_row(Text(line.picture if by_picture else line.row.area), *scores)
    print_table(table)


def _shown(score: float, style: str) -> str:
    return "-" if math.isnan(score) else format(score, style)


def write_lines(path: Path, lines: Sequence[Line], *, overwrite: bool) -> None:
    """Write all lines as CSV: NaN as nothing, an infinite PSNR as ``inf``."""
    from napari_relic_inpaint.files.atomic import replacing  # noqa: PLC0415

    text = io.StringIO(newline="")
    table = [
        {"picture": line.picture, "reference": line.reference, **asdict(line.row)} for line in lines
    ]
    writer = csv.DictWriter(text, table[0])
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in table)
    content = text.getvalue().encode(errors="backslashreplace")  # a name need not be in UTF-8
    with replacing(path, overwrite, len(content)) as stream:
        stream.write(content)


def _cell(value: object) -> object:
    return "" if isinstance(value, float) and math.isnan(value) else value
