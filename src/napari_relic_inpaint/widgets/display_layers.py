"""The layers in which restored ones are shown honestly."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from napari.components import ViewerModel
from napari.layers import Image, Layer

from napari_relic_inpaint.widgets.layers import (
    DISPLAY_KEY,
    add,
    geometry,
    image_appearance,
    place,
)

_made: WeakKeyDictionary[Layer, Image] = WeakKeyDictionary()
"""The layer in which each restored one is shown; it outlives the widget."""


class DisplayLayers:
    """Which layers show restored ones; one that the user has removed is shown in a new one.

    Parameters
    ----------
    viewer : ViewerModel
        Where they are shown.
    """

    def __init__(self, viewer: ViewerModel) -> None:
        self._viewer = viewer

    def of(self, restored: Layer) -> Image | None:
        """Return the layer that shows a restored one, None if there is none any more."""
        layer = _made.get(restored)
        return layer if layer in self._viewer.layers else None

    def finished(self, picture: Layer) -> list[Image]:
        """Return the layers that show a restored one and are complete."""
        layer = self.of(picture)
        return [] if layer is None or DISPLAY_KEY not in layer.metadata else [layer]

    def show(self, restored: Image, levels: list[Any]) -> None:
        """Show other data, in the layer that is there or in a new one beside the restored one."""
        data = levels if restored.multiscale else levels[0]
        layer = self.of(restored)
        if layer is None or layer.multiscale != restored.multiscale or layer.rgb != restored.rgb:
            layer = _made[restored] = Image(
                data,
                multiscale=restored.multiscale,
                name=f"{restored.name} shown",
                rgb=restored.rgb,
                # Not a picture to be restored, while it is on its way, too.
                metadata={DISPLAY_KEY: {}},
                **geometry(restored),
                **image_appearance(restored),
            )
            add(self._viewer, layer)
            self._lay_over(layer, restored)
        else:
            layer.data = data
            place(layer, geometry(restored))
        layer.metadata = {DISPLAY_KEY: {}}

    def refresh(self, restored: Image) -> None:
        """Draw the layer again: more of it is rendered."""
        layer = self.of(restored)
        if layer is not None:
            layer.refresh(extent=False)

    def finish(self, restored: Image, display: dict[str, Any]) -> Image | None:
        """Say on the layer how it shows each class; returns it, None if the user removed it."""
        layer = self.of(restored)
        if layer is not None:
            layer.metadata = {DISPLAY_KEY: display}
            layer.refresh(extent=False)
        return layer

    def _lay_over(self, layer: Image, restored: Image) -> None:
        layers = self._viewer.layers
        if restored in layers:
            layers.move(layers.index(layer), layers.index(restored) + 1)
