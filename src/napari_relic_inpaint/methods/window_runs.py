"""Run a network over the windows of a plane: what all methods with networks share."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.device import NetworkRunner, describe_device
from napari_relic_inpaint.hole import Blend
from napari_relic_inpaint.models.card import ModelCard
from napari_relic_inpaint.plane import Plane, Progress, View
from napari_relic_inpaint.surroundings import surrounding_range
from napari_relic_inpaint.windows import Window

Inputs = Callable[[View], tuple[NDArray[Any], ...]]
"""Takes a window and returns the network's inputs, ``(h, w, C)`` each."""

Finish = Callable[[NDArray[np.float32], View], NDArray[np.float32]]
"""Takes the network's output for a window, ``(h, w, C)``, and returns what is to be blended."""


def run_windows(
    plane: Plane,
    runner: NetworkRunner,
    *,
    stage: str,
    channels: int,
    inputs: Inputs,
    finish: Finish | None = None,
) -> Generator[Progress, None, NDArray[np.float32]]:
    """Run a network on the windows of a plane, batch by batch, and blend what it gives.

    Returns
    -------
    (N, channels) array of float32
        The values of each hole pixel.
    """
    blend = Blend(plane.pixels, channels)
    done = 0
    while batch := _next(plane.windows, done, runner.batch):
        views = [plane.view(window) for window in batch]
        outputs = runner(*map(_stack, zip(*map(inputs, views), strict=True)))
        for window, view, output in zip(batch, views, outputs, strict=True):
            values = output.transpose(1, 2, 0)
            blend.add(window, values if finish is None else finish(values, view))
        done += len(batch)
        yield Progress(stage, done, len(plane.windows))
    return blend.mean()


def within_surroundings(painted: NDArray[np.float32], view: View) -> NDArray[np.float32]:
    """Keep what was painted, ``(h, w, 3)``, within the colours near by."""
    return np.clip(painted, *surrounding_range(view.picture, view.hole))


def model_record(card: ModelCard, runners: dict[str, NetworkRunner]) -> dict[str, Any]:
    """Return what the provenance record says about a model and its networks' runs.

    Parameters
    ----------
    card : ModelCard
        The model.
    runners : dict of str to NetworkRunner
        Its networks by their role in the card.
    """
    *_, last = runners.values()
    return {
        "model": {
            "name": card.name,
            "version": card.version,
            "licence": card.licence,
            "sha256": {role: card.networks[role].sha256 for role in runners},
        },
        "device": {
            "type": last.device.type,
            "name": describe_device(last.device),
            "precision": str(last.precision).removeprefix("torch."),
        },
        "network_runs": {role: runner.runs for role, runner in runners.items()},
        "warnings": [warning for runner in runners.values() for warning in runner.warnings],
    }


def _next(windows: Sequence[Window], done: int, batch: int) -> list[Window]:
    # The batch can shrink while the run goes on, so each slice is taken anew.
    return list(islice(windows, done, done + batch))


def _stack(pictures: Sequence[NDArray[Any]]) -> NDArray[np.float32]:
    """Stack pictures ``(h, w, C)`` to a batch ``(B, C, h, w)``."""
    return np.stack(pictures).transpose(0, 3, 1, 2).astype(np.float32)
