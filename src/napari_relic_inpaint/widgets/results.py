"""What a restoration takes from the layers, and which layers its result goes to."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from napari.components import ViewerModel
from napari.layers import Image, Labels, Layer
from numpy.typing import NDArray

from napari_relic_inpaint.damage import from_labels
from napari_relic_inpaint.restoration import Restoration, Step, restore_steps
from napari_relic_inpaint.widgets.layers import (
    RECORD_KEY,
    edges_layer,
    full_data,
    geometry,
    image_appearance,
    show,
    snapshot,
)


@dataclass(frozen=True)
class Request:
    """Everything a run needs, taken from the layers when it starts.

    Attributes
    ----------
    source : Image
        The damaged picture's layer.
    name : str
        Its name at the start.
    picture : array
        Its data, copied if in memory.
    damage : array of bool
        The damage mask, copied.
    edges : array or None
        Edges to follow inside the damage, copied; None predicts them.
    place, look : dict
        Where the picture lies in the world and how it is shown.
    options : dict
        The settings of the run.
    """

    source: Image
    name: str
    picture: Any
    damage: NDArray[np.bool_]
    edges: Any | None
    place: dict[str, Any]
    look: dict[str, Any]
    options: dict[str, Any]

    @classmethod
    def of(
        cls,
        picture: Image,
        damage: Labels,
        label: int | None,
        edges: Layer | None,
        options: dict[str, Any],
    ) -> Request:
        """Take a request from layers; ``label`` None counts every label as damage."""
        return cls(
            source=picture,
            name=picture.name,
            picture=snapshot(picture),
            damage=from_labels(full_data(damage), label),
            edges=None if edges is None else snapshot(edges),
            place=geometry(picture),
            look=image_appearance(picture),
            options=options,
        )

    def steps(self, should_stop: Callable[[], bool]) -> Generator[Step, None, Restoration]:
        """Return the steps of the restoration."""
        return restore_steps(
            self.picture,
            self.damage,
            rgb=self.source.rgb,
            edges=self.edges,
            should_stop=should_stop,
            **self.options,
        )

    @property
    def role(self) -> str:
        """What the restored layer is called after the picture; each method has its own."""
        method = self.options["method"]
        return "restored" if method == "two-stage" else f"restored ({method})"


class Results:
    """The layers that restorations were shown in; a second run updates them.

    Parameters
    ----------
    viewer : ViewerModel
        Where they are shown.
    """

    def __init__(self, viewer: ViewerModel) -> None:
        self._viewer = viewer
        self._layers: WeakKeyDictionary[Layer, dict[str, Layer]] = WeakKeyDictionary()
        self._as_written: WeakKeyDictionary[Layer, NDArray[Any]] = WeakKeyDictionary()

    def show(self, request: Request, result: Restoration) -> list[Layer]:
        """Show a result; returns the layers it is in.

        Edges that the user gave or has edited since are never overwritten.
        """
        selected = self._viewer.layers.selection.active
        metadata = {RECORD_KEY: result.record}
        restored = Image(
            result.picture,
            name=f"{request.name} {request.role}",
            rgb=request.source.rgb,
            metadata=metadata,
            **request.place,
            **request.look,
        )
        shown = [self._put(request, request.role, restored)]
        if result.edges is not None and request.edges is None:
            edges = edges_layer(
                result.edges, request.damage, f"{request.name} edges", request.place
            )
            edges.metadata = metadata
            shown.append(self._put_edges(request, edges))
        # The user goes on with the layer at hand, usually the mask.
        if selected is not None and selected in self._viewer.layers:
            self._viewer.layers.selection.active = selected
        return shown

    def _put(self, request: Request, role: str, new: Layer) -> Layer:
        made = self._layers.setdefault(request.source, {})
        made[role] = show(self._viewer, new, made.get(role))
        return made[role]

    def _put_edges(self, request: Request, new: Labels) -> Layer:
        before = self._layers.get(request.source, {}).get("edges")
        if before is not None and not np.array_equal(before.data, self._as_written[before]):
            # The user has drawn on it: leave it alone and start a new one.
            self._layers[request.source].pop("edges")
        layer = self._put(request, "edges", new)
        self._as_written[layer] = np.array(new.data)
        return layer
