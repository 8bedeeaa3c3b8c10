"""The parameters of a display mode."""

from __future__ import annotations

from magicgui.widgets import FloatSlider, LineEdit

from napari_relic_inpaint.showing.modes import MODES, DisplayMode
from napari_relic_inpaint.widgets.form import Form


class ModeFields(Form):
    """The fields of the mode that is chosen; those that it does not have are hidden."""

    def __init__(self) -> None:
        self.line = LineEdit(
            label="Line",
            tooltip="Width of lines and strokes, or diameter of dots: in pixels, as 3px, or in "
            "millimetres on the object, such as 0.4mm, if the scale is known. Empty: what the mode "
            "usually has. At least a pixel.",
        )
        self.spacing = LineEdit(
            label="Spacing",
            tooltip="From the middle of a line or dot to that of the next: 6px or 0.8mm. Empty: "
            "twice the width of lines, 1.5 times that of dots.",
        )
        self.angle = FloatSlider(
            label="Angle",
            min=-90,
            max=90,
            step=1,
            value=0,
            tooltip="By how many degrees the lines lean from the upright, clockwise.",
        )
        self.contrast = FloatSlider(
            label="Contrast",
            min=1,
            max=60,
            step=1,
            value=26,
            tooltip="How much lighter than the lines is what is between them, in steps of "
            "lightness (black to white is 100). The mean stays that of the fill.",
        )
        self.saturation = FloatSlider(
            label="Colour left",
            min=0,
            max=0.99,
            step=0.01,
            value=0.5,
            tooltip="Share of the colour that is left: 0 is grey.",
        )
        self.step = FloatSlider(
            label="Step",
            min=-60,
            max=60,
            step=1,
            value=10,
            tooltip="By how much the fill is lighter, in steps of lightness (black to white is "
            "100). Left of the middle: darker.",
        )
        super().__init__(
            [self.line, self.spacing, self.angle, self.contrast, self.saturation, self.step]
        )

    def show_mode(self, mode: DisplayMode | None) -> None:
        """Show the parameters of a mode; None has none."""
        had = () if mode is None else mode.parameters
        with self.changed.blocked():
            for name, field in self._fields().items():
                field.visible = name in had
            if mode is None:
                return
            self.line.value = "" if mode.line is None else str(mode.line)
            self.spacing.value = "" if mode.spacing is None else str(mode.spacing)
            self.angle.value = mode.angle
            self.contrast.value = mode.contrast
            self.saturation.value = min(mode.colour_left, self.saturation.max)
            self.step.value = mode.step

    def texts(self) -> dict[str, str]:
        """Return what the fields that are shown say, as `DisplayMode.with_text` takes it."""
        said = {
            name: str(field.value).strip()
            for name, field in self._fields().items()
            if not field.native.isHidden()
        }
        return {name: text for name, text in said.items() if text}

    def _fields(self) -> dict[str, LineEdit | FloatSlider]:
        names = {name for _, parameters in MODES.values() for name in parameters}
        return {name: getattr(self, name) for name in sorted(names)}
