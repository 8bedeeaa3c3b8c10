"""What is judged: the layers that the Judge widget works on, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from magicgui.widgets import ComboBox
from napari.components import ViewerModel
from napari.layers import Image, Labels, Layer, Shapes

from napari_relic_inpaint.judging.hypothesis import Hypothesis
from napari_relic_inpaint.widgets.detail_fields import EVERYWHERE, NOWHERE
from napari_relic_inpaint.widgets.form import Form
from napari_relic_inpaint.widgets.layers import is_result, masks, named, pictures
from napari_relic_inpaint.widgets.mask import how_to_mark
from napari_relic_inpaint.widgets.placing import obstacle

NO_EDGES = "none are drawn"


class Judged(NamedTuple):
    """The layers that are chosen; None where there is none."""

    picture: Image | None
    damage: Layer | None
    drawn: Layer | None
    copy_from: Layer | None
    never_from: Layer | None

    @property
    def limits(self) -> dict[str, Layer]:
        """What says where detail may be copied from, by the names of `Judging`."""
        both = {"copy_from": self.copy_from, "never_from": self.never_from}
        return {name: layer for name, layer in both.items() if layer is not None}


class JudgeFields(Form):
    """Choices of the picture, its damage, drawn edges and where detail may be copied from.

    Parameters
    ----------
    viewer : ViewerModel
        Whose layers are offered.
    """

    def __init__(self, viewer: ViewerModel) -> None:
        self._viewer = viewer
        self.picture = ComboBox(
            label="Picture",
            choices=lambda _: named(sorted(pictures(viewer), key=is_result)),
            tooltip="The damaged picture. It is never changed.",
        )
        self.damage = ComboBox(
            label="Damage",
            choices=lambda _: named(masks(viewer)),
            tooltip="The layer on which the damage is painted or outlined. Everything on it "
            "counts; its labels are the classes in the table.",
        )
        self.drawn = ComboBox(
            label="Drawn edges",
            choices=lambda _: [(NO_EDGES, NO_EDGES), *self._drawings()],
            tooltip="A layer of edges that you have drawn, for hypotheses that follow them.",
        )
        self.copy_from = _limit(
            viewer, "Copy from", EVERYWHERE, "Copy detail only from what this layer marks."
        )
        self.never_from = _limit(
            viewer, "Never from", NOWHERE, "Never copy detail from what this layer marks."
        )
        self.all = (self.picture, self.damage, self.drawn, self.copy_from, self.never_from)
        super().__init__(widgets=self.all)

    @property
    def judged(self) -> Judged:
        """The layers that are chosen now."""
        chosen = (field.value for field in self.all)
        return Judged(*(value if isinstance(value, Layer) else None for value in chosen))

    def obstacle(self, ticked: Sequence[Hypothesis]) -> str | None:
        """Return why the layers cannot be restored by some hypotheses; None if they can."""
        picture, damage, *others = self.judged
        if picture is None:
            return "Open a picture first, or a sample from File > Open Sample."
        if damage is None:
            return how_to_mark(self._viewer, picture)
        for layer in (damage, *others):
            found = None if layer is None else obstacle(picture, layer)
            if found is not None:
                return found
        if not ticked:
            return "Tick at least one hypothesis."
        if others[0] is None and any(each.edges == "drawn" for each in ticked):
            return "Choose the layer of drawn edges, or untick the hypotheses that follow them."
        return None

    def _drawings(self) -> list[tuple[str, Layer]]:
        return [
            (layer.name, layer)
            for layer in reversed(self._viewer.layers)
            if isinstance(layer, Labels | Shapes) and layer is not self.damage.value
        ]


def _limit(viewer: ViewerModel, label: str, otherwise: str, tooltip: str) -> ComboBox:
    """Return a choice of layers that allow or forbid to copy detail."""

    def choices(_: Any) -> list[tuple[str, Any]]:
        return [(otherwise, otherwise), *named(masks(viewer))]

    return ComboBox(label=label, choices=choices, tooltip=tooltip)
