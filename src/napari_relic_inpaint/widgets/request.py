"""What a restoration takes from the layers when it starts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from napari.layers import Image, Layer

from napari_relic_inpaint.widgets.layers import (
    geometry,
    image_appearance,
    lower_levels,
    snapshot,
)
from napari_relic_inpaint.widgets.placing import Placed, mask_on


@dataclass(frozen=True)
class Request:
    """Everything a run needs; what is in memory is copied.

    Attributes
    ----------
    source : Image
        The damaged picture's layer.
    mask : Layer
        The damage's layer.
    name : str
        The picture's name at the start.
    picture : array-like
        The picture at full resolution.
    lower : list of array-like
        The smaller levels, if it is multiscale.
    rgb : bool
        Whether the last axis is colour.
    damage : Placed
        The damage mask on the picture's pixels, nonzero = damaged.
    edges : Placed or None
        Edges to follow inside the damage; None predicts them.
    place, look : dict
        Where the picture lies in the world and how it is shown.
    options : dict
        The settings of the run.
    limits : dict
        Where detail may be copied from, as `restore` takes it.
    label : int or None
        The label that counts as damage; None counts all.
    """

    source: Image
    mask: Layer
    name: str
    picture: Any
    lower: list[Any]
    rgb: bool
    damage: Placed
    edges: Placed | None
    place: dict[str, Any]
    look: dict[str, Any]
    options: dict[str, Any]
    limits: dict[str, Any] = field(default_factory=dict)
    label: int | None = None

    @classmethod
    def of(
        cls,
        picture: Image,
        damage: Layer,
        label: int | None,
        edges: Layer | None,
        options: dict[str, Any],
        limits: dict[str, Any] | None = None,
    ) -> Request:
        """Take a request from layers; ``label`` None counts all that is painted or drawn as damage.

        Raises
        ------
        InputError
            If damage or edges cannot be brought to the picture's pixels.
        """
        return cls(
            source=picture,
            mask=damage,
            name=picture.name,
            picture=snapshot(picture),
            lower=lower_levels(picture),
            rgb=picture.rgb,
            damage=mask_on(picture, damage, label),
            edges=None if edges is None else mask_on(picture, edges, outlines=True),
            place=geometry(picture),
            look=image_appearance(picture),
            options=options,
            limits=limits or {},
            label=label,
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
