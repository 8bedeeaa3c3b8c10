"""Start a run: check everything that can be wrong first, then hand over to the loop."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from lightning_fabric import Fabric

from training.batches import DamagedCrops, Part
from training.hardware import Precision
from training.loop import Loop
from training.pairs import cut_pairs
from training.pictures import MaskFolder, Pictures, find_pictures
from training.recipe import EdgesStage, InpaintStage, JointStage, PriorMix
from training.runs import Run
from training.stages import make_stage
from training.stages.glcic import GlcicCompletion
from training.validation import Validation

VALIDATION_PAIRS = 12
"""Pairs per kind of damage that a run is validated on while it goes on."""

ONLY_TRUE = PriorMix(true=1, thinned=0, own=0, none=0)


def fit(run: Run, folder: Path, fabric: Fabric, *, resume: bool) -> int:
    """Train one stage.

    Parameters
    ----------
    run : Run
        What to train on what.
    folder : Path
        The run's folder.
    fabric : Fabric
        Devices and precision, launched.
    resume : bool
        Whether to go on from the folder's last checkpoint.

    Returns
    -------
    int
        0, or the number of the signal that ended the run.

    Raises
    ------
    RelicInpaintError
        If anything is missing or does not fit; before the first step as far as that can be known.
    """
    recipe = run.recipe
    dataset = _dataset(run, Part(fabric.global_rank, fabric.world_size))
    # The same weights on every machine.
    torch.manual_seed(recipe.training.seed)
    stage = make_stage(recipe, fabric.device, run.perceptual_weights)
    if isinstance(stage, GlcicCompletion) and not (resume or recipe.model.init_from):
        stage.completion.mean_colour.copy_(dataset.mean_colour())
    loop = Loop(recipe, stage, fabric, folder)
    if resume:
        loop.resume()
    validation = _validation(run) if run.val else None
    return loop.run(dataset, validation)


def _dataset(run: Run, part: Part) -> DamagedCrops:
    recipe = run.recipe
    stage = recipe.stage
    priors, refined = ONLY_TRUE, 0.0
    if isinstance(stage, InpaintStage | JointStage):
        priors, refined = stage.priors, stage.refined
    detail = 0 if isinstance(stage, EdgesStage) else stage.losses.detail
    return DamagedCrops(
        Pictures(find_pictures(run.data)),
        recipe.data,
        priors,
        masks=MaskFolder(find_pictures(run.masks)) if run.masks else None,
        detail=detail,
        refined=refined,
        seed=recipe.training.seed,
        part=part,
    )


def _validation(run: Run) -> Validation:
    pairs = cut_pairs(find_pictures(run.val), VALIDATION_PAIRS)
    return Validation(pairs, run.recipe.data.canny_sigma)


def describe(run: Run, folder: Path, precision: Precision) -> Sequence[str]:
    """Return what a user wants to know before the first step."""
    recipe = run.recipe
    return [
        f"stage {recipe.name}, {recipe.stage.steps} steps, width {recipe.model.width}, {precision}",
        f"{len(find_pictures(run.data))} pictures; everything goes to {folder}",
    ]
