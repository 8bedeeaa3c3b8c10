"""Pictures that napari opened as their files store them, turned upright with what lies on them."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from napari.components import ViewerModel
from napari.layers import Image, Labels, Layer, Shapes
from numpy.typing import NDArray

from napari_relic_inpaint import files
from napari_relic_inpaint.files.orientation import UPRIGHT, swaps_sides
from napari_relic_inpaint.widgets.layers import (
    DIFFERENCE_KEY,
    full_data,
    in_memory,
    is_result,
    pictures,
    planes_shape,
)
from napari_relic_inpaint.widgets.results import turn_written_edges

NAPARIS_READER = "napari"

_orientations: WeakKeyDictionary[Layer, int] = WeakKeyDictionary()
"""How the layers lie that were asked about, so that no file is opened twice; it outlives the
widget, as the layers do."""


def orientation_of(layer: Layer) -> int:
    """Return how a picture still lies, as EXIF numbers it; 1 if it is upright, or nobody knows.

    Only napari's own reader is known to show pictures as they are stored.
    """
    if layer not in _orientations:
        path, reader = layer.source.path, layer.source.reader_plugin
        known = path is not None and reader == NAPARIS_READER
        _orientations[layer] = files.orientation(Path(path)) if known else UPRIGHT
    return _orientations[layer]


def turn_upright(viewer: ViewerModel, picture: Image, chosen: Collection[Layer]) -> list[Layer]:
    """Turn a picture, and what lies on it, as the orientation of its file says.

    The pixels are turned. What has other pixels than the picture, or none in memory, is moved
    along in the world instead. Strokes cannot be undone past this.

    Parameters
    ----------
    viewer : ViewerModel
        Where it is.
    picture : Image
        A picture of which `orientation_of` is not 1.
    chosen : collection of Layer
        What belongs to it for certain; of other masks and maps, those that lie on it and on no
        other picture.

    Returns
    -------
    list of Layer
        What was turned with the picture.
    """
    orientation = orientation_of(picture)
    _orientations[picture] = UPRIGHT
    size, before = planes_shape(picture)[-2:], _to_world(picture)
    along = [layer for layer in viewer.layers if _goes_along(viewer, layer, picture, chosen)]
    same = [layer for layer in along if _has_pixels_of(layer, size, before)]
    for layer in (picture, *same):
        _turn(layer, orientation)
        turn_written_edges(layer, orientation)
    motion = _to_world(picture) @ _pixel_motion(size, orientation) @ np.linalg.inv(before)
    for layer in along:
        if layer not in same:
            _move(layer, motion)
    return along


def _goes_along(
    viewer: ViewerModel, layer: Layer, picture: Image, chosen: Collection[Layer]
) -> bool:
    is_overlay = isinstance(layer, Labels | Shapes) or DIFFERENCE_KEY in layer.metadata
    if not is_overlay or not _overlap(layer, picture):
        return False
    others = (other for other in pictures(viewer) if other is not picture and not is_result(other))
    return layer in chosen or not any(_overlap(layer, other) for other in others)


def _overlap(one: Layer, other: Layer) -> bool:
    (low, high), (other_low, other_high) = (
        np.asarray(layer.extent.world)[:, -2:] for layer in (one, other)
    )
    return bool((low <= other_high).all() and (other_low <= high).all())


def _has_pixels_of(layer: Layer, size: tuple[int, ...], to_world: NDArray[np.float64]) -> bool:
    """Tell whether the pixels of a layer are those of the picture, and can be turned."""
    if isinstance(layer, Shapes) or not in_memory(full_data(layer)):
        return False
    return layer.data.shape[-2:] == size and np.allclose(_to_world(layer), to_world)


def _turn(layer: Image | Labels, orientation: int) -> None:
    rgb = isinstance(layer, Image) and layer.rgb
    levels = layer.data if layer.multiscale else [layer.data]
    turned: list[Any] = [files.upright(level, orientation, rgb=rgb) for level in levels]
    layer.data = turned if layer.multiscale else turned[0]
    if swaps_sides(orientation):
        *leading, height, width = layer.scale
        layer.scale = (*leading, width, height)
    if isinstance(layer, Labels) and layer.editable:
        # napari would undo earlier strokes where they were painted. This makes it forget them.
        mode = layer.mode
        layer.editable = False
        layer.editable = True
        layer.mode = mode


def _move(layer: Layer, motion: NDArray[np.float64]) -> None:
    whole = np.eye(layer.ndim + 1)
    whole[-3:, -3:] = motion
    layer.affine = whole @ np.asarray(layer.affine.affine_matrix)


def _to_world(layer: Layer) -> NDArray[np.float64]:
    """Return the matrix that takes row and column of a layer to where they lie, 3 x 3."""
    leading = (0.0,) * (layer.ndim - 2)
    start, down, right = (
        np.asarray(layer.data_to_world((*leading, *place)))[-2:]
        for place in ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0))
    )
    matrix = np.eye(3)
    matrix[:2] = np.column_stack([down - start, right - start, start])
    return matrix


def _pixel_motion(size: tuple[int, ...], orientation: int) -> NDArray[np.float64]:
    """Return the matrix that takes row and column of a stored pixel to those of the upright one."""
    corners = files.upright(np.arange(4).reshape(2, 2), orientation, rgb=False)
    start, right, down = (np.argwhere(corners == corner)[0] for corner in range(3))
    height, width = size[::-1] if swaps_sides(orientation) else size
    matrix = np.eye(3)
    matrix[:2] = np.column_stack([down - start, right - start, start * (height - 1, width - 1)])
    return matrix
