"""The table of a batch: one row for each picture, written as it is done."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Self

from napari_relic_inpaint.batch.outcome import Outcome
from napari_relic_inpaint.errors import FileError
from napari_relic_inpaint.files.atomic import replacing

FILE = "manifest.csv"

COLUMNS = (
    "picture",
    "damage",
    "result",
    "status",
    "share",
    "seconds",
    "error",
    "picture_sha256",
    "damage_sha256",
    "result_sha256",
)

Row = dict[str, str]


class Manifest:
    """The rows of a folder of results, with those of earlier runs.

    A context, in which rows are in the file as soon as they are added, so that an interrupted run
    has those of all that is done. Each picture has one row, its last; when the run ends, rows are
    sorted.

    Parameters
    ----------
    folder : Path
        The folder of the results.

    Raises
    ------
    FileError
        If there is another file of its name, or it cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        rows = _read(self._path) if self._path.exists() else []
        self._rows = {_key(row): row for row in rows}

    def __enter__(self) -> Self:
        self._write_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._write_all()

    def add(self, outcome: Outcome) -> None:
        """Write the row of a picture.

        Raises
        ------
        FileError
            If the file cannot be written.
        """
        row = _row(outcome)
        before = self._rows.get(_key(row))
        self._rows[_key(row)] = row
        if before is not None:
            if before != row:
                self._write_all()
            return
        try:
            with self._path.open("ab") as stream:
                stream.write(_csv([row]))
                stream.flush()
                os.fsync(stream.fileno())
        except OSError as error:
            raise FileError(
                f"{self._path} cannot be written ({error.strerror}): close other programs that "
                "have it open and go on with --resume."
            ) from error

    def _write_all(self) -> None:
        rows = [self._rows[key] for key in sorted(self._rows)]
        content = _csv([dict(zip(COLUMNS, COLUMNS, strict=True)), *rows])
        with replacing(self._path, overwrite=True, size=len(content)) as stream:
            stream.write(content)


def _key(row: Row) -> str:
    """Tell pictures apart as their results are, whichever way the path was written."""
    return Path(row["picture"]).name


def _row(outcome: Outcome) -> Row:
    values = {
        "picture": _text(outcome.picture),
        "damage": "" if outcome.damage is None else _text(outcome.damage),
        "result": "" if outcome.result is None else _text(outcome.result.name),
        "status": outcome.status,
        "share": "" if outcome.share is None else f"{outcome.share:.6f}",
        "seconds": "" if outcome.seconds is None else f"{outcome.seconds:.3f}",
        "error": _text(outcome.error),
    }
    hashes = {f"{role}_sha256": digest for role, digest in outcome.sha256.items()}
    return {name: (values | hashes).get(name, "") for name in COLUMNS}


def _text(value: object) -> str:
    """Return what UTF-8 can hold, which the name of a file need not be."""
    return str(value).encode(errors="backslashreplace").decode()


def _csv(rows: Iterable[Row]) -> bytes:
    text = io.StringIO(newline="")
    csv.DictWriter(text, COLUMNS).writerows(rows)
    return text.getvalue().encode()


def _read(path: Path) -> list[Row]:
    """Read the rows of earlier runs; one that a crash cut short at the end is left out."""
    try:
        # Spreadsheet programs put a byte order mark first.
        lines = list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))
    except OSError as error:
        raise FileError(f"{path} cannot be read ({error.strerror}).") from error
    except (UnicodeDecodeError, csv.Error):
        lines = []
    if not lines or tuple(lines[0]) != COLUMNS:
        raise FileError(
            f"{path} is not the manifest of a batch: move it, or choose another folder with -o."
        )
    rows = [cells for cells in lines[1:] if cells]
    if rows and len(rows[-1]) < len(COLUMNS):
        rows.pop()
    if any(len(cells) != len(COLUMNS) for cells in rows):
        raise FileError(
            f"{path} has rows of another length than its first line: undo what was changed in it, "
            "or move it."
        )
    return [dict(zip(COLUMNS, cells, strict=True)) for cells in rows]
