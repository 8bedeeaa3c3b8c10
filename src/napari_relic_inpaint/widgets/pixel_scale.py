"""How large a pixel is: as the layer or its file says, from a number, or from a drawn line."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from magicgui.widgets import ComboBox, FloatSpinBox, Label, LineEdit, PushButton
from napari.components import ViewerModel
from napari.layers import Image, Labels, Layer, Shapes
from psygnal import Signal

from napari_relic_inpaint import files
from napari_relic_inpaint.errors import RelicInpaintError
from napari_relic_inpaint.marking.damage_table import PixelSize
from napari_relic_inpaint.marking.pixel_scale import parse_scale
from napari_relic_inpaint.widgets.form import Form
from napari_relic_inpaint.widgets.opening import source_file
from napari_relic_inpaint.widgets.watching import Watch

LAYER, FILE, NUMBER, LINE = "the layer's units", "the picture's file", "a number", "a drawn line"
LINE_NAME = "scale line"


class PixelScale(Form):
    """Where the size of a pixel is from, and what it is.

    Parameters
    ----------
    viewer : ViewerModel
        Where a line is drawn.

    Attributes
    ----------
    size : (float, float) or None
        Height and width of a pixel in millimetres; None if nobody knows.
    resized : Signal
        It is another one now.
    """

    resized = Signal()

    def __init__(self, viewer: ViewerModel) -> None:
        self._viewer = viewer
        self._picture: Image | None = None
        self._damage: Labels | None = None
        self._in_file: tuple[Layer | None, PixelSize | None] = (None, None)
        self.size: PixelSize | None = None
        self.source = ComboBox(
            label="Scale from",
            choices=[LAYER, FILE, NUMBER, LINE],
            tooltip="Where the size of a pixel is from: the scale and units of the layer of "
            "damage, the resolution in the picture's file (photographs have none), a number, or "
            "a line over something whose length you know, such as a ruler in the picture.",
        )
        self.number = LineEdit(
            label="Pixel",
            value="",
            tooltip="The side of a pixel in mm, such as 0.05; or '20 px/mm', or '600 dpi'.",
        )
        self.draw = PushButton(
            text="Draw the line",
            tooltip="Add a layer for the line, with napari's tool for lines in hand. The line "
            "drawn last counts.",
        )
        self.length = FloatSpinBox(
            label="Its length (mm)",
            value=10.0,
            min=0.001,
            max=1e6,
            step=1,
            tooltip="How long the line is in reality, in millimetres.",
        )
        self.told = Label(
            label="A pixel is", value="", tooltip="The size that the table counts by."
        )
        super().__init__([self.source, self.number, self.draw, self.length, self.told])
        self._watch = Watch(lambda _: self._update())
        for field in (self.source, self.number, self.length):
            field.changed.connect(lambda _: self._update())
        self.draw.changed.connect(lambda _: self._draw())
        self._update()

    def follow(self, picture: Image | None, damage: Labels | None) -> None:
        """Tell the size of a pixel of these layers from now on."""
        self._picture, self._damage = picture, damage
        self._update()

    def _update(self) -> None:
        self.number.visible = self.source.value == NUMBER
        self.draw.visible = self.length.visible = self.source.value == LINE
        self._watch.follow(self._line_layer() if self.source.value == LINE else None)
        before = self.size
        try:
            self.size, missing = self._find()
        except RelicInpaintError as error:
            self.size, missing = None, str(error)
        self.told.value = missing if self.size is None else _worded(self.size)
        if self.size != before:
            self.resized.emit()

    def _find(self) -> tuple[PixelSize | None, str]:
        """Return the size of a pixel, and what is missing if there is none."""
        if self._damage is None:
            return None, "not known yet"
        ways: dict[str, tuple[Callable[[Labels], PixelSize | None], str]] = {
            LAYER: (size_in_world, "not known: the layer's units are pixels"),
            FILE: (lambda _: self._size_in_file(), "not known: the file does not say it"),
            NUMBER: (lambda _: self._size_in_words(), "not known yet: write a number"),
            LINE: (self._size_by_line, "not known yet: draw the line"),
        }
        way, missing = ways[str(self.source.value)]
        return way(self._damage), missing

    def _size_in_words(self) -> PixelSize | None:
        given = str(self.number.value).strip()
        side = parse_scale(given) if given else None
        return None if side is None else (side, side)

    def _size_by_line(self, damage: Labels) -> PixelSize | None:
        drawn = _length(self._line_layer(), damage)
        side = float(self.length.value) / drawn if drawn else None
        return None if side is None else (side, side)

    def _size_in_file(self) -> PixelSize | None:
        layer = self._picture
        # Once for each picture: files may lie on slow disks.
        if layer is not self._in_file[0]:
            path = None if layer is None else source_file(layer)
            size = None
            if path is not None and path.exists():
                size = files.pixel_size(files.open_picture(path))
            self._in_file = layer, size
        return self._in_file[1]

    def _line_layer(self) -> Shapes | None:
        for layer in self._viewer.layers:
            if isinstance(layer, Shapes) and layer.name == LINE_NAME:
                return layer
        return None

    def _draw(self) -> None:
        layer = self._line_layer()
        if layer is None:
            layer = Shapes(name=LINE_NAME, ndim=self._viewer.dims.ndim, edge_color="yellow")
            self._viewer.add_layer(layer)
        self._viewer.layers.selection.active = layer
        layer.mode = "add_line"
        self._update()


def size_in_world(layer: Layer) -> PixelSize | None:
    """Return the size of a layer's pixels in millimetres, if its units are lengths."""
    sides = []
    for unit, scale in zip(layer.units[-2:], layer.scale[-2:], strict=True):
        quantity = 1 * unit
        if not quantity.check("[length]"):
            return None
        sides.append(abs(float(quantity.to("mm").magnitude) * float(scale)))
    return sides[0], sides[1]


def _length(line: Shapes | None, damage: Labels) -> float:
    """Return how long the line that was drawn last is, in pixels of the damage."""
    if line is None or not len(line.data):
        return 0.0
    ends: Any = [damage.world_to_data(line.data_to_world(end)) for end in line.data[-1][[0, -1]]]
    return math.dist(*(np.asarray(end)[-2:] for end in ends))


def _worded(size: PixelSize) -> str:
    height, width = size
    if math.isclose(height, width, rel_tol=1e-6):
        return f"{height:.4g} mm"
    return f"{height:.4g} x {width:.4g} mm"
