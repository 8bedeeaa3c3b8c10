"""Pictures per second of a training step, against the plainest loop of the same networks.

``python benchmarks/training_step.py`` measures each stage of preset ``relic`` on one batch of
crops of random noise: as the training runs it, and eager in float32, in the default memory
layout, alternately in the same run. The networks start from nothing, so no file is read.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
import torch
from torch.optim import Adam

from napari_relic_inpaint.marking.damage import synthetic_damage
from training.batches import Batch
from training.hardware import make_fabric, precision_on
from training.losses import total
from training.optimisation import Optimisation
from training.presets import load_recipe
from training.recipe import STAGES, Recipe, StageName
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
    if stage == "inpaint":
        settings.append("own=0")
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=4)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
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
