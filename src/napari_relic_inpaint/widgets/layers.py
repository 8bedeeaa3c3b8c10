"""Between napari's layers and the core's arrays."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary, ref

import numpy as np
from napari.components import ViewerModel
from napari.layers import Image, Labels, Layer, Shapes
from napari.utils.colormaps import DirectLabelColormap
from numpy.typing import NDArray

RECORD_KEY = "relic_inpaint"
"""Key of the provenance record in a layer's ``metadata``."""

DIFFERENCE_KEY = "relic_inpaint_difference"
"""Key in the ``metadata`` of a map of differences; says what was compared."""

SOURCES_KEY = "relic_inpaint_sources"
"""Key in the ``metadata`` of a picture of where detail was copied from."""

DISPLAY_KEY = "relic_inpaint_display"
"""Key in the ``metadata`` of a picture whose fills are shown so that they can be told from the
original: how each class of damage is shown."""

SCORES_KEY = "relic_inpaint_scores"
"""Key in the ``metadata`` of a restored picture: what was measured of it, row by row."""

HYPOTHESES_KEY = "relic_inpaint_hypotheses"
"""Key in the ``metadata`` of a stack of hypotheses: name, settings and record of each."""

PROPOSALS_KEY = "relic_inpaint_proposals"
"""Key in the ``metadata`` of a layer of proposed damage, which is none as long as nobody has taken
it."""

_NO_PICTURES = {DIFFERENCE_KEY, SOURCES_KEY, DISPLAY_KEY, HYPOTHESES_KEY}

KNOWN_EDGE, COMPLETED_EDGE = 1, 2

LARGE = 100_000_000
"""Pixels from which on a mask is not counted at every stroke, nor edges of a lazy picture shown."""

PLACE = ("scale", "translate", "rotate", "shear", "affine", "units")
"""What says where a layer lies in the world; its events have the same names."""

_APPEARANCE = ("contrast_limits", "gamma", "interpolation2d")

_sources: WeakKeyDictionary[Layer, ref[Layer]] = WeakKeyDictionary()
"""Which picture each restored layer was made from, in this session."""


def pictures(viewer: ViewerModel) -> list[Image]:
    """Return the pictures, the topmost first.

    Maps of differences and of sources are not among them, nor stacks of hypotheses, nor pictures in
    a display mode, nor what has other values than numbers (bool).
    """
    return [
        layer
        for layer in reversed(viewer.layers)
        if isinstance(layer, Image)
        and not _NO_PICTURES & layer.metadata.keys()
        and full_data(layer).dtype.kind in "iuf"
    ]


def masks(viewer: ViewerModel) -> list[Labels | Shapes]:
    """Return the layers of damage, the topmost first; edges of earlier runs and proposals are none.

    Shapes come last: they can be notes just as well.
    """
    damage = [
        layer
        for layer in reversed(viewer.layers)
        if isinstance(layer, Labels | Shapes)
        and not is_result(layer)
        and PROPOSALS_KEY not in layer.metadata
    ]
    return sorted(damage, key=lambda layer: isinstance(layer, Shapes))


def is_result(layer: Layer) -> bool:
    """Tell whether a layer is what a restoration gave."""
    return RECORD_KEY in layer.metadata


def source_of(restored: Layer) -> Layer | None:
    """Return the damaged picture that a layer was made from; None if nobody knows."""
    source = _sources.get(restored)
    return None if source is None else source()


def remember_source(restored: Layer, source: Layer) -> None:
    """Know from now on which damaged picture a layer is made from."""
    _sources[restored] = ref(source)


def named(layers: Iterable[Layer]) -> list[tuple[str, Layer]]:
    """Return layers as the choices of a combo box."""
    return [(layer.name, layer) for layer in layers]


def full_data(layer: Layer) -> Any:
    """Return a layer's data at full resolution: level 0 of a multiscale layer."""
    return layer.data[0] if layer.multiscale else layer.data


def in_memory(data: Any) -> bool:
    """Tell whether data is an array in memory; dask, zarr and mapped files are read when needed."""
    return isinstance(data, np.ndarray) and not isinstance(data, np.memmap)


def snapshot(layer: Layer) -> Any:
    """Return a layer's data for a thread: copied if it is in memory, since users go on painting."""
    return _copied(full_data(layer))


def lower_levels(picture: Image) -> list[Any]:
    """Return the smaller levels of a multiscale picture for a thread, as `snapshot` does."""
    return [*map(_copied, picture.data[1:])] if picture.multiscale else []


def _copied(data: Any) -> Any:
    return data.copy() if in_memory(data) else data


def planes_shape(picture: Image) -> tuple[int, ...]:
    """Shape of a picture without its colour axis."""
    shape = full_data(picture).shape
    return tuple(shape[:-1] if picture.rgb else shape)


def geometry(layer: Layer) -> dict[str, Any]:
    """Return where a layer lies in the world, as arguments for a new layer of as many axes."""
    return {name: getattr(layer, name) for name in (*PLACE, "axis_labels")}


def image_appearance(picture: Image) -> dict[str, Any]:
    """Return how a picture is shown, so that what is the same looks the same beside it."""
    look = {name: getattr(picture, name) for name in _APPEARANCE}
    return look if picture.rgb else {**look, "colormap": picture.colormap}


def new_mask(picture: Image) -> Labels:
    """Return an empty damage mask that lies exactly over a picture, ready to be painted on."""
    shape = planes_shape(picture)
    mask = Labels(
        np.zeros(shape, np.uint8), name=f"{picture.name} damage", opacity=0.6, **geometry(picture)
    )
    mask.brush_size = max(4, min(shape[-2:]) // 60)
    mask.mode = "paint"
    return mask


def edge_labels(edges: NDArray[np.uint8], damage: NDArray[Any]) -> NDArray[np.uint8]:
    """Turn an edge map into labels.

    Parameters
    ----------
    edges : (..., H, W) array of uint8
        1 = edge.
    damage : (H, W) or (..., H, W) array
        Edges where it is not zero get the label `COMPLETED_EDGE`, the others `KNOWN_EDGE`.
    """
    completed = edges.astype(bool) & (damage != 0)
    return np.where(completed, np.uint8(COMPLETED_EDGE), edges)


def edges_layer(labels: NDArray[np.uint8], name: str, source: dict[str, Any]) -> Labels:
    """Return the labels of edges as a layer that napari's own brush can edit.

    Parameters
    ----------
    labels : (..., H, W) array of uint8
        What `edge_labels` returned.
    name : str
        Name of the layer.
    source : dict
        Where it lies: what `geometry` returned.
    """
    # The result is what counts; over it the edges would hide it.
    layer = Labels(labels, name=name, colormap=_edge_colours(), visible=False, **source)
    layer.selected_label = COMPLETED_EDGE
    layer.brush_size = 1
    return layer


def prepare_edges_layer() -> None:
    """Have napari compile what colours such labels; takes seconds once, in any thread."""
    _edge_colours().map(np.zeros((1, 1), np.uint8))


@cache
def preparing_colours() -> Future[None]:
    """Begin to do so in a thread, once in a process: colours are at hand when they are shown."""
    pool = ThreadPoolExecutor(1, "preparing colours")
    ready = pool.submit(prepare_edges_layer)
    pool.shutdown(wait=False)
    return ready


def _edge_colours() -> DirectLabelColormap:
    colours: dict[int | None, str] = {
        None: "transparent",
        0: "transparent",
        KNOWN_EDGE: "#9ecae1",
        COMPLETED_EDGE: "#ff7f0e",
    }
    return DirectLabelColormap(color_dict=colours)


def add(viewer: ViewerModel, layer: Layer) -> None:
    """Add a layer; the user goes on with the one at hand, usually the mask."""
    selected = viewer.layers.selection.active
    viewer.add_layer(layer)
    if selected is not None:
        viewer.layers.selection.active = selected


def place(layer: Layer, where: dict[str, Any]) -> None:
    """Put a layer where `geometry` said."""
    for name, value in where.items():
        setattr(layer, name, value)


def show(viewer: ViewerModel, new: Layer, shown_before: Layer | None) -> Layer:
    """Add a layer, or put its content into the layer that was shown for it before.

    A layer that the user removed meanwhile is not written to, a new one is added instead.
    """
    if shown_before is None or shown_before not in viewer.layers:
        add(viewer, new)
        return new
    shown_before.data = new.data
    shown_before.metadata = new.metadata
    place(shown_before, geometry(new))
    return shown_before
