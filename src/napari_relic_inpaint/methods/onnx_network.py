"""A user's own network, an ONNX file, in the same windows as every other method."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.errors import ModelError
from napari_relic_inpaint.methods.classical import WindowMethod
from napari_relic_inpaint.methods.protocol import ModelSource, ShouldStop
from napari_relic_inpaint.models.folders import given
from napari_relic_inpaint.models.onnx_network.card import read_card_of
from napari_relic_inpaint.models.onnx_network.form import Form
from napari_relic_inpaint.models.onnx_network.graph import Graph
from napari_relic_inpaint.models.onnx_network.session import OnnxSession
from napari_relic_inpaint.remedies import Remedy
from napari_relic_inpaint.settings import Settings
from napari_relic_inpaint.windows.grid import WINDOW_MULTIPLE
from napari_relic_inpaint.windows.plane import View

SUFFIX = ".onnx"


class OnnxNetwork(WindowMethod):
    """Inpainting by an ONNX file that the user brings, described by a card beside it.

    Parameters
    ----------
    settings : Settings
        The file as the model, and the device.
    should_stop : callable, optional
        Asked while the network runs.
    """

    title = "Own network (ONNX)"
    model_source: ModelSource = "file"

    def __init__(self, settings: Settings, should_stop: ShouldStop | None = None) -> None:
        self._path = given(settings.model)
        if self._path.suffix.lower() != SUFFIX:
            raise ModelError(
                "the method 'onnx' runs a network of your own, so the model cannot be "
                f"{settings.model!r}: {Remedy.NETWORK}"
            )
        self._session = OnnxSession(self._path, settings.device, should_stop)
        self._card = read_card_of(self._path)
        source = str(self._path)
        self._graph = Graph.of(self._session.inputs, self._session.outputs, self._card, source)
        self._form = Form(self._graph, self._card, source)
        self.own_window = _window_of(self._graph)

    def fill(self, view: View) -> NDArray[np.float32]:
        """Run the network on the window, whose hole it sees as its card says."""
        feeds = self._form.feeds(view.picture, view.hole)
        output = self._session.run(feeds, self._graph.output.name)
        return self._form.restored(output, view.hole.shape)

    @property
    def identity(self) -> str:
        """The file's hash, its card and where it runs."""
        return f"{self._session.sha256} {self._card!r} {self._session.provider}"

    def record(self) -> dict[str, Any]:
        """Return the file's hash, its card, where it ran and how often."""
        return {
            "model": {
                "name": self._card.name or self._path.stem,
                "licence": self._card.licence,
                "file": self._path.name,
                "sha256": {"network": self._session.sha256},
                "card": self._card.model_dump(),
            },
            "device": {
                "type": self._session.device,
                "provider": self._session.provider,
                "runtime": f"ONNX Runtime {self._session.version}",
            },
            "network_runs": {"network": self._session.runs},
        }


def _window_of(graph: Graph) -> int | None:
    """Side of the windows of a network of fixed size: all the context that it can take."""
    height, width = graph.picture.axes["H"], graph.picture.axes["W"]
    if not height or not width:
        return None
    return max(min(height, width) // WINDOW_MULTIPLE * WINDOW_MULTIPLE, WINDOW_MULTIPLE)
