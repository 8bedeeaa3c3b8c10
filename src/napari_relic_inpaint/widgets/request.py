"""What a restoration takes from the layers when it starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from napari.layers import Image, Labels, Layer

from napari_relic_inpaint.damage import from_labels
from napari_relic_inpaint.lazy_planes import LabelMask
from napari_relic_inpaint.widgets.layers import (
    full_data,
    geometry,
    image_appearance,
    in_memory,
    lower_levels,
    snapshot,
)


@dataclass(frozen=True)
class Request:
    """Everything a run needs; what is in memory is copied.

    Attributes
    ----------
    source : Image
        The damaged picture's layer.
    mask : Labels
        The damage's layer.
    name : str
        The picture's name at the start.
    picture : array-like
        The picture at full resolution.
    lower : list of array-like
        The smaller levels, if it is multiscale.
    rgb : bool
        Whether the last axis is colour.
    damage : array-like
        The damage mask, nonzero = damaged.
    edges : array-like or None
        Edges to follow inside the damage; None predicts them.
    place, look : dict
        Where the picture lies in the world and how it is shown.
    options : dict
        The settings of the run.
    """

    source: Image
    mask: Labels
    name: str
    picture: Any
    lower: list[Any]
    rgb: bool
    damage: Any
    edges: Any | None
    place: dict[str, Any]
    look: dict[str, Any]
    options: dict[str, Any]

    @classmethod
    def of(
        cls,
        picture: Image,
        damage: Labels,
        label: int | None,
        edges: Layer | None,
        options: dict[str, Any],
    ) -> Request:
        """Take a request from layers; ``label`` None counts every label as damage."""
        return cls(
            source=picture,
            mask=damage,
            name=picture.name,
            picture=snapshot(picture),
            lower=lower_levels(picture),
            rgb=picture.rgb,
            damage=_mask(full_data(damage), label),
            edges=None if edges is None else snapshot(edges),
            place=geometry(picture),
            look=image_appearance(picture),
            options=options,
        )

    @property
    def role(self) -> str:
        """What the restored layer is called after the picture; each method has its own."""
        method = self.options["method"]
        return "restored" if method == "two-stage" else f"restored ({method})"

    def restored_layer(self, levels: list[Any]) -> Image:
        """Return a layer for the restored picture, given at all levels of the damaged one."""
        multiscale = self.source.multiscale
        return Image(
            levels if multiscale else levels[0],
            multiscale=multiscale,
            name=f"{self.name} {self.role}",
            rgb=self.rgb,
            **self.place,
            **self.look,
        )


def _mask(labels: Any, label: int | None) -> Any:
    if in_memory(labels):
        return from_labels(labels, label)
    return labels if label is None else LabelMask(labels, label)
