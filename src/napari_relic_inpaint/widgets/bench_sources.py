"""Which picture a result was made from, where nobody has said so."""

from __future__ import annotations

from napari.components import ViewerModel
from napari.layers import Image, Layer

from napari_relic_inpaint.widgets.layers import HYPOTHESES_KEY, RECORD_KEY, full_data


def guessed_source(viewer: ViewerModel, layer: Layer) -> Layer | None:
    """Return the picture of a result of which nobody has said what it was made from."""
    if not isinstance(layer, Image) or not _is_made(layer):
        return None
    data = full_data(layer)
    shapes = tuple(data.shape), tuple(data.shape[1:])
    alike = [
        other
        for other in viewer.layers
        if isinstance(other, Image)
        and not _is_made(other)
        and other.rgb == layer.rgb
        and full_data(other).dtype == data.dtype
        and tuple(full_data(other).shape) in shapes
    ]
    return alike[0] if len(alike) == 1 else None


def _is_made(layer: Layer) -> bool:
    return bool({RECORD_KEY, HYPOTHESES_KEY} & layer.metadata.keys())
