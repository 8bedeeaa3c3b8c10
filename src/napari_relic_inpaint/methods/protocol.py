"""What a restoration method has to offer."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.settings import Settings
from napari_relic_inpaint.windows.plane import Plane, Progress

ShouldStop = Callable[[], bool]
ModelSource = Literal["none", "installed", "file"]


class Method(Protocol):
    """A way to fill the holes of a plane.

    One object serves one run. It is made before the picture is read, so that a missing model or
    device is reported at once.

    Attributes
    ----------
    title : str
        Name for people.
    uses_edges : bool
        Whether the method takes and returns an edge map.
    postprocesses : bool
        Whether the method knows `Settings.postprocess`.
    model_source : {"none", "installed", "file"}
        What `Settings.model` names for the method: nothing, an installed model or a model's
        folder, or a file.
    own_window : int or None
        Side in pixels of the windows that the method insists on, whatever `Settings.window` says.
    widest_hole : int or None
        Width in pixels of the widest holes that the method was found to restore better than a
        smooth fill, if that is known.
    stages : int or None
        How many times the windows are gone through, each time seeing what all of them gave the time
        before: from a change in the damage, its effect gets one window farther each time. None if
        it may get anywhere.
    """

    title: str
    uses_edges: bool
    postprocesses: bool
    model_source: ModelSource
    own_window: int | None
    widest_hole: int | None
    stages: int | None

    def __init__(self, settings: Settings, should_stop: ShouldStop | None) -> None: ...

    def restore(
        self, plane: Plane, drawn: NDArray[np.bool_] | None
    ) -> Generator[Progress, None, NDArray[np.float32]]:
        """Fill one plane whose `Plane.prefill` is computed.

        Parameters
        ----------
        plane : Plane
            The plane; a method that uses edges leaves them in its ``known_edges`` and
            ``hole_edges``.
        drawn : (N,) array of bool, optional
            Whether there is an edge at each hole pixel, instead of predicted ones.

        Returns
        -------
        (N, 3) array of float32
            RGB of each hole pixel in [0, 1].
        """
        ...

    def record(self) -> dict[str, Any]:
        """Return what the provenance record says about the method: model, device, runs."""
        ...
