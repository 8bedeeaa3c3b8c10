"""The results of a comparison: one row per damaged picture and contender, on disk and in tables."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import astuple, fields
from pathlib import Path

from napari_relic_inpaint.files.atomic import replacing
from napari_relic_inpaint.measuring.evaluation import SCORES
from training.compare.scoring import Score
from training.errors import TrainingError

COLUMNS = tuple(part.name for part in fields(Score))
NUMBERS = {"share", *SCORES, "vgg_distance", "seconds"}


class Results:
    """Scores by contender and kind of damage.

    Parameters
    ----------
    scores : iterable of Score
        All scores.
    """

    def __init__(self, scores: Iterable[Score]) -> None:
        self.scores = sorted(scores, key=lambda score: score.pair)

    def of(self, contender: str, kind: str) -> list[Score]:
        """Return a contender's scores for a kind of damage, in the order of the pairs' names."""
        return [s for s in self.scores if s.contender == contender and s.kind == kind]

    def one(self, contender: str, pair: str) -> Score:
        """Return a contender's score for one picture."""
        return next(s for s in self.scores if s.contender == contender and s.pair == pair)


def read_scores(path: Path) -> list[Score]:
    """Read the rows that `append_scores` wrote, but a last one that was cut off.

    Raises
    ------
    TrainingError
        Names the line that is no row of results.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise TrainingError(f"{path} cannot be read: {error}") from None
    rows = list(csv.reader(lines))
    if rows and tuple(rows[0]) != COLUMNS:
        raise TrainingError(
            f"{path} has other columns than the results of a comparison: choose another --out"
        )
    scores = []
    for number, row in enumerate(rows[1:], start=2):
        try:
            scores.append(_score(row))
        except ValueError:
            if number < len(rows):
                raise TrainingError(
                    f"{path}, line {number} is not a row of results: remove it, and go on with "
                    "--resume"
                ) from None
    return scores


def write_scores(path: Path, scores: Sequence[Score]) -> None:
    """Write a new table, in place of an old one."""
    content = (_text([COLUMNS]) + _text(map(_row, scores))).encode()
    with replacing(path, overwrite=True, size=len(content)) as stream:
        stream.write(content)


def append_scores(path: Path, scores: Sequence[Score]) -> None:
    """Add rows to a table: NaN as nothing, an infinite PSNR as ``inf``."""
    with path.open("a", encoding="utf-8", newline="") as stream:
        stream.write(_text(map(_row, scores)))


def _text(rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _row(score: Score) -> list[object]:
    return ["" if isinstance(v, float) and math.isnan(v) else v for v in astuple(score)]


def _score(row: Sequence[str]) -> Score:
    cells = dict(zip(COLUMNS, row, strict=True))
    return Score(
        **{
            name: float(cell or "nan") if name in NUMBERS else cell  # type: ignore[arg-type]
            for name, cell in cells.items()
        }
    )
