"""Wide holes at one scale and coarse to fine: hole PSNR, and how much texture there is.

    python benchmarks/wide_holes.py --pictures VAL --model MODEL

Square holes of 256, 512 and 1,024 px. A picture that is too small for a hole with known pixels
around it is enlarged first, and the table says how much on average: such pictures have no detail
at the scale of a pixel.

Texture is the mean gradient in the hole as a share of that in a frame around it, as wide as a
quarter of the hole, and so for the truth, too.

    python benchmarks/wide_holes.py --sheet docs/images/wide-hole.png --model MODEL

draws the fresco sample, enlarged, with a hole of 512 px: damaged, both ways, truth.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table
from skimage.color import rgb2gray
from skimage.transform import rescale

from napari_relic_inpaint import restore, samples
from napari_relic_inpaint.files import read_picture, write_picture
from napari_relic_inpaint.measuring.metrics import hole_psnr

HOLES = (256, 512, 1024)
AROUND = 1.6
"""Sides of a picture that a hole is cut into, in sides of the hole, at least."""

WAYS = {
    "membrane": {"method": "membrane"},
    "one scale": {"coarse_to_fine": False},
    "coarse to fine": {"coarse_to_fine": True},
}
"""What they paint is compared, without the detail that would be copied over it."""


def large_enough(picture: np.ndarray, hole: int) -> tuple[np.ndarray, float]:
    """Enlarge a picture, float RGB, until a hole fits in; returns it and by how much."""
    factor = max(1.0, AROUND * hole / min(picture.shape[:2]))
    if factor == 1:
        return picture, factor
    enlarged = rescale(picture, factor, order=3, channel_axis=-1)
    return np.clip(enlarged, 0, 1).astype(np.float32), factor


def cut(shape: tuple[int, int], hole: int, rng: np.random.Generator) -> np.ndarray:
    """Return a mask with a square hole somewhere, known pixels all around it."""
    mask = np.zeros(shape, bool)
    frame = hole // 8
    top, left = (int(rng.integers(frame, n - hole - frame + 1)) for n in shape)
    mask[top : top + hole, left : left + hole] = True
    return mask


def texture(picture: np.ndarray, mask: np.ndarray, hole: int) -> float:
    """Return the mean gradient in the hole as a share of that in a frame around it."""
    gradient = np.hypot(*np.gradient(rgb2gray(picture)))
    rows, columns = np.nonzero(mask)
    width = hole // 4
    around = np.zeros(mask.shape, bool)
    around[
        max(rows.min() - width, 0) : rows.max() + width + 1,
        max(columns.min() - width, 0) : columns.max() + width + 1,
    ] = True
    # The rim belongs to neither: gradients there are of the seam.
    inside = np.zeros(mask.shape, bool)
    inside[rows.min() + 4 : rows.max() - 3, columns.min() + 4 : columns.max() - 3] = True
    return float(gradient[inside].mean() / gradient[around & ~mask].mean())


def compare(paths: list[Path], hole: int, model: str) -> dict[str, list[float]]:
    """Return hole PSNR and texture of each way, means over pictures, and the enlargement."""
    values: dict[str, list[tuple[float, float]]] = {}
    factors = []
    for number, path in enumerate(track(paths, description=f"{hole} px")):
        data = read_picture(path).data
        if data.ndim != 3:
            continue
        truth, factor = large_enough(data[..., :3].astype(np.float32) / 255, hole)
        factors.append(factor)
        mask = cut(truth.shape[:2], hole, np.random.default_rng(number))
        for name, options in WAYS.items():
            chosen = options if "method" in options else {**options, "model": model}
            result = restore(truth, mask, device="cpu", detail="none", **chosen).picture
            score = hole_psnr(result, truth, mask), texture(result, mask, hole)
            values.setdefault(name, []).append(score)
        values.setdefault("truth", []).append((math.nan, texture(truth, mask, hole)))
    means = {name: list(np.mean(scores, axis=0)) for name, scores in values.items()}
    return means | {"enlarged": [float(np.mean(factors)), len(factors)]}


def print_table(pictures: Path, count: int, model: str) -> None:
    """Measure and print."""
    paths = sorted(path for path in pictures.iterdir() if path.is_file())
    paths = paths[:: max(len(paths) // count, 1)][:count]
    table = Table(
        "hole, px", "pictures", "enlarged", *(f"{w}: dB / texture" for w in WAYS), "truth"
    )
    for hole in HOLES:
        means = compare(paths, hole, model)
        table.add_row(
            f"{hole:,}",
            f"{means['enlarged'][1]:.0f}",
            f"{means['enlarged'][0]:.1f} x",
            *(f"{means[name][0]:.2f} / {means[name][1]:.2f}" for name in WAYS),
            f"{means['truth'][1]:.2f}",
        )
    Console(width=130).print(table)


def draw_sheet(path: Path, model: str) -> None:
    """Draw the fresco, enlarged, with a hole of 512 px, as it comes out in both ways."""
    fresco = samples.load("fresco").reference.astype(np.float32) / 255
    truth, _ = large_enough(fresco, 512)
    mask = cut(truth.shape[:2], 512, np.random.default_rng(3))
    shown = [np.where(mask[..., None], np.float32(1), truth)]
    for name in ("one scale", "coarse to fine"):
        options = {"device": "cpu", "model": model, "detail": "none"} | WAYS[name]
        shown.append(restore(truth, mask, **options).picture)
    half = [picture[::2, ::2] for picture in (*shown, truth)]
    sheet = np.concatenate(
        [np.pad(p, [(0, 0), (0, 8), (0, 0)], constant_values=1) for p in half], 1
    )
    write_picture(path, np.rint(sheet * 255).astype(np.uint8), rgb=True, overwrite=True)


def main() -> None:
    """Measure, draw, or both."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=Path, help="folder of intact pictures")
    parser.add_argument("--count", type=int, default=16, help="how many of them")
    parser.add_argument("--model", default="relic-base")
    parser.add_argument("--sheet", type=Path, help="where to draw a sheet")
    arguments = parser.parse_args()
    if arguments.pictures:
        print_table(arguments.pictures, arguments.count, arguments.model)
    if arguments.sheet:
        draw_sheet(arguments.sheet, arguments.model)


if __name__ == "__main__":
    main()
