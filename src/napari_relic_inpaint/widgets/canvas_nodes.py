"""What napari draws of a layer, for changes of the canvas that leave the layer alone.

napari has no public way to it; where it is not found, nothing is done.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from napari.components import ViewerModel
from napari.layers import Image, Layer

ON_TOP = 10**6
"""Order of what is drawn last."""


def canvas_of(viewer: ViewerModel) -> Any | None:
    """Return the canvas of a viewer; None without a window."""
    window = getattr(_bare(viewer), "window", None)
    return getattr(getattr(window, "_qt_viewer", None), "canvas", None)


def visual_of(viewer: ViewerModel, layer: Layer | None) -> Any | None:
    """Return what draws a layer; None if nothing does."""
    return getattr(canvas_of(viewer), "layer_to_visual", {}).get(_bare(layer))


def draw_on_top(viewer: ViewerModel, layer: Layer) -> None:
    """Draw a layer over all others, wherever it stands in the list."""
    visual = visual_of(viewer, layer)
    if visual is not None:
        visual.order = ON_TOP
        visual.node.update()


def draw_in_order(viewer: ViewerModel) -> None:
    """Draw all layers in the order of the list again."""
    reorder = getattr(canvas_of(viewer), "_reorder_layers", None)
    if reorder is not None:
        reorder()


def draw_part(viewer: ViewerModel, layer: Image, changed: tuple[Any, ...]) -> bool:
    """Draw a part of a picture anew; returns False if only all of it can be drawn.

    To hand a whole picture of 24 megapixels to the graphics card takes a quarter of a second, in
    which nobody can paint.

    Parameters
    ----------
    viewer : ViewerModel
        Where it is shown.
    layer : Image
        The picture, in memory, whose array has been changed in place.
    changed : tuple of (int or slice)
        Where, as in `Step.changed`.
    """
    layer = _bare(layer)
    visual = visual_of(viewer, layer)
    texture = getattr(getattr(visual, "node", None), "_texture", None)
    if visual is None or texture is None or layer.multiscale or layer.ndim != 2 or not layer.loaded:
        return False
    shown = layer._slice.image.view
    in_order = tuple(layer._slice_input.displayed) == (0, 1)
    if (
        not in_order
        or not np.shares_memory(shown, layer.data)
        or texture.shape[:2] != shown.shape[:2]
        or texture.shape[2:] not in (shown.shape[2:], (1,))
        or shown.dtype not in (np.uint8, np.uint16, np.float32)
    ):
        return False
    rows, columns = changed
    part = np.ascontiguousarray(shown[rows, columns])
    texture.scale_and_set_data(part, offset=(rows.start, columns.start), copy=False)
    visual.node.update()
    return True


def _bare(proxied: Any) -> Any:
    """Return what napari has given to a plugin, without what warns of everything private."""
    return getattr(proxied, "__wrapped__", proxied)
