"""Where generators come from: new, from an installed model, or from an earlier run."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import NoneType
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from napari_relic_inpaint.errors import ModelError
from napari_relic_inpaint.models import completion, weights
from napari_relic_inpaint.models.card import CompletionCard, read_card
from napari_relic_inpaint.models.completion import CompletionNetwork
from napari_relic_inpaint.models.folders import find
from napari_relic_inpaint.networks import (
    COMPLETIONS,
    EdgeGenerator,
    InpaintGenerator,
    fold_spectral_norm,
)
from training.checkpoints import Checkpoints
from training.errors import TrainingError
from training.recipe import InpaintStage, JointStage, ModelOptions, Recipe
from training.runs import is_run, read_run

POWER_ITERATIONS = 100

Completion = TypeVar("Completion", bound=CompletionNetwork)


@dataclass
class StartingWeights:
    """Generators that a run builds on; None where it starts from nothing."""

    edge: EdgeGenerator | None = None
    inpaint: InpaintGenerator | None = None
    completion: CompletionNetwork | None = None
    read: list[str] = field(default_factory=list)

    def frozen_edge(self, device: torch.device) -> EdgeGenerator | None:
        """Return a copy of G1 that is only run."""
        if self.edge is None:
            return None
        return self.edge.to(device).requires_grad_(False).eval()


def starting_weights(recipe: Recipe) -> StartingWeights:
    """Collect what the recipe's ``init_from`` names.

    Raises
    ------
    TrainingError
        If a source is unknown, of another method or of another form, or stage 2 is to see G1's
        edges without a G1.
    """
    start = StartingWeights()
    for source in recipe.model.init_from:
        for name, network in generators_from(source).items():
            setattr(start, name, network)
        start.read.append(source)
    stage = recipe.stage
    if start.read and not isinstance(start.completion, COMPLETIONS.get(recipe.name, NoneType)):
        raise TrainingError(
            f"{', '.join(start.read)} is of another method than stage {recipe.name}: set init_from "
            "to [] or to a run or model of that method"
        )
    if not isinstance(stage, InpaintStage | JointStage):
        return start
    if start.inpaint is not None and not _alike(start.inpaint.hole_form, recipe.model.hole_form):
        raise TrainingError(
            f"{', '.join(start.read)} has hole_form {start.inpaint.hole_form!r}, the preset "
            f"{recipe.model.hole_form!r}: set hole_form or leave init_from empty"
        )
    if isinstance(stage, InpaintStage) and stage.priors.own and start.edge is None:
        raise TrainingError(
            "stage inpaint is to see G1's edges, but there is no G1: name its run with "
            "--set init_from=RUN, or set own=0"
        )
    return start


def _alike(form: str, other: str) -> bool:
    """Whether weights of one hole form are a start for another: both residuals, or neither."""
    return (form == "white") == (other == "white")


def generators_from(source: str, *, last: bool = False) -> dict[str, nn.Module]:
    """Read the generators of a run (averaged weights) or a model, without spectral normalisation.

    Parameters
    ----------
    source : str
        A run's folder, or a model's name or folder.
    last : bool
        Take a run's last checkpoint even if an earlier one was best.

    Raises
    ------
    TrainingError
        If it is neither.
    """
    folder = Path(source)
    if not is_run(folder):
        try:
            return _from_model(source)
        except ModelError as error:
            raise TrainingError(f"{source} is neither a run nor a model: {error}") from None
    recipe = read_run(folder).recipe
    state = Checkpoints(folder).read_best_or_last(last=last)
    generators: dict[str, nn.Module] = {}
    for name, average in state["averages"].items():
        network = _untrained(name, recipe)
        network.load_state_dict(average)
        generators[name] = fold_spectral_norm(network)
    return generators


def _from_model(source: str) -> dict[str, nn.Module]:
    if isinstance(read_card(find(source)), CompletionCard):
        return {"completion": completion.load(source).network}
    model = weights.load(source)
    return {"edge": model.edge, "inpaint": model.inpaint}


def _untrained(name: str, recipe: Recipe) -> nn.Module:
    """Build a generator as a run trains it."""
    if name == "completion":
        return completion_generator(COMPLETIONS[recipe.name], recipe.model, None)
    if name == "edge":
        return edge_generator(recipe.model, None)
    return inpaint_generator(recipe.model, None)


def edge_generator(options: ModelOptions, start: EdgeGenerator | None) -> EdgeGenerator:
    """Build G1 with spectral normalisation, from another one's folded weights if given."""
    network = EdgeGenerator(options.width, options.blocks, spectral_norm=True)
    if start is not None:
        _copy(start.state_dict(), network, options)
    return network


def inpaint_generator(options: ModelOptions, start: InpaintGenerator | None) -> InpaintGenerator:
    """Build G2, from another one's weights if given."""
    network = InpaintGenerator(options.width, options.blocks, hole_form=options.hole_form)
    if start is not None:
        _copy(start.state_dict(), network, options)
    return network


def completion_generator(
    kind: type[Completion], options: ModelOptions, start: CompletionNetwork | None
) -> Completion:
    """Build the network of another method, from another one's weights if given."""
    network = kind(options.width)
    if start is not None:
        if start.width != network.width:
            raise TrainingError(
                f"the weights to start from have width {start.width}, the preset {network.width}: "
                "set width to theirs, or init_from to []"
            )
        network.load_state_dict(start.state_dict())
    return network


@torch.no_grad()
def _copy(state: dict[str, Tensor], network: nn.Module, options: ModelOptions) -> None:
    """Copy plain weights into a network; a folded weight has norm 1 and is its own original."""
    for key, value in state.items():
        stem, _, last = key.rpartition(".")
        layer = network.get_submodule(stem)
        if getattr(layer, last).shape != value.shape:
            raise TrainingError(
                f"the weights to start from do not fit a network of width {options.width} and "
                f"{options.blocks} blocks: set width and blocks to theirs, or init_from to []"
            )
        if parametrize.is_parametrized(layer, last):
            setattr(layer, last, value)
            # In training mode each look at the weight is one step of the power iteration, which
            # has to find the norm of weights it has not seen.
            for _ in range(POWER_ITERATIONS):
                getattr(layer, last)
        else:
            getattr(layer, last).copy_(value)
