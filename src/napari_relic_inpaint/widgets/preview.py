"""Proposed damage over the picture: a layer whose pieces are taken or left by clicks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any

import numpy as np
from napari.components import ViewerModel
from napari.layers import Image, Labels
from napari.utils.colormaps import DirectLabelColormap

from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.marking.proposals.pieces import Proposals
from napari_relic_inpaint.widgets.layers import (
    PROPOSALS_KEY,
    full_data,
    geometry,
    in_memory,
    planes_shape,
)

COLOUR = "#00e5ff"
"""A cyan that no preset of damage has and few pictures do."""

LEAVING = "Alt"
"""Key that, held down, makes a click leave a piece out."""


class Preview:
    """Proposals shown as a layer; what is taken goes into the user's layer of damage.

    A click on a piece, while the layer is selected, takes it; with `LEAVING` held down it leaves
    it out.

    Parameters
    ----------
    viewer : ViewerModel
        The viewer.
    on_click : callable
        Gets the number of a piece that was clicked, and whether it is taken.
    """

    def __init__(self, viewer: ViewerModel, on_click: Callable[[int, bool], None]) -> None:
        self._viewer = viewer
        self._on_click = on_click
        self._layer: Labels | None = None
        self._proposals: Proposals | None = None
        self._left: set[int] = set()

    @property
    def layer(self) -> Labels | None:
        """The layer, None if nothing is shown or the user has removed it."""
        return self._layer if self._layer in self._viewer.layers else None

    @property
    def pieces(self) -> list[int]:
        """Numbers of the pieces that are shown."""
        if self.layer is None or self._proposals is None:
            return []
        return [n for n in range(1, self._proposals.count + 1) if n not in self._left]

    def show(self, proposals: Proposals, picture: Image) -> None:
        """Show proposals over a picture, in the place of those before."""
        self.remove()
        labels = np.zeros(proposals.shape, proposals.dtype)
        labels[proposals.indices()] = proposals.numbers()
        colours: dict[int | None, str] = {None: COLOUR, 0: "transparent"}
        layer = Labels(
            labels,
            name=f"{picture.name} proposals",
            colormap=DirectLabelColormap(color_dict=colours),
            opacity=0.8,
            metadata={PROPOSALS_KEY: True},
            **geometry(picture),
        )
        layer.mouse_drag_callbacks.append(self._clicked)
        self._layer, self._proposals, self._left = layer, proposals, set()
        self._viewer.add_layer(layer)
        # Clicks go to the layer that is selected; this one is not to be painted on.
        layer.mode = "pan_zoom"
        self._viewer.layers.selection.active = layer

    def remove(self) -> None:
        """Take the layer away."""
        layer, self._layer, self._proposals = self.layer, None, None
        if layer is not None:
            self._viewer.layers.remove(layer)

    def leave(self, pieces: Collection[int]) -> None:
        """Show some pieces no more."""
        if self.layer is None or self._proposals is None:
            return
        self.layer.data[self._proposals.indices(pieces)] = 0
        self._left |= set(pieces)
        self.layer.refresh()

    def take(self, pieces: Collection[int], damage: Labels) -> int:
        """Mark some pieces as damage, in one edit that can be undone, and show them no more.

        What the user has marked in the meantime stays as it is.

        Returns
        -------
        int
            How many pixels were marked.
        """
        if self._proposals is None:
            return 0
        indices = self._proposals.indices(pieces)
        free = np.asarray(full_data(damage)[indices]) == 0
        chosen = tuple(axis[free] for axis in indices)
        damage.data_setitem(chosen, damage.selected_label)
        self.leave(pieces)
        return int(np.count_nonzero(free))

    def _clicked(self, layer: Labels, event: Any) -> Iterator[None]:
        """Take or leave the piece under the cursor, unless the mouse is moved."""
        yield
        if event.type == "mouse_move":
            return
        value = layer.get_value(
            event.position,
            view_direction=event.view_direction,
            dims_displayed=event.dims_displayed,
            world=True,
        )
        if value:
            self._on_click(int(value), LEAVING not in [str(key) for key in event.modifiers])


def check_takes(picture: Image, damage: Labels | None) -> None:
    """Raise an `InputError` if proposals on a picture cannot be marked on a layer."""
    if damage is None:
        raise InputError('there is no layer of damage to mark them on: press "New mask" first')
    data = full_data(damage)
    if damage.multiscale or not in_memory(data):
        raise InputError(f"'{damage.name}' cannot be painted on: it is read from its file")
    if tuple(data.shape) != planes_shape(picture) or not _alike(picture, damage):
        raise InputError(
            f"'{damage.name}' has other pixels than '{picture.name}': proposals are marked on a "
            'layer that lies pixel on pixel, as "New mask" makes it'
        )
    if damage.selected_label == 0:
        raise InputError("label 0 means intact: select the label of a class of damage")


def _alike(picture: Image, damage: Labels) -> bool:
    one, other = geometry(picture), geometry(damage)
    return all(np.allclose(one[name], other[name]) for name in ("scale", "translate", "rotate"))
