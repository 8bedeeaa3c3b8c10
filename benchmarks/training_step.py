"""Pictures per second of a training step and of what makes its batches.

``python benchmarks/training_step.py`` measures each stage of preset ``relic`` on one batch of
crops of random noise: as the training runs it, and eager in float32, in the default memory
layout, alternately in the same run. The networks start from nothing, so no file is read.

Then both pipelines on pictures of noise that it writes to a temporary folder: batches made by
worker processes, and on the device. ``--pipelines`` measures these alone.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import torch
from torch.optim import Adam

from napari_relic_inpaint.files import write_picture
from napari_relic_inpaint.marking.damage import synthetic_damage
from napari_relic_inpaint.opencv import cv2
from napari_relic_inpaint.running.device import choose_device, describe_device
from training.batches import Batch, Part
from training.collection.gathering import gathered
from training.collection.record import read_list
from training.device.prepare import prepare
from training.fit import make_dataset
from training.hardware import make_fabric, precision_on
from training.interruption import Interruption
from training.loading import load_batches
from training.losses import total
from training.optimisation import Optimisation
from training.presets import load_recipe
from training.recipe import STAGES, Recipe, StageName
from training.runs import Run, RunFiles
from training.stages import make_stage

NEVER = 10**9


def make_batch(pictures: int, size: int) -> Batch:
    rng = np.random.default_rng(0)
    picture = torch.rand(pictures, 3, size, size)
    holes = np.stack([synthetic_damage((size, size), "loss", rng) for _ in range(pictures)])
    hole = torch.from_numpy(holes[:, None].astype(np.float32))
    edges = (torch.rand(pictures, 1, size, size) > 0.93).float()
    own = torch.zeros(pictures, dtype=torch.bool)
    corner = torch.zeros(pictures, 2, dtype=torch.int64)
    grey = picture.mean(1, keepdim=True)
    return Batch(picture, grey, hole, edges, edges * (1 - hole), own, corner, {})


def recipe(stage: StageName, *, fast: bool, discriminators: bool) -> Recipe:
    start = 0 if discriminators else NEVER
    settings = ["init_from=[]", f"losses.adversarial_from={start}"]
    if stage in ("inpaint", "texture"):
        settings.append("own=0")
    if stage == "texture":  # without VGG, which has to be fetched
        settings += ["losses.perceptual=0", "losses.style=0"]
    if stage == "glcic":
        settings.append(f"discriminator_from={start}")
    if stage == "joint":
        settings.append(f"edge_losses.adversarial_from={start}")
    if not fast:
        settings += ["precision=32-true", "compile=false"]
    return load_recipe("relic", stage, settings)


def fast_step(chosen: Recipe, batch: Batch) -> Callable[[], None]:
    precision = precision_on("auto", chosen.training.precision)
    fabric = make_fabric(precision, "auto", devices="1", nodes=1)
    fabric.launch()
    optimisation = Optimisation(chosen, make_stage(chosen, fabric.device, None), fabric)
    moved = batch.to(fabric.device)
    return lambda: optimisation.take_step(moved) and None


def plain_step(chosen: Recipe, batch: Batch) -> Callable[[], None]:
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    stage = make_stage(chosen, device, None)
    groups = (stage.generators, stage.discriminators)
    weights = [[p for network in group.values() for p in network.parameters()] for group in groups]
    optimisers = [Adam(group, lr=1e-4) for group in weights]
    moved = batch.to(device)

    def step() -> None:
        for optimiser in optimisers:
            optimiser.zero_grad()
        terms, outcome = stage.generator_step(moved, 0)
        total(terms).backward()
        judged = stage.discriminator_step(moved, outcome, 0)
        if judged:
            total(judged).backward()
        for optimiser in optimisers:
            optimiser.step()

    return step


def seconds(step: Callable[[], None]) -> float:
    start = time.perf_counter()
    step()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter() - start


def pipeline(name: str, folder: Path, pictures: int, size: int, steps: int) -> str:
    """Train some steps on batches of a pipeline; returns what it took."""
    settings = ["init_from=[]", "own=0", f"crops=[{size}]", f"batch={pictures}", "workers=2"]
    if not torch.cuda.is_available():
        settings.append("compile=false")  # minutes, for nothing that is measured here
    chosen = load_recipe("relic", "inpaint", [*settings, f"steps={2 * steps}", f"pipeline={name}"])
    run, out = Run(recipe=chosen, data=(str(folder),)), folder.parent / name
    started = time.perf_counter()
    with Interruption() as interruption:
        gathered(run, out, interruption, goes_on=False)
    kept = read_list(RunFiles(out).pictures)
    assert kept is not None
    precision = precision_on("auto", chosen.training.precision)
    fabric = make_fabric(precision, "auto", devices="1", nodes=1)
    fabric.launch()
    if name == "device":
        made = prepare(chosen, kept, Part(), fabric.device, lambda: False, print)
        assert made is not None
        batches = made.load(0, 2 * steps)
    else:
        batches = load_batches(make_dataset(chosen, kept), 0, 2 * steps, chosen.data.workers)
    optimisation = Optimisation(chosen, make_stage(chosen, fabric.device, None), fabric)
    with closing(batches):
        for _ in range(steps):  # compiles, allocates, fills queues
            optimisation.take_step(next(batches).to(fabric.device))
        ready, waited = time.perf_counter(), 0.0
        for _ in range(steps):
            asked = time.perf_counter()
            batch = next(batches)
            waited += time.perf_counter() - asked
            optimisation.take_step(batch.to(fabric.device))
    took = time.perf_counter() - ready
    return (
        f"{name:10} {steps * pictures / took:10.2f} pictures/s, {waited / took:4.0%} waiting, "
        f"{ready - started:.0f} s until then"
    )


def pipelines(pictures: int, size: int, steps: int) -> None:
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "pictures"
        folder.mkdir()
        for number in range(16):
            noise = rng.integers(0, 256, (3 * size // 8, 3 * size // 8, 3), np.uint8)
            large = cv2.resize(noise, (3 * size, 3 * size), interpolation=cv2.INTER_CUBIC)
            write_picture(folder / f"{number}.png", large, rgb=True)
        for which in ("workers", "device"):
            print(pipeline(which, folder, pictures, size, steps), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=4)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--pipelines", action="store_true", help="measure the pipelines alone")
    parser.add_argument("--steps", type=int, default=32, help="measured with each pipeline")
    options = parser.parse_args()
    print(f"{describe_device(choose_device('auto'))}, torch {torch.__version__}")
    if not options.pipelines:
        stages(options)
    pipelines(options.pictures, options.size, options.steps)


def stages(options: argparse.Namespace) -> None:
    batch = make_batch(options.pictures, options.size)
    print(f"{options.pictures} x {options.size} px, {torch.get_num_threads()} threads")
    print(f"{'stage':20} {'D':>3} {'plain':>10} {'ours':>10}   pictures/s, median; times faster")
    for stage in STAGES:
        for discriminators in (False, True):
            ours = fast_step(recipe(stage, fast=True, discriminators=discriminators), batch)
            plain = plain_step(recipe(stage, fast=False, discriminators=discriminators), batch)
            for step in (plain, ours):
                step()  # compiles, allocates
            times = [(seconds(plain), seconds(ours)) for _ in range(options.repeats)]
            slow, quick = (statistics.median(column) for column in zip(*times, strict=True))
            print(
                f"{stage:20} {'yes' if discriminators else 'no':>3} "
                f"{options.pictures / slow:10.2f} {options.pictures / quick:10.2f}   "
                f"{slow / quick:.1f}x",
                flush=True,
            )


if __name__ == "__main__":
    main()
