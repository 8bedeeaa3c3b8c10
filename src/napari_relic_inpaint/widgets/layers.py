"""Between napari's layers and the core's arrays."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from napari.components import ViewerModel
from napari.layers import Image, Labels, Layer
from napari.utils.colormaps import DirectLabelColormap
from numpy.typing import NDArray

from napari_relic_inpaint.picture import shown

RECORD_KEY = "relic_inpaint"
"""Key of the provenance record in a layer's ``metadata``."""

DIFFERENCE_KEY = "relic_inpaint_difference"
"""Key in the ``metadata`` of a map of differences; says what was compared."""

KNOWN_EDGE, COMPLETED_EDGE = 1, 2

_GEOMETRY = ("scale", "translate", "rotate", "shear", "affine", "units", "axis_labels")
_APPEARANCE = ("contrast_limits", "gamma", "interpolation2d")


def pictures(viewer: ViewerModel) -> list[Image]:
    """Return the pictures, the topmost first; maps of differences are not among them."""
    return [
        layer
        for layer in reversed(viewer.layers)
        if isinstance(layer, Image) and DIFFERENCE_KEY not in layer.metadata
    ]


def masks(viewer: ViewerModel) -> list[Labels]:
    """Return the damage masks, the topmost first; edges of earlier runs are no damage."""
    return [
        layer
        for layer in reversed(viewer.layers)
        if isinstance(layer, Labels) and RECORD_KEY not in layer.metadata
    ]


def named(layers: Iterable[Layer]) -> list[tuple[str, Layer]]:
    """Return layers as the choices of a combo box."""
    return [(layer.name, layer) for layer in layers]


def full_data(layer: Layer) -> Any:
    """Return a layer's data at full resolution: level 0 of a multiscale layer."""
    return layer.data[0] if layer.multiscale else layer.data


def snapshot(layer: Layer) -> Any:
    """Return a layer's data for a thread: copied if it is in memory, since users go on painting."""
    data = full_data(layer)
    return data.copy() if isinstance(data, np.ndarray) else data


def planes_shape(picture: Image) -> tuple[int, ...]:
    """Shape of a picture without its colour axis."""
    shape = full_data(picture).shape
    return tuple(shape[:-1] if picture.rgb else shape)


def geometry(layer: Layer) -> dict[str, Any]:
    """Return where a layer lies in the world, as arguments for a new layer of as many axes."""
    return {name: getattr(layer, name) for name in _GEOMETRY}


def image_appearance(picture: Image) -> dict[str, Any]:
    """Return how a picture is shown, so that what is the same looks the same beside it."""
    look = {name: getattr(picture, name) for name in _APPEARANCE}
    return look if picture.rgb else {**look, "colormap": picture.colormap}


def mismatch(picture: Image, mask: Layer) -> str | None:
    """Return why a mask does not fit a picture, None if it does."""
    wanted, has = planes_shape(picture), tuple(full_data(mask).shape)
    if has in (wanted, wanted[-2:]):
        return None
    return (
        f"'{mask.name}' is {shown(full_data(mask))}, '{picture.name}' is "
        f'{" x ".join(map(str, wanted))}: press "New mask for this picture".'
    )


def new_mask(picture: Image) -> Labels:
    """Return an empty damage mask that lies exactly over a picture, ready to be painted on."""
    shape = planes_shape(picture)
    mask = Labels(
        np.zeros(shape, np.uint8), name=f"{picture.name} damage", opacity=0.6, **geometry(picture)
    )
    mask.brush_size = max(4, min(shape[-2:]) // 60)
    mask.mode = "paint"
    return mask


def edges_layer(
    edges: NDArray[np.uint8], damage: NDArray[np.bool_], name: str, source: dict[str, Any]
) -> Labels:
    """Return an edge map as labels that napari's own brush can edit.

    Parameters
    ----------
    edges : (..., H, W) array of uint8
        Nonzero = edge.
    damage : (H, W) or (..., H, W) array of bool
        Edges inside it get the label `COMPLETED_EDGE`, the others `KNOWN_EDGE`.
    name : str
        Name of the layer.
    source : dict
        Where it lies: what `geometry` returned.
    """
    labels = np.where(edges.astype(bool) & damage, np.uint8(COMPLETED_EDGE), edges)
    colours: dict[int | None, str] = {
        None: "transparent",
        0: "transparent",
        KNOWN_EDGE: "#9ecae1",
        COMPLETED_EDGE: "#ff7f0e",
    }
    layer = Labels(labels, name=name, colormap=DirectLabelColormap(color_dict=colours), **source)
    # The result is what counts; over it the edges would hide it.
    layer.visible = False
    layer.selected_label = COMPLETED_EDGE
    layer.brush_size = 1
    return layer


def show(viewer: ViewerModel, new: Layer, shown_before: Layer | None) -> Layer:
    """Add a layer, or put its content into the layer that was shown for it before.

    A layer that the user removed meanwhile is not written to, a new one is added instead.
    """
    if shown_before is None or shown_before not in viewer.layers:
        viewer.add_layer(new)
        return new
    shown_before.data = new.data
    shown_before.metadata = new.metadata
    for name, value in geometry(new).items():
        setattr(shown_before, name, value)
    return shown_before
