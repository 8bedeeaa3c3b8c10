"""What the methods share that fill the hole with a single network."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.methods.protocol import ModelSource, ShouldStop
from napari_relic_inpaint.methods.runners import make_runners
from napari_relic_inpaint.methods.smooth import within_surroundings
from napari_relic_inpaint.methods.window_runs import (
    by_network,
    model_record,
    network_identity,
    run_windows,
)
from napari_relic_inpaint.models.card import CompletionMethod
from napari_relic_inpaint.models.choice import choose
from napari_relic_inpaint.models.completion import load
from napari_relic_inpaint.settings import Settings
from napari_relic_inpaint.windows.plane import Plane, Progress, View


class Completion:
    """A method whose network takes a picture with a hole and returns the picture without.

    Parameters
    ----------
    settings : Settings
        Model, device and batch.
    should_stop : callable, optional
        Asked between the layers of the network.

    Attributes
    ----------
    method : str
        The method's name, as in the cards of its models.
    """

    title: str
    uses_edges = False
    postprocesses = False
    model_source: ModelSource = "installed"
    own_window: int | None = None
    widest_hole: int | None = None
    stages: int | None = 1
    method: ClassVar[CompletionMethod]

    def __init__(self, settings: Settings, should_stop: ShouldStop | None = None) -> None:
        model = load(str(choose(settings.model, self.method)))
        self._card = model.card
        (self._runner,) = make_runners(settings, should_stop, model.network)

    def restore(
        self, plane: Plane, drawn: NDArray[np.bool_] | None
    ) -> Generator[Progress, None, NDArray[np.float32]]:
        """Paint and blend the windows of a plane."""
        return (
            yield from run_windows(
                plane,
                by_network(
                    self._runner, lambda view: (view.picture, view.hole[..., None]), self.finish
                ),
                identity=network_identity(self._card, "network", self._runner),
                batch=lambda: self._runner.batch,
                ahead=lambda: self._runner.ahead,
            )
        )

    def finish(self, painted: NDArray[np.float32], view: View) -> NDArray[np.float32]:
        """Return what the network painted in a window, ``(h, w, 3)``, ready to be blended."""
        return within_surroundings(painted, view)

    def record(self) -> dict[str, Any]:
        """Return the model, its weights' hash, the device and the number of network runs."""
        return model_record(self._card, {"network": self._runner})
