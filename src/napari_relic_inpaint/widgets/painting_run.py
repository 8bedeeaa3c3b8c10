"""The restoration of a picture that is being painted on, as a thread works on it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from typing import Any

from napari.layers import Image, Labels, Layer

from napari_relic_inpaint.errors import RelicInpaintError
from napari_relic_inpaint.following.following import Following
from napari_relic_inpaint.marking.label_mask import LabelMask
from napari_relic_inpaint.picture.picture import Area
from napari_relic_inpaint.steps import Step
from napari_relic_inpaint.widgets.layers import full_data, in_memory, planes_shape
from napari_relic_inpaint.widgets.placing import mask_on, note_on
from napari_relic_inpaint.widgets.request import Request
from napari_relic_inpaint.windows.live import LiveArray, LiveLevels
from napari_relic_inpaint.windows.window_memory import WindowMemory


class PaintingRun:
    """One picture and one mask, from the switch being turned on to its being turned off.

    Parameters
    ----------
    request : Request
        The picture, and how it is restored.
    memory : WindowMemory
        What other runs on the same picture have painted.

    Attributes
    ----------
    request : Request
        As given.
    levels : list of array-like
        As of a `Run`.
    following : Following or None
        The work; None before the first steps.
    """

    def __init__(self, request: Request, memory: WindowMemory) -> None:
        self.request = request
        self.levels: list[Any] = []
        self.following: Following | None = None
        self._memory = memory
        self._live: LiveArray | LiveLevels | None = None

    def steps(
        self, damage: Any, areas: list[Area] | None, should_stop: Callable[[], bool]
    ) -> Generator[Step, None, None]:
        """Follow the mask as it is now, and return the steps of what that takes.

        Parameters
        ----------
        damage : array-like
            What `live_mask` returned.
        areas : list of tuple of slice, optional
            Where it may have changed since the last steps.
        should_stop : callable
            Asked often.
        """
        if self.following is None:
            self._begin(damage)
        assert self.following is not None
        assert self._live is not None
        self.following.follow(damage, areas)
        for step in self.following.steps(should_stop):
            if step.changed is not None:
                self._live.update(step.changed)
            yield step

    def _begin(self, damage: Any) -> None:
        request = self.request
        self.following = Following(
            request.picture,
            damage,
            rgb=request.rgb,
            edges=None if request.edges is None else request.edges.data,
            memory=self._memory,
            **request.limits,
            **request.options,
        )
        restored = self.following.picture
        if request.source.multiscale or not in_memory(request.picture):
            self._live = LiveLevels(restored, request.lower)
        else:
            self._live = LiveArray(restored)
        self.levels = self._live.levels


def live_mask(picture: Image, damage: Layer, label: int | None) -> Any:
    """Return what is damaged for each pixel of a picture, to be read in a thread.

    Labels that lie pixel on pixel are read where they are painted, since to copy those of a large
    picture after each stroke would hold the painter up. What is read while the user paints on is
    read again after the next stroke.
    """
    if is_followed_closely(picture, damage):
        return LabelMask(full_data(damage), label)
    return mask_on(picture, damage, label).data


def is_followed_closely(picture: Image, damage: Layer) -> bool:
    """Tell whether the pixels of a layer of labels are those of a picture."""
    return (
        isinstance(damage, Labels)
        and tuple(full_data(damage).shape) in (planes_shape(picture), planes_shape(picture)[-2:])
        and not note_on(picture, damage)
    )


def guarded(
    run: PaintingRun, damage: Any, areas: list[Area] | None, stop: threading.Event
) -> Generator[tuple[PaintingRun, Step], None, tuple[PaintingRun, RelicInpaintError | None]]:
    """Return the steps of a run; expected errors come as results.

    They are sentences for the user, not crashes.
    """
    try:
        for step in run.steps(damage, areas, stop.is_set):
            yield run, step
    except RelicInpaintError as error:
        return run, error
    return run, None


def painted_area(event: Any) -> Area:
    """Return the rectangle that napari says was painted."""
    top, left = (int(start) for start in event.offset)
    height, width = event.data.shape[:2]
    return slice(top, top + height), slice(left, left + width)
