"""The command that makes an empty damage mask for a picture."""

from __future__ import annotations

import napari.viewer
from napari.components import ViewerModel
from napari.layers import Image, Labels
from napari.utils.notifications import show_info

from napari_relic_inpaint.widgets.layers import new_mask


def new_damage_mask(viewer: napari.viewer.Viewer) -> None:
    """Add an empty mask for the selected picture, or for the topmost one, and select it."""
    active = viewer.layers.selection.active
    pictures = [layer for layer in viewer.layers if isinstance(layer, Image)]
    picture = active if isinstance(active, Image) else (pictures[-1] if pictures else None)
    if picture is None:
        show_info("Open a picture first, then make its damage mask.")
        return
    add_mask(viewer, picture)


def add_mask(viewer: ViewerModel, picture: Image) -> Labels:
    """Add an empty mask for a picture and select it, brush in hand."""
    mask = new_mask(picture)
    viewer.add_layer(mask)
    viewer.layers.selection.active = mask
    return mask
