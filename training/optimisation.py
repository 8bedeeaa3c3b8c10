"""What a step changes and a checkpoint holds: networks, their averages, and optimisers."""

from __future__ import annotations

import math
from itertools import chain
from typing import Any

import torch
from lightning_fabric import Fabric
from torch import Tensor, nn

from training.averages import Averages
from training.batches import Batch
from training.checkpoints import random_states, set_random_states
from training.errors import DivergedError
from training.hardware import memory_format
from training.losses import Terms, total
from training.optimisers import make_optimisers
from training.recipe import Recipe
from training.stages import Outcome, Stage


class Optimisation:
    """The networks of a stage between two steps.

    Parameters
    ----------
    recipe : Recipe
        Every number.
    stage : Stage
        Networks and losses.
    fabric : Fabric
        Device, precision and the other processes.

    Attributes
    ----------
    step : int
        Steps done.
    averages : Averages
        Of the generators' weights.
    """

    def __init__(self, recipe: Recipe, stage: Stage, fabric: Fabric) -> None:
        self._recipe, self._stage, self._fabric = recipe, stage, fabric
        self._trained = {**stage.generators, **stage.discriminators}
        for network in self._trained.values():
            network.to(memory_format=memory_format(fabric)).train()
        self.averages = Averages(stage.generators, recipe.training.ema)
        rate, options = recipe.stage.learning_rate, recipe.training
        self._rates = {"generators": rate, "discriminators": rate * options.discriminator_rate}
        self._optimisers = {
            "generators": make_optimisers(
                stage.generators.values(), options.optimiser, rate, options.betas
            ),
            "discriminators": make_optimisers(
                stage.discriminators.values(), "adam", self._rates["discriminators"], options.betas
            ),
        }
        self.step = 0

    def state(self) -> dict[str, Any]:
        """Return all of it, to go on from at another time."""
        return {
            "step": self.step,
            "networks": {name: network.state_dict() for name, network in self._trained.items()},
            "fixed": {name: network.state_dict() for name, network in self._stage.fixed.items()},
            "averages": self.averages.state(),
            "optimisers": {
                name: [optimiser.state_dict() for optimiser in optimisers]
                for name, optimisers in self._optimisers.items()
            },
            "random": random_states(),
        }

    def load(self, state: dict[str, Any]) -> None:
        """Go on from what `state` returned."""
        for name, network in self._trained.items():
            network.load_state_dict(state["networks"][name])
        # The run that they were taken from may have gone on since.
        for name, kept in state.get("fixed", {}).items():
            self._stage.fixed[name].load_state_dict(kept)
        self.averages.load(state["averages"])
        for name, optimisers in self._optimisers.items():
            for optimiser, kept in zip(optimisers, state["optimisers"][name], strict=True):
                optimiser.load_state_dict(kept)
        set_random_states(state["random"])
        self.step = state["step"]

    def size(self) -> int:
        """Return about how many bytes `state` has once the optimisers have begun."""
        trained = sum(weight.nbytes for n in self._trained.values() for weight in n.parameters())
        generators = self._stage.generators.values()
        averaged = sum(weight.nbytes for n in generators for weight in n.parameters())
        # Adam keeps two numbers a weight.
        return 3 * trained + averaged

    def take_step(self, batch: Batch, done: float = 0.0) -> tuple[dict[str, float], Outcome]:
        """Train on one batch.

        Parameters
        ----------
        batch : Batch
            The batch, on the device.
        done : float
            Share of the run that is done, 0 to 1, which the learning rate follows.

        Returns
        -------
        values : dict of float
            The weighted terms of all losses, means over all processes.
        outcome : Outcome
            What the generators made.

        Raises
        ------
        DivergedError
            If a loss is NaN or infinite; names the step and the term.
        """
        self._set_rates(done)
        for optimiser in chain(*self._optimisers.values()):
            optimiser.zero_grad(set_to_none=True)
        with self._fabric.autocast():
            terms, outcome = self._stage.generator_step(batch, self.step)
        if terms:
            total(terms).backward()
        with self._fabric.autocast():
            judged = self._stage.discriminator_step(batch, outcome, self.step)
        if judged:
            total(judged).backward()
        # Both backward passes come before either optimiser's step: the graphs share weights.
        values = self._checked({**terms, **judged})
        self._average_gradients(self._stage.generators)
        if judged:
            self._average_gradients(self._stage.discriminators)
        for optimiser in chain(*self._optimisers.values()):
            optimiser.step()
        self.averages.update()
        self.step += 1
        return values, self._stage.shown(outcome)

    def _checked(self, terms: Terms) -> dict[str, float]:
        """Means over all processes; stops the run where one is not finite."""
        means = self._mean(torch.stack([term.detach().float() for term in terms.values()]))
        values = dict(zip(terms, means.tolist(), strict=True))
        for name, value in values.items():
            if not math.isfinite(value):
                raise DivergedError(f"step {self.step}: the loss term {name!r} is {value}")
        return values

    def _average_gradients(self, networks: dict[str, nn.Module]) -> None:
        if self._fabric.world_size == 1:
            return
        weights = [p for network in networks.values() for p in network.parameters()]
        gradients = [p.grad for p in weights if p.grad is not None]
        if not gradients:
            return
        # One message for all: the losses are means over pictures, so the mean of the gradients is
        # that of the joined batch.
        mean = self._mean(torch.cat([gradient.flatten() for gradient in gradients]))
        sizes = [gradient.numel() for gradient in gradients]
        for gradient, part in zip(gradients, mean.split(sizes), strict=True):
            gradient.copy_(part.view_as(gradient))

    def _mean(self, values: Tensor) -> Tensor:
        if self._fabric.world_size == 1:
            return values
        mean = self._fabric.all_reduce(values, reduce_op="mean")
        assert isinstance(mean, Tensor)
        return mean

    def _set_rates(self, done: float) -> None:
        options = self._recipe.training
        share = schedule(self.step, done, options.warmup, options.decay)
        for name, optimisers in self._optimisers.items():
            for group in chain(*(optimiser.param_groups for optimiser in optimisers)):
                group["lr"] = self._rates[name] * share


def schedule(step: int, done: float, warmup: int, decay: str) -> float:
    """Share of the learning rate: a linear rise over the first steps, then constant or a cosine.

    Parameters
    ----------
    step : int
        Steps done.
    done : float
        Share of the run that is done, 0 to 1: half a cosine falls over it.
    warmup : int
        Steps of the rise.
    decay : {"none", "cosine"}
        What follows.
    """
    rise = min(1.0, (step + 1) / (warmup + 1))
    fall = 0.5 * (1 + math.cos(math.pi * done)) if decay == "cosine" else 1.0
    return rise * fall
