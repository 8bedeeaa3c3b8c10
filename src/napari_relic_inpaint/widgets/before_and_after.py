"""Before and after: a line over the canvas, left of it the damaged picture, right of it the result.

What is drawn of the layers is cut off at the line; the layers are left alone, whether they are
stacks or multiscale, and so is what the user has shown or hidden.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from magicgui.widgets import CheckBox
from napari.components import ViewerModel
from napari.layers import Layer
from qtpy.QtCore import QEvent, QObject
from qtpy.QtWidgets import QWidget

from napari_relic_inpaint.widgets.canvas_nodes import canvas_of, visual_of
from napari_relic_inpaint.widgets.results import Results
from napari_relic_inpaint.widgets.split_line import SplitLine
from napari_relic_inpaint.widgets.wipe import Wipe

KEY = "H"
"""To be held to see the original; napari has no use for it."""


class BeforeAndAfter:
    """The switch, the line and the key.

    Parameters
    ----------
    viewer : ViewerModel
        Where the layers are.
    results : Results
        Which layers the pictures are restored in.

    Attributes
    ----------
    switch : CheckBox
        On while the line is there.
    line : SplitLine or None
        The line; None without a canvas.
    """

    def __init__(self, viewer: ViewerModel, results: Results) -> None:
        self.switch = CheckBox(
            text="Before and after",
            value=False,
            tooltip="Show the damaged picture left of a line, and the restored one right of it. "
            f"Drag the line with the mouse. Hold {KEY} to see the whole picture as it was, with "
            "the line or without.",
        )
        self._viewer = viewer
        self._results = results
        self._picture: Layer | None = None
        self._damage: Layer | None = None
        self._held = False
        self._wipes: dict[Layer, Wipe] = {}
        self.line: SplitLine | None = None
        self._resized: _Resized | None = None
        self.switch.changed.connect(self._show)

    def begin(self, parent: QWidget) -> None:
        """Live as long as the window ``parent``; to be called once."""
        canvas = canvas_of(self._viewer)
        if canvas is None:
            return
        self.line = SplitLine(canvas.native)
        # When the window closes, the canvas may go first.
        self.line.destroyed.connect(self._forget_line)
        self.line.moved.connect(self._show)
        self._resized = _Resized(canvas.native, self._show)
        self._viewer.bind_key(KEY, self._hold, overwrite=True)
        self._viewer.layers.events.removed.connect(self._show)
        self._viewer.layers.events.inserted.connect(self._show)
        self._viewer.dims.events.ndisplay.connect(self._show)
        parent.destroyed.connect(self._end)

    def follow(self, picture: Layer | None, damage: Layer | None) -> None:
        """Compare this picture with what it is restored in, without this damage."""
        self._picture, self._damage = picture, damage
        self._show()

    def _hold(self, _: Any) -> Iterator[None]:
        """Show the original for as long as the key is down."""
        self._held = True
        self._show()
        yield
        self._held = False
        self._show()

    def _show(self, _: Any = None) -> None:
        if self.line is None:
            return
        flat = self._viewer.dims.ndisplay == 2
        on = bool(self.switch.value) and flat
        self.line.setVisible(on)
        wanted = self._cut(on) if (on or self._held) and flat else {}
        for layer in [layer for layer in self._wipes if layer not in wanted]:
            self._wipes.pop(layer).end()
        for layer, left_out in wanted.items():
            visual = visual_of(self._viewer, layer)
            if visual is None:
                continue
            wipe = self._wipes.setdefault(layer, Wipe(visual))
            wipe.cut(left_out)

    def _cut(self, split: bool) -> dict[Layer, float]:
        """Return the layers that are cut off, and the share of the canvas in which each is."""
        assert self.line is not None
        share = self.line.share if split and not self._held else 1.0
        restored = [] if self._picture is None else self._results.finished(self._picture)
        cut: dict[Layer, float] = dict.fromkeys(restored, share)
        if restored and isinstance(self._damage, Layer):
            # The strokes would hide what is to be compared.
            cut[self._damage] = 1.0
        return cut

    def _forget_line(self) -> None:
        self.line = None

    def _end(self) -> None:
        """Leave the canvas as it was."""
        for wipe in self._wipes.values():
            wipe.end()
        self._wipes.clear()
        for emitter in (
            self._viewer.layers.events.removed,
            self._viewer.layers.events.inserted,
            self._viewer.dims.events.ndisplay,
        ):
            emitter.disconnect(self._show)
        self._viewer.bind_key(KEY, None, overwrite=True)
        if self.line is not None:
            self.line.leave()
            self.line = None


class _Resized(QObject):
    """Calls back when the canvas has another size."""

    def __init__(self, canvas: QWidget, on_resize: Any) -> None:
        super().__init__(canvas)
        self._on_resize = on_resize
        canvas.installEventFilter(self)

    def eventFilter(self, _: QObject, event: QEvent) -> bool:
        """Look at an event, and let it pass."""
        if event.type() == QEvent.Type.Resize:
            self._on_resize()
        return False
