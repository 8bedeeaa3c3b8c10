"""How many steps fit into the minutes that there are."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import torch
from lightning_fabric import Fabric

from napari_relic_inpaint.errors import Stopped
from training.batches import DamagedCrops
from training.optimisation import Optimisation
from training.recipe import Recipe
from training.stages import make_stage

TRIED = 4
"""Steps that are measured, after as many that warm up."""

VALIDATIONS = 6
LOGGED = 40
"""Rows of the log of a run that is fitted into its minutes."""


def fitted(
    recipe: Recipe,
    dataset: DamagedCrops,
    fabric: Fabric,
    stopped: Callable[[], bool],
) -> Recipe:
    """Return a recipe with as many steps as fit into its minutes, and what follows from that.

    The networks of the trial are thrown away, so that the run itself starts from its first step.

    Raises
    ------
    Stopped
        If it was to stop, which it asks before each step.
    """
    optimisation = Optimisation(recipe, make_stage(recipe, fabric.device, None), fabric)
    durations = []
    for step in range(2 * TRIED):
        if stopped():
            raise Stopped("stopped while it measured how long a step takes")
        started = time.perf_counter()
        optimisation.take_step(dataset[step].to(fabric.device))
        if fabric.device.type == "cuda":
            torch.cuda.synchronize()
        durations.append(time.perf_counter() - started)
    each = statistics.median(durations[TRIED:])
    steps = max(2 * VALIDATIONS, round(60 * recipe.training.minutes / each))
    every = max(1, steps // VALIDATIONS)
    training = recipe.training.model_copy(
        update={
            "log_every": max(1, steps // LOGGED),
            "save_every": min(every, 500),
            "sample_every": every,
            "validate_every": every,
            "warmup": min(recipe.training.warmup, steps // 20),
        }
    )
    stage = recipe.stage.model_copy(update={"steps": steps})
    return recipe.model_copy(update={"training": training, "stage": stage})
