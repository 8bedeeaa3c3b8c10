"""Tables of damage and of its changes on the screen."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from napari_relic_inpaint.cli.terminal import print_table
from napari_relic_inpaint.marking.measures import shown

if TYPE_CHECKING:
    from napari_relic_inpaint.marking.changes import ChangeRow
    from napari_relic_inpaint.marking.damage_table import ClassRow

Column = tuple[str, Callable[[Any], str]]


def print_classes(rows: Sequence[ClassRow]) -> None:
    """Print the rows of a table of damage; millimetres where they are known."""
    in_mm = not math.isnan(rows[-1].area_mm2)
    columns: list[Column] = [
        ("pieces", lambda row: f"{row.pieces}"),
        ("pixels", lambda row: f"{row.pixels}"),
        ("share", lambda row: f"{row.share:.2%}"),
    ]
    if in_mm:
        columns += [
            ("area\nmm2", lambda row: shown(row.area_mm2)),
            ("largest\nmm2", lambda row: shown(row.largest_mm2)),
            ("length\nmm", lambda row: shown(row.length_mm)),
            ("width\nmm", lambda row: shown(row.width_mm)),
        ]
    else:
        columns += [
            ("largest\npx", lambda row: f"{row.largest}"),
            ("length\npx", lambda row: shown(row.length)),
            ("width\npx", lambda row: shown(row.width)),
        ]
    _print(rows, columns)


def print_changes(rows: Sequence[ChangeRow]) -> None:
    """Print the rows of a table of changes: how many pieces, and their area."""
    in_mm = not math.isnan(rows[-1].after_mm2)
    unit = "mm2" if in_mm else "px"

    def area(row: ChangeRow, name: str) -> str:
        return shown(getattr(row, f"{name}_mm2" if in_mm else f"{name}_pixels"))

    def counted(name: str, sign: str) -> Column:
        def cell(row: ChangeRow) -> str:
            count = getattr(row, name)
            return f"{count} ({sign}{area(row, name)})" if count else "0"

        return f"{name}\n({unit})", cell

    columns: list[Column] = [
        (f"before\n{unit}", lambda row: area(row, "before")),
        (f"now\n{unit}", lambda row: area(row, "after")),
        counted("new", "+"),
        counted("grown", "+"),
        counted("unchanged", ""),
        counted("shrunk", "-"),
        counted("gone", "-"),
    ]
    _print(rows, columns)


def _print(rows: Sequence[Any], columns: Sequence[Column]) -> None:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column("class", overflow="fold")
    for heading, _ in columns:
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(Text(row.name), *(cell(row) for _, cell in columns))
    print_table(table)
