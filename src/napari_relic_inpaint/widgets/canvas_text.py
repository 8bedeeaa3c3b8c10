"""A line of text on the canvas, beside whatever else is shown there."""

from __future__ import annotations

from napari.components import ViewerModel
from napari.components.overlays import TextOverlay

SIZE = 12
"""Of the text, in points."""


class CanvasText:
    """Text at the upper edge of the canvas.

    It is an overlay of its own: napari's text overlay is the user's.

    Parameters
    ----------
    viewer : ViewerModel
        On whose canvas.
    name : str
        Of the overlay; whoever uses the same one, uses the same place.
    """

    def __init__(self, viewer: ViewerModel, name: str) -> None:
        # What napari gives to plugins does not give the same overlay twice.
        self._overlays = getattr(viewer, "__wrapped__", viewer).canvas.overlays
        self._name = name
        self._overlay: TextOverlay | None = None

    def say(self, text: str) -> None:
        """Show a text from now on; nothing if it is empty."""
        there = self._overlay is not None and self._overlays.get(self._name) is self._overlay
        if not text:
            if there:
                del self._overlays[self._name]
            self._overlay = None
        elif there:
            assert self._overlay is not None
            self._overlay.text = text
        else:
            self._overlay = TextOverlay(text=text, font_size=SIZE, visible=True)
            # The type has no public name.
            self._overlay.position = type(self._overlay.position)("top_center")
            self._overlays[self._name] = self._overlay
