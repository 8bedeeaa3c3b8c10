"""A choice of layers that proposes the likeliest one until the user has chosen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from magicgui.widgets import ComboBox
from napari.layers import Layer

Offer = list[tuple[str, Layer | str]]
"""Names and layers, the likeliest first; a string stands for no layer.

None cannot: magicgui does not tell when it is chosen.
"""


class LayerChoice(ComboBox):
    """A combo box of layers, empty until `follow` says which.

    As long as the user has not chosen, it shows the likeliest layer, whatever layers come and go.
    What the user has chosen stays, also under another name, until that layer is removed.

    Parameters
    ----------
    label, tooltip : str
        What it is for.
    """

    def __init__(self, label: str, tooltip: str) -> None:
        self._offer: Callable[[], Offer] = list
        self._proposing = True
        self._by_user = False
        super().__init__(label=label, choices=(), tooltip=tooltip)
        self._proposing = False
        self.changed.connect(self._on_change)

    @property
    def chosen(self) -> Layer | str | None:
        """What the user has chosen; None if it is only proposed."""
        return self.value if self._by_user else None

    def follow(self, offer: Callable[[], Offer]) -> None:
        """List what ``offer`` returns, from now on; it may ask what other boxes show."""
        self._offer = offer
        self.reset_choices()

    def reset_choices(self, *_: Any) -> None:
        """List the layers anew."""
        before, offer = self.value, self._offer()
        layers = [layer for _, layer in offer]
        # Layers are compared as objects: a combo box knows them by their names only, and takes a
        # renamed one for removed.
        if not any(layer is before for layer in layers):
            self._by_user = False
        self._proposing = True
        self.choices = offer
        if layers:
            self.value = before if self._by_user else layers[0]
        self._proposing = False

    def _on_change(self) -> None:
        if not self._proposing:
            self._by_user = True
