"""How often proposals of damage are right: cracks and losses drawn over intact pictures.

    python benchmarks/proposals.py PICTURES
    python benchmarks/proposals.py PICTURES --fit

PICTURES is a folder. Each picture gets dark cracks, light cracks and losses, one kind at a time,
whose places are known. What is proposed is right where it lies within 2 px of them; what is there
is found where a proposal lies within 2 px. A piece is right, or found, if most of it is. Cracks and
losses that the pictures have had before count as wrong, since nobody has marked them: the true
precision is higher on pictures with old damage.

``--fit`` prints the tables of marking/proposals/crack_weights.py instead, from the same kind of
pictures; give it others than those that are measured.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from drawn_cracks import cracked
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from scipy import ndimage

from napari_relic_inpaint.files import read_picture
from napari_relic_inpaint.marking.damage import synthetic_damage
from napari_relic_inpaint.marking.proposals.branches import Branches
from napari_relic_inpaint.marking.proposals.cracks import CrackOptions, propose_cracks
from napari_relic_inpaint.marking.proposals.judging import (
    NAMES_ALONE,
    NAMES_AMONG,
    context,
    terms,
)
from napari_relic_inpaint.marking.proposals.lacunae import (
    LacunaOptions,
    propose_lacuna,
    propose_similar,
)
from napari_relic_inpaint.marking.proposals.lines import find_lines

NEAR = 2
"""Pixels by which a proposal may be off."""

SMALLEST = 20
"""Pixels of a piece that is looked for."""

LOST = 0.06
"""Share of a picture that gets losses."""

FITTED_SIDE = 320
"""Side in pixels of what is cut out of a picture to fit weights to."""

TOUCHING = np.ones((3, 3))


@dataclass
class Count:
    """How much of something is right."""

    right: int = 0
    total: int = 0

    def add(self, right: NDArray[np.bool_]) -> None:
        """Count."""
        self.right += int(np.count_nonzero(right))
        self.total += right.size

    def __str__(self) -> str:
        return f"{self.right / self.total:.0%}" if self.total else "-"


class Tally:
    """Precision and recall, by pixels and by pieces."""

    def __init__(self) -> None:
        self.precision, self.recall = Count(), Count()
        self.pieces_precision, self.pieces_recall = Count(), Count()

    def add(self, proposed: NDArray[np.int32], true: NDArray[np.bool_]) -> None:
        """Compare proposed labels with what is there."""
        self.precision.add(_near(true)[proposed > 0])
        found = _near(proposed > 0)
        self.recall.add(found[true])
        self.pieces_precision.add(_mostly(_near(true), proposed))
        pieces, _ = ndimage.label(true, TOUCHING)
        # Where a crack fades, dots of it are left: nobody looks for these.
        pieces[np.bincount(pieces.ravel())[pieces] < SMALLEST] = 0
        self.pieces_recall.add(_mostly(found, pieces))


def _near(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    if not mask.any():
        return mask
    return ndimage.distance_transform_edt(~mask) <= NEAR


def _mostly(right: NDArray[np.bool_], labels: NDArray[np.integer]) -> NDArray[np.bool_]:
    numbers = np.unique(labels[labels > 0])
    return ndimage.mean(right, labels, numbers) > 0.5 if len(numbers) else np.zeros(0, bool)


def lost(
    picture: NDArray[np.float32], rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Draw losses that show plaster of one of three colours, with its grain and unevenness."""
    mask = synthetic_damage(picture.shape[:2], "loss", rng, share=LOST)
    ground = np.float32([[0.85, 0.8, 0.7], [0.62, 0.56, 0.5], [0.45, 0.36, 0.28]])[rng.integers(3)]
    grain = 0.02 * rng.standard_normal(mask.shape) + 0.06 * (_varying(mask.shape, rng, 30) - 0.5)
    soft = ndimage.gaussian_filter(mask.astype(np.float32), 0.7)[..., None]
    shown = picture * (1 - soft) + (ground + grain[..., None]) * soft
    return np.clip(shown, 0, 1).astype(np.float32), mask


def _varying(shape: tuple[int, ...], rng: np.random.Generator, size: float) -> NDArray[np.float64]:
    """Smooth noise from 0 to 1."""
    noise = ndimage.gaussian_filter(rng.standard_normal(shape), size)
    return (noise - noise.min()) / np.ptp(noise)


def pictures(folder: Path, most: int) -> Iterator[tuple[NDArray[np.float32], np.random.Generator]]:
    """Read the pictures of a folder as RGB in [0, 1], each with randomness of its own."""
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in {".jpg", ".png"})
    for path in paths[:: max(len(paths) // most, 1)][:most]:
        file = read_picture(path)
        data = np.asarray(file.data)
        colour = data[..., :3] if file.rgb else np.repeat(data[..., None], 3, axis=-1)
        yield colour.astype(np.float32) / 255, np.random.default_rng([*path.name.encode()])


def measure(folder: Path, most: int, least_score: float, tolerance: float) -> dict[str, Tally]:
    """Return the tally of each kind of proposal."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    for picture, rng in pictures(folder, most):
        for kind in ("dark", "light"):
            damaged, mask = cracked(picture, rng, light=kind == "light")
            options = CrackOptions(
                dark=kind == "dark", light=kind == "light", least_score=least_score
            )
            found = propose_cracks(damaged, rgb=True, options=options)
            tallies[f"{kind} cracks"].add(np.asarray(found), mask)
        damaged, mask = lost(picture, rng)
        labels, _ = ndimage.label(mask, TOUCHING)
        largest = labels == np.argmax(np.bincount(labels.ravel())[1:]) + 1
        # Users point well inside.
        depth = ndimage.distance_transform_edt(np.pad(largest, 1))[1:-1, 1:-1]
        place = tuple(int(n) for n in np.unravel_index(np.argmax(depth), depth.shape))
        options = LacunaOptions(tolerance=tolerance)
        one = propose_lacuna(damaged, place, rgb=True, options=options)
        tallies["lacuna pointed at"].add(np.asarray(one), largest)
        more = propose_similar(damaged, place, rgb=True, options=options)
        tallies["more like it"].add(np.asarray(more), mask)
    return tallies


@dataclass
class Seen:
    """The lines of one polarity in a picture, and how much of each branch is a drawn crack."""

    branches: Branches
    terms: NDArray[np.float64]
    right: NDArray[np.float64]

    @classmethod
    def of(cls, picture: NDArray[np.float32], rng: np.random.Generator, *, light: bool) -> Seen:
        """Draw cracks over a picture, and find them again."""
        damaged, mask = cracked(picture, rng, light=light)
        free = np.ones(mask.shape, bool)
        (lines,) = find_lines(damaged, free, 1.0, 6.0, dark=not light, light=light)
        branches = Branches(lines.rows, lines.columns)
        right = branches.mean(_near(mask)[lines.rows, lines.columns].astype(float))
        return cls(branches, terms(branches, lines.looks), right)


def fit(folder: Path, most: int) -> str:
    """Return the tables of weights, as Python: two logistic regressions for each polarity."""
    seen: dict[bool, list[Seen]] = {False: [], True: []}
    for picture, rng in pictures(folder, most):
        for light in (False, True):
            seen[light].append(Seen.of(_cut_out(picture, rng), rng, light=light))
    columns = [_fitted(seen[light]) for light in (False, True)]
    tables = ("ALONE", NAMES_ALONE), ("AMONG", NAMES_AMONG)
    lines = []
    for number, (title, names) in enumerate(tables):
        dark, light = (column[number] for column in columns)
        lines += [f"{title}: dict[str, tuple[float, float]] = {{"]
        lines += [
            f'    "{name}": ({one:.4g}, {other:.4g}),'
            for name, one, other in zip(names, dark, light, strict=True)
        ]
        lines += ["}"]
    return "\n".join(lines)


def _fitted(seen: list[Seen]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the weights for branches alone, and those for branches among others."""
    right = np.concatenate([each.right for each in seen])
    lengths = np.concatenate([each.branches.lengths for each in seen])
    alone = logistic(np.concatenate([each.terms for each in seen]), right, lengths)
    among = [context(each.branches, each.terms @ alone) for each in seen]
    return alone, logistic(np.concatenate(among), right, lengths)


def _cut_out(picture: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Return a square of a picture: many pictures teach more than large ones."""
    top, left = (int(rng.integers(0, max(n - FITTED_SIDE, 0) + 1)) for n in picture.shape[:2])
    return np.ascontiguousarray(picture[top : top + FITTED_SIDE, left : left + FITTED_SIDE])


def logistic(
    terms: NDArray[np.float64], right: NDArray[np.float64], lengths: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Fit by Newton's method; each pixel of a branch counts alike, weights are kept small.

    The first of the terms is 1.
    """
    spread = np.append(1, terms[:, 1:].std(axis=0))
    scaled = terms / spread
    counts = lengths / lengths.mean()
    weights = np.zeros(len(spread))
    for _ in range(30):
        guess = 1 / (1 + np.exp(-scaled @ weights))
        slope = scaled.T @ (counts * (right - guess)) - weights
        bend = (scaled * (counts * guess * (1 - guess))[:, None]).T @ scaled + np.eye(len(weights))
        weights += np.linalg.solve(bend, slope)
    return weights / spread


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pictures", type=Path, help="a folder")
    parser.add_argument("--most", type=int, default=10_000, help="pictures that are used")
    parser.add_argument(
        "--least-score", type=float, default=CrackOptions.least_score, help="of cracks"
    )
    parser.add_argument("--tolerance", type=float, default=LacunaOptions.tolerance)
    parser.add_argument("--fit", action="store_true", help="print weights instead")
    arguments = parser.parse_args()
    if arguments.fit:
        print(fit(arguments.pictures, arguments.most))
        return
    columns = "precision", "recall", "pieces: precision", "recall"
    table = Table("proposals", *columns, "proposed px", "pieces")
    tallies = measure(
        arguments.pictures, arguments.most, arguments.least_score, arguments.tolerance
    )
    for kind, tally in tallies.items():
        table.add_row(
            kind,
            str(tally.precision),
            str(tally.recall),
            str(tally.pieces_precision),
            str(tally.pieces_recall),
            f"{tally.precision.total:,}",
            f"{tally.pieces_precision.total:,}",
        )
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
