"""Tables of numbers over the steps, as CSV files that outlive whatever ends a run."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from napari_relic_inpaint.files.atomic import replacing

Row = dict[str, str]

TEXTURE = "texture_"
TEXTURE_INTACT = ("texture_intact_", "texture_truth_")
"""Columns of the truth's own texture, which only tables have where no texture is a share of it."""


def read_log(path: Path) -> list[Row]:
    """Read a table; a last line that was cut off is left out.

    Returns
    -------
    list of dict
        A row each, by column; empty if there is no file yet.
    """
    if not path.exists():
        return []
    content = path.read_text(encoding="utf-8")
    whole = content[: content.rfind("\n") + 1]
    return list(csv.DictReader(io.StringIO(whole, newline="")))


def add_row(path: Path, step: int, values: dict[str, float]) -> None:
    """Add the values of a step; those of a new name get a column."""
    row = {"step": str(step), **{name: f"{value:.6g}" for name, value in values.items()}}
    rows = read_log(path)
    if rows and list(rows[0]) == list(row):
        with path.open("a", newline="", encoding="utf-8") as stream:
            stream.write(_text([row], list(row), header=False))
    else:
        _rewrite(path, [*rows, row])


def cut_log(path: Path, first: int) -> str | None:
    """Drop what was logged after the checkpoint of step ``first``: it will come again.

    Returns
    -------
    str or None
        A sentence on columns that had to go, as what is called so today is another measure.
    """
    kept = [row for row in read_log(path) if first and int(row["step"]) <= first]
    old = [name for name in (kept[0] if kept else ()) if name.startswith(TEXTURE)]
    if not any(name.startswith(TEXTURE_INTACT) for name in old):
        old = []
    _rewrite(path, [{k: v for k, v in row.items() if k not in old} for row in kept])
    if not old:
        return None
    return (
        f"{path}: the texture of the steps until {kept[-1]['step']} is left out, as it was "
        "measured in another unit than today, where it is a share of the truth's"
    )


def _rewrite(path: Path, rows: list[Row]) -> None:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    content = _text(rows, columns or ["step"], header=True).encode()
    with replacing(path, overwrite=True, size=len(content)) as stream:
        stream.write(content)


def _text(rows: list[Row], columns: list[str], *, header: bool) -> str:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, restval="")
    if header:
        writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
