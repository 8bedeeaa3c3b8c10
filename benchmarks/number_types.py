"""The scores of one restoration, whatever types of numbers it and its reference are of.

    python benchmarks/number_types.py

The coins, their damage filled by a membrane; each of the 25 pairs of types is evaluated. The
brightest value is 225 of 255, so that no scale can be told from it.
"""

from __future__ import annotations

from itertools import product

import numpy as np
from rich.console import Console
from rich.table import Table

from napari_relic_inpaint import evaluate, restore, samples

TYPES = {
    "uint8": lambda grey: grey,
    "uint16": lambda grey: grey.astype(np.uint16) * 257,
    "float 0 to 1": lambda grey: (grey / 255).astype(np.float32),
    "float 0 to 255": lambda grey: grey.astype(np.float32),
    "int32": lambda grey: grey.astype(np.int32),
}

SCORES = ("psnr", "ssim", "hole_psnr", "hole_ssim", "ciede2000")


def main() -> None:
    """Print the table."""
    coins = samples.load("coins")
    reference = np.minimum(coins.reference, 225)
    damaged = np.where(coins.damage > 0, 0, reference)
    restored = restore(damaged, coins.damage > 0, method="membrane", detail="none").picture

    table = Table("restored", *TYPES, title="PSNR in the damage, dB, by the reference's type")
    found = {}
    for mine, theirs in product(TYPES, TYPES):
        pair = TYPES[mine](restored), TYPES[theirs](reference)
        row = evaluate(*pair, coins.damage > 0).rows[0]
        found[mine, theirs] = [getattr(row, score) for score in SCORES]
    for mine in TYPES:
        table.add_row(mine, *(f"{found[mine, each][2]:.4f}" for each in TYPES))
    console = Console()
    console.print(table)
    every = np.array(list(found.values()))
    for score, least, most in zip(SCORES, every.min(0), every.max(0), strict=True):
        console.print(f"{score}: {least:.6f} to {most:.6f}")


if __name__ == "__main__":
    main()
