"""The tables of a report, made of results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from training.compare.cases import Case
from training.compare.contenders import Contender, Lineup
from training.compare.document import Strong, Table
from training.compare.results import Results
from training.compare.statistics import (
    Estimate,
    Lead,
    estimate_difference,
    mean_score,
)
from training.pairs import Pair

Better = Literal["higher", "lower", "nearer 1"]


@dataclass(frozen=True)
class Measure:
    """How a score is shown.

    Attributes
    ----------
    score : str
        Its name in the results.
    title, unit : str
        For headings; a bare number has no unit.
    digits : int
        Decimals.
    better : {"higher", "lower", "nearer 1"}
        Which scores are better.
    """

    score: str
    title: str
    unit: str
    digits: int
    better: Better = "higher"

    @property
    def heading(self) -> str:
        """Title and unit."""
        return f"{self.title} ({self.unit})" if self.unit else self.title

    def number(self, value: float) -> str:
        """Return a score, or a dash where there is none."""
        return "-" if np.isnan(value) else f"{value:.{self.digits}f}"

    def behind(self, value: float) -> float:
        """Return a number that is the lower the better a score is, infinite where there is none."""
        if np.isnan(value):
            return np.inf
        return {"higher": -value, "lower": value, "nearer 1": abs(value - 1)}[self.better]

    def shown(self, estimate: Estimate, *, sign: bool = False) -> str:
        """Return a mean and its interval, as far as there is one."""
        style = f"{'+' if sign else ''}.{self.digits}f"
        if np.isnan(estimate.mean):
            return "-"
        if np.isnan(estimate.low):
            return format(estimate.mean, style)
        return f"{estimate.mean:{style}} [{estimate.low:{style}}, {estimate.high:{style}}]"


HOLE_PSNR = Measure("hole_psnr", "hole PSNR", "dB", 2)
PSNR = Measure("psnr", "PSNR", "dB", 2)
SSIM = Measure("ssim", "SSIM", "", 4)
HOLE_SSIM = Measure("hole_ssim", "hole SSIM", "", 4)
CIEDE2000 = Measure("ciede2000", "CIEDE2000 in the hole", "", 2, "lower")
TEXTURE = Measure("texture", "texture", "", 2, "nearer 1")
VGG_DISTANCE = Measure("vgg_distance", "VGG distance", "", 3, "lower")
LPIPS = Measure("lpips", "LPIPS in the hole", "", 3, "lower")

FAITHFUL = (HOLE_PSNR, PSNR, SSIM, HOLE_SSIM, CIEDE2000)
"""Whether the right values are in the right places."""

NETWORK_DISTANCES = (VGG_DISTANCE, LPIPS)

APPEARANCE = (TEXTURE, *NETWORK_DISTANCES)
"""Whether it looks like what was there, be it in the right place or not."""

LEADING = (HOLE_PSNR, SSIM)
"""By which the methods are ranked."""


def scored(results: Results) -> tuple[Measure, ...]:
    """Return the measures that any of the results has; a VGG distance needs weights."""
    return tuple(
        measure
        for measure in (*FAITHFUL, *APPEARANCE)
        if any(not np.isnan(getattr(score, measure.score)) for score in results.scores)
    )


def pairs_table(
    results: Results, contenders: Sequence[Contender], cases: Sequence[Case], caption: str
) -> Table:
    """Return PSNR and SSIM of each contender on each of some pictures."""
    columns = [(case, measure) for case in cases for measure in (PSNR, SSIM)]
    rows = []
    for row in contenders:
        scores = [(results.one(row.name, case.name), measure) for case, measure in columns]
        rows.append([row.name, *(f"{getattr(s, m.score):.{m.digits}f}" for s, m in scores)])
    header = ["method", *(f"{case.name}: {measure.heading}" for case, measure in columns)]
    return Table(caption, header, rows)


def means_table(results: Results, lineup: Lineup, cases: Sequence[Case]) -> Table:
    """Return the mean scores of each contender on one kind of damage; the best stand out.

    Variants take no part in being the best: one of them sees true edges.
    """
    kind = cases[0].kind
    measures = scored(results)
    columns = {
        measure: {
            row: mean_score(results, measure.score, kind, row.name) for row in lineup.contenders
        }
        for measure in measures
    }
    best = {measure: _best(measure, columns[measure], lineup.entrants) for measure in measures}
    rows = []
    for row in lineup.contenders:
        cells = []
        for measure, estimates in columns.items():
            text = measure.shown(estimates[row])
            cells.append(Strong(text) if row == best[measure] else text)
        seconds = float(np.median([score.seconds for score in results.of(row.name, kind)]))
        rows.append([row.name, *cells, f"{seconds:.2g}"])
    header = ["method", *(measure.heading for measure in measures), _seconds_heading(cases)]
    share = np.mean([score.share for score in results.of(lineup.contenders[0].name, kind)])
    caption = f"Damage: {kind}. {len(cases)} details, {share:.1%} of the pixels damaged on average"
    return Table(caption, header, rows)


def lead_table(leads: Sequence[Lead], contender: Contender) -> Table:
    """Return how a contender stands beside the best of the others."""
    measures = {measure.score: measure for measure in LEADING}
    rows = []
    for lead in leads:
        measure = measures[lead.score]
        interval = "yes" if lead.difference.excludes_zero else "no"
        rows.append(
            [
                lead.kind,
                measure.heading,
                measure.shown(lead.own),
                lead.best_other,
                measure.shown(lead.difference, sign=True),
                "yes" if lead.above else "no",
                "not known" if np.isnan(lead.difference.low) else interval,
            ]
        )
    header = [
        "damage",
        "score",
        contender.name,
        "best other method",
        "difference",
        "above every other",
        "interval excludes 0",
    ]
    return Table(f"{contender.name} beside the best other method", header, rows)


def ablation_table(
    results: Results, lineup: Lineup, kinds: Sequence[str], measure: Measure
) -> Table:
    """Return by how much each variant is above or below the method as it is."""
    base = lineup.two_stage
    assert base is not None
    rows = []
    for row in lineup.variants:
        differences = [
            estimate_difference(results, measure.score, kind, row.name, base.name) for kind in kinds
        ]
        rows.append([row.name, *(measure.shown(d, sign=True) for d in differences)])
    caption = f"{measure.heading}: difference to {base.name}"
    return Table(caption, ["variant", *kinds], rows)


def _best(
    measure: Measure, estimates: dict[Contender, Estimate], entrants: Sequence[Contender]
) -> Contender:
    return min(entrants, key=lambda row: measure.behind(estimates[row].mean))


def _seconds_heading(cases: Sequence[Case]) -> str:
    sizes = {case.source.size for case in cases if isinstance(case.source, Pair)}
    if len(sizes) != 1:
        return "seconds per picture"
    (size,) = sizes
    return f"seconds per {size} x {size} picture"
