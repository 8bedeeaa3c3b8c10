"""What rating asks of layers: what made them, whether they compare, which part is in view."""

from __future__ import annotations

from typing import Any

import numpy as np
from napari.components import ViewerModel
from napari.layers import Image

from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.measuring.ratings import Detail
from napari_relic_inpaint.record import detail_of
from napari_relic_inpaint.widgets.layers import RECORD_KEY, full_data, planes_shape
from napari_relic_inpaint.widgets.placing import differently


def method_names(restorations: list[Image]) -> dict[str, Image]:
    """Name each restoration after what made it: method, model and what else was chosen.

    Layers without a record are named as they are; those of the same method get their layer's name
    too, so that they can be told apart.
    """
    made_by = [_made_by(layer) for layer in restorations]
    return {
        name if made_by.count(name) == 1 else f"{name} ({tidy(layer.name)})": layer
        for name, layer in zip(made_by, restorations, strict=True)
    }


def shown_detail(viewer: ViewerModel, picture: Image) -> Detail:
    """Return the part of a picture that the canvas shows.

    Raises
    ------
    InputError
        If it shows nothing of it.
    """
    camera = viewer.scene.camera
    half = np.array(viewer.canvas.size) / camera.zoom / 2
    signs = np.array([(-1, -1), (-1, 1), (1, -1), (1, 1)])
    corners = [picture.world_to_data(camera.center[-2:] + sign * half) for sign in signs]
    shape = planes_shape(picture)
    top, left = np.clip(np.rint(np.min(corners, axis=0)).astype(int), 0, shape)
    bottom, right = np.clip(np.rint(np.max(corners, axis=0)).astype(int), 0, shape)
    if top >= bottom or left >= right:
        raise InputError(f"the canvas shows nothing of '{picture.name}': move it into view")
    return Detail(int(top), int(left), int(bottom - top), int(right - left))


def difference(first: Image, other: Image) -> str | None:
    """Return why two pictures cannot be shown alike, None if they can."""
    if _kind(other) == _kind(first):
        return None
    return (
        f"'{other.name}' is {_described(other)}, '{first.name}' is {_described(first)}: they need "
        "the same size and kind of values."
    )


def place_note(first: Image, other: Image) -> str | None:
    """Return what to know about pictures that lie at different places, None if they do not."""
    found = differently(first, other)
    return found and f"{found}: they are laid pixel on pixel nevertheless."


def tidy(name: str) -> str:
    """Return a name without line breaks and superfluous spaces, as it goes into the file."""
    return " ".join(name.split())


def _made_by(layer: Image) -> str:
    record = layer.metadata.get(RECORD_KEY)
    if record is None:
        return tidy(layer.name)
    parts = [record["settings"]["method"]]
    if "model" in record:
        # A network of the user's own has no version.
        model = record["model"]
        parts.append(" ".join(model[key] for key in ("name", "version") if key in model))
    if record["settings"].get("postprocess"):
        parts.append("post-processed")
    if (record.get("edges") or {}).get("source") == "drawn":
        parts.append("drawn edges")
    return ", ".join(filter(None, (*parts, detail_of(record))))


def _kind(picture: Image) -> tuple[Any, ...]:
    # Grey values are shown by the contrast limits of the first: they have to mean the same.
    return planes_shape(picture), picture.rgb, None if picture.rgb else full_data(picture).dtype


def _described(picture: Image) -> str:
    colour = "colour" if picture.rgb else f"grey {full_data(picture).dtype}"
    return f"{' x '.join(map(str, planes_shape(picture)))} {colour}"
