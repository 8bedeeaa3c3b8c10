"""One restoration in a thread, and what there is to see of it meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.detail.colours import source_colours
from napari_relic_inpaint.detail.maps import SourceMaps
from napari_relic_inpaint.retouching import Retouching
from napari_relic_inpaint.steps import Step
from napari_relic_inpaint.widgets.layers import (
    LARGE,
    edge_labels,
    in_memory,
    prepare_edges_layer,
)
from napari_relic_inpaint.widgets.request import Request
from napari_relic_inpaint.windows.live import LiveArray, LiveLevels
from napari_relic_inpaint.windows.window_memory import WindowMemory


@dataclass(frozen=True)
class Outcome:
    """What a restoration gives besides the picture.

    Attributes
    ----------
    edges : array or None
        Labels of the edges that were predicted, to be drawn on.
    edges_too_large : bool
        Whether they are None since a layer of them would be too large.
    record : dict
        What was done, with what.
    sources : SourceMaps or None
        Where each pixel of the detail was copied from.
    source_colours : array or None
        The same to look at, ``(..., H, W, 4)`` of uint8; None if there are none, or too many.
    """

    edges: NDArray[np.uint8] | None
    edges_too_large: bool
    record: dict[str, Any]
    sources: SourceMaps | None = None
    source_colours: NDArray[np.uint8] | None = None


class Run:
    """A restoration.

    Parameters
    ----------
    request : Request
        What is restored, and how.
    memory : WindowMemory
        What earlier runs on the same picture have painted.

    Attributes
    ----------
    request : Request
        As given.
    levels : list of array-like
        The picture as far as it is restored, and its lower levels if it is multiscale: always the
        same objects, which change as the run goes on. Empty before the first step.
    """

    def __init__(self, request: Request, memory: WindowMemory) -> None:
        self.request = request
        self.levels: list[Any] = []
        self._memory = memory

    def steps(self, should_stop: Callable[[], bool]) -> Generator[Step, None, Outcome]:
        """Return the steps of the restoration."""
        request = self.request
        work = Retouching(
            request.picture,
            request.damage.data,
            rgb=request.rgb,
            edges=None if request.edges is None else request.edges.data,
            should_stop=should_stop,
            memory=self._memory,
            **request.limits,
            **request.options,
        )
        live: LiveArray | LiveLevels
        if request.source.multiscale or not in_memory(request.picture):
            live = LiveLevels(work.picture, request.lower)
        else:
            live = LiveArray(work.picture)
        self.levels = live.levels
        for step in work.steps():
            if step.changed is not None:
                live.update(step.changed)
            yield step
        live.finish()
        return self._outcome(work)

    def _outcome(self, work: Retouching) -> Outcome:
        for name, placed in (("damage", self.request.damage), ("edges", self.request.edges)):
            if placed is not None and placed.account is not None:
                work.record[name]["placed"] = placed.account
        return Outcome(*self._edges(work), work.record, work.sources, self._colours(work))

    def _edges(self, work: Retouching) -> tuple[NDArray[np.uint8] | None, bool]:
        """Return the labels of predicted edges, and whether they are too large for a layer."""
        if work.edges is None or self.request.edges is not None:
            return None, False
        if work.edges.size > LARGE and not in_memory(self.request.picture):
            return None, True
        prepare_edges_layer()
        return edge_labels(np.asarray(work.edges), np.asarray(self.request.damage.data)), False

    def _colours(self, work: Retouching) -> NDArray[np.uint8] | None:
        if work.sources is None or not work.record["detail"]["copied"]:
            return None
        if np.prod(work.sources.shape[:-1]) > LARGE:
            return None
        return source_colours(np.asarray(work.sources))
