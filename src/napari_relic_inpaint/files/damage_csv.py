"""Tables of damage and of its changes as CSV files."""

from __future__ import annotations

import csv
import io
import math
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.files.atomic import replacing
from napari_relic_inpaint.files.targets import check_target
from napari_relic_inpaint.marking.changes import ChangeRow
from napari_relic_inpaint.marking.damage_table import ClassRow


def check_table(path: str | os.PathLike[str], *, overwrite: bool) -> None:
    """Check that a table can be written, before the work that leads to it.

    Raises
    ------
    InputError
        If the name does not end in .csv: a mistyped one could be a picture's.
    FileError
        If the file cannot be written, or exists and `overwrite` is False.
    """
    path = Path(path)
    if path.suffix.lower() != ".csv":
        raise InputError(f"{path} does not end in .csv: choose a name that does")
    check_target(path, overwrite)


def write_table(
    path: str | os.PathLike[str],
    rows: Sequence[ClassRow] | Sequence[ChangeRow],
    *,
    overwrite: bool = False,
) -> None:
    """Write the rows of a `DamageTable` or a `ChangeTable` as CSV, what nobody knows as nothing.

    Parameters
    ----------
    path : path-like
        Where; the name ends in .csv.
    rows : sequence of ClassRow or of ChangeRow
        At least one.
    overwrite : bool
        Whether an existing file may be replaced.

    Raises
    ------
    FileError, InputError
        As `check_table`.
    """
    check_table(path, overwrite=overwrite)
    text = io.StringIO(newline="")
    table = [asdict(row) for row in rows]
    writer = csv.DictWriter(text, table[0])
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in table)
    content = text.getvalue().encode("utf-8-sig")  # spreadsheets take other UTF-8 for Latin-1
    with replacing(Path(path), overwrite, len(content)) as stream:
        stream.write(content)


def _cell(value: object) -> object:
    return "" if isinstance(value, float) and math.isnan(value) else value
