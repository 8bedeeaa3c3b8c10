"""Fill a plane window by window: what all methods but the smooth fill share."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.methods.runners import Runner
from napari_relic_inpaint.models.card import ModelCard
from napari_relic_inpaint.windows.blend import Blend
from napari_relic_inpaint.windows.grid import Window
from napari_relic_inpaint.windows.plane import Painted, Plane, Progress, View
from napari_relic_inpaint.windows.window_memory import WindowMemory

Paint = Callable[[Sequence[View]], Sequence[NDArray[np.float32]]]
"""Takes windows and returns what is to be blended for each, ``(h, w, channels)``."""

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
    while some := windows[done : done + batch()]:
        views = [plane.view(window) for window in some]
        values, remembered = _values(views, paint, f"{identity} {stage}", plane.memory)
        numbers = np.concatenate([*map(blend.add, some, values)])
        done += len(some)
        painted = None
        if stage == PAINTING:
            painted = Painted(numbers, blend.mean_of(numbers), remembered)
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


def _values(
    views: Sequence[View], paint: Paint, identity: str, memory: WindowMemory | None
) -> tuple[list[NDArray[np.float32]], int]:
    """Return the values of each window's hole pixels, and how many windows were remembered.

    Only the others are painted.
    """
    if memory is None:
        return [*map(_of_hole, paint(views), views)], 0
    keys = [memory.key(identity, (view.picture, view.edges, view.hole)) for view in views]
    found = [*map(memory.find, keys)]
    new = [i for i, values in enumerate(found) if values is None]
    if new:
        painted = paint([views[i] for i in new])
        for i, picture in zip(new, painted, strict=True):
            found[i] = values = _of_hole(picture, views[i])
            memory.keep(keys[i], values)
    return [values for values in found if values is not None], len(views) - len(new)


def _of_hole(painted: NDArray[np.float32], view: View) -> NDArray[np.float32]:
    """Return the values of the hole pixels that lie inside the picture, ``(n, channels)``."""
    inside = view.inside
    return painted[inside][view.hole[inside]].astype(np.float32, copy=False)


def _stack(pictures: Sequence[NDArray[Any]]) -> NDArray[np.float32]:
    """Stack pictures ``(h, w, C)`` to a batch ``(B, C, h, w)``."""
    return np.stack(pictures).transpose(0, 3, 1, 2).astype(np.float32)
