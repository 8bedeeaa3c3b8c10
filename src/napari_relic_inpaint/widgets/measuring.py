"""What a measurement takes from the layers, and which layer its map of differences goes to."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from napari.components import ViewerModel
from napari.layers import Image, Layer
from numpy.typing import NDArray

from napari_relic_inpaint.errors import InputError, ScalesError
from napari_relic_inpaint.measuring.appearance import Lpips
from napari_relic_inpaint.measuring.evaluation import Evaluation, evaluate_steps
from napari_relic_inpaint.record import detail_of
from napari_relic_inpaint.remedies import NAPARI, worded
from napari_relic_inpaint.steps import Step
from napari_relic_inpaint.widgets.layers import (
    DIFFERENCE_KEY,
    RECORD_KEY,
    SCORES_KEY,
    geometry,
    planes_shape,
    show,
    snapshot,
    source_of,
)
from napari_relic_inpaint.widgets.placing import (
    PIXEL_ON_PIXEL,
    Placed,
    differently,
    labels_on,
    obstacle,
)
from napari_relic_inpaint.widgets.scores import Measurement

LARGEST_SHOWN = 20.0
"""CIEDE2000 that is shown brightest in every map, so that maps can be compared by eye."""

COLORMAP = "inferno"

WHITE = "White is"
"""Label of the field for `Request.white`."""


@dataclass(frozen=True)
class Request:
    """Everything a measurement needs, taken from the layers when it starts.

    Attributes
    ----------
    source : Image
        The restored picture's layer.
    names : tuple of str
        Names of the restored layer, the reference and the damage; the last is empty without one.
    method : str
        How it was restored, as its record says; empty without a record.
    restored, reference : array
        The data of both, copied if in memory.
    damage : Placed or None
        The damage's labels on the picture's pixels; None measures the whole picture.
    rgb : bool
        Whether the last axis is colour; of a grey and a colour picture, that of the colour one.
    place : dict
        Where the restored picture lies in the world.
    white : float or None
        The value that counts as white in both pictures; None tells it from their values.
    lpips : bool
        Whether LPIPS is measured as well.
    against_damage : bool
        Whether the reference is the damaged picture that was restored.
    """

    source: Image
    names: tuple[str, str, str]
    method: str
    restored: Any
    reference: Any
    damage: Placed | None
    rgb: bool
    place: dict[str, Any]
    white: float | None
    lpips: bool
    against_damage: bool

    @classmethod
    def of(
        cls,
        restored: Image,
        reference: Image,
        damage: Layer | None,
        white: float | None = None,
        *,
        lpips: bool = False,
    ) -> Request:
        """Take a request from layers; `misfit` has to say that they fit."""
        return cls(
            source=restored,
            names=(restored.name, reference.name, "" if damage is None else damage.name),
            method=method_of(restored),
            restored=snapshot(restored),
            reference=snapshot(reference),
            damage=None if damage is None else labels_on(restored, damage),
            rgb=restored.rgb or reference.rgb,
            place=geometry(restored),
            white=white,
            lpips=lpips,
            against_damage=source_of(restored) is reference,
        )

    def steps(self, should_stop: Callable[[], bool]) -> Generator[Step, None, Evaluation]:
        """Return the steps of the evaluation."""
        damage = None if self.damage is None else self.damage.data
        try:
            with Lpips() if self.lpips else nullcontext() as lpips:
                return (
                    yield from evaluate_steps(
                        self.restored,
                        self.reference,
                        damage,
                        rgb=self.rgb,
                        data_range=self.white,
                        lpips=lpips,
                        should_stop=should_stop,
                    )
                )
        except ScalesError as error:
            raise InputError(error.advising(f"choose under '{WHITE}'")) from None

    def notes(self, evaluation: Evaluation) -> list[str]:
        """Return what was converted, how the damage lies if elsewhere, and what misleads."""
        said = [self.damage.note] if self.damage is not None and self.damage.note else []
        if self.against_damage:
            said.append(
                f"'{self.names[1]}' is the damaged picture: the scores say how much was changed, "
                "not how close it comes to what was there."
            )
        return [*said, *(worded(note, NAPARI) for note in evaluation.notes)]

    def measurements(self, evaluation: Evaluation) -> list[Measurement]:
        """Return the rows for the table."""
        restored, reference, damage = self.names
        notes = " ".join(self.notes(evaluation))
        return [
            Measurement(restored, self.method, reference, damage, notes, row)
            for row in evaluation.rows
        ]

    def keep(self, evaluation: Evaluation) -> None:
        """Keep the scores with the restored layer, for its report, in the place of older ones."""
        scores = [{"reference": self.names[1], **_plain(asdict(row))} for row in evaluation.rows]
        self.source.metadata = {**self.source.metadata, SCORES_KEY: scores}


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """Return scores as JSON has them, which knows neither infinity nor NaN."""
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in row.items()
    }


def misfit(restored: Image, other: Layer) -> str | None:
    """Return why a reference or a damage layer cannot be used, None if it can."""
    if not isinstance(other, Image):
        return obstacle(restored, other)
    has, wanted = planes_shape(other), planes_shape(restored)
    if has != wanted:
        return (
            f"'{other.name}' is {_words(has)}, '{restored.name}' is {_words(wanted)}: choose "
            "pictures of one size."
        )
    found = differently(restored, other)
    return found and (
        f"{found}, and values are not interpolated. If its pixels are those of the picture, "
        f"{PIXEL_ON_PIXEL}; else bring it to these pixels first."
    )


def _words(size: tuple[int, ...]) -> str:
    return " x ".join(map(str, size))


def method_of(restored: Layer) -> str:
    """Return how a layer was restored: ``two-stage, relic-base, detail from the picture``.

    Empty if nobody knows.
    """
    record = restored.metadata.get(RECORD_KEY)
    if not isinstance(record, dict):
        return ""
    method = record.get("settings", {}).get("method", "")
    model = record.get("model", {}).get("name", "")
    return ", ".join(part for part in (method, model, detail_of(record)) if part)


class DifferenceMaps:
    """The layers that show where colours differ; measuring a picture again updates its map.

    Parameters
    ----------
    viewer : ViewerModel
        Where they are shown.
    """

    def __init__(self, viewer: ViewerModel) -> None:
        self._viewer = viewer
        self._maps: WeakKeyDictionary[Layer, Layer] = WeakKeyDictionary()

    def show(self, request: Request, difference: NDArray[np.float32], *, visible: bool) -> Layer:
        """Lay a map, ``(..., H, W)`` of CIEDE2000, over the restored picture; return its layer."""
        names = dict(zip(("restored", "reference", "damage"), request.names, strict=True))
        new = Image(
            difference,
            name=f"{request.names[0]} colour difference",
            rgb=False,
            colormap=COLORMAP,
            contrast_limits=(0.0, LARGEST_SHOWN),
            metadata={DIFFERENCE_KEY: {"measure": "CIEDE2000", **names}},
            **request.place,
        )
        layer = show(self._viewer, new, self._maps.get(request.source))
        layer.visible = visible
        self._maps[request.source] = layer
        return layer

    def set_visible(self, visible: bool) -> None:
        """Show or hide all maps."""
        for layer in self._maps.values():
            layer.visible = visible
