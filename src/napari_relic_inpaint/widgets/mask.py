"""The command that makes an empty damage mask for a picture."""

from __future__ import annotations

import napari.viewer
from napari.components import ViewerModel
from napari.layers import Image, Labels
from napari.utils.notifications import show_info

from napari_relic_inpaint.widgets.layers import new_mask, pictures


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
