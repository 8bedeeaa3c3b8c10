"""Fill a plane window by window: what all methods but the smooth fill share."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.methods.ahead import in_order
from napari_relic_inpaint.methods.painted_batch import Paint, batches
from napari_relic_inpaint.methods.runners import Runner
from napari_relic_inpaint.models.card import ModelCard
from napari_relic_inpaint.windows.blend import Blend
from napari_relic_inpaint.windows.grid import Window
from napari_relic_inpaint.windows.plane import Painted, Plane, Progress, View

Inputs = Callable[[View], tuple[NDArray[Any], ...]]
"""Takes a window and returns the network's inputs, ``(h, w, C)`` each."""

Finish = Callable[[NDArray[np.float32], View], NDArray[np.float32]]
"""Takes the network's output for a window, ``(h, w, C)``, and returns what is to be blended."""

PAINTING = "painting"


def run_windows(
    plane: Plane,
    paint: Paint,
    *,
    identity: str,
    stage: str = PAINTING,
    channels: int = 3,
    batch: Callable[[], int] = lambda: 1,
    ahead: Callable[[], int] = lambda: 0,
    windows: Sequence[Window] | None = None,
) -> Generator[Progress, None, NDArray[np.float32]]:
    """Run the windows of a plane, batch by batch, and blend what comes out.

    Parameters
    ----------
    plane : Plane
        The plane.
    paint : callable
        Fills windows.
    identity : str
        Everything that decides what ``paint`` gives, besides the windows.
    stage : str
        What is being done, for people.
    channels : int
        Values per pixel.
    batch : callable
        Returns how many windows to paint at once; asked anew each time.
    ahead : callable
        Returns how many batches may be begun before the one at hand is done; then ``paint`` is
        called in other threads, several times at once.
    windows : sequence of Window, optional
        The windows to run; by default all of the plane's.

    Returns
    -------
    (N, channels) array of float32
        The values of each hole pixel; zero where no window had a say.
    """
    blend = Blend(plane.pixels, channels)
    windows = plane.windows if windows is None else windows
    done = 0
    for some in in_order(batches(plane, windows, batch, paint, f"{identity} {stage}"), ahead):
        numbers = np.concatenate([*map(blend.add, some.windows, some.values())])
        done += len(some.windows)
        painted = None
        if stage == PAINTING:
            painted = Painted(numbers, blend.mean_of(numbers), some.remembered)
        yield Progress(stage, done, len(windows), painted)
    return blend.mean()


def by_network(runner: Runner, inputs: Inputs, finish: Finish | None = None) -> Paint:
    """Return a way to paint that runs a network."""

    def paint(views: Sequence[View]) -> list[NDArray[np.float32]]:
        outputs = runner(*map(_stack, zip(*map(inputs, views), strict=True)))
        values = [output.transpose(1, 2, 0) for output in outputs]
        return values if finish is None else [*map(finish, values, views)]

    return paint


def network_identity(card: ModelCard, role: str, runner: Runner) -> str:
    """Return what decides the output of a network besides its inputs."""
    return f"{card.networks[role].sha256} {runner.identity}"


def model_record(card: ModelCard, runners: dict[str, Runner]) -> dict[str, Any]:
    """Return what the provenance record says about a model and its networks' runs.

    Parameters
    ----------
    card : ModelCard
        The model.
    runners : dict of str to Runner
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
        "device": last.describe(),
        "network_runs": {role: runner.runs for role, runner in runners.items()},
        "warnings": [warning for runner in runners.values() for warning in runner.warnings],
    }


def _stack(pictures: Sequence[NDArray[Any]]) -> NDArray[np.float32]:
    """Stack pictures ``(h, w, C)`` to a batch ``(B, C, h, w)``."""
    return np.stack(pictures).transpose(0, 3, 1, 2).astype(np.float32)
