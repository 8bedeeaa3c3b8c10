"""Start a run: check everything that can be wrong first, then hand over to the loop."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from lightning_fabric import Fabric

from training.batches import DamagedCrops, Part
from training.checkpoints import Checkpoints
from training.collection.record import PictureList
from training.collection.sheet import write_check
from training.device.batches import DeviceCrops
from training.device.prepare import made_on_device, prepare
from training.disk import check_room
from training.ending import Ending
from training.interruption import Interruption
from training.loop import Loop
from training.pairs import DETAIL, cut_pairs
from training.pictures import MaskFolder, Pictures
from training.recipe import Recipe, stage_detail, stage_priors
from training.runs import Run, RunFiles
from training.stages import make_stage
from training.stages.glcic import GlcicCompletion
from training.validation import Validation

VALIDATION_PAIRS = 12
"""Pairs per kind of damage that a run is validated on while it goes on."""


def fit(
    run: Run,
    folder: Path,
    pictures: PictureList,
    fabric: Fabric,
    interruption: Interruption,
    *,
    say: Callable[[str], None] = lambda _: None,
) -> Ending:
    """Train one stage, from the folder's last checkpoint on if it has one.

    Parameters
    ----------
    run : Run
        What to train on what.
    folder : Path
        The run's folder.
    pictures : PictureList
        What it sees.
    fabric : Fabric
        Devices and precision, launched.
    interruption : Interruption
        Says whether the run was asked to stop.
    say : callable
        Prints a sentence.

    Returns
    -------
    Ending
        How it ended.

    Raises
    ------
    RelicInpaintError
        If anything is missing or does not fit; before the first step as far as that can be known.
    """
    recipe = run.recipe
    part = Part(fabric.global_rank, fabric.world_size)
    dataset = make_dataset(run.recipe, pictures, part)
    on_device = made_on_device(recipe, fabric.device)
    resume = bool(Checkpoints(folder).steps())
    # The same weights on every machine.
    torch.manual_seed(recipe.training.seed)
    stage = make_stage(recipe, fabric.device, run.perceptual_weights)
    if isinstance(stage, GlcicCompletion) and not (resume or recipe.model.init_from):
        stage.completion.mean_colour.copy_(dataset.mean_colour())
    loop = Loop(recipe, stage, fabric, folder, interruption)
    if resume:
        loop.resume()
        if loop.finished(validated=bool(pictures.val)):
            return Ending(0, loop.step, finished_before=True)
    if fabric.is_global_zero:
        say(check_room(folder, recipe, loop.checkpoint_size()))
        if not resume:
            write_check(RunFiles(folder).check, dataset)
    for note in notes(recipe):
        say(note)
    batches: DamagedCrops | DeviceCrops = dataset
    if on_device:
        told = say if fabric.is_global_zero else lambda _: None

        def stopped() -> bool:
            return bool(interruption.signal)

        batches = prepare(recipe, pictures, part, fabric.device, stopped, told) or dataset
    validation = make_validation(pictures, recipe) if pictures.val else None
    return loop.run(batches, validation)


def make_dataset(recipe: Recipe, pictures: PictureList, part: Part | None = None) -> DamagedCrops:
    """Return the batches of a run."""
    stage = recipe.stage
    masks = [facts.path for facts in pictures.masks]
    return DamagedCrops(
        Pictures([facts.path for facts in pictures.train]),
        recipe.data,
        stage_priors(stage),
        masks=MaskFolder(masks) if masks else None,
        detail=stage_detail(stage),
        refined=getattr(stage, "refined", 0.0),
        seed=recipe.training.seed,
        part=part or Part(),
    )


def make_validation(pictures: PictureList, recipe: Recipe) -> Validation:
    """Return the pairs that a run is validated on."""
    fitting = [facts.path for facts in pictures.val if facts.shortest >= DETAIL]
    return Validation(cut_pairs(fitting, VALIDATION_PAIRS), recipe.data.canny_sigma)


def notes(recipe: Recipe) -> list[str]:
    """Return what is no error in a recipe, but hardly what was meant."""
    steps, found = recipe.stage.steps, []
    if recipe.training.warmup >= steps:
        found.append(
            f"the warm-up of {recipe.training.warmup:,} steps is as long as the run of {steps:,}: "
            "the learning rate will not reach its value; set warmup lower"
        )
    if recipe.training.save_every > steps and recipe.training.save_every > 1000:
        found.append(
            f"save_every is {recipe.training.save_every:,}: the first checkpoint is written at the "
            "end, and a crash loses everything until then"
        )
    return found
