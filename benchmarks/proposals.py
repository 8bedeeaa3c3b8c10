"""How often proposals of damage are right: cracks and losses drawn over intact pictures.

    python benchmarks/proposals.py PICTURES
    python benchmarks/proposals.py PICTURES --fit FILE

PICTURES is a folder. Each picture gets dark cracks, light cracks and losses, one kind at a time,
whose places are known. What is proposed is right where it lies within 2 px of them; what is there
is found where a proposal lies within 2 px. A piece is right, or found, if most of it is. Cracks and
losses that the pictures have had before count as wrong, since nobody has marked them: the true
precision is higher on pictures with old damage.

``--fit`` writes the weights that marking/proposals/judging.py reads instead, from the same kind of
pictures; give it others than those that are measured.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from scipy import ndimage

from napari_relic_inpaint.files import read_picture
from napari_relic_inpaint.marking.damage import synthetic_damage
from napari_relic_inpaint.marking.proposals.branches import Branches
from napari_relic_inpaint.marking.proposals.cracks import CrackOptions, propose_cracks
from napari_relic_inpaint.marking.proposals.judging import inputs, names
from napari_relic_inpaint.marking.proposals.lacunae import (
    LacunaOptions,
    propose_lacuna,
    propose_similar,
)
from napari_relic_inpaint.marking.proposals.lines import find_lines
from napari_relic_inpaint.opencv import cv2

NEAR = 2
"""Pixels by which a proposal may be off."""

CRACKED, LOST = 0.012, 0.06
"""Shares of a picture that get cracks, or losses."""

FITTED_SIDE = 260
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
        self.pieces_recall.add(_mostly(found, ndimage.label(true, TOUCHING)[0]))


def _near(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    if not mask.any():
        return mask
    return ndimage.distance_transform_edt(~mask) <= NEAR


def _mostly(right: NDArray[np.bool_], labels: NDArray[np.integer]) -> NDArray[np.bool_]:
    numbers = np.unique(labels[labels > 0])
    return ndimage.mean(right, labels, numbers) > 0.5 if len(numbers) else np.zeros(0, bool)


def cracked(
    picture: NDArray[np.float32], rng: np.random.Generator, *, light: bool
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Draw cracks of 1 to 4 px, of varying width and strength, over a picture in [0, 1]."""
    mask = np.zeros(picture.shape[:2], np.uint8)
    while np.count_nonzero(mask) < CRACKED * mask.size:
        start = rng.uniform(0, mask.shape)
        length = rng.uniform(0.1, 0.5) * max(mask.shape)
        _crack(mask, rng, start, rng.uniform(0, 2 * np.pi), length)
    # They get narrower here and there, and the thinnest end there.
    depth = ndimage.distance_transform_edt(mask)
    mask = depth > 1.6 * _varying(mask.shape, rng, 4)
    strength = _varying(mask.shape, rng, 8) * 0.4 + 0.6
    soft = ndimage.gaussian_filter(mask.astype(np.float32), 0.6) * rng.uniform(0.45, 0.95)
    # Light is the ground that shows; dark is depth, or dirt in it.
    if light:
        filled = np.broadcast_to(np.float32([0.95, 0.92, 0.86]), picture.shape)
    elif rng.random() < 0.5:
        filled = 0.3 * picture
    else:
        filled = np.broadcast_to(np.float32([0.08, 0.06, 0.05]), picture.shape)
    share = (soft * strength)[..., None]
    return (picture * (1 - share) + filled * share).astype(np.float32), mask


def _crack(
    mask: NDArray[np.uint8],
    rng: np.random.Generator,
    start: NDArray[np.float64],
    direction: float,
    length: float,
) -> None:
    """Draw a crack that goes one way, unevenly, and its branches.

    The random walks that restoration is trained with curl; cracks follow the tension.
    """
    step = rng.uniform(3, 7)
    count = max(int(length / step), 2)
    angles = direction + np.cumsum(rng.normal(0, 0.06, count)) + rng.normal(0, 0.35, count)
    points = start + np.cumsum(step * np.stack((np.sin(angles), np.cos(angles)), axis=1), axis=0)
    width = int(rng.choice([1, 2, 3, 4], p=[0.35, 0.35, 0.2, 0.1]))
    corners = np.rint(np.vstack((start, points))[:, ::-1]).astype(np.int32)
    cv2.polylines(mask, [corners], isClosed=False, color=1, thickness=width)
    if length > 40 and rng.random() < 0.6:
        turn = rng.choice([-1, 1]) * rng.uniform(0.5, 1.3)
        _crack(mask, rng, points[rng.integers(count)], direction + turn, 0.5 * length)


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


def fit(folder: Path, most: int) -> NDArray[np.float64]:
    """Return the weights of the features, the last is that of 1: a logistic regression."""
    features, right, lengths = [], [], []
    for number, (picture, rng) in enumerate(pictures(folder, most)):
        light = number % 2 == 1
        damaged, mask = cracked(_cut_out(picture, rng), rng, light=light)
        free = np.ones(mask.shape, bool)
        (lines,) = find_lines(damaged, free, 1.0, 6.0, dark=not light, light=light)
        branches = Branches(lines.rows, lines.columns, lines.looks)
        features.append(inputs(branches))
        right.append(branches.mean(_near(mask)[lines.rows, lines.columns].astype(float)))
        lengths.append(branches.lengths)
    return logistic(np.concatenate(features), np.concatenate(right), np.concatenate(lengths))


def _cut_out(picture: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Return a square of a picture: many pictures teach more than large ones."""
    top, left = (int(rng.integers(0, max(n - FITTED_SIDE, 0) + 1)) for n in picture.shape[:2])
    return np.ascontiguousarray(picture[top : top + FITTED_SIDE, left : left + FITTED_SIDE])


def logistic(
    features: NDArray[np.float64], right: NDArray[np.float64], lengths: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Fit by Newton's method; each pixel of a branch counts alike, weights are kept small."""
    spread = np.append(features[:, :-1].std(axis=0), 1)
    scaled = features / spread
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
    parser.add_argument("--fit", type=Path, metavar="FILE", help="write weights instead")
    arguments = parser.parse_args()
    if arguments.fit:
        weights = fit(arguments.pictures, arguments.most)
        kept = {name: float(f"{n:.6g}") for name, n in zip(names(), weights, strict=True)}
        arguments.fit.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
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
