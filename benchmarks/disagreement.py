"""How well the disagreement of hypotheses tells how wrong a fill is: rank correlation per hole.

Pictures that are known are damaged synthetically and restored by the hypotheses that are proposed
to begin with. For each hole its mean disagreement is set against the mean colour difference
CIEDE2000 between the first hypothesis and the picture::

    python benchmarks/disagreement.py measure PICTURES holes.csv --count 40
    python benchmarks/disagreement.py tell holes.csv

Wide holes are both worse and disagree more, whatever the rest; so the correlation is told within
classes of width, too. Confidence intervals are of pictures drawn anew with replacement (bootstrap),
since the holes of a picture are no independent sample.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr

from napari_relic_inpaint.files import read_picture
from napari_relic_inpaint.judging.hypothesis import propose_hypotheses
from napari_relic_inpaint.judging.judging import Judging
from napari_relic_inpaint.marking.damage import synthetic_damage
from napari_relic_inpaint.measuring.metrics.colour import ciede2000_map
from napari_relic_inpaint.steps import finish

SIDE = 320
SEED = 23
"""Of the order in which pictures are taken."""

WIDTHS = ((1, 4), (5, 12), (13, 32), (33, 999))
DRAWS = 2000
COLUMNS = ("picture", "row", "column", "pixels", "widest", "disagreement", "error", "best", "worst")
FEWEST = 8
"""Holes without which no correlation is told."""


def damage(shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Draw cracks, strokes of some width and a square, which may touch."""
    mask = synthetic_damage(shape, "crack", rng, share=0.01)
    mask |= synthetic_damage(shape, "brush", rng, share=0.04, widest=float(rng.uniform(6, 30)))
    return mask | synthetic_damage(shape, "block", rng, block=int(rng.integers(16, 97)))


def cropped(path: Path) -> np.ndarray:
    """Read the middle of a picture, `SIDE` pixels square or as much as there is."""
    picture = read_picture(path).data[..., :3]
    top, left = (max((length - SIDE) // 2, 0) for length in picture.shape[:2])
    return np.ascontiguousarray(picture[top : top + SIDE, left : left + SIDE])


def measure(folder: Path, out: Path, count: int) -> None:
    """Write a row for each hole of some pictures of a folder."""
    paths = sorted(path for path in folder.iterdir() if path.suffix in {".jpg", ".png"})
    # Names begin with the source of a picture: the first ones would be all of one.
    order = np.random.default_rng(SEED).permutation(len(paths))[:count]
    paths = [paths[n] for n in order]
    with out.open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream)
        table.writerow(COLUMNS)
        for number, path in enumerate(paths):
            began = time.monotonic()
            truth = cropped(path)
            mask = damage(truth.shape[:2], np.random.default_rng(number))
            work = Judging(np.where(mask[..., None], 0, truth), mask, rgb=True)
            finish(work.steps(propose_hypotheses()))
            errors = np.stack(
                [ciede2000_map(np.asarray(each.picture), truth, mask) for each in work.finished]
            )
            numbers = work.holes.numbers((), np.flatnonzero(mask))
            means = np.stack([np.bincount(numbers, each[mask]) for each in errors])
            means /= np.bincount(numbers)
            for n, each in enumerate(work.judged()):
                hole, error = each.hole, means[:, n]
                values = each.disagreement, error[0], error.min(), error.max()
                table.writerow(
                    [
                        number,
                        *hole.position,
                        hole.pixels,
                        hole.widest,
                        *(f"{v:.4f}" for v in values),
                    ]
                )
            stream.flush()
            print(f"{number + 1}/{len(paths)}: {time.monotonic() - began:.0f} s", flush=True)


def correlation(rows: list[dict[str, float]], rng: np.random.Generator) -> str:
    """Return Spearman's rank correlation with its confidence interval of 95 %."""
    pictures = defaultdict(list)
    for row in rows:
        pictures[row["picture"]].append((row["disagreement"], row["error"]))
    groups = [np.array(group) for group in pictures.values()]
    if len(rows) < FEWEST:
        return "too few holes"
    drawn = [
        spearmanr(np.concatenate([groups[n] for n in rng.integers(0, len(groups), len(groups))]))[0]
        for _ in range(DRAWS)
    ]
    low, high = np.nanpercentile(drawn, (2.5, 97.5))
    value = spearmanr(np.concatenate(groups))[0]
    return f"{value:.2f} ({low:.2f} to {high:.2f})"


def tell(path: Path) -> None:
    """Print the correlations, and what thresholds of disagreement would mark."""
    with path.open(newline="", encoding="utf-8") as stream:
        rows = [{k: float(v) for k, v in row.items()} for row in csv.DictReader(stream)]
    rng = np.random.default_rng(0)
    print("| widest disk of the hole | holes | rank correlation (95 %) | mean error |")
    print("|---|---|---|---|")
    for least, most in ((1, 999), *WIDTHS):
        some = [row for row in rows if least <= row["widest"] <= most]
        name = "all" if most - least == 998 else f"{least} to {most} px"
        mean = np.mean([row["error"] for row in some]) if some else np.nan
        print(f"| {name} | {len(some)} | {correlation(some, rng)} | {mean:.1f} |")
    apart, error = (np.array([row[name] for row in rows]) for name in ("disagreement", "error"))
    print(f"\nwidth alone: {spearmanr([row['widest'] for row in rows], error)[0]:.2f}")
    bad = error >= np.percentile(error, 75)
    for name, where in (("all", apart >= 0), ("5 px and wider", _wide(rows, 5))):
        print(f"\n{name}: the worst quarter begins at {np.percentile(error[where], 75):.1f}")
        print(
            "\n| percentile of disagreement | from | holes marked | of them in the worst quarter |"
        )
        print("|---|---|---|---|")
        for percentile in (50, 75, 90, 95):
            least = np.percentile(apart[where], percentile)
            marked = where & (apart >= least)
            print(f"| {percentile} | {least:.1f} | {marked.sum()} | {bad[marked].mean():.0%} |")


def _wide(rows: list[dict[str, float]], least: int) -> np.ndarray:
    return np.array([row["widest"] >= least for row in rows])


def main() -> None:
    """Measure, or tell what was measured."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    ways = parser.add_subparsers(dest="way", required=True)
    one = ways.add_parser("measure")
    one.add_argument("pictures", type=Path)
    one.add_argument("holes", type=Path)
    one.add_argument("--count", type=int, default=40)
    ways.add_parser("tell").add_argument("holes", type=Path)
    given = parser.parse_args()
    if given.way == "measure":
        measure(given.pictures, given.holes, given.count)
    else:
        tell(given.holes)


if __name__ == "__main__":
    main()
