"""The fields that say which proposals of damage are wanted."""

from __future__ import annotations

import numpy as np
from magicgui.widgets import (
    CheckBox,
    ComboBox,
    FloatSlider,
    FloatSpinBox,
    Label,
    SpinBox,
)
from magicgui.widgets.bases import Widget
from napari.layers import Image
from qtpy.QtWidgets import QSizePolicy

from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.marking.proposals.cracks import CrackOptions
from napari_relic_inpaint.marking.proposals.lacunae import LacunaOptions
from napari_relic_inpaint.marking.proposals.measured import CRACKS, LACUNAE
from napari_relic_inpaint.widgets.pixel_scale import size_in_world

KINDS = "cracks", "lacunae"
TONES = {"dark and light": (True, True), "dark": (True, False), "light": (False, True)}
PIXELS, MILLIMETRES = "px", "mm"


class ProposalFields:
    """What is looked for, and how sure it has to be; fields show only where they matter.

    Attributes
    ----------
    kind, tone, unit, narrowest, widest, shortest : fields
        Cracks or lacunae, and which cracks.
    tolerance, smallest, similar, pick : fields
        Which lacunae, and how they are pointed at.
    least_score, reliability : fields
        Which proposals are left out, and how often they were right.
    """

    def __init__(self) -> None:
        cracks, lacuna = CrackOptions(), LacunaOptions()
        self.kind = ComboBox(label="Propose", choices=KINDS, tooltip="What is looked for.")
        self.tone = ComboBox(
            label="Cracks are",
            choices=list(TONES),
            tooltip="Darker than both of their sides, lighter, or both.",
        )
        self.unit = ComboBox(
            label="Sizes in",
            choices=[PIXELS, MILLIMETRES],
            tooltip="Pixels of the picture, or millimetres if the scale of its layer is known.",
        )
        self.narrowest = FloatSpinBox(
            label="Width from",
            value=cracks.narrowest,
            min=0,
            max=1000,
            step=0.5,
            tooltip="Narrowest crack that is looked for.",
        )
        self.widest = FloatSpinBox(
            label="Width to",
            value=cracks.widest,
            min=0,
            max=1000,
            step=0.5,
            tooltip="Widest crack that is looked for; wider ones take longer.",
        )
        self.shortest = FloatSpinBox(
            label="Length from",
            value=cracks.shortest,
            min=0,
            max=100_000,
            step=5,
            tooltip="Shorter pieces are left out. The longer, the fewer wrong proposals.",
        )
        self.tolerance = FloatSpinBox(
            label="Tolerance",
            value=lacuna.tolerance,
            min=0.5,
            max=200,
            step=0.5,
            tooltip="How far a colour may be from the one you point at, in CIELAB: 2 is just seen, "
            "10 is clear. Lower it where a lacuna runs out into the picture.",
        )
        self.smallest = SpinBox(
            label="Pixels from",
            value=lacuna.smallest,
            min=1,
            max=10_000_000,
            tooltip="Smaller pieces that look like it are left out.",
        )
        self.similar = CheckBox(
            text="Find more like it",
            tooltip="Propose all places of the picture that look like the lacuna you point at.",
        )
        self.pick = CheckBox(
            text="Pick a lacuna",
            tooltip="While this is on, a click on the picture points at a lacuna.",
        )
        self.least_score = FloatSlider(
            label="Surer than",
            value=cracks.least_score,
            min=0,
            max=0.95,
            step=0.05,
            tooltip="Pieces that look less like damage are left out. The higher, the fewer wrong "
            "proposals, and the more is missed.",
        )
        self.reliability = Label(value="")
        self.reliability.native.setWordWrap(True)
        # As high as its text, however narrow the dock is.
        self.reliability.native.setSizePolicy(
            QSizePolicy.Policy.Expanding, QSizePolicy.Policy.MinimumExpanding
        )
        self.kind.changed.connect(self._show)
        self._show()

    @property
    def all(self) -> list[Widget]:
        """All fields from top to bottom."""
        return [*self._of_both[:1], *self._of_cracks, *self._of_lacunae, *self._of_both[1:]]

    @property
    def _of_cracks(self) -> list[Widget]:
        return [self.tone, self.unit, self.narrowest, self.widest, self.shortest]

    @property
    def _of_lacunae(self) -> list[Widget]:
        return [self.tolerance, self.smallest, self.similar, self.pick]

    @property
    def _of_both(self) -> list[Widget]:
        return [self.kind, self.least_score, self.reliability]

    @property
    def cracks(self) -> bool:
        """Whether cracks are looked for."""
        return bool(self.kind.value == "cracks")

    def _show(self) -> None:
        """Show the fields of what is looked for, and how often it is right."""
        for field in self._of_cracks:
            field.visible = self.cracks
        for field in self._of_lacunae:
            field.visible = not self.cracks
        if self.cracks:
            self.pick.value = False
        options = CrackOptions if self.cracks else LacunaOptions
        self.least_score.value = options.least_score
        self.reliability.value = CRACKS if self.cracks else LACUNAE

    def lacuna_options(self) -> LacunaOptions:
        """Return which lacunae are wanted."""
        return LacunaOptions(self.tolerance.value, self.smallest.value, self.least_score.value)

    def crack_options(self, picture: Image) -> CrackOptions:
        """Return which cracks are wanted on a picture, or raise an `InputError`."""
        dark, light = TONES[self.tone.value]
        pixel = 1.0
        if self.unit.value == MILLIMETRES:
            known = size_in_world(picture)
            if known is None:
                raise InputError(
                    f"nobody knows how large the pixels of '{picture.name}' are: give its layer a "
                    "scale in a unit of length, or sizes in px"
                )
            pixel = float(np.mean(known))
        narrowest, widest, shortest = (
            field.value / pixel for field in (self.narrowest, self.widest, self.shortest)
        )
        if self.unit.value == MILLIMETRES:
            # No crack is narrower than a pixel; a size in mm need not care.
            narrowest, widest = max(narrowest, 1.0), max(widest, 1.0)
        return CrackOptions(dark, light, narrowest, widest, shortest, self.least_score.value)
