"""What is on the bench: the same after it was saved and opened again."""

import hashlib
from typing import Any

import napari
import numpy as np


def contents(viewer: napari.Viewer) -> dict[str, Any]:
    """Return type, pixels and metadata of each layer, by its name."""
    found = {}
    for layer in viewer.layers:
        data = np.ascontiguousarray(layer.data)
        digest = hashlib.sha256(data.tobytes()).hexdigest()
        metadata = {key: value for key, value in layer.metadata.items() if "relic" in key}
        found[layer.name] = [
            type(layer).__name__,
            [str(data.dtype), *data.shape, digest],
            layer.visible,
            metadata,
        ]
    return found
