"""What the labels of a layer mean: kept in its metadata, shown in its colours."""

from __future__ import annotations

import json
from collections.abc import Sequence

from napari.layers import Labels
from napari.utils.colormaps import DirectLabelColormap

from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.marking.classes import PRESET, DamageClass, from_json, to_json

CLASSES_KEY = "relic_inpaint_classes"
"""Key in the ``metadata`` of a layer of damage: what its labels mean, as a preset file says it."""

UNNAMED = "#7f7f7f"


def classes_of(layer: Labels) -> tuple[DamageClass, ...]:
    """Return what the labels of a layer mean; nothing where nobody has said so."""
    kept = layer.metadata.get(CLASSES_KEY)
    if kept is None:
        return ()
    try:
        return from_json(json.dumps(kept), layer.name)
    # Anybody may write into the metadata of a layer.
    except (InputError, TypeError):
        return ()


def set_classes(layer: Labels, classes: Sequence[DamageClass]) -> None:
    """Say what the labels of a layer mean, and show them in the colours of their classes."""
    layer.metadata[CLASSES_KEY] = json.loads(to_json(classes))
    colours: dict[int | None, str] = {None: UNNAMED, 0: "transparent"}
    colours |= {each.label: each.colour for each in classes}
    selected = layer.selected_label
    layer.colormap = DirectLabelColormap(color_dict=colours)
    layer.selected_label = selected


def with_classes(layer: Labels) -> tuple[DamageClass, ...]:
    """Return what the labels of a layer mean; one of which nobody has said so gets the preset."""
    classes = classes_of(layer)
    if not classes:
        classes = PRESET
        set_classes(layer, classes)
    return classes
