"""Where damage masks come from: an empty one on command, or a file opened as an image."""

from __future__ import annotations

import math

import napari.viewer
from napari.components import ViewerModel
from napari.layers import Image, Labels
from napari.utils.notifications import show_info

from napari_relic_inpaint.widgets.layers import full_data, in_memory, new_mask, pictures

LOOKED_AT = 1_000_000
"""Pixels of an image that are looked at to tell whether it is a mask, roughly."""


def new_damage_mask(viewer: napari.viewer.Viewer) -> None:
    """Add an empty mask for the selected picture, or for the topmost one, and select it."""
    choices = pictures(viewer)
    if not choices:
        show_info("Open a picture first, then make its damage mask.")
        return
    active = viewer.layers.selection.active
    add_mask(viewer, next((layer for layer in choices if layer is active), choices[0]))


def add_mask(viewer: ViewerModel, picture: Image) -> Labels:
    """Add an empty mask for a picture and select it, brush in hand."""
    mask = new_mask(picture)
    viewer.add_layer(mask)
    viewer.layers.selection.active = mask
    return mask


def looks_like_mask(image: Image) -> bool:
    """Tell whether an image is grey and has exactly two values, as masks that napari has opened."""
    data = full_data(image)
    if image.rgb or not in_memory(data):
        return False
    step = math.ceil(math.sqrt(data.size / LOOKED_AT)) or 1
    values = data[..., ::step, ::step]
    if not values.size:
        return False
    low, high = values.min(), values.max()
    return bool(low < high and ((values == low) | (values == high)).all())


def how_to_mark(viewer: ViewerModel, picture: Image) -> str:
    """Tell where the damage of a picture can be marked, when there is no layer of damage."""
    sentence = 'Press "New mask for this picture" and paint the damage.'
    for layer in reversed(viewer.layers):
        if isinstance(layer, Image) and layer is not picture and looks_like_mask(layer):
            sentence += (
                f" Or, if '{layer.name}' is its mask, right-click that in the list of layers and "
                'choose "Convert to Labels".'
            )
            break
    return sentence
