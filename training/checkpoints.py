"""Checkpoints: written whole or not at all; the last three and the best are kept."""

from __future__ import annotations

import pickle
import re
from pathlib import Path
from typing import Any

import torch

from napari_relic_inpaint.files.atomic import replacing
from training.errors import TrainingError

KEPT = 3
NAME = re.compile(r"step-(\d+)\.pt")


class Checkpoints:
    """The checkpoints of a run.

    Parameters
    ----------
    folder : Path
        The run's folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "checkpoints"
        self._best = self._folder / "best.pt"

    def steps(self) -> list[int]:
        """Return the steps of the checkpoints that are there, ascending."""
        matches = map(NAME.fullmatch, (path.name for path in self._folder.glob("step-*.pt")))
        return sorted(int(match[1]) for match in matches if match)

    def write(self, state: dict[str, Any], *, best: bool) -> None:
        """Write a checkpoint, then remove all but the last three.

        Parameters
        ----------
        state : dict
            Tensors, numbers, strings, and lists and dicts of them; ``state["step"]`` names it.
        best : bool
            Whether it becomes the best one, too.

        Raises
        ------
        FileError
            If the disk is full; earlier checkpoints are then as they were.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        for part in self._folder.glob("*.part"):
            part.unlink()  # of a process that was killed while it wrote
        # A run that is ended between the two goes on from before both.
        if best:
            _write(state, self._best)
        _write(state, self._path(state["step"]))
        for step in self.steps()[:-KEPT]:
            self._path(step).unlink()

    def read_last(self) -> dict[str, Any]:
        """Read the last checkpoint."""
        steps = self.steps()
        if not steps:
            raise TrainingError(f"{self._folder} holds no checkpoint yet")
        return _read(self._path(steps[-1]))

    def read_best_or_last(self, *, last: bool = False) -> dict[str, Any]:
        """Read the best checkpoint of a run that was validated, else the last one."""
        if self._best.exists() and not last:
            return _read(self._best)
        return self.read_last()

    def _path(self, step: int) -> Path:
        return self._folder / f"step-{step:08d}.pt"


def random_states() -> dict[str, Any]:
    """Return the states of the random number generators that a step can draw from."""
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
    return {"torch": torch.get_rng_state(), "cuda": cuda}


def set_random_states(states: dict[str, Any]) -> None:
    """Put back what `random_states` returned."""
    torch.set_rng_state(states["torch"])
    if states["cuda"]:
        torch.cuda.set_rng_state_all(states["cuda"])


def _write(state: dict[str, Any], path: Path) -> None:
    size = sum(tensor.nbytes for tensor in _tensors(state))
    with replacing(path, overwrite=True, size=size) as stream:
        try:
            torch.save(state, stream)
        except RuntimeError as error:
            # torch reports a failed write without its reason.
            raise OSError(str(error)) from error


def _read(path: Path) -> dict[str, Any]:
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, pickle.UnpicklingError, EOFError) as error:
        raise TrainingError(
            f"the checkpoint {path} cannot be read ({error}): remove it to go on from the one "
            "before"
        ) from None
    return state


def _tensors(state: Any) -> list[torch.Tensor]:
    if isinstance(state, torch.Tensor):
        return [state]
    values = state.values() if isinstance(state, dict) else state
    if not isinstance(state, dict | list | tuple):
        return []
    return [tensor for value in values for tensor in _tensors(value)]
