"""Cuts off what is drawn of a layer, from the left of the canvas to a line."""

from __future__ import annotations

from typing import Any

from vispy.visuals.filters.base_filter import Filter


class _Left(Filter):
    """Draws nothing of a visual left of a column of the window."""

    def __init__(self) -> None:
        super().__init__(
            fcode="void leave_out_left() { if (gl_FragCoord.x < $column) discard; }",
            fhook="pre",
            fpos=1,
        )
        self.column = 0.0

    @property
    def column(self) -> float:
        """The first column that is drawn, in pixels of the screen."""
        return self._column

    @column.setter
    def column(self, column: float) -> None:
        self._column = column
        self.fshader["column"] = float(column)


class Wipe:
    """What is drawn of one layer, cut off.

    Parameters
    ----------
    visual : object
        What draws the layer in napari.
    """

    def __init__(self, visual: Any) -> None:
        self._visual = visual
        self._node: Any = None
        self._left = _Left()

    def cut(self, share: float) -> None:
        """Cut off this share of the canvas from its left, 0 to 1."""
        node = self._visual.node
        if node is not self._node:
            # napari has changed from a picture to a volume or back.
            self.end()
            node.attach(self._left)
            self._node = node
        canvas = node.canvas
        width = canvas.physical_size[0] if canvas is not None else 0
        # The last column, too, if everything is cut off.
        self._left.column = share * width + (share >= 1)
        node.update()

    def end(self) -> None:
        """Draw all of it again."""
        if self._node is not None:
            self._node.detach(self._left)
            self._node.update()
            self._node = None
