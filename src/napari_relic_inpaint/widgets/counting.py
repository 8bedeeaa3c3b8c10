"""How much of a picture a layer marks as damaged, while it is being painted."""

from __future__ import annotations

import math

import numpy as np
from napari.layers import Image, Labels, Layer, Shapes

from napari_relic_inpaint.marking.outlines import DrawnMask
from napari_relic_inpaint.widgets.layers import LARGE, full_data, in_memory, planes_shape
from napari_relic_inpaint.widgets.placing import mask_on, note_on


def damaged_share(picture: Image, damage: Layer, label: int | None) -> float | None:
    """Return the damaged share of a picture, 0 to 1; None if it is not counted in no time.

    Parameters
    ----------
    picture, damage, label
        As for `mask_on`.
    """
    if not _soon_counted(picture, damage):
        return None
    mask = mask_on(picture, damage, label).data
    count = mask.count() if isinstance(mask, DrawnMask) else np.count_nonzero(mask)
    return float(count / mask.size)


def nothing_damaged(damage: Layer, label: int | None) -> str:
    """Return what to do with a layer on which nothing counts as damage."""
    chosen = damage.data if label is None else damage.selected_data
    if isinstance(damage, Shapes) and len(chosen):
        return f"The shapes of '{damage.name}' lie beside the picture: move them over the damage."
    if isinstance(damage, Labels):
        task = "Paint the damage"
    else:
        task = "Outline the damage" if label is None else "Select what counts as damage"
    return f"{task} on '{damage.name}' first."


def _soon_counted(picture: Image, damage: Layer) -> bool:
    if isinstance(damage, Shapes):
        return True
    labels = full_data(damage)
    if not in_memory(labels) or labels.size > LARGE:
        return False
    # To bring a mask to other pixels takes ten times as long.
    pixels = max(math.prod(planes_shape(picture)), labels.size)
    return pixels <= LARGE // 10 or not note_on(picture, damage)
