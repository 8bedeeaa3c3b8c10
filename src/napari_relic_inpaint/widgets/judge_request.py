"""What judging takes from the layers when it starts."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

from napari.layers import Image, Labels, Layer

from napari_relic_inpaint.errors import Stopped
from napari_relic_inpaint.judging.hypothesis import Hypothesis
from napari_relic_inpaint.judging.judging import Judging
from napari_relic_inpaint.marking.classes import DamageClass
from napari_relic_inpaint.steps import Step
from napari_relic_inpaint.widgets.classed_layer import classes_of
from napari_relic_inpaint.widgets.judge_fields import Judged
from napari_relic_inpaint.widgets.layers import (
    geometry,
    image_appearance,
    lower_levels,
    snapshot,
)
from napari_relic_inpaint.widgets.placing import labels_on, mask_on
from napari_relic_inpaint.windows.window_memory import WindowMemory


@dataclass(frozen=True)
class JudgeRequest:
    """A picture that is judged, as its layers were when this began.

    Attributes
    ----------
    source, damage : Image, Layer
        The layers.
    work : Judging
        The restorations of them; what is in memory is copied.
    lower : list of array-like
        The smaller levels of the picture, if it is multiscale.
    classes : tuple of DamageClass
        What the labels of the damage mean.
    place, look : dict
        Where the picture lies in the world and how it is shown.
    note : str
        How the damage lies, if it lies elsewhere than the picture; else empty.
    """

    source: Image
    damage: Layer
    work: Judging
    lower: list[Any]
    classes: tuple[DamageClass, ...]
    place: dict[str, Any]
    look: dict[str, Any]
    note: str

    @classmethod
    def of(cls, judged: Judged, memory: WindowMemory) -> JudgeRequest:
        """Take a request from layers; raises `InputError` if one does not fit the picture."""
        picture, damage, drawn = judged.picture, judged.damage, judged.drawn
        assert picture is not None and damage is not None
        labels = labels_on(picture, damage)
        return cls(
            source=picture,
            damage=damage,
            work=Judging(
                snapshot(picture),
                labels.data,
                rgb=picture.rgb,
                edges=None if drawn is None else mask_on(picture, drawn, outlines=True).data,
                memory=memory,
                **{name: mask_on(picture, layer).data for name, layer in judged.limits.items()},
            ),
            lower=lower_levels(picture),
            classes=classes_of(damage) if isinstance(damage, Labels) else (),
            place=geometry(picture),
            look=image_appearance(picture),
            note=labels.note,
        )

    def steps(
        self, hypotheses: tuple[Hypothesis, ...], should_stop: Callable[[], bool]
    ) -> Generator[Step, None, bool]:
        """Restore by hypotheses; returns whether all are finished. Those that are stay."""
        before = self.work.finished
        try:
            yield from self.work.steps(hypotheses, should_stop)
        except Stopped:
            if self.work.finished == before:
                raise
            yield from self.work.judge_steps()
            return False
        return True
