"""The loop: batches through a stage, and everything that is kept of it."""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path

import torch
from lightning_fabric import Fabric
from torch import Tensor

from training.batches import Batch, DamagedCrops
from training.checkpoints import Checkpoints
from training.device.batches import DeviceCrops
from training.duration import Forecast
from training.ending import Ending
from training.errors import DivergedError, TrainingError, WorkerError, sentence
from training.hardware import device_name
from training.interruption import Interruption, shielded
from training.loading import load_batches
from training.optimisation import Optimisation
from training.recipe import Recipe
from training.runs import RunFiles
from training.sheets import write_samples
from training.stages import Outcome, Stage
from training.validation import Validation, batch_edge_scores
from training.watch import Watch

Source = DamagedCrops | DeviceCrops

SAVED_EVERY = 45
"""Seconds between checkpoints of a run that the clock ends: a queue that cuts it off, cutting and
writing included, costs a minute at most."""


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
    interruption : Interruption
        Says whether the run was asked to stop.
    """

    def __init__(
        self,
        recipe: Recipe,
        stage: Stage,
        fabric: Fabric,
        folder: Path,
        interruption: Interruption,
    ) -> None:
        self._recipe, self._stage, self._fabric = recipe, stage, fabric
        self._interruption = interruption
        self._files = RunFiles(folder)
        self._checkpoints = Checkpoints(folder)
        self._optimisation = Optimisation(recipe, stage, fabric)
        self._best = -math.inf
        self._validated: int | None = None
        self._elapsed = self._started = self._saved = 0.0

    @property
    def step(self) -> int:
        """Steps done."""
        return self._optimisation.step

    def resume(self) -> None:
        """Go on from the last checkpoint."""
        state = self._checkpoints.read_last()
        self._optimisation.load(state)
        self._best = state["best"]
        self._validated = state.get("validated", state["step"])
        self._elapsed = self._saved = state.get("elapsed", 0.0)

    def finished(self, *, validated: bool) -> bool:
        """Tell whether nothing is left to do, nor to be validated if the run is validated."""
        return self._share() >= 1 and (not validated or self._validated == self.step)

    def checkpoint_size(self) -> int:
        """Return about how many bytes a checkpoint will have."""
        return self._optimisation.size()

    def run(self, dataset: Source, validation: Validation | None) -> Ending:
        """Train to the recipe's last step or minute, or until the run is asked to stop.

        Parameters
        ----------
        dataset : DamagedCrops or DeviceCrops
            The batch of every step.
        validation : Validation, optional
            Pairs to choose the best checkpoint on.

        Returns
        -------
        Ending
            How it ended; its state is saved, if there was a step to save.

        Raises
        ------
        DivergedError
            If a loss is NaN or infinite; names the step, the term, and what can be gone back to.
        WorkerError
            If a process that makes the batches was ended; what was done until then is saved.
        TrainingError
            If the disk is full or gone; the last checkpoint is as it was.
        """
        forecast = Forecast(self._recipe.stage.steps, self._seconds)
        self._started = time.perf_counter() - self._elapsed
        with (
            Watch(
                self._files,
                self.step,
                None if self._recipe.endless else self._recipe.stage.steps,
                forecast,
                visible=self._fabric.is_global_zero,
                best=None if self._best == -math.inf else self._best,
            ) as watch,
            closing(self._load(dataset)) as batches,
        ):
            try:
                self._begin(validation, watch)
                return self._go_on(batches, validation, watch, forecast)
            except OSError as error:
                raise TrainingError(f"{sentence(error)} {self._kept()}") from None

    def _go_on(
        self,
        batches: Iterator[Batch],
        validation: Validation | None,
        watch: Watch,
        forecast: Forecast,
    ) -> Ending:
        options = self._recipe.training
        told: set[str] = set()
        stopped, done = self._agreed(self._interruption.signal), self._done()
        while not stopped and done < 1:
            asked = time.perf_counter()
            batch = self._next(batches)
            waited = time.perf_counter() - asked
            for path in batch.skipped.keys() - told:
                told.add(path)
                watch.say(f"skipped ({len(told)} so far): {batch.skipped[path]}")
            batch = batch.to(self._fabric.device)
            values, outcome = self._take_step(batch, done)
            seconds = time.perf_counter() - asked
            forecast.add(seconds, batch.hole.shape[-1])
            if warning := forecast.warning(self.step, self._fabric.device.type):
                watch.say(warning)
            stopped, done = self._agreed(self._interruption.signal), self._done()
            pictures = len(batch) * self._fabric.world_size
            watch.count(
                self.step,
                values,
                pictures=pictures,
                seconds=seconds,
                waited=waited,
                elapsed=self._elapsed,
            )
            if self._due(options.log_every) or stopped or done >= 1:
                watch.report(self.step, batch_edge_scores(batch, outcome), self._elapsed)
            improved = False
            # A queue that asks to stop does not wait for long: then it is saved at once.
            if not stopped:
                if self._due(options.sample_every) or done >= 1:
                    self._write_sheet(batch, outcome, watch)
                if validation is not None and (self._due(options.validate_every) or done >= 1):
                    improved = self._score(validation, watch)
            stopped = stopped or self._agreed(self._interruption.signal)
            if self._save_due() or stopped or done >= 1 or improved:
                self._save(best=improved)
        watch.draw()
        return Ending(stopped, self.step)

    @property
    def _seconds(self) -> float:
        return 60 * self._recipe.training.minutes

    def _due(self, every: int) -> bool:
        return self.step % every == 0

    def _save_due(self) -> bool:
        in_time = bool(self._seconds) and self._elapsed - self._saved >= SAVED_EVERY
        return in_time or self._due(self._recipe.training.save_every)

    def _done(self) -> float:
        """Return the share of the run that is done, by its steps or its time."""
        self._elapsed = time.perf_counter() - self._started
        if self._seconds and self._fabric.world_size > 1:
            self._elapsed = self._fabric.broadcast(self._elapsed)
        return self._share()

    def _share(self) -> float:
        by_steps = self.step / self._recipe.stage.steps
        return max(by_steps, self._elapsed / self._seconds) if self._seconds else by_steps

    def _load(self, dataset: Source) -> Generator[Batch, None, None]:
        steps, workers = self._recipe.stage.steps, self._recipe.data.workers
        if isinstance(dataset, DeviceCrops):
            return dataset.load(self.step, steps)
        return load_batches(dataset, self.step, steps, workers)

    def _begin(self, validation: Validation | None, watch: Watch) -> None:
        """Score the weights that the run starts from, or those that it was stopped before."""
        options, before = self._recipe.training, self._elapsed
        if validation is not None and not self._interruption.signal:
            if self.step == 0:
                watch.say("scoring the weights that it starts from")
                self._score(validation, watch)
            elif self._validated != self.step and (
                self._due(options.validate_every) or self._done() >= 1
            ):
                self._save(best=self._score(validation, watch))
        # Scoring what was there before is no part of the run's minutes.
        self._started = time.perf_counter() - before
        if options.compile and self._done() < 1:
            watch.say(
                "the first steps compile the networks, once for each size of crop: on a processor "
                "that takes minutes"
            )

    def _take_step(self, batch: Batch, done: float) -> tuple[dict[str, float], Outcome]:
        """Take a step that no signal tears apart, nor the compiler that it may call."""
        try:
            with shielded():
                return self._optimisation.take_step(batch, done)
        except DivergedError as error:
            remedy = "a lower --set learning_rate=... or --set precision=32-true"
            raise DivergedError(f"{error}: take {remedy}. {self._kept()}") from None

    def _next(self, batches: Iterator[Batch]) -> Batch:
        """Return the next batch; if there will be none, save what was done."""
        try:
            return next(batches)
        except WorkerError as error:
            if self.step and self.step not in self._checkpoints.steps():
                # Without the other processes, which wait in their step until this one is gone.
                self._write_checkpoint(best=False)
            raise WorkerError(f"{error}. {self._kept()}") from None

    def _kept(self) -> str:
        """Say what a run that cannot go on can be gone back to."""
        steps = self._checkpoints.steps()
        if not steps:
            return "No step was saved yet: --resume starts from the beginning."
        return f"Step {steps[-1]:,} is saved: --resume goes on from there."

    def _write_sheet(self, batch: Batch, outcome: Outcome, watch: Watch) -> None:
        if self._fabric.is_global_zero:
            path = self._files.samples / f"step-{self.step:08d}.png"
            write_samples(path, batch, outcome)
            watch.sheet("samples", self.step, path)

    def _agreed(self, signal: int) -> int:
        """Return the largest signal that any process got, so that all stop after the same step."""
        if self._fabric.world_size == 1:
            return signal
        everyone = self._fabric.all_gather(torch.tensor(signal))
        assert isinstance(everyone, Tensor)
        return int(everyone.max())

    def _score(self, validation: Validation, watch: Watch) -> bool:
        """Score the averages, and tell whether they are the best of those that were trained."""
        networks = {**self._stage.fixed, **self._optimisation.averages.networks}
        scores = validation.score(networks, self._fabric, self._hurried)
        if scores is None:
            return False
        self._validated = self.step
        improved = self.step > 0 and scores["score"] > self._best
        if improved:
            self._best = scores["score"]
        watch.validated(self.step, scores, None if self._best == -math.inf else self._best)
        return improved

    def _hurried(self) -> bool:
        """Whether to save now and validate when the run goes on; several processes cannot."""
        return bool(self._interruption.signal) and self._fabric.world_size == 1

    def _save(self, *, best: bool) -> None:
        self._write_checkpoint(best=best)
        self._saved = self._elapsed
        self._fabric.barrier()

    def _write_checkpoint(self, *, best: bool) -> None:
        if self._fabric.is_global_zero:
            state = self._optimisation.state() | {
                "best": self._best,
                "validated": self._validated,
                "elapsed": self._elapsed,
                "device": device_name(self._fabric),
            }
            self._checkpoints.write(state, best=best)
