"""The stages of the training: what is computed in a step, and from which networks."""

from __future__ import annotations

from pathlib import Path

import torch

from napari_relic_inpaint.networks import (
    ContextualAttentionGenerator,
    EdgeGenerator,
    GlcicGenerator,
)
from training.perceptual import load_perceptual
from training.recipe import (
    ContextualAttentionStage,
    EdgesStage,
    GlcicStage,
    InpaintStage,
    JointStage,
    Recipe,
)
from training.sources import (
    StartingWeights,
    completion_generator,
    edge_generator,
    inpaint_generator,
    starting_weights,
)
from training.stages.contextual_attention import ContextualAttentionCompletion
from training.stages.edges import EdgeCompletion
from training.stages.glcic import GlcicCompletion
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
    start = starting_weights(recipe)
    model, compiled = recipe.model, recipe.training.compile
    match recipe.stage:
        case EdgesStage(losses=weights, judge=judge):
            edge = edge_generator(model, start.edge).to(device)
            return EdgeCompletion(edge, weights, judge, model, compiled)
        case InpaintStage() as stage:
            frozen = start.frozen_edge(device)
            return _painting(recipe, stage, start, frozen, device, perceptual_weights)
        case JointStage(edge_losses=weights, judge=judge) as stage:
            edge = edge_generator(model, start.edge).to(device)
            completion = EdgeCompletion(edge, weights, judge, model, compiled)
            painting = _painting(recipe, stage, start, None, device, perceptual_weights)
            return Joint(completion, painting)
        case GlcicStage(losses=weights):
            glcic = completion_generator(GlcicGenerator, model, start.completion).to(device)
            return GlcicCompletion(glcic, weights, model, compiled)
        case ContextualAttentionStage(losses=weights):
            attention = completion_generator(
                ContextualAttentionGenerator, model, start.completion
            ).to(device)
            return ContextualAttentionCompletion(attention, weights, model, compiled)


def _painting(
    recipe: Recipe,
    stage: InpaintStage | JointStage,
    start: StartingWeights,
    edge: EdgeGenerator | None,
    device: torch.device,
    perceptual_weights: Path | None,
) -> Painting:
    losses = stage.losses
    vgg = None
    if (losses.perceptual or losses.style) and losses.perceptual_from < stage.steps:
        vgg = load_perceptual(perceptual_weights).to(device)
    inpaint = inpaint_generator(recipe.model, start.inpaint).to(device)
    return Painting(inpaint, edge, vgg, losses, stage.judge, recipe.model, recipe.training.compile)
