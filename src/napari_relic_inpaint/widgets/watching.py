"""Follows what users do to layers: where they lie, and what is painted or drawn on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from napari.layers import Labels, Layer, Shapes

from napari_relic_inpaint.widgets.layers import PLACE


class Watch:
    """Calls back whenever the layers that it follows change.

    Parameters
    ----------
    on_change : callable
        Gets the event.
    """

    def __init__(self, on_change: Callable[[Any], None]) -> None:
        self._on_change = on_change
        self._layers: set[Layer] = set()

    def follow(self, *layers: Layer | None) -> None:
        """Follow these layers from now on, and no others."""
        wanted = {layer for layer in layers if layer is not None}
        for layer in self._layers - wanted:
            for signal in _signals(layer):
                signal.disconnect(self._on_change)
        for layer in wanted - self._layers:
            for signal in _signals(layer):
                signal.connect(self._on_change)
        self._layers = wanted


def _signals(layer: Layer) -> Iterator[Any]:
    names = ["data", *PLACE]
    # Undo speaks through other events than strokes.
    if isinstance(layer, Labels):
        names += ["paint", "labels_update", "set_data", "selected_label"]
    elif isinstance(layer, Shapes):
        names += ["set_data", "edge_width"]
        yield layer.selected_data.events.items_changed
    for name in names:
        yield getattr(layer.events, name)
