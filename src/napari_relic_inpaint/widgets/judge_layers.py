"""The layers of judging: the stack of hypotheses, the map of disagreement, the final picture."""

from __future__ import annotations

from typing import Any

import numpy as np
from napari.components import ViewerModel
from napari.layers import Image, Layer

from napari_relic_inpaint.judging.choosing import Composition
from napari_relic_inpaint.judging.doubts import DOUBTFUL
from napari_relic_inpaint.marking.holes import Hole
from napari_relic_inpaint.picture.stacked import StackedPictures
from napari_relic_inpaint.widgets.judge_request import JudgeRequest
from napari_relic_inpaint.widgets.layers import (
    DIFFERENCE_KEY,
    HYPOTHESES_KEY,
    RECORD_KEY,
    in_memory,
    planes_shape,
    remember_source,
    show,
)
from napari_relic_inpaint.widgets.results import Results, adopt
from napari_relic_inpaint.windows.live import LiveLevels

DISAGREEMENT_KEY = "relic_inpaint_disagreement"
"""Key in the ``metadata`` of a map of disagreement: the measure, and between which hypotheses."""

MEASURE = "root mean square Delta E*ab (CIE 1976) from the mean colour"
CHOSEN = "chosen"
WHITE = 3 * DOUBTFUL
"""Disagreement that is shown brightest."""

AROUND = 6.0
"""How much larger than a hole is what is seen when the view goes there."""

LEAST_SEEN = 80
"""Pixels of the picture that are seen at least."""


class JudgeLayers:
    """Shows what judging has given; a second run updates the same layers.

    Parameters
    ----------
    viewer : ViewerModel
        Where they are shown.
    """

    def __init__(self, viewer: ViewerModel) -> None:
        self._viewer = viewer
        self._results = Results(viewer)
        self.stack: Image | None = None
        self.disagreement: Image | None = None

    def show(self, request: JudgeRequest) -> None:
        """Show the stack of what is finished, and the map if there is one."""
        work, name = request.work, request.source.name
        levels = [LiveLevels(each.picture, request.lower) for each in work.finished]
        for each in levels:
            each.finish()
        stacked = [
            StackedPictures(level) for level in zip(*(e.levels for e in levels), strict=True)
        ]
        multiscale = request.source.multiscale
        # Before the data: napari slices with what there is.
        kept = self.stack if self.stack in self._viewer.layers else None
        if (
            kept is not None
            and (kept.data.shape if not multiscale else kept.data[0].shape)[1:]
            != (stacked[0].shape[1:])
        ):
            kept = None
        stack = Image(
            stacked if multiscale else stacked[0],
            multiscale=multiscale,
            name=f"{name} hypotheses",
            rgb=request.source.rgb,
            metadata={HYPOTHESES_KEY: [each.said() for each in work.finished]},
            **with_axis(request.source, request.place),
            **request.look,
        )
        self.stack = _shown(self._viewer, stack, kept)
        remember_source(self.stack, request.source)
        if work.disagreement is None:
            if self.disagreement in self._viewer.layers:
                self._viewer.layers.remove(self.disagreement)
            self.disagreement = None
            return
        found = work.disagreement
        maps = [
            found,
            *(found.reduced(_plane_shape(level.shape, rgb=stack.rgb)) for level in stacked[1:]),
        ]
        layer = Image(
            maps if multiscale else maps[0],
            multiscale=multiscale,
            name=f"{name} disagreement",
            colormap="inferno",
            blending="additive",
            contrast_limits=(0, WHITE),
            visible=False,
            metadata={
                # No picture to restore or to measure.
                DIFFERENCE_KEY: MEASURE,
                DISAGREEMENT_KEY: {
                    "measure": MEASURE,
                    "hypotheses": [each.hypothesis.name for each in work.finished],
                },
            },
            **request.place,
        )
        self.disagreement = _shown(self._viewer, layer, self.disagreement)

    def current(self) -> int | None:
        """Return the number of the hypothesis that the slider stands at, None if it is not seen."""
        stack = self.stack
        if stack is None or stack not in self._viewer.layers or not stack.visible:
            return None
        position = self._viewer.dims.point[-stack.ndim :]
        if len(position) < stack.ndim:
            return None
        number = round(float(stack.world_to_data(position)[0]))
        return number if 0 <= number < len(stack.metadata.get(HYPOTHESES_KEY, ())) else None

    def compose(self, request: JudgeRequest, final: Composition) -> Layer:
        """Show the picture that choices make."""
        lazy = request.source.multiscale or not in_memory(final.picture.source.data)
        if lazy:
            live = LiveLevels(final.picture, request.lower)
            live.finish()
            levels: list[Any] = live.levels
        else:
            levels = [np.asarray(final.picture)]
        multiscale = request.source.multiscale
        layer = Image(
            levels if multiscale else levels[0],
            multiscale=multiscale,
            name=f"{request.source.name} {CHOSEN}",
            rgb=request.source.rgb,
            metadata={RECORD_KEY: final.record},
            **request.place,
            **request.look,
        )
        remember_source(layer, request.source)
        before = self._results.of_role(request.source, CHOSEN)
        shown = _shown(self._viewer, layer, before)
        remember_source(shown, request.source)
        adopt(request.source, shown, CHOSEN)
        layers = self._viewer.layers
        if before is None and self.disagreement in layers:
            # The map is looked at over what is chosen.
            layers.move(layers.index(self.disagreement), len(layers))
        return shown

    def look_at(self, source: Image, hole: Hole) -> None:
        """Bring a hole to the middle of the view, with something around it."""
        viewer = self._viewer
        world = source.data_to_world((*hole.plane, *hole.middle))
        offset = viewer.dims.ndim - len(world)
        for axis, value in enumerate(world[:-2]):
            viewer.dims.set_point(offset + axis, value)
        rows, columns = hole.bounds
        side = max(rows.stop - rows.start, columns.stop - columns.start)
        corner = source.data_to_world((*hole.plane, hole.middle[0] + 1, hole.middle[1]))
        pixel = float(np.linalg.norm(np.subtract(corner, world)))
        # Of a hole as large as the picture, there is no more around it to be seen.
        most = max(planes_shape(source)[-2:])
        seen = min(max(AROUND * side, LEAST_SEEN), most) * pixel
        viewer.scene.camera.center = (0.0, *world[-2:])
        viewer.scene.camera.zoom = min(viewer.canvas.size) / seen


def with_axis(picture: Image, place: dict[str, Any]) -> dict[str, Any]:
    """Return where a picture lies in the world, with one more axis before its own."""
    axes = picture.ndim
    matrix = np.eye(axes + 1)
    matrix[1:, 1:] = picture.rotate
    slant = np.eye(axes)
    slant[np.triu_indices(axes, 1)] = picture.shear
    sheared = np.eye(axes + 1)
    sheared[1:, 1:] = slant
    return {
        "scale": (1.0, *place["scale"]),
        "translate": (0.0, *place["translate"]),
        "rotate": matrix,
        "shear": sheared[np.triu_indices(axes + 1, 1)],
        "affine": place["affine"].expand_dims([0]),
        "units": ("pixel", *place["units"]),
        "axis_labels": ("hypothesis", *place["axis_labels"]),
    }


def _plane_shape(shape: tuple[int, ...], *, rgb: bool) -> tuple[int, int]:
    height, width = shape[-3:-1] if rgb else shape[-2:]
    return height, width


def _shown(viewer: ViewerModel, new: Image, before: Layer | None) -> Image:
    layer = show(viewer, new, before)
    assert isinstance(layer, Image)
    return layer
