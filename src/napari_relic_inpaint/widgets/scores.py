"""The rows and columns of a table of scores: what they mean, and how they read."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from napari_relic_inpaint.measuring.evaluation import Row

MISSING = "–"
"""Shown for a score that there is not, such as that of the damage where nothing is damaged."""

Better = Literal["higher", "lower", "nearer 1"]


class Comparable(NamedTuple):
    """What was compared with what, and where: the names of two layers and the area."""

    reference: str
    damage: str
    area: str

    @property
    def of(self) -> tuple[str, str]:
        """Names of the reference and of the damage."""
        return self.reference, self.damage


@dataclass(frozen=True)
class Measurement:
    """One row: the scores of one area of a restored picture, and what was compared.

    It holds names instead of layers: it stays true when a layer is renamed, edited or removed.

    Attributes
    ----------
    restored, reference, damage : str
        Names of the layers when they were measured; ``damage`` is empty without a mask.
    method : str
        How it was restored, as its provenance record says; empty without a record.
    notes : str
        What was converted or left out in measuring.
    row : Row
        The area and its scores.
    """

    restored: str
    method: str
    reference: str
    damage: str
    notes: str
    row: Row

    @property
    def comparable(self) -> Comparable:
        """What a row has in common with those it can be ranked among."""
        return Comparable(self.reference, self.damage, self.row.area)


@dataclass(frozen=True)
class Column:
    """A column of the table.

    Attributes
    ----------
    name : str
        Field of `Measurement` or `Row`, and heading in a CSV file.
    title : str
        Heading for people.
    tooltip : str
        What it tells, in a sentence or two.
    unit : str
        Unit of a number.
    digits : str
        Format of a number; empty for text.
    better : {"higher", "lower", "nearer 1"}, optional
        Which scores are better; None if it is no score.
    full : float, optional
        The best that a score can be.
    """

    name: str
    title: str
    tooltip: str
    unit: str = ""
    digits: str = ""
    better: Better | None = None
    full: float | None = None

    @property
    def heading(self) -> str:
        """Title and unit."""
        return f"{self.title} ({self.unit})" if self.unit else self.title

    @property
    def direction(self) -> str:
        """Which scores are better, as a sentence."""
        return f"{self.better.capitalize()} is better." if self.better else ""

    def value(self, measurement: Measurement) -> str | float:
        """Return the text or number of a row."""
        owner = measurement.row if hasattr(measurement.row, self.name) else measurement
        value: str | float = getattr(owner, self.name)
        return value

    def score(self, measurement: Measurement) -> float:
        """Return the number of a row, NaN if it has none."""
        return float(self.value(measurement))

    def shown(self, measurement: Measurement) -> str:
        """Return the text of a row's cell, a number with as many digits as make sense."""
        value = self.value(measurement)
        if isinstance(value, str):
            return value
        if math.isnan(value):
            return MISSING
        return "identical" if math.isinf(value) else format(value, self.digits)

    def shown_with_unit(self, measurement: Measurement) -> str:
        """Return the text of a row's score with its unit."""
        shown = self.shown(measurement)
        return f"{shown} {self.unit}" if self.unit and shown[-1].isdigit() else shown

    def sort_key(self, measurement: Measurement) -> str | float:
        """Return what a row is sorted by; scores that there are not come before all others."""
        value = self.value(measurement)
        return -math.inf if isinstance(value, float) and math.isnan(value) else value

    def exact(self, measurement: Measurement) -> str:
        """Return a row's cell for a file: all digits, ``inf``, empty where there is no score."""
        value = self.value(measurement)
        if isinstance(value, str):
            return value
        return "" if math.isnan(value) else repr(value)


COLUMNS = (
    Column("restored", "Restored", "The restored picture's layer when it was measured."),
    Column("method", "Method", "How it was restored, as the record in the layer says."),
    Column("reference", "Reference", "The layer that it was compared with."),
    Column("area", "Area", "The part of the picture: all damage, or one label of the mask."),
    Column(
        "hole_psnr",
        "PSNR in the damage",
        "How little the pixels in the area differ from the reference (peak signal-to-noise ratio): "
        "each 6 dB more means differences half as large.",
        unit="dB",
        digits=".2f",
        better="higher",
    ),
    Column(
        "hole_ssim",
        "SSIM in the damage",
        "How alike the fine structure in the area is (structural similarity): 1 is the same, 0 "
        "has nothing in common.",
        digits=".4f",
        better="higher",
        full=1,
    ),
    Column(
        "ciede2000",
        "Colour difference",
        "How far the colours in the area are off for the eye, on average (CIEDE2000): about 1 can "
        "just be seen side by side.",
        unit="ΔE",
        digits=".2f",
        better="lower",
    ),
    Column(
        "texture",
        "Texture",
        "How much fine detail (grain, brushwork) the area has, as a share of the reference's: 1 is "
        "as much, below 1 the fill is smoother, above 1 rougher. It does not ask whether the "
        "detail is in the right place: read it beside the PSNR.",
        digits=".2f",
        better="nearer 1",
    ),
    Column(
        "lpips",
        "LPIPS",
        "How unlike the area looks, as a network judges that learnt it from people (LPIPS): 0 "
        "looks the same. Measured if 'Measure LPIPS, too' is ticked.",
        digits=".3f",
        better="lower",
    ),
    Column(
        "edge_f1",
        "Lines matched",
        "How well lines and outlines in the area agree with the reference's, missed and invented "
        "ones counted alike (F1 score of the edges), 0 to 1.",
        digits=".3f",
        better="higher",
        full=1,
    ),
    Column(
        "edge_precision",
        "Lines right",
        "Share of the restored lines in the area that the reference has too (precision of the "
        "edges): low means invented lines.",
        digits=".3f",
        better="higher",
        full=1,
    ),
    Column(
        "edge_recall",
        "Lines found",
        "Share of the reference's lines in the area that were restored (recall of the edges): low "
        "means lost lines.",
        digits=".3f",
        better="higher",
        full=1,
    ),
    Column(
        "psnr",
        "PSNR of the picture",
        "How little the whole picture differs from the reference, damaged or not (peak "
        "signal-to-noise ratio).",
        unit="dB",
        digits=".2f",
        better="higher",
    ),
    Column(
        "ssim",
        "SSIM of the picture",
        "How alike the fine structure of the whole picture is, damaged or not (structural "
        "similarity): 1 is the same.",
        digits=".4f",
        better="higher",
        full=1,
    ),
    Column(
        "largest_change_outside",
        "Largest change outside",
        "Largest difference outside the damage, in the reference's own values: 0 if the damage was "
        "added to the reference for a test and nothing else was touched.",
        digits=".4g",
        better="lower",
    ),
    Column("pixels", "Pixels", "Number of pixels in the area.", digits=",d"),
    Column("damage", "Damage", "The labels layer with the damage, if one was chosen."),
    Column("notes", "Notes", "What was converted or left out to compare the two pictures."),
)

SCORES = tuple(column for column in COLUMNS if column.better is not None)
"""The columns that can be plotted."""


def best(column: Column, measurements: Iterable[Measurement]) -> float:
    """Return the best score of rows, NaN if none has one."""
    known = [score for row in measurements if not math.isnan(score := column.score(row))]
    return min(known, key=lambda score: _behind(column, score), default=math.nan)


def ranked(column: Column, measurements: Iterable[Measurement]) -> list[Measurement]:
    """Return rows from the best to the worst, those without a score last."""

    def rank(measurement: Measurement) -> tuple[bool, float]:
        score = column.score(measurement)
        return math.isnan(score), _behind(column, score)

    return sorted(measurements, key=rank)


def _behind(column: Column, score: float) -> float:
    """Return a number that is the lower the better a score is."""
    match column.better:
        case "higher":
            return -score
        case "nearer 1":
            return abs(score - 1)
        case _:
            return score


def for_spreadsheet(measurements: Sequence[Measurement]) -> str:
    """Return rows as text with tabs, under headings for people, to be pasted into a spreadsheet."""
    return _table([column.heading for column in COLUMNS], measurements, "excel-tab")


def for_file(measurements: Sequence[Measurement]) -> bytes:
    """Return rows as a CSV file; the scores have the headings that the command line writes too."""
    # The mark at the start tells Excel that names with accents or of other scripts are UTF-8.
    return _table([column.name for column in COLUMNS], measurements, "excel").encode("utf-8-sig")


def _table(headings: list[str], measurements: Sequence[Measurement], dialect: str) -> str:
    text = io.StringIO()
    writer = csv.writer(text, dialect, lineterminator="\n")
    writer.writerow(headings)
    writer.writerows([column.exact(row) for column in COLUMNS] for row in measurements)
    return text.getvalue()
