"""The loop: batches through a stage, gradients into weights, and everything that is kept of it."""

from __future__ import annotations

import math
import time
from itertools import chain
from pathlib import Path
from typing import Any

import torch
from lightning_fabric import Fabric
from torch import Tensor, nn

from napari_relic_inpaint.metrics import edge_scores
from training.averages import Averages
from training.batches import Batch, DamagedCrops, load_batches
from training.checkpoints import Checkpoints, random_states, set_random_states
from training.errors import DivergedError
from training.hardware import memory_format
from training.interruption import Interruption
from training.losses import Terms, total
from training.optimisers import make_optimisers
from training.recipe import Recipe
from training.runs import RunFiles
from training.sheets import write_samples
from training.stages import Outcome, Stage
from training.stages.stage import EDGE_THRESHOLD
from training.validation import Validation
from training.watch import Watch


class Loop:
    """One run of one stage.

    Parameters
    ----------
    recipe : Recipe
        Every number.
    stage : Stage
        Networks and steps.
    fabric : Fabric
        Device, precision and the other processes.
    folder : Path
        The run's folder.
    """

    def __init__(self, recipe: Recipe, stage: Stage, fabric: Fabric, folder: Path) -> None:
        self._recipe, self._stage, self._fabric = recipe, stage, fabric
        self._files = RunFiles(folder)
        self._checkpoints = Checkpoints(folder)
        for network in (*stage.generators.values(), *stage.discriminators.values()):
            network.to(memory_format=memory_format(fabric)).train()
        self._averages = Averages(stage.generators, recipe.training.ema)
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
        self._step = 0
        self._best = -math.inf

    @property
    def step(self) -> int:
        """Steps done."""
        return self._step

    def resume(self) -> None:
        """Go on from the last checkpoint."""
        state = self._checkpoints.read_last()
        for name, network in {**self._stage.generators, **self._stage.discriminators}.items():
            network.load_state_dict(state["networks"][name])
        self._averages.load(state["averages"])
        for name, optimisers in self._optimisers.items():
            for optimiser, kept in zip(optimisers, state["optimisers"][name], strict=True):
                optimiser.load_state_dict(kept)
        set_random_states(state["random"])
        self._step, self._best = state["step"], state["best"]

    def run(self, dataset: DamagedCrops, validation: Validation | None) -> int:
        """Train to the recipe's last step, or until Ctrl-C or SIGTERM.

        Parameters
        ----------
        dataset : Dataset
            The batch of every step.
        validation : Validation, optional
            Pairs to choose the best checkpoint on.

        Returns
        -------
        int
            0, or the signal that ended the run; its state is saved either way.

        Raises
        ------
        DivergedError
            If a loss is NaN or infinite; names the step and the term.
        """
        options, steps = self._recipe.training, self._recipe.stage.steps
        batches = load_batches(dataset, self._step, steps, self._recipe.data.workers)
        main = self._fabric.is_global_zero
        told: set[str] = set()
        with (
            Interruption() as interruption,
            Watch(self._files, self._step, steps, shown=main) as watch,
        ):
            while self._step < steps:
                asked = time.perf_counter()
                batch = next(batches)
                waited = time.perf_counter() - asked
                for path in batch.skipped.keys() - told:
                    told.add(path)
                    watch.say(f"skipped ({len(told)} so far): {batch.skipped[path]}")
                batch = batch.to(self._fabric.device)
                values, outcome = self.take_step(batch)
                pictures = len(batch) * self._fabric.world_size
                watch.count(values, pictures=pictures, waited=waited)
                stopped = self._agreed(interruption.signal)
                last = bool(stopped) or self._step == steps
                if self._step % options.log_every == 0 or last:
                    watch.report(self._step, self._edge_scores(batch, outcome))
                if main and (self._step % options.sample_every == 0 or last):
                    name = f"step-{self._step:08d}.png"
                    write_samples(self._files.samples / name, batch, outcome)
                improved = False
                if validation is not None and (
                    self._step % options.validate_every == 0 or self._step == steps
                ):
                    improved = self._validate(validation, watch)
                if self._step % options.save_every == 0 or last or improved:
                    self._save(best=improved)
                if stopped:
                    return stopped
        return 0

    def take_step(self, batch: Batch) -> tuple[dict[str, float], Outcome]:
        """Train on one batch.

        Returns
        -------
        values : dict of float
            The weighted terms of all losses, means over all processes.
        outcome : Outcome
            What the generators made.
        """
        self._set_rates()
        for optimiser in chain(*self._optimisers.values()):
            optimiser.zero_grad(set_to_none=True)
        with self._fabric.autocast():
            terms, outcome = self._stage.generator_step(batch, self._step)
        if terms:
            total(terms).backward()
        with self._fabric.autocast():
            judged = self._stage.discriminator_step(batch, outcome, self._step)
        if judged:
            total(judged).backward()
        # Both backward passes come before either optimiser's step: the graphs share weights.
        values = self._checked({**terms, **judged})
        self._average_gradients(self._stage.generators)
        if judged:
            self._average_gradients(self._stage.discriminators)
        for optimiser in chain(*self._optimisers.values()):
            optimiser.step()
        self._averages.update()
        self._step += 1
        return values, self._stage.shown(outcome)

    def _checked(self, terms: Terms) -> dict[str, float]:
        """Means over all processes; stops the run where one is not finite."""
        means = self._mean(torch.stack([term.detach().float() for term in terms.values()]))
        values = dict(zip(terms, means.tolist(), strict=True))
        for name, value in values.items():
            if not math.isfinite(value):
                raise DivergedError(
                    f"step {self._step}: the loss term {name!r} is {value}. The last checkpoint "
                    "is from before; resume with a lower learning_rate or precision=32-true"
                )
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

    def _agreed(self, signal: int) -> int:
        """Return the largest signal that any process got, so that all stop after the same step."""
        if self._fabric.world_size == 1:
            return signal
        everyone = self._fabric.all_gather(torch.tensor(signal))
        assert isinstance(everyone, Tensor)
        return int(everyone.max())

    def _set_rates(self) -> None:
        options = self._recipe.training
        share = schedule(self._step, self._recipe.stage.steps, options.warmup, options.decay)
        for name, optimisers in self._optimisers.items():
            for group in chain(*(optimiser.param_groups for optimiser in optimisers)):
                group["lr"] = self._rates[name] * share

    def _edge_scores(self, batch: Batch, outcome: Outcome) -> dict[str, float]:
        """Precision, recall and F1 of G1's edges in the batch's holes, where G1 is trained."""
        if outcome.probability is None:
            return {}
        arrays = (outcome.probability > EDGE_THRESHOLD, batch.edges > 0, batch.hole > 0)
        # All pictures as one: a single crack has too few edges for a score of its own.
        found, true, hole = (array[:, 0].flatten(0, 1).cpu().numpy() for array in arrays)
        return {f"edge_{k}": v for k, v in edge_scores(found, true, hole)._asdict().items()}

    def _validate(self, validation: Validation, watch: Watch) -> bool:
        scores = validation.score({**self._stage.fixed, **self._averages.networks}, self._fabric)
        watch.validated(self._step, scores)
        improved = scores["score"] > self._best
        self._best = max(self._best, scores["score"])
        return improved

    def _save(self, *, best: bool) -> None:
        if self._fabric.is_global_zero:
            networks = {**self._stage.generators, **self._stage.discriminators}
            state: dict[str, Any] = {
                "step": self._step,
                "best": self._best,
                "networks": {name: network.state_dict() for name, network in networks.items()},
                "averages": self._averages.state(),
                "optimisers": {
                    name: [optimiser.state_dict() for optimiser in optimisers]
                    for name, optimisers in self._optimisers.items()
                },
                "random": random_states(),
            }
            self._checkpoints.write(state, best=best)
        self._fabric.barrier()


def schedule(step: int, steps: int, warmup: int, decay: str) -> float:
    """Share of the learning rate at a step: a linear rise, then constant or half a cosine."""
    rise = min(1.0, (step + 1) / (warmup + 1))
    fall = 0.5 * (1 + math.cos(math.pi * step / steps)) if decay == "cosine" else 1.0
    return rise * fall
