"""Paint a picture by the two-stage method with as few libraries as that takes.

`restore` imports what reads pictures and copies detail as well; a GPU machine may have neither.
"""

from __future__ import annotations

import time
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.marking.plane_masks import PlaneMasks
from napari_relic_inpaint.methods.two_stage import TwoStage
from napari_relic_inpaint.picture.picture import Picture, ValueRange
from napari_relic_inpaint.settings import make_settings
from napari_relic_inpaint.steps import finish
from napari_relic_inpaint.windows.plane import PictureSource, Plane
from napari_relic_inpaint.windows.survey import Surveyor, coarse_picture


class Painting(NamedTuple):
    """What was painted, and what that took.

    Attributes
    ----------
    colours : (N, 3) array of float32
        Of each damaged pixel, in [0, 1].
    edges : (N,) array of bool
        The completed edges.
    seconds : float
        From the first look at the picture on; without loading the networks.
    record : dict
        What the method says of itself.
    """

    colours: NDArray[np.float32]
    edges: NDArray[np.bool_]
    seconds: float
    record: dict[str, Any]

    @property
    def runs(self) -> int:
        """How often a network was called, with one batch each."""
        return sum(self.record["network_runs"].values())


def paint(picture: NDArray[Any], damage: NDArray[Any], **options: Any) -> Painting:
    """Paint the damage of an RGB picture ``(H, W, 3)``; options are those of `restore`."""
    settings = make_settings(**options)
    method = TwoStage(settings)
    started = time.perf_counter()
    source = Picture(picture, rgb=True)
    surveyor = Surveyor(source, PlaneMasks(damage, source, "damage"))
    survey = next(found for found in surveyor.plane(()) if found is not None)
    scale = ValueRange.of(source.dtype, survey.darkest, survey.brightest)
    plane = Plane(
        PictureSource(source, (), scale),
        survey.pixels,
        coarse=coarse_picture(survey, scale),
        window=settings.window,
    )
    finish(plane.fill_smoothly())
    colours = finish(method.restore(plane, None))
    seconds = time.perf_counter() - started
    return Painting(colours, plane.hole_edges, seconds, method.record())
