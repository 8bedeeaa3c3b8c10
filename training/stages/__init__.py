"""The stages of the training: what is computed in a step, and from which networks."""

from __future__ import annotations

from pathlib import Path

import torch

from training.perceptual import load_perceptual
from training.presets import EdgesStage, InpaintStage, JointStage, Recipe
from training.sources import edge_generator, inpaint_generator, starting_weights
from training.stages.edges import EdgeCompletion
from training.stages.inpaint import Painting
from training.stages.joint import Joint
from training.stages.stage import Outcome, Stage

__all__ = ["Outcome", "Stage", "make_stage"]


def make_stage(recipe: Recipe, device: torch.device, perceptual_weights: Path | None) -> Stage:
    """Build the networks of a recipe's stage on a device, with the weights they start from.

    Raises
    ------
    TrainingError
        If the weights of VGG are needed and cannot be had, or a network to start from is missing.
    """
    model, compiled = recipe.model, recipe.training.compile
    start = starting_weights(recipe)
    if isinstance(recipe.stage, EdgesStage):
        edge = edge_generator(model, start.edge).to(device)
        return EdgeCompletion(edge, recipe.stage.losses, recipe.stage.judge, model, compiled)
    losses = recipe.stage.losses
    vgg = None
    if (losses.perceptual or losses.style) and losses.perceptual_from < recipe.stage.steps:
        vgg = load_perceptual(perceptual_weights).to(device)
    painting = Painting(
        inpaint_generator(model, start.inpaint).to(device),
        None if isinstance(recipe.stage, JointStage) else start.frozen_edge(device),
        vgg,
        losses,
        recipe.stage.judge,
        model,
        compiled,
    )
    if isinstance(recipe.stage, InpaintStage):
        return painting
    edge = edge_generator(model, start.edge).to(device)
    completion = EdgeCompletion(edge, recipe.stage.edge_losses, recipe.stage.judge, model, compiled)
    return Joint(completion, painting)
