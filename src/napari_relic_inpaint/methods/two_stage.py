"""The paper's method: complete the edges inside the hole, then paint along them."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.device import NetworkRunner, choose_device, describe_device
from napari_relic_inpaint.edges import compose, grey
from napari_relic_inpaint.hole import Blend
from napari_relic_inpaint.methods.protocol import ShouldStop
from napari_relic_inpaint.models.weights import load
from napari_relic_inpaint.plane import Plane, Progress
from napari_relic_inpaint.settings import Settings
from napari_relic_inpaint.surroundings import surrounding_range
from napari_relic_inpaint.windows import Window


class TwoStage:
    """Edge completion and colour painting by the two generators of a model.

    Parameters
    ----------
    settings : Settings
        Model, device and batch.
    should_stop : callable, optional
        Asked between the layers of the networks.
    """

    title = "Two-stage GAN"
    uses_edges = True

    def __init__(self, settings: Settings, should_stop: ShouldStop | None = None) -> None:
        device = choose_device(settings.device)
        model = load(settings.model)
        self._card = model.card
        self._edge = NetworkRunner(model.edge, device, settings.batch, should_stop)
        self._inpaint = NetworkRunner(model.inpaint, device, settings.batch, should_stop)

    def restore(
        self, plane: Plane, drawn: NDArray[np.bool_] | None
    ) -> Generator[Progress, None, NDArray[np.float32]]:
        """Complete the edges unless they are drawn, then paint."""
        yield from plane.find_edges(self._card.canny_sigma)
        if drawn is None:
            yield from self._complete_edges(plane)
        else:
            plane.edges = compose(plane.edges, drawn, plane.hole)
        return (yield from self._paint(plane))

    def record(self) -> dict[str, Any]:
        """Return the model, its weights' hashes, the device and the number of network runs."""
        card = self._card
        return {
            "model": {
                "name": card.name,
                "version": card.version,
                "licence": card.licence,
                "hole_form": card.hole_form,
                "sha256": {"edge": card.edge.sha256, "inpaint": card.inpaint.sha256},
            },
            "device": {
                "type": self._inpaint.device.type,
                "name": describe_device(self._inpaint.device),
                "precision": str(self._inpaint.precision).removeprefix("torch."),
            },
            "network_runs": {"edge": self._edge.runs, "inpaint": self._inpaint.runs},
            "warnings": self._edge.warnings + self._inpaint.warnings,
        }

    def _complete_edges(self, plane: Plane) -> Iterator[Progress]:
        """First stage, ``C_pred`` of Eq. 7, thresholded and composed as in Eq. 11."""
        blend = Blend(plane.pixels, 1)
        done = 0
        while batch := _next(plane.windows, done, self._edge.batch):
            views = [plane.view(window) for window in batch]
            probability = self._edge(
                _stack([grey(view.picture)[..., None] for view in views]),
                _stack([view.edges[..., None] for view in views]),
                _stack([view.hole[..., None] for view in views]),
            )
            done = _add(blend, batch, probability, done)
            yield Progress("completing edges", done, len(plane.windows))
        completed = blend.mean()[:, 0] > self._card.edge_threshold
        plane.edges.ravel()[plane.pixels.positions] = completed

    def _paint(self, plane: Plane) -> Generator[Progress, None, NDArray[np.float32]]:
        """Second stage, ``I_pred`` of Eq. 12."""
        blend = Blend(plane.pixels, 3)
        done = 0
        while batch := _next(plane.windows, done, self._inpaint.batch):
            views = [plane.view(window) for window in batch]
            painted = self._inpaint(
                _stack([view.picture for view in views]),
                _stack([view.edges[..., None] for view in views]),
                _stack([view.hole[..., None] for view in views]),
            )
            for picture, view in zip(painted, views, strict=True):
                low, high = surrounding_range(view.picture, view.hole)
                np.clip(picture, low.transpose(2, 0, 1), high.transpose(2, 0, 1), out=picture)
            done = _add(blend, batch, painted, done)
            yield Progress("painting", done, len(plane.windows))
        return blend.mean()


def _next(windows: Sequence[Window], done: int, batch: int) -> list[Window]:
    # The batch can shrink while the run goes on, so each slice is taken anew.
    return list(islice(windows, done, done + batch))


def _stack(pictures: list[NDArray[Any]]) -> NDArray[np.float32]:
    """Stack pictures ``(h, w, C)`` to a batch ``(B, C, h, w)``."""
    return np.stack(pictures).transpose(0, 3, 1, 2).astype(np.float32)


def _add(blend: Blend, batch: list[Window], output: NDArray[np.float32], done: int) -> int:
    for window, values in zip(batch, output.transpose(0, 2, 3, 1), strict=True):
        blend.add(window, values)
    return done + len(batch)
