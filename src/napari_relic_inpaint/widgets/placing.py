"""Layers brought to the pixels of a picture, wherever in the world they lie."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from napari.layers import Image, Labels, Layer, Shapes
from numpy.typing import NDArray

from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.marking.damage import from_labels
from napari_relic_inpaint.marking.label_mask import LabelMask
from napari_relic_inpaint.marking.outlines import (
    DrawnMask,
    Runs,
    ellipse,
    filled,
    mapped,
    thick,
    thin,
)
from napari_relic_inpaint.marking.placed_mask import PlacedMask
from napari_relic_inpaint.marking.placement import TOLERANCE, Placement
from napari_relic_inpaint.widgets.layers import full_data, in_memory, planes_shape, snapshot

FAR = 2.0**14
"""Pixels from the first one at which transforms are read off: the further, the more exact."""

PIXEL_ON_PIXEL = (
    'right-click the one layer and choose "Copy scale and transforms > Copy all to clipboard", '
    'then the other and "Apply scale/transforms from Clipboard"'
)


@dataclass(frozen=True)
class Placed:
    """What a layer says about each pixel of a picture.

    Attributes
    ----------
    data : array-like
        ``(H, W)`` or ``(..., H, W)``, zero where there is nothing.
    note : str
        How the layer lies, if it lies elsewhere than the picture; else empty.
    account : dict or None
        For the record: how the layer was brought to the picture's pixels, None if as it is.
    """

    data: Any
    note: str = ""
    account: dict[str, Any] | None = None


def mask_on(
    picture: Image, layer: Layer, label: int | None = None, *, outlines: bool = False
) -> Placed:
    """Return what is painted or drawn on a layer, for each pixel of a picture.

    Parameters
    ----------
    picture : Image
        The picture on whose pixels it is wanted.
    layer : Labels, Shapes or Image
        Damage or edges. What is in memory is copied, so that it can be read in a thread.
    label : int, optional
        Count this label only; of shapes, whatever it is, only those that are selected.
    outlines : bool
        Take the outlines of shapes, one pixel wide, instead of what they cover.

    Raises
    ------
    InputError
        If the layer cannot be brought to the picture's pixels.
    """
    if isinstance(layer, Shapes):
        return _drawn(picture, layer, only_selected=label is not None, outlines=outlines)
    labels = full_data(layer)
    if in_memory(labels):
        labels = from_labels(labels, label)
    elif label is not None or labels.dtype.kind == "f":
        labels = LabelMask(labels, label)
    return _brought(picture, layer, labels)


def labels_on(picture: Image, layer: Layer) -> Placed:
    """Return the labels of a damage layer for each pixel of a picture, as `mask_on` does."""
    if isinstance(layer, Shapes):
        return _drawn(picture, layer)
    return _brought(picture, layer, snapshot(layer))


def note_on(picture: Image, layer: Layer) -> str:
    """Return the note that `mask_on` would give, without a look at what is painted."""
    return "" if isinstance(layer, Shapes) else _note(picture, layer, _placement(picture, layer))


def obstacle(picture: Image, layer: Layer) -> str | None:
    """Return why a layer of damage or edges cannot be brought to a picture, None if it can."""
    try:
        if isinstance(layer, Shapes):
            matrix = transform(layer, picture)
            for points in layer.data:
                _plane_of(picture, layer, points, matrix)
        else:
            _placement(picture, layer)
    except InputError as error:
        return f"{error}."
    return None


def differently(picture: Image, other: Image) -> str | None:
    """Return how another picture lies elsewhere than a picture of its size, None if it does not."""
    try:
        placement = _placement(picture, other)
    except InputError:
        return f"'{other.name}' does not lie exactly over '{picture.name}'"
    return None if placement.same_pixels else _elsewhere(picture, other, placement)


def transform(source: Layer, target: Layer) -> NDArray[np.float64]:
    """Return the matrix ``(T, S + 1)`` from a layer's data coordinates and a 1 to another's.

    Worlds of several axes are matched by the last ones, as napari does. Units are converted where
    all of them can be; else they are left out, as napari leaves them out.
    """
    factors = _unit_factors(source, target)

    def there(position: NDArray[np.float64]) -> NDArray[np.float64]:
        world = np.array(source.data_to_world(position))
        world[-len(factors) :] *= factors
        return np.asarray(target.world_to_data(world), np.float64)

    origin = there(np.zeros(source.ndim))
    axes = [(there(FAR * axis) - origin) / FAR for axis in np.eye(source.ndim)]
    return np.column_stack([*axes, origin])


def _unit_factors(source: Layer, target: Layer) -> NDArray[np.float64]:
    common = min(source.ndim, target.ndim)
    pairs = list(zip(source.units[-common:], target.units[-common:], strict=True))
    if any(a.dimensionality != b.dimensionality for a, b in pairs):
        return np.ones(common)
    return np.array([1.0 if a == b else (1.0 * a).to(b).magnitude for a, b in pairs])


def _placement(picture: Image, layer: Labels | Image) -> Placement:
    shape = planes_shape(layer) if isinstance(layer, Image) else tuple(full_data(layer).shape)
    try:
        return Placement(transform(picture, layer), planes_shape(picture), shape)
    except InputError as error:
        raise InputError(f"'{layer.name}' does not fit '{picture.name}': {error}") from None


def _elsewhere(picture: Image, layer: Layer, placement: Placement) -> str:
    differences = ", ".join(placement.differences())
    return f"'{layer.name}' does not lie exactly over '{picture.name}' ({differences})"


def _note(picture: Image, layer: Labels | Image, placement: Placement) -> str:
    if placement.same_pixels:
        return ""
    note = f"{_elsewhere(picture, layer, placement)}: it is brought to the picture's pixels."
    # What rounding leaves out at the borders is no part.
    if placement.covered < 1 - TOLERANCE / max(placement.picture[-2:]):
        note += f" It covers {placement.covered:.1%} of the picture."
    if placement.mask == placement.shape:
        note += f" If its pixels are those of the picture, {PIXEL_ON_PIXEL}."
    return note


def _brought(picture: Image, layer: Labels | Image, data: Any) -> Placed:
    placement = _placement(picture, layer)
    if placement.same_pixels and not placement.surplus:
        return Placed(data)
    placed = PlacedMask(data, placement)
    if placement.same_pixels:
        return Placed(placed)
    note = _note(picture, layer, placement)
    account = {
        "note": note,
        "shape": list(placement.mask),
        "matrix": placement.matrix.tolist(),
    }
    return Placed(placed, note, account)


def _drawn(
    picture: Image, shapes: Shapes, *, only_selected: bool = False, outlines: bool = False
) -> Placed:
    """Draw shapes on the pixels of a picture: areas are filled, lines have their width."""
    numbers = sorted(shapes.selected_data) if only_selected else [*range(len(shapes.data))]
    planes: defaultdict[tuple[int, ...], list[Runs]] = defaultdict(list)
    for index, runs in _shapes_on(picture, shapes, numbers, outlines=outlines):
        planes[index].append(runs)
    size = planes_shape(picture)
    data = DrawnMask(size if shapes.ndim >= len(size) else size[-2:], planes)
    count = f"{len(numbers)} shape{'' if len(numbers) == 1 else 's'} of '{shapes.name}'"
    return Placed(data, account={"note": f"{count}, drawn on the picture's pixels."})


def _shapes_on(
    picture: Image, shapes: Shapes, numbers: list[int], *, outlines: bool
) -> Iterator[tuple[tuple[int, ...], Runs]]:
    """Yield the plane, an empty index if all share it, and the pixels of each shape."""
    matrix = transform(shapes, picture)
    for number in numbers:
        points = np.asarray(shapes.data[number], np.float64)
        index = _plane_of(picture, shapes, points, matrix)
        kind = shapes.shape_type[number]
        # Where it lies along axes that the picture does not have, if they are slanted.
        beyond = matrix[-2:, :-3] @ points[0, :-2] + matrix[-2:, -1]
        to_pixels = np.column_stack((matrix[-2:, -3:-1], beyond))
        line = points[:, -2:]
        corners = mapped(line, to_pixels)
        if kind in ("path", "line"):
            width = shapes.edge_width[number]
            yield index, thin(corners) if outlines else thick(line, width, to_pixels)
            continue
        if kind == "ellipse":
            corners = ellipse(corners)
        yield index, thin(np.vstack((corners, corners[:1]))) if outlines else filled(corners)


def _plane_of(
    picture: Image, shapes: Shapes, points: NDArray[np.floating], matrix: NDArray[np.float64]
) -> tuple[int, ...]:
    """Return the plane of a picture that a shape is drawn in, an empty index if all share it."""
    if shapes.ndim < picture.ndim:
        return ()
    planes = np.rint(points @ matrix[:-2, :-1].T + matrix[:-2, -1]).astype(int)
    if (planes != planes[0]).any():
        raise InputError(
            f"A shape of '{shapes.name}' runs through several planes of '{picture.name}': draw it "
            "in one of them"
        )
    return tuple(int(n) for n in planes[0])
