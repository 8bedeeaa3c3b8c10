"""A gigapixel scan as OME-Zarr, 1 % damaged, through the command line: time and peak memory.

    python benchmarks/gigapixel.py --folder SCRATCH

writes the scan and its mask there (some 2 GB; kept, and used again by the next run), restores it in
a process of its own, reads that process's peak memory from the system, and compares every pixel
outside the damage. A small picture is restored first in the same way: its peak is what the
interpreter and the libraries take.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import zarr
from large_picture import MEGABYTE, make_corner
from rich.console import Console
from rich.progress import track
from scans import DAMAGED, Scan, losses

from napari_relic_inpaint.files import write_picture

SIDE = 32_768
CHUNK = 1024


def bands(side: int) -> list[slice]:
    """Return rows of whole chunks, one after the other."""
    return [slice(top, min(top + CHUNK, side)) for top in range(0, side, CHUNK)]


def make(folder: Path, side: int) -> tuple[Path, Path]:
    """Write a scan and its damage, round losses all over it; returns their paths."""
    paths = folder / f"wall-{side}.zarr", folder / f"damage-{side}.zarr"
    if all(path.is_dir() for path in paths):
        return paths
    sources = Scan(side), losses(side, round(DAMAGED * side**2))
    for path, source in zip(paths, sources, strict=True):
        # Under another name until it is whole: a run that is stopped leaves none to be used again.
        unfinished = path.with_suffix(".part")
        shape, chunks = (side, side, 3)[: source.ndim], (CHUNK, CHUNK, 3)[: source.ndim]
        array = zarr.create_array(
            unfinished, shape=shape, chunks=chunks, dtype="u1", overwrite=True
        )
        for rows in track(bands(side), description=path.name):
            array[rows] = source[rows, slice(0, side)]
        unfinished.rename(path)
    return paths


@dataclass(frozen=True)
class Cost:
    """What a process took: seconds of its time and the processor's, and megabytes at its peak."""

    seconds: float
    processor: float
    peak: float


def restore(picture: Path, damage: Path, output: Path, detail: str) -> Cost:
    """Restore by the command line."""
    command = [str(Path(sys.executable).with_name("relic-inpaint")), "restore", "--detail", detail]
    options = [str(picture), str(damage), "--out", str(output), "--device", "cpu"]
    started = time.perf_counter()
    child = subprocess.Popen([*command, *options])
    # Not by `resource`: it knows the largest of all children only.
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(child.returncode)
    seconds = time.perf_counter() - started
    return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / MEGABYTE)


def count(picture: Path, damage: Path, output: Path) -> dict[str, int]:
    """Compare all pixels; returns how many are damaged, and changed on each side."""
    before, mask = zarr.open_array(picture, mode="r"), zarr.open_array(damage, mode="r")
    after = zarr.open_array(output / "0", mode="r")
    counts = {"damaged": 0, "changed": 0, "changed outside the damage": 0}
    for rows in track(bands(before.shape[0]), description="comparing"):
        hole = mask[rows] > 0
        # OME-Zarr keeps the colours first.
        changed = (before[rows] != np.moveaxis(after[:, rows], 0, -1)).any(axis=-1)
        counts["damaged"] += int(hole.sum())
        counts["changed"] += int(changed.sum())
        counts["changed outside the damage"] += int((changed & ~hole).sum())
    return counts


def main() -> None:
    """Make the scan, restore it, and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, required=True, help="for the scan and the result")
    parser.add_argument("--side", type=int, default=SIDE, help="of the scan, in pixels")
    parser.add_argument("--detail", default="picture", help="picture, as by default, or none")
    arguments = parser.parse_args()
    folder: Path = arguments.folder
    folder.mkdir(parents=True, exist_ok=True)
    small = folder / "small.tif", folder / "small-damage.png"
    write_picture(small[0], Scan(256).whole(), rgb=True, overwrite=True)
    write_picture(small[1], make_corner().astype(np.uint8), rgb=False, overwrite=True)
    results = folder / "small-restored.tif", folder / "restored.zarr"
    for earlier in folder.glob("*restored*"):
        shutil.rmtree(earlier) if earlier.is_dir() else earlier.unlink()

    scan = make(folder, arguments.side)
    least, cost = (
        restore(*paths, result, arguments.detail)
        for paths, result in zip((small, scan), results, strict=True)
    )
    show = Console().print
    times = f"{cost.seconds:.0f} s, {cost.processor:.0f} s of processor time"
    size = f"{arguments.side**2 / 1e6:,.0f} megapixels, detail {arguments.detail}"
    show(f"{size}: {times}, peak {cost.peak:,.0f} MB")
    show(f"256 x 256 px: peak {least.peak:,.0f} MB; above that: {cost.peak - least.peak:,.0f} MB")
    for name, pixels in count(*scan, results[1]).items():
        show(f"{name}: {pixels:,} pixels")


if __name__ == "__main__":
    main()
