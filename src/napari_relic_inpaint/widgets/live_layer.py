"""The layer in which a picture appears while it is being restored."""

from __future__ import annotations

from typing import Any

from napari.components import ViewerModel
from napari.layers import Layer

from napari_relic_inpaint.widgets.layers import add, full_data, geometry, place, remember_source
from napari_relic_inpaint.widgets.painting_run import PaintingRun
from napari_relic_inpaint.widgets.run import Run


class LiveLayer:
    """The restored layer of a run, until the run is done or taken back.

    A layer that the user has removed meanwhile, or given other data, is left alone.

    Parameters
    ----------
    viewer : ViewerModel
        Where it is shown.
    run : Run or PaintingRun
        The run.
    earlier : Layer, optional
        The layer of an earlier run, to be updated if it is still there.

    Attributes
    ----------
    run : Run
        As given.
    """

    def __init__(self, viewer: ViewerModel, run: Run | PaintingRun, earlier: Layer | None) -> None:
        self._viewer = viewer
        self.run = run
        self._layer = earlier if earlier in viewer.layers else None
        self._before: tuple[Any, dict[str, Any], dict[str, Any]] | None = None
        self._begun = False

    def show(self) -> None:
        """Show what is painted so far."""
        layer = self._layer
        if self._begun:
            if self.shown is not None:
                self.shown.refresh(extent=False)
        elif layer is None:
            self._add({})
        elif layer in self._viewer.layers:
            self._before = layer.data, dict(layer.metadata), geometry(layer)
            # The record that it has is not about what is being painted.
            self._update(layer, {})

    def finish(self, metadata: dict[str, Any]) -> Layer:
        """Show the complete picture; returns its layer, a new one if the other is gone."""
        if not self._begun:
            self.show()
        layer = self.shown
        if layer is None:
            return self._add(metadata)
        self._update(layer, metadata)
        return layer

    def take_back(self) -> None:
        """Leave the layers as they were before the run."""
        layer = self._layer
        if layer is None or not self._has_our_data(layer):
            return
        if self._before is not None:
            _set(layer, *self._before)
        elif layer in self._viewer.layers:
            self._viewer.layers.remove(layer)

    @property
    def shown(self) -> Layer | None:
        """The layer, if it still shows this run."""
        layer = self._layer
        if layer in self._viewer.layers and self._has_our_data(layer):
            return layer
        return None

    def _has_our_data(self, layer: Layer) -> bool:
        return self._begun and full_data(layer) is self.run.levels[0]

    def _add(self, metadata: dict[str, Any]) -> Layer:
        self._begun = True
        layer = self.run.request.restored_layer(self.run.levels)
        layer.metadata = metadata
        # Before others are told of the layer.
        remember_source(layer, self.run.request.source)
        add(self._viewer, layer)
        self._layer = layer
        return layer

    def _update(self, layer: Layer, metadata: dict[str, Any]) -> None:
        self._begun = True
        levels = self.run.levels
        data = levels if layer.multiscale else levels[0]
        _set(layer, data, metadata, self.run.request.place)


def _set(layer: Layer, data: Any, metadata: dict[str, Any], where: dict[str, Any]) -> None:
    layer.data = data
    layer.metadata = metadata
    place(layer, where)
