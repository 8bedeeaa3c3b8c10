"""What of the layers has changed: how often their pixels did, and how they are shown."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any
from weakref import WeakKeyDictionary, ref

from napari.layers import Layer

from napari_relic_inpaint.project.description import LayerDescription

_CURRENT = ("edge_width", "edge_color", "face_color")
_CHANGES = (
    "data",
    "paint",
    "labels_update",
    "features",
    "edge_width",
    "edge_color",
    "face_color",
)
"""Events of a layer after which its pixels or outlines are others."""

_DRAWN = "set_data"
"""Event of a layer that is drawn anew: mostly another part of it, but its pixels may be others."""

_TOOLS = ("selected_label", "brush_size", *(f"current_{of}" for of in _CURRENT))
"""What is kept of a layer without being work that could be lost."""

_serials = count()


@dataclass(frozen=True)
class State:
    """What a layer was at a moment.

    Attributes
    ----------
    content : hashable
        Stands for its pixels or outlines.
    description : LayerDescription
        The rest.
    """

    content: Hashable
    description: LayerDescription


class LayerChanges:
    """Counts the changes of layers.

    Parameters
    ----------
    on_change : callable
        Called, with napari's event, when anything of a layer has changed.
    """

    def __init__(self, on_change: Callable[[Any], None]) -> None:
        self._on_change = on_change
        self._serials: WeakKeyDictionary[Layer, int] = WeakKeyDictionary()
        self._changes: WeakKeyDictionary[Layer, int] = WeakKeyDictionary()
        self._drawings: WeakKeyDictionary[Layer, int] = WeakKeyDictionary()

    def watch(self, layer: Layer) -> None:
        """Count the changes of a layer from now on."""
        if layer not in self._serials:
            self._serials[layer] = next(_serials)
            self._changes[layer] = self._drawings[layer] = 0
            for names, counts in ((_CHANGES, self._changes), ((_DRAWN,), self._drawings)):
                for name in names:
                    if name in layer.events.emitters:
                        layer.events.emitters[name].connect(partial(_add_one, counts, ref(layer)))
            layer.events.connect(self._on_change)

    def serial(self, layer: Layer) -> int:
        """Return the number of a layer, which no other has while napari runs."""
        return self._serials[layer]

    def drawings(self, layer: Layer) -> int:
        """Return how often a layer was drawn anew."""
        return self._drawings[layer]

    def state(self, layer: Layer, described: LayerDescription) -> State:
        """Return what a layer is now."""
        return State(self.content(layer), as_work(described))

    def content(self, layer: Layer) -> Hashable:
        """Return what stands for the pixels or outlines of a layer."""
        # napari tells of undoing only that the layer is drawn anew.
        history = [len(getattr(layer, name, ())) for name in ("_undo_history", "_redo_history")]
        return self._serials[layer], self._changes[layer], *history


def as_work(described: LayerDescription) -> LayerDescription:
    """Return a description without the tools in hand."""
    look = {name: value for name, value in described.look.items() if name not in _TOOLS}
    return described.model_copy(update={"look": look})


def _add_one(counts: WeakKeyDictionary[Layer, int], layer: ref[Layer], _: Any = None) -> None:
    there = layer()
    if there is not None:
        counts[there] += 1
