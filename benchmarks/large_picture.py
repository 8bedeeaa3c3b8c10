"""A 12-megapixel 16-bit scan with 2,000 cracks: time, memory and network runs, side by side.

Each contender runs in a process of its own, so that its peak memory can be read from the system:

    python benchmarks/large_picture.py

``once per component`` is how interactive inpainting tools treat a mask of many pieces: each piece
is cut out with a margin and run on its own. It is timed on every tenth piece.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from cracked_scan import SHAPE, make_cracks, make_picture
from rich.console import Console
from rich.table import Table
from scipy import ndimage

from napari_relic_inpaint import restore
from napari_relic_inpaint.detail.readiness import preparing
from napari_relic_inpaint.files import read_mask, read_picture, write_picture
from napari_relic_inpaint.opencv import cv2

MARGIN = 128
SAMPLED = 10
MEGABYTE = 1e6


def two_stage(detail: str, picture: np.ndarray, mask: np.ndarray) -> dict[str, float]:
    """Run this package, as shipped or without the detail that is added to the painting."""
    runs = restore(picture, mask, device="cpu", detail=detail).record["network_runs"]
    return {"runs": runs["edge"] + runs["inpaint"]}


def opencv(flag: int, picture: np.ndarray, mask: np.ndarray) -> dict[str, float]:
    """Run OpenCV on the whole picture, at 8 bits: it takes no more in colour."""
    cv2.inpaint((picture >> 8).astype(np.uint8), mask, 3, flag)
    return {"runs": 0}


def per_component(precision: str, picture: np.ndarray, mask: np.ndarray) -> dict[str, float]:
    """Run the same networks once for each piece of the damage, with a margin around it."""
    labels, _ = ndimage.label(mask, np.ones((3, 3)))
    pieces = ndimage.find_objects(labels)
    started = time.perf_counter()
    for rows, columns in pieces[::SAMPLED]:
        crop = tuple(
            slice(max(part.start - MARGIN, 0), min(part.stop + MARGIN, length))
            for part, length in zip((rows, columns), SHAPE, strict=True)
        )
        restore(
            picture[crop], mask[crop], device="cpu", window=512, detail="none", precision=precision
        )
    timed = len(pieces[::SAMPLED])
    seconds = (time.perf_counter() - started) * len(pieces) / timed
    return {"runs": 2 * len(pieces), "seconds": seconds}


OURS = "two-stage (this package), painting"

CONTENDERS = {
    OURS: lambda p, m: two_stage("none", p, m),
    "two-stage, detail from the picture": lambda p, m: two_stage("picture", p, m),
    "once per component, same kernels": lambda p, m: per_component("auto", p, m),
    "once per component, float32": lambda p, m: per_component("float32", p, m),
    "OpenCV Telea, 8 bits": lambda p, m: opencv(cv2.INPAINT_TELEA, p, m),
    "OpenCV Navier-Stokes, 8 bits": lambda p, m: opencv(cv2.INPAINT_NS, p, m),
}


def measure(name: str, folder: Path) -> dict[str, float]:
    """Run one contender in this process."""
    picture, mask = read_picture(folder / "scan.tif").data, read_mask(folder / "cracks.png")
    mask = mask.astype(np.uint8)
    # A small run first: imports and libraries' start-up are not the picture's memory or time.
    restore(picture[:256, :256], make_corner(), device="cpu")
    preparing().result()
    forget_peak()
    before = resident()
    started = time.perf_counter()
    result = CONTENDERS[name](picture, mask)
    result.setdefault("seconds", time.perf_counter() - started)
    result["peak"] = (peak() - before) / MEGABYTE
    return result


def make_corner() -> np.ndarray:
    """Return a small mask to warm up with."""
    mask = np.zeros((256, 256), bool)
    mask[100:104] = True
    return mask


def resident() -> int:
    """Bytes of memory in use now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def forget_peak() -> None:
    """Let `peak` start anew."""
    Path("/proc/self/clear_refs").write_text("5")


def peak() -> int:
    """Bytes of memory in use at the highest since `forget_peak`."""
    status = Path("/proc/self/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def main() -> None:
    """Measure every contender in a fresh process and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(measure(arguments.one[0], Path(arguments.one[1]))))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        picture, mask = make_picture(), make_cracks()
        write_picture(folder / "scan.tif", picture, rgb=True)
        write_picture(folder / "cracks.png", mask, rgb=False)
        pieces = ndimage.label(mask, np.ones((3, 3)))[1]
        header = f"{picture.shape[0]} x {picture.shape[1]} px, 16 bit"
        Console().print(f"{header}, {pieces} components, {mask.mean():.2%} damaged")
        results = {}
        for contender in CONTENDERS:
            command = [sys.executable, __file__, "--one", contender, str(folder)]
            run = subprocess.run(command, check=True, capture_output=True, text=True)
            results[contender] = json.loads(run.stdout.splitlines()[-1])
    own = results[OURS]["seconds"]
    table = Table("method", "seconds", "times ours", "network runs", "peak above picture, MB")
    for contender, row in results.items():
        table.add_row(
            contender,
            f"{row['seconds']:.1f}",
            f"{row['seconds'] / own:.2f}",
            f"{row['runs']:.0f}",
            f"{row['peak']:.0f}",
        )
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
