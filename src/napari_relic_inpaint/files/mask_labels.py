"""Masks of which one label counts: whether they have labels, and this one."""

from __future__ import annotations

from typing import Any

import numpy as np

from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.files.mask_values import MaskValues

_SHOWN = 20


def check_label(mask: MaskValues, label: int) -> None:
    """Search a mask for a label.

    Raises
    ------
    InputError
        If the label does not occur, or the mask cannot hold labels.
    """
    if mask.lossy:
        raise InputError(
            f"{mask.path} is a JPEG, which blurs labels: save the labels as PNG or TIFF."
        )
    labels: set[Any] = set()
    found = False
    for block in mask.bands():
        values = mask.read(block).colours
        if (values != values[..., :1]).any():
            raise InputError(
                f"{mask.path} has colours, not labels, so label {label} cannot be picked: "
                "save it as grey."
            )
        found = found or bool((values == label).any())
        # Grey pictures need not be read to their end; colours could still follow.
        if found and mask.colours == 1:
            return
        if not found:
            labels.update(np.unique(values).tolist())
    if not found:
        named = [f"{value:g}" for value in sorted(labels) if value]
        shown = ", ".join(named[:_SHOWN]) + (" and more" if named[_SHOWN:] else "")
        raise InputError(
            f"label {label} does not occur in {mask.path}: its labels are "
            f"{shown or 'none, all are 0'}."
        )
