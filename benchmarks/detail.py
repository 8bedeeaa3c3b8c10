"""What detail costs, by the width of the losses: a 12-megapixel scan, 1 % damaged.

    python benchmarks/detail.py

Each width has a process of its own, so that its peak memory can be read from the system, and one
thread. Time is processor time: it is the same whether or not other work shares the machine. The
painting comes first, alone, and then again with detail; what the second takes longer is the
detail's. ``cracks`` are those of large_picture.py.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time

import numpy as np
from cracked_scan import make_cracks
from large_picture import MEGABYTE, forget_peak, make_corner, peak, resident
from rich.console import Console
from rich.table import Table
from scans import DAMAGED, Scan, losses

from napari_relic_inpaint import restore

WIDTHS = (0, 16, 32, 64, 128, 256, 512)
"""Diameters of round losses in pixels; 0 stands for cracks."""

SIDE = 3464


def measure(width: int) -> dict[str, float]:
    """Restore without and with detail; returns what they took."""
    if width:
        picture, mask = Scan(SIDE).whole(), losses(SIDE, round(DAMAGED * SIDE**2), width)
    else:
        mask = make_cracks()
        picture = Scan(max(mask.shape)).whole()[: mask.shape[0]]
    # A small run first: imports, compilation and libraries' start-up are not the picture's.
    restore(picture[:256, :256], make_corner(), device="cpu", detail="picture")
    result: dict[str, float] = {"damaged": int(np.count_nonzero(mask))}
    for detail in ("none", "picture"):
        forget_peak()
        before, started = resident(), time.process_time()
        record = restore(picture, mask, device="cpu", detail=detail).record
        result[f"{detail}: seconds"] = time.process_time() - started
        result[f"{detail}: peak"] = (peak() - before) / MEGABYTE
    result["copied"] = record["detail"]["copied"]
    return result


def main() -> None:
    """Measure every width in a fresh process and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--widths", type=int, nargs="+", default=WIDTHS, help="in pixels")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one is not None:
        print(json.dumps(measure(arguments.one)))
        return
    columns = "painting, s", "detail, s", "times painting", "us a damaged px", "peaks, MB"
    table = Table("width, px", "damaged px", "copied", *columns)
    for width in arguments.widths:
        command = [sys.executable, __file__, "--one", str(width)]
        environment = os.environ | {"OMP_NUM_THREADS": "1"}
        run = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment)
        row = json.loads(run.stdout.splitlines()[-1])
        painting = row["none: seconds"]
        detail = row["picture: seconds"] - painting
        table.add_row(
            str(width or "cracks"),
            f"{row['damaged']:,}",
            f"{row['copied']:.0%}",
            f"{painting:.1f}",
            f"{detail:.1f}",
            f"{detail / painting:.2f}",
            f"{detail / row['damaged'] * 1e6:.0f}",
            f"{row['none: peak']:.0f} / {row['picture: peak']:.0f}",
        )
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
