"""The fields of the Restore widget that say where detail comes from."""

from __future__ import annotations

from typing import Any

import numpy as np
from magicgui.widgets import ComboBox
from magicgui.widgets.bases import Widget
from napari.components import ViewerModel
from napari.layers import Image, Layer
from psygnal import Signal

from napari_relic_inpaint.settings import FIELDS
from napari_relic_inpaint.widgets.layers import masks
from napari_relic_inpaint.widgets.placing import Placed, mask_on, obstacle

EVERYWHERE, NOWHERE = "everywhere", "nowhere"
DETAILS = {"copied from the picture": "picture", "as it is painted": "none"}


class DetailFields:
    """Detail, and which layers allow or forbid to copy it; these show only where it is copied.

    Parameters
    ----------
    viewer : ViewerModel
        The viewer whose layers can be chosen.

    Attributes
    ----------
    detail, copy_from, never_from
        The fields.
    changed : Signal
        A value changed.
    """

    changed = Signal()

    def __init__(self, viewer: ViewerModel) -> None:
        self._viewer = viewer
        self.detail = ComboBox(
            label="Detail",
            choices=[*DETAILS.items()],
            value=FIELDS["detail"].default,
            tooltip="Where the fine detail of a fill comes from: copied from where the same "
            "picture still has it, guided by what was painted, or as the method paints it, which "
            "looks softer than its surroundings but invents no texture: choose that to compare "
            "methods, or for faces and writing. Thin cracks are always left as they are painted.",
        )
        self.copy_from = ComboBox(
            label="Copy from",
            choices=lambda _: self._layers(EVERYWHERE),
            tooltip="Copy detail only from what is painted or outlined on this layer. The damage "
            "itself is never copied.",
        )
        self.never_from = ComboBox(
            label="Never from",
            choices=lambda _: self._layers(NOWHERE),
            tooltip="Never copy detail from what is painted or outlined on this layer, a face or "
            "a later retouching, say.",
        )
        for field in (self.copy_from, self.never_from):
            field.changed.connect(self._tell)
        self.detail.changed.connect(self._follow)

    @property
    def fields(self) -> list[Widget]:
        """The fields from top to bottom."""
        return [self.detail, self.copy_from, self.never_from]

    @property
    def layers(self) -> list[Layer]:
        """The layers that are chosen."""
        if self.detail.value == "none":
            return []
        return [f.value for f in (self.copy_from, self.never_from) if isinstance(f.value, Layer)]

    def obstacle(self, picture: Image) -> str | None:
        """Why the layers cannot be used for a picture, None if they can."""
        return next(filter(None, (obstacle(picture, layer) for layer in self.layers)), None)

    def limits(self, picture: Image, damage: Layer, label: int | None) -> dict[str, Any]:
        """Return where detail may be copied from, as `restore` takes it.

        Where only one label of the damage is restored, the others are damage, too.
        """
        if self.detail.value == "none":
            return {}
        never = [field.value for field in (self.never_from,) if isinstance(field.value, Layer)]
        if label is not None:
            never.append(damage)
        allowed = self.copy_from.value
        limits: dict[str, Any] = {}
        if isinstance(allowed, Layer):
            limits["copy_from"] = mask_on(picture, allowed).data
        if never:
            limits["never_from"] = _any([mask_on(picture, layer) for layer in never])
        return limits

    def refresh(self) -> None:
        """Show what fits the choice; to be called once the fields have a parent."""
        self._follow()

    def _layers(self, otherwise: str) -> list[tuple[str, Layer | str]]:
        # A string, since magicgui does not tell of a change to None.
        return [(otherwise, otherwise), *((layer.name, layer) for layer in masks(self._viewer))]

    def _follow(self) -> None:
        for field in (self.copy_from, self.never_from):
            field.visible = self.detail.value != "none"
        self._tell()

    def _tell(self) -> None:
        self.changed.emit()


def _any(placed: list[Placed]) -> Any:
    """Return where any of some masks has something."""
    first, *others = placed
    data = first.data
    for other in others:
        data = (np.asarray(data) != 0) | (np.asarray(other.data) != 0)
    return data
