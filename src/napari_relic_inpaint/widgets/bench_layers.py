"""napari's layers as the bench has them, and back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Literal

import numpy as np
from napari.layers import Image, Labels, Layer, Shapes
from napari.utils.colormaps import (
    AVAILABLE_COLORMAPS,
    Colormap,
    CyclicLabelColormap,
    DirectLabelColormap,
)

from napari_relic_inpaint.project.bench import BenchLayer
from napari_relic_inpaint.project.description import LayerDescription, Place
from napari_relic_inpaint.project.metadata import as_metadata

Kind = Literal["image", "labels", "shapes"]

KINDS: dict[type[Layer], Kind] = {Labels: "labels", Image: "image", Shapes: "shapes"}

_IMAGE_LOOK = (
    "contrast_limits",
    "contrast_limits_range",
    "gamma",
    "interpolation2d",
    "interpolation3d",
    "rendering",
    "projection_mode",
)
_LABELS_LOOK = (
    "selected_label",
    "brush_size",
    "contour",
    "contiguous",
    "preserve_labels",
    "n_edit_dimensions",
    "show_selected_label",
    "rendering",
)
_SHAPES_LOOK = ("current_edge_width", "current_edge_color", "current_face_color")


def kind_of(layer: Layer) -> Kind | None:
    """Return what a layer is to a project; None if a project cannot keep it."""
    return next((kind for type_, kind in KINDS.items() if isinstance(layer, type_)), None)


def describe(
    layer: Layer, source: int | None = None, role: str = ""
) -> tuple[LayerDescription, list[str]]:
    """Return what a layer is and how it is shown, and the names of metadata that cannot be kept."""
    metadata, lost = as_metadata(layer.metadata)
    kind = kind_of(layer)
    assert kind is not None
    described = LayerDescription(
        kind=kind,
        name=layer.name,
        visible=bool(layer.visible),
        opacity=float(layer.opacity),
        blending=str(layer.blending),
        place=_place(layer),
        colour=bool(getattr(layer, "rgb", False)),
        look=as_metadata(_look(layer))[0],
        metadata=metadata,
        source=source,
        role=role,
    )
    return described, lost


def data_of(layer: Layer) -> list[Any]:
    """Return the pixels of a layer at full size and its smaller copies, or its outlines."""
    if isinstance(layer, Shapes):
        return _outlines(layer)
    return list(layer.data) if layer.multiscale else [layer.data]


def make_layer(layer: BenchLayer) -> tuple[Layer, list[str]]:
    """Return a layer for the viewer, and sentences about what could not be shown as it was."""
    described = layer.description
    name = described.name
    made = _without_place(layer)
    notes: list[str] = []
    place = described.place
    settings: dict[str, Callable[[], Any]] = {
        "scale": lambda: place.scale,
        "translate": lambda: place.translate,
        "rotate": lambda: np.array(place.rotate),
        "shear": lambda: _shear(place.shear, made.ndim),
        "affine": lambda: np.array(place.affine),
        "units": lambda: place.units,
        "axis_labels": lambda: place.axis_labels,
        "blending": lambda: described.blending,
        "opacity": lambda: described.opacity,
        "visible": lambda: described.visible,
        "colormap": lambda: _colormap(described.look["colormap"]),
        **{key: partial(described.look.get, key) for key in _words(made)},
    }
    for key, value in settings.items():
        if key in described.look or key not in ("colormap", *_words(made)):
            try:
                setattr(made, key, value())
            # Whatever somebody may have written there, the pixels are what counts.
            except Exception:
                notes.append(f"'{name}' could not get its {key.replace('_', ' ')} back.")
    return made, notes


def _without_place(layer: BenchLayer) -> Layer:
    described, data = layer.description, layer.data
    known = {"name": described.name, "metadata": dict(described.metadata)}
    if described.kind == "shapes":
        return _shapes(layer, known)
    multiscale = len(data) > 1
    content = data if multiscale else data[0]
    if described.kind == "labels":
        return Labels(content, multiscale=multiscale, **known)
    limits = described.look.get("contrast_limits")
    # Otherwise napari reads the picture to find them.
    usual = {} if described.colour else {"contrast_limits": limits or _limits(data[0])}
    return Image(content, multiscale=multiscale, rgb=described.colour, **usual, **known)


def _limits(data: Any) -> list[float]:
    dtype = np.dtype(data.dtype)
    return [0, float(np.iinfo(dtype).max)] if dtype.kind in "iu" else [0.0, 1.0]


def _place(layer: Layer) -> Place:
    return Place(
        scale=[float(n) for n in layer.scale],
        translate=[float(n) for n in layer.translate],
        rotate=np.asarray(layer.rotate, float).tolist(),
        shear=np.asarray(layer.shear, float).ravel().tolist(),
        affine=np.asarray(layer.affine.affine_matrix, float).tolist(),
        units=[str(unit) for unit in layer.units],
        axis_labels=[str(label) for label in layer.axis_labels],
    )


def _shear(values: list[float], axes: int) -> Any:
    return np.array(values).reshape(axes, axes) if len(values) == axes * axes != 1 else values


def _words(layer: Layer) -> tuple[str, ...]:
    if isinstance(layer, Labels):
        return _LABELS_LOOK
    return _IMAGE_LOOK if isinstance(layer, Image) else _SHAPES_LOOK


def _look(layer: Layer) -> dict[str, Any]:
    look = {}
    for name in _words(layer):
        value = getattr(layer, name)
        # An enum is its word.
        look[name] = getattr(value, "value", value)
    if isinstance(layer, Labels):
        look["colormap"] = _label_colours(layer.colormap)
    elif isinstance(layer, Image) and not layer.rgb:
        look["colormap"] = _colours(layer.colormap)
    elif isinstance(layer, Shapes):
        look["features"] = layer.features.to_dict(orient="list")
    return look


def _colours(colormap: Colormap) -> dict[str, Any]:
    if colormap.name in AVAILABLE_COLORMAPS:
        return {"name": colormap.name}
    return {
        "name": colormap.name,
        "colours": np.asarray(colormap.colors, float).tolist(),
        "controls": np.asarray(colormap.controls, float).tolist(),
    }


def _label_colours(colormap: Any) -> dict[str, Any]:
    if isinstance(colormap, DirectLabelColormap):
        return {
            "labels": {
                "other" if label is None else str(label): np.asarray(colour, float).tolist()
                for label, colour in colormap.color_dict.items()
            }
        }
    return {"seed": float(colormap.seed), "colours": np.asarray(colormap.colors, float).tolist()}


def _colormap(kept: Any) -> Any:
    if "labels" in kept:
        colours: dict[int | None, Any] = {
            None if label == "other" else int(label): np.array(colour)
            for label, colour in kept["labels"].items()
        }
        return DirectLabelColormap(color_dict={None: np.zeros(4), **colours})
    if "seed" in kept:
        return CyclicLabelColormap(colors=np.array(kept["colours"]), seed=kept["seed"])
    if "colours" not in kept:
        return str(kept["name"])
    return Colormap(
        np.array(kept["colours"]), controls=np.array(kept["controls"]), name=str(kept["name"])
    )


def _outlines(layer: Shapes) -> list[Any]:
    edges, faces = np.asarray(layer.edge_color, float), np.asarray(layer.face_color, float)
    # Each of these is made anew, of all shapes, whenever it is asked for.
    kinds, widths, heights = layer.shape_type, layer.edge_width, layer.z_index
    return [
        {
            "type": str(kinds[number]),
            "vertices": np.asarray(vertices, float).tolist(),
            "edge_width": float(widths[number]),
            "edge_colour": edges[number].tolist(),
            "face_colour": faces[number].tolist(),
            "z": int(heights[number]),
        }
        for number, vertices in enumerate(layer.data)
    ]


def _shapes(layer: BenchLayer, known: dict[str, Any]) -> Shapes:
    outlines = layer.data
    axes = len(layer.description.place.scale)
    if not outlines:
        return Shapes(None, ndim=axes, **known)
    features = layer.description.look.get("features") or None
    return Shapes(
        [np.array(each["vertices"], float) for each in outlines],
        shape_type=[str(each["type"]) for each in outlines],
        edge_width=[float(each.get("edge_width", 1)) for each in outlines],
        edge_color=np.array([each.get("edge_colour", [1, 1, 1, 1]) for each in outlines]),
        face_color=np.array([each.get("face_colour", [1, 1, 1, 1]) for each in outlines]),
        z_index=[int(each.get("z", 0)) for each in outlines],
        features=features,
        ndim=axes,
        **known,
    )
