"""Folders of pictures and masks, and what a batch made of them."""

import csv
import hashlib
from pathlib import Path

import numpy as np

from napari_relic_inpaint.files import write_picture

NAMES = ("apse.tif", "nave.png", "wall.png")


def draw(path, seed, *, dtype=np.uint8):
    rng = np.random.default_rng(seed)
    picture = rng.integers(0, np.iinfo(dtype).max, (40, 48, 3), dtype, endpoint=True)
    write_picture(path, picture, rgb=True, overwrite=True)
    return picture


def draw_mask(path, row=10):
    mask = np.zeros((40, 48), np.uint8)
    mask[row : row + 6, 8:20], mask[30:34, 30:40] = 1, 2
    write_picture(path, mask, rgb=False, overwrite=True)
    return mask


def rows(folder="out"):
    with Path(folder, "manifest.csv").open(newline="") as stream:
        return {row["picture"]: row for row in csv.DictReader(stream)}


def contents(folder):
    return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


def sha256(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def resume(relic, *options):
    arguments = ("scans", "--damage", "masks", "-o", "out", "--resume", "--method", "membrane")
    return relic("batch", *arguments, *options)
