"""What a graphics card brings, and whether it computes the same: one command, under two minutes.

    python benchmarks/gpu.py

It needs torch, NumPy, SciPy, scikit-image, OpenCV, safetensors, pydantic and platformdirs beside
this package, and neither napari nor what reads and writes pictures. ``--device cpu --quick`` runs
all of it at small size where there is no card.
"""

from __future__ import annotations

import argparse
import copy
import time
import warnings
from collections.abc import Iterable, Sequence

import numpy as np
import torch
from cracked_scan import CRACKS, SHAPE, make_cracks, make_picture, read_fresco
from lama_sized import LamaSized
from painting_alone import Painting, paint
from scipy import ndimage

from napari_relic_inpaint.marking.damage import synthetic_damage
from napari_relic_inpaint.models.weights import load
from napari_relic_inpaint.running.device import NetworkRunner, choose_device, describe_device
from napari_relic_inpaint.running.precision import PRECISIONS, choose_precision

SECONDS = 0.5
"""That each batch and precision is timed for."""

MARGIN, SAMPLED = 128, 20
"""Around each component, for a network that runs on one at a time; how many of them are timed."""

LEVELS = 255
PERCENTILE_GOAL, MEAN_GOAL, LARGEST_GOAL = 0.999, 0.5, 2

Row = Sequence[object]


def table(head: Row, rows: Iterable[Row]) -> None:
    """Print a table as the documents have them, row by row."""
    for row in (head, ["---"] * len(head)):
        print("| " + " | ".join(map(str, row)) + " |", flush=True)
    for row in rows:
        print("| " + " | ".join(map(str, row)) + " |", flush=True)
    print()


def precisions(device: torch.device) -> list[str]:
    """Return what is worth timing on a device: a processor emulates all but one or two."""
    if device.type == "cuda":
        return list(PRECISIONS)
    return sorted({"float32", choose_precision(device).name})


def windows_per_second(device: torch.device, side: int, batches: Sequence[int]) -> Iterable[Row]:
    """Time both networks of the model, with the way of their windows there and back."""
    model, rng = load("relic-base"), np.random.default_rng(0)
    for role, channels in (("edge", (1, 1, 1)), ("inpaint", (3, 1, 1))):
        for precision in precisions(device):
            row: list[object] = [role, precision]
            for batch in batches:
                network = copy.deepcopy(getattr(model, role))
                runner = NetworkRunner(network, device, batch, precision=precision)
                inputs = [rng.random((batch, n, side, side), np.float32).round() for n in channels]
                row.append(f"{rate(runner, inputs):.1f}")
            yield row


def rate(runner: NetworkRunner, inputs: list[np.ndarray]) -> float:
    """Return windows per second."""
    runner(*inputs)
    count, started = 0, time.perf_counter()
    while (passed := time.perf_counter() - started) < SECONDS:
        runner(*inputs)
        count += len(inputs[0])
    return count / passed


def agreement(device: torch.device, side: int, window: int) -> Iterable[Row]:
    """Compare what is painted in other precisions, batches and on the processor."""
    picture = read_fresco()[:side, :side]
    damage = synthetic_damage((side, side), "brush", np.random.default_rng(3))
    options = {"window": window, "batch": 1}
    exact = paint(picture, damage, device=str(device), precision="float32", **options)
    others = [("float32, again", {"device": str(device), "precision": "float32", **options})]
    others += [
        (f"{name}{', batch 8' if batch > 1 else ''}", {"device": str(device), "precision": name,
                                                        "window": window, "batch": batch})
        for name in ("tf32", "bfloat16", "float16")
        for batch in (1, 8)
        if device.type == "cuda" or batch == 1
    ]  # fmt: skip
    if device.type != "cpu":
        others.append(("float32, batch 8", {**others[0][1], "batch": 8}))
        others.append(("float32, processor", {"device": "cpu", "precision": "float32", **options}))
    for name, chosen in others:
        yield [name, *compared(exact, paint(picture, damage, **chosen))]


def compared(exact: Painting, other: Painting) -> list[object]:
    """Say by how many of 255 levels two paintings differ, and at how many pixels the edges do."""
    levels = LEVELS * np.abs(
        np.clip(exact.colours, 0, 1).astype(np.float64) - np.clip(other.colours, 0, 1)
    )
    near = float((levels.max(axis=1) <= LARGEST_GOAL).mean())
    edges = int((exact.edges != other.edges).sum())
    good = levels.mean() <= MEAN_GOAL and near >= PERCENTILE_GOAL and edges == 0
    same = "the same bytes" if np.array_equal(exact.colours, other.colours) else ""
    verdict = same or ("within the goals" if good else "NOT within the goals")
    return [f"{levels.mean():.4f}", f"{levels.max():.2f}", f"{near:.3%}", edges, verdict]


def scans(device: torch.device, shape: tuple[int, int], cracks: int, sampled: int) -> Iterable[Row]:
    """Paint a scan with many cracks on the device and on the processor."""
    picture, damage = make_picture(shape), make_cracks(shape, cracks)
    ways = [(str(device), "auto")]
    if device.type == "cuda":
        ways = [(str(device), name) for name in ("float32", "auto", "bfloat16", "float16")]
        ways += [("cpu", "auto")]
    for where, precision in ways:
        # A small run first: libraries' start-up is not the picture's time.
        paint(picture[:192, :192], corner(), device=where, precision=precision)
        done = paint(picture, damage, device=where, precision=precision)
        computed = done.record["device"]["precision"]
        yield [f"two-stage, {where}, {computed}", f"{done.seconds:.2f}", done.runs]
    yield from beside(device, picture, damage, sampled)


def beside(
    device: torch.device, picture: np.ndarray, damage: np.ndarray, sampled: int
) -> Iterable[Row]:
    """Run a network of LaMa's size on it, as today's tools do."""
    network = LamaSized().eval().to(device)
    picture = (picture >> 8).astype(np.uint8)
    pieces = ndimage.find_objects(ndimage.label(damage, np.ones((3, 3)))[0])
    chosen = pieces[:: max(1, len(pieces) // sampled)]
    for timed in (chosen[:1], chosen):  # the first one warms up
        started = time.perf_counter()
        for rows, columns in timed:
            area = tuple(
                slice(max(part.start - MARGIN, 0), part.stop + MARGIN) for part in (rows, columns)
            )
            network.fill(picture[area], damage[area])
        seconds = (time.perf_counter() - started) * len(pieces) / len(timed)
    name = f"LaMa-sized, {device}, once per component ({len(chosen)} timed)"
    yield [name, f"{seconds:.2f}", len(pieces)]
    started = time.perf_counter()
    try:
        network.fill(picture, damage)
        took: object = f"{time.perf_counter() - started:.2f}"
    except torch.OutOfMemoryError:
        took = "out of memory"
    yield [f"LaMa-sized, {device}, whole picture", took, 1]


def corner() -> np.ndarray:
    """Return a small mask to warm up with."""
    mask = np.zeros((192, 192), bool)
    mask[100:120, 100:120] = True
    return mask


def full_memory(device: torch.device, megabytes: int) -> Iterable[Row]:
    """Let the card's memory run out, really, and see how the run ends."""
    picture = read_fresco()[:512, :512]
    damage = synthetic_damage((512, 512), "brush", np.random.default_rng(4))
    expected = paint(picture, damage, device="cpu", precision="float32")
    torch.cuda.empty_cache()
    total = torch.cuda.get_device_properties(device).total_memory
    for room in (megabytes, 1):
        allowed = torch.cuda.memory_allocated(device) + room * 2**20
        torch.cuda.set_per_process_memory_fraction(allowed / total, device)
        try:
            with warnings.catch_warnings(record=True) as told:
                warnings.simplefilter("always")
                done = paint(
                    picture, damage, device=str(device), precision="float32", batch=64, window=256
                )
        finally:
            torch.cuda.set_per_process_memory_fraction(1.0, device)
        where = done.record["device"]["type"]
        mean, largest, *_ = compared(expected, done)
        yield [
            f"{room} MiB",
            where,
            done.runs,
            mean,
            largest,
            "; ".join(str(t.message) for t in told),
        ]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="auto", help="auto, cuda, cuda:1, mps or cpu")
    parser.add_argument("--quick", action="store_true", help="at small size")
    options = parser.parse_args()
    started = time.perf_counter()
    device, quick = choose_device(options.device), options.quick
    memory = ""
    if device.type == "cuda":
        memory = f", {torch.cuda.mem_get_info(device)[1] / 2**30:.0f} GiB"
    print(f"{describe_device(device)}{memory}, torch {torch.__version__}, "
          f"{torch.get_num_threads()} threads\n")  # fmt: skip
    side, batches = (64, (1, 2)) if quick else (256, (1, 4, 16, 64))
    print(f"Windows of {side} px a second, by batch\n")
    table(["network", "precision", *batches], windows_per_second(device, side, batches))
    print("Against float32 one by one: levels of 255 in the damage, pixels within 2, edges\n")
    size = (64, 64) if quick else (512, 256)
    table(["", "mean", "largest", "within 2", "edges", ""], agreement(device, *size))
    shape, cracks, sampled = ((200, 260), 4, 2) if quick else (SHAPE, CRACKS, SAMPLED)
    print(f"{shape[0]} x {shape[1]} px, 16 bit, {cracks:,} cracks\n")
    table(["method", "seconds", "network runs"], scans(device, shape, cracks, sampled))
    if device.type == "cuda":
        print("Memory that runs out\n")
        head = ["left", "ended on", "network runs", "mean", "largest", "told"]
        table(head, full_memory(device, 500))
    else:
        print("No card, so none whose memory could run out.\n")
    print(f"{time.perf_counter() - started:.0f} s in all")


if __name__ == "__main__":
    main()
