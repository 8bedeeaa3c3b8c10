"""How time and memory grow: with the size of the picture, and with the number of damaged places.

    python benchmarks/growth.py sizes          # 1 to 256 megapixels, 1 % damaged
    python benchmarks/growth.py surroundings   # the same losses in pictures of 4 to 256 megapixels
    python benchmarks/growth.py components     # the same damaged area in 1 to 100,000 pieces

Each run has a process of its own, so that its peak memory can be read from the system, and one
thread. Time is processor time: it is the same whether or not other work shares the machine. Runs of
others that take longer than ``--longest`` seconds, or would by the growth so far, are left out. The
table is printed; ``--csv`` and ``--plot`` write it and a plot to files.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from lama_sized import LamaSized
from large_picture import MARGIN, MEGABYTE, forget_peak, make_corner, peak, resident
from rich.console import Console
from rich.table import Table
from scans import NUMBERS, Case, Scan
from scipy import ndimage
from skimage.restoration import inpaint_biharmonic

from napari_relic_inpaint import Retouching
from napari_relic_inpaint.opencv import cv2
from napari_relic_inpaint.steps import finish

SAMPLED = 5
"""Pieces that are run where each piece is a run of its own; the time is multiplied."""

OURS = "two-stage (this package), painting"
LAMA = "LaMa-sized network, whole picture"
LAMA_PIECES = "LaMa-sized network, once per component"

MOST_MEMORY = 12 * 10**9
"""Bytes that a run may have; one that asks for more is left out."""

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


# --- contenders ---


def two_stage(scan: Scan, mask: np.ndarray) -> dict[str, Any]:
    """Run this package piece by piece; detail, whose cost is another, is left out."""
    work = Retouching(scan, mask, rgb=True, device="cpu", detail="none")
    finish(work.steps())
    return {"runs": sum(work.record["network_runs"].values())}


def opencv(flag: int) -> Callable[[Scan, np.ndarray], dict[str, Any]]:
    """Return a run of OpenCV on the whole picture."""

    def run(scan: Scan, mask: np.ndarray) -> dict[str, Any]:
        cv2.inpaint(scan.whole(), mask, 3, flag)
        return {"runs": 0}

    return run


def biharmonic(scan: Scan, mask: np.ndarray) -> dict[str, Any]:
    """Run scikit-image on the whole picture."""
    inpaint_biharmonic(scan.whole(), mask > 0, split_into_regions=True, channel_axis=-1)
    return {"runs": 0}


def lama(scan: Scan, mask: np.ndarray) -> dict[str, Any]:
    """Run it on the whole picture."""
    LamaSized().eval().fill(scan.whole(), mask)
    return {"runs": 1}


def lama_pieces(scan: Scan, mask: np.ndarray) -> dict[str, Any]:
    """Run it once for each piece of the damage, with a margin, as interactive tools do."""
    network, picture = LamaSized().eval(), scan.whole()
    pieces = ndimage.find_objects(ndimage.label(mask, np.ones((3, 3)))[0])
    some = pieces[:: max(len(pieces) // SAMPLED, 1)]
    started = time.process_time()
    for piece in some:
        crop = tuple(
            slice(max(part.start - MARGIN, 0), min(part.stop + MARGIN, length))
            for part, length in zip(piece, mask.shape, strict=True)
        )
        network.fill(picture[crop], mask[crop])
    seconds = (time.process_time() - started) * len(pieces) / len(some)
    return {"runs": len(pieces), "seconds": seconds}


CONTENDERS: dict[str, Callable[[Scan, np.ndarray], dict[str, Any]]] = {
    OURS: two_stage,
    "OpenCV Telea": opencv(cv2.INPAINT_TELEA),
    "OpenCV Navier-Stokes": opencv(cv2.INPAINT_NS),
    "scikit-image biharmonic": biharmonic,
    LAMA: lama,
    LAMA_PIECES: lama_pieces,
}


def measure(name: str, case: Case, longest: int) -> dict[str, Any]:
    """Run one contender in this process, which ends if it is another and takes too long."""
    cv2.setNumThreads(1)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    scan, mask = Scan(case.side), case.mask()
    # A small run first: imports and libraries' start-up are not the picture's memory or time.
    corner = scan[slice(0, 256), slice(0, 256)]
    finish(Retouching(corner, make_corner(), device="cpu", detail="none").steps())
    if name != OURS:
        most = round(time.process_time()) + longest
        resource.setrlimit(resource.RLIMIT_CPU, (most, most + 1))
    forget_peak()
    before = resident()
    started = time.process_time()
    result = CONTENDERS[name](scan, mask)
    result.setdefault("seconds", time.process_time() - started)
    return result | {
        "method": name,
        "number": case.number,
        "megapixels": case.side**2 / 1e6,
        "damaged": int(mask.sum()),
        "peak": (peak() - before) / MEGABYTE,
    }


# --- all of them ---


def run_all(experiment: str, numbers: list[int], longest: int) -> list[dict[str, Any]]:
    """Measure every contender on every case in fresh processes, smallest first."""
    rows = []
    for name in CONTENDERS:
        if name == LAMA and experiment == "components":
            continue  # The whole picture takes it as long in one piece as in many.
        last: dict[str, Any] | None = None
        for number in numbers:
            case = Case(experiment, number)
            if name not in (OURS, LAMA_PIECES) and last and expected(last, case, name) > longest:
                break
            command = [sys.executable, __file__, experiment, "--longest", str(longest)]
            run = subprocess.run(
                [*command, "--one", name, str(number)],
                check=False,
                capture_output=True,
                text=True,
                env=os.environ | ONE_THREAD,
            )
            if run.returncode:
                lines = run.stderr.strip().splitlines() or [signal.strsignal(-run.returncode)]
                Console(stderr=True).print(f"{name}, {number}: {lines[-1]}", markup=False)
                continue
            last = json.loads(run.stdout.splitlines()[-1])
            Console(stderr=True).print(f"{name}, {number}: {last['seconds']:.1f} s")
            rows.append(last)
    return rows


def expected(last: dict[str, Any], case: Case, name: str) -> float:
    """Return the seconds that the next case would take if time grew with the damage."""
    grows = case.experiment == "sizes" or name == LAMA
    return float(last["seconds"] * (case.number / last["number"] if grows else 1))


def exponent(rows: list[dict[str, Any]], x: str) -> float:
    """Return the power of ``x`` that time grows with, from a straight line through logarithms."""
    logs = np.log([[row[x], row["seconds"]] for row in rows])
    return float(np.polyfit(logs[:, 0], logs[:, 1], 1)[0])


def print_table(rows: list[dict[str, Any]], first: str) -> None:
    """Print all measurements, and how ours grows."""
    table = Table("method", first, "damaged px", "seconds", "network runs", "peak above start, MB")
    for row in rows:
        table.add_row(
            row["method"],
            f"{row['number']:,}",
            f"{row['damaged']:,}",
            f"{row['seconds']:.1f}",
            f"{row['runs']:,}",
            f"{row['peak']:.0f}",
        )
    Console(width=130).print(table)
    ours = [row for row in rows if row["method"] == OURS]
    if len(ours) > 2:
        power = exponent(ours, "number")
        Console().print(f"ours: seconds grow with the power {power:.2f} of the {first}")


def plot(rows: list[dict[str, Any]], first: str, path: Path) -> None:
    """Draw seconds and peak memory over the number, both on logarithmic axes."""
    figure, axes = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
    for name in CONTENDERS:
        own = [row for row in rows if row["method"] == name]
        if not own:
            continue
        style = {"marker": "o", "linewidth": 2.5 if name == OURS else 1.2}
        for axis, value in zip(axes, ("seconds", "peak"), strict=True):
            y = [max(row[value], 1) if value == "peak" else row[value] for row in own]
            axis.plot([row["number"] for row in own], y, label=name, **style)
    for axis, label in zip(axes, ("processor time, s", "peak memory above start, MB"), strict=True):
        axis.set(xscale="log", yscale="log", xlabel=first, ylabel=label)
        axis.grid(alpha=0.3)
    axes[0].legend(fontsize=7)
    figure.savefig(path, dpi=110)


def main() -> None:
    """Measure every contender and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("experiment", choices=[*NUMBERS])
    parser.add_argument("--numbers", type=int, nargs="+", help="other megapixels or pieces")
    parser.add_argument("--longest", type=int, default=100, help="seconds that others may take")
    parser.add_argument("--csv", type=Path)
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        name, number = arguments.one
        print(json.dumps(measure(name, Case(arguments.experiment, int(number)), arguments.longest)))
        return
    first = "pieces" if arguments.experiment == "components" else "megapixels"
    numbers = arguments.numbers or list(NUMBERS[arguments.experiment])
    rows = run_all(arguments.experiment, numbers, arguments.longest)
    print_table(rows, first)
    if arguments.csv:
        with arguments.csv.open("w", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
    if arguments.plot:
        plot(rows, first, arguments.plot)


if __name__ == "__main__":
    main()
