"""Methods without a network, to compare with and for damage that needs no more."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage.restoration import inpaint_biharmonic
from skimage.util import img_as_float32, img_as_uint

from napari_relic_inpaint.methods.protocol import ModelSource, ShouldStop
from napari_relic_inpaint.methods.smooth import spline_fill
from napari_relic_inpaint.methods.window_runs import PAINTING, run_windows
from napari_relic_inpaint.opencv import cv2
from napari_relic_inpaint.settings import Settings
from napari_relic_inpaint.windows.plane import Plane, Progress, View

OPENCV_RADIUS = 3
"""Neighbourhood of OpenCV's methods in pixels; the value of its own examples."""


class Membrane:
    """The smooth fill itself: harmonic interpolation of the known pixels."""

    title = "Membrane"
    uses_edges = False
    postprocesses = False
    model_source: ModelSource = "none"
    own_window: int | None = None
    widest_hole: int | None = None
    stages: int | None = 1

    def __init__(self, settings: Settings, should_stop: ShouldStop | None = None) -> None: ...

    def restore(
        self, plane: Plane, drawn: NDArray[np.bool_] | None
    ) -> Generator[Progress, None, NDArray[np.float32]]:
        """Return the plane's prefill."""
        yield Progress(PAINTING, 1, 1)
        return plane.prefill

    def record(self) -> dict[str, Any]:
        """Nothing to add: the method has no parameters."""
        return {}


class WindowMethod(ABC):
    """A method that fills one window at a time.

    Parameters
    ----------
    settings : Settings
        The run's settings.
    """

    title: str
    uses_edges = False
    postprocesses = False
    model_source: ModelSource = "none"
    own_window: int | None = None
    widest_hole: int | None = None
    stages: int | None = 1

    def __init__(  # noqa: B027 - none of these methods has a setting
        self, settings: Settings, should_stop: ShouldStop | None = None
    ) -> None: ...

    @abstractmethod
    def fill(self, view: View) -> NDArray[np.float32]:
        """Return the window's picture, ``(h, w, 3)``, with the hole filled."""

    def restore(
        self, plane: Plane, drawn: NDArray[np.bool_] | None
    ) -> Generator[Progress, None, NDArray[np.float32]]:
        """Fill and blend the windows of a plane."""
        return (
            yield from run_windows(
                plane, lambda views: [*map(self.fill, views)], identity=self.identity
            )
        )

    @property
    def identity(self) -> str:
        """Everything that decides what `fill` returns, besides the window."""
        return self.title

    def record(self) -> dict[str, Any]:
        """Nothing to add: the method has no parameters."""
        return {}


class Spline(WindowMethod):
    """Spline in tension (Smith & Wessel 1990), kept within the colours near by."""

    title = "Spline in tension"

    def fill(self, view: View) -> NDArray[np.float32]:
        """Bend the smooth fill that the window comes with."""
        return spline_fill(view)


class Telea(WindowMethod):
    """Fast marching (Telea 2004), from OpenCV."""

    title = "Telea (OpenCV)"
    _flag = cv2.INPAINT_TELEA

    def fill(self, view: View) -> NDArray[np.float32]:
        """Fill each colour channel on its own: OpenCV takes 16 bits for single channels only."""
        mask = view.hole.astype(np.uint8)
        channels = [
            cv2.inpaint(np.ascontiguousarray(channel), mask, OPENCV_RADIUS, self._flag)
            for channel in np.moveaxis(img_as_uint(np.clip(view.picture, 0, 1)), -1, 0)
        ]
        return img_as_float32(np.stack(channels, axis=-1))


class NavierStokes(Telea):
    """Fluid dynamics (Bertalmio 2001), from OpenCV."""

    title = "Navier-Stokes (OpenCV)"
    _flag = cv2.INPAINT_NS


class Biharmonic(WindowMethod):
    """Biharmonic interpolation, from scikit-image; slow for large holes."""

    title = "Biharmonic (scikit-image)"

    def fill(self, view: View) -> NDArray[np.float32]:
        """Solve the biharmonic equation inside the hole."""
        if view.hole.all():
            return view.picture
        filled = inpaint_biharmonic(view.picture, view.hole, channel_axis=-1)
        return filled.astype(np.float32)
