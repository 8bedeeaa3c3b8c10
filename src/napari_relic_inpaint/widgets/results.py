"""Which layers the restorations of a picture go to."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from napari.components import ViewerModel
from napari.layers import Image, Labels, Layer
from numpy.typing import NDArray

from napari_relic_inpaint.detail.maps import SourceMaps
from napari_relic_inpaint.files import upright
from napari_relic_inpaint.widgets.layers import (
    RECORD_KEY,
    SOURCES_KEY,
    edges_layer,
    is_result,
    show,
)
from napari_relic_inpaint.widgets.live_layer import LiveLayer
from napari_relic_inpaint.widgets.painting_run import PaintingRun
from napari_relic_inpaint.widgets.pointing import tell_sources
from napari_relic_inpaint.widgets.request import Request
from napari_relic_inpaint.widgets.run import Outcome, Run

SOURCES = "sources"
EDGES = "edges"

_made: WeakKeyDictionary[Layer, dict[str, Layer]] = WeakKeyDictionary()
"""The layers that each picture is restored in, by their role. It outlives the widget: who closes
and reopens it still has results to save."""

_edges_as_written: WeakKeyDictionary[Layer, NDArray[Any]] = WeakKeyDictionary()
"""What the layers of edges held before the user drew on them."""


class Results:
    """The layers that restorations were shown in; a second run updates them.

    Parameters
    ----------
    viewer : ViewerModel
        Where they are shown.
    """

    def __init__(self, viewer: ViewerModel) -> None:
        self._viewer = viewer

    def live(self, run: Run | PaintingRun) -> LiveLayer:
        """Return the layer in which the picture of a run appears; it is not shown yet."""
        request = run.request
        return LiveLayer(self._viewer, run, _made_of(request.source).get(request.role))

    def show(self, live: LiveLayer, outcome: Outcome) -> list[Layer]:
        """Show what a run has given; returns the layers it is in.

        Edges that the user gave or has edited since are never overwritten.
        """
        request = live.run.request
        metadata = {RECORD_KEY: outcome.record}
        restored = live.finish(metadata)
        made = _made_of(request.source)
        # The last one restored comes last.
        made.pop(request.role, None)
        made[request.role] = restored
        self._show_sources(request, outcome)
        tell_sources(restored, outcome.sources)
        if outcome.edges is None:
            return [restored]
        edges = edges_layer(outcome.edges, f"{request.name} edges", request.place)
        edges.metadata = metadata
        return [restored, self._put_edges(request, edges)]

    def keep(self, live: LiveLayer, record: dict[str, Any], sources: SourceMaps | None) -> None:
        """Know the layer of a picture that follows its mask as a result, as it is now."""
        request = live.run.request
        made = _made_of(request.source)
        restored = live.shown or live.finish({})
        restored.metadata = {RECORD_KEY: record}
        made.pop(request.role, None)
        made[request.role] = restored
        tell_sources(restored, sources)

    def of_role(self, picture: Layer, role: str) -> Layer | None:
        """Return the layer of a role that a picture has, if it is still there."""
        layer = _made_of(picture).get(role)
        return layer if layer in self._viewer.layers else None

    def finished(self, picture: Layer) -> list[Image]:
        """Return the layers that a picture is restored in, the last restored one last."""
        return [
            layer
            for role, layer in _made_of(picture).items()
            # A layer without a record is being painted.
            if isinstance(layer, Image)
            and layer in self._viewer.layers
            and is_result(layer)
            and role != SOURCES
        ]

    def _show_sources(self, request: Request, outcome: Outcome) -> None:
        """Show the sources of the detail in a hidden layer, if there are any."""
        made = _made_of(request.source)
        if outcome.source_colours is None:
            before = made.pop(SOURCES, None)
            if before is not None:
                # It tells of a fill that is no more.
                before.name = f"{request.name} sources of an earlier run"
                before.visible = False
            return
        layer = Image(
            outcome.source_colours,
            name=f"{request.name} sources",
            rgb=True,
            opacity=0.7,
            visible=False,
            **request.place,
        )
        layer.metadata = {RECORD_KEY: outcome.record, SOURCES_KEY: True}
        made[SOURCES] = layer = show(self._viewer, layer, made.get(SOURCES))
        tell_sources(layer, outcome.sources)

    def _put_edges(self, request: Request, new: Labels) -> Layer:
        made = _made_of(request.source)
        before = made.get(EDGES)
        if before is not None and not np.array_equal(before.data, _edges_as_written[before]):
            # The user has drawn on it: leave it alone and start a new one.
            before = None
        made[EDGES] = layer = show(self._viewer, new, before)
        _edges_as_written[layer] = np.array(new.data)
        return layer


def role_of(picture: Layer, layer: Layer) -> str:
    """Return what a layer is to a picture, empty if it is nothing to it."""
    return next((role for role, made in _made.get(picture, {}).items() if made is layer), "")


def adopt(picture: Layer, layer: Layer, role: str) -> None:
    """Know a layer that came about in another way, or in another session, as a picture's result.

    Edges are not updated by the next run: nobody knows which of them the user has drawn.
    """
    if role and role != EDGES:
        made = _made_of(picture)
        # The last one restored comes last.
        made.pop(role, None)
        made[role] = layer


def turn_written_edges(layer: Layer, orientation: int) -> None:
    """Know a layer of edges again after it was turned upright."""
    if layer in _edges_as_written:
        _edges_as_written[layer] = upright(_edges_as_written[layer], orientation, rgb=False)


def _made_of(picture: Layer) -> dict[str, Layer]:
    return _made.setdefault(picture, {})
