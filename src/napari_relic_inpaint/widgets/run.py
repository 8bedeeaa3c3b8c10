"""One restoration in a thread, and what there is to see of it meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.live import LiveArray, LiveLevels
from napari_relic_inpaint.retouching import Retouching
from napari_relic_inpaint.steps import Step
from napari_relic_inpaint.widgets.layers import (
    LARGE,
    edge_labels,
    in_memory,
    prepare_edges_layer,
)
from napari_relic_inpaint.widgets.request import Request
from napari_relic_inpaint.window_memory import WindowMemory


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
    """

    edges: NDArray[np.uint8] | None
    edges_too_large: bool
    record: dict[str, Any]


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
        if work.edges is None or self.request.edges is not None:
            return Outcome(None, False, work.record)
        if work.edges.size > LARGE and not in_memory(self.request.picture):
            return Outcome(None, True, work.record)
        prepare_edges_layer()
        labels = edge_labels(np.asarray(work.edges), np.asarray(self.request.damage.data))
        return Outcome(labels, False, work.record)
