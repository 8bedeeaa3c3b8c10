"""The whole way from a damaged picture to a restored one, as steps that can be watched."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint import methods
from napari_relic_inpaint.damage import PlaneMasks
from napari_relic_inpaint.errors import InputError, Stopped
from napari_relic_inpaint.picture import Picture, ValueRange, is_colour
from napari_relic_inpaint.plane import Plane, Progress
from napari_relic_inpaint.record import make_record
from napari_relic_inpaint.settings import make_settings
from napari_relic_inpaint.steps import Step, finish
from napari_relic_inpaint.survey import Survey, Surveyor, coarse_picture

READING = 0.05
"""Share of a run's time that reading takes, roughly; for the progress bar only."""

STAGE_ENDS = {
    "reading": 1.0,
    "filling smoothly": 0.06,
    "finding edges": 0.15,
    "completing edges": 0.6,
    "painting": 1.0,
}
"""Share of a plane's time after which each stage is over, roughly."""

Result = TypeVar("Result")


@dataclass(frozen=True)
class Restoration:
    """The result of a restoration.

    Attributes
    ----------
    picture : array
        Same shape and dtype as the input; identical to it outside the damage, bit for bit.
    edges : array of uint8 or None
        ``(..., H, W)``, 1 = edge: Canny edges around the damage and completed ones inside it.
        None for methods without edges.
    record : dict
        What was done, with what; takes JSON.
    """

    picture: NDArray[Any]
    edges: NDArray[np.uint8] | None
    record: dict[str, Any] = field(repr=False)


def restore(
    picture: Any,
    damage: Any,
    *,
    rgb: bool | None = None,
    edges: Any | None = None,
    should_stop: Callable[[], bool] | None = None,
    **options: Any,
) -> Restoration:
    """Restore the damaged parts of a picture.

    Parameters
    ----------
    picture : array-like
        ``(..., H, W)`` grey or ``(..., H, W, C)`` colour, integers or floats; leading axes are a
        stack of planes, each restored on its own. Of three or more channels the first three are
        RGB; the others (alpha, infrared, ...) stay as they are.
    damage : array-like
        ``(H, W)`` for all planes or ``(..., H, W)``, one per plane; nonzero = damaged.
    rgb : bool, optional
        Whether the last axis is colour; by default told from the two shapes.
    edges : array-like, optional
        Same shape as the damage of all planes or of one; nonzero = edge. Replaces the predicted
        edges inside the damage; outside it has no effect.
    should_stop : callable, optional
        Asked often; when it says True the run ends with `Stopped` within a second.
    **options
        ``method``, ``model``, ``device``, ``window``, ``batch``, ``postprocess``: see `Settings`.

    Returns
    -------
    Restoration
        Picture, edges and record.

    Raises
    ------
    InputError
        If picture, damage, edges or an option cannot be worked with.
    ModelError
        If the model cannot be loaded.
    Stopped
        If ``should_stop`` said so.

    Warns
    -----
    UserWarning
        If an accelerator ran out of memory and the run went on on the CPU.
    """
    steps = restore_steps(picture, damage, rgb=rgb, edges=edges, should_stop=should_stop, **options)
    return finish(steps)


def restore_steps(
    picture: Any,
    damage: Any,
    *,
    rgb: bool | None = None,
    edges: Any | None = None,
    should_stop: Callable[[], bool] | None = None,
    **options: Any,
) -> Generator[Step, None, Restoration]:
    """Restore as `restore` does, yielding a `Step` after each part of the work.

    Closing the generator between two steps stops the run and leaves nothing behind. Its return
    value is the `Restoration`.
    """
    started = time.perf_counter()
    settings = make_settings(**options)
    source = Picture(picture, rgb=is_colour(picture, damage) if rgb is None else rgb)
    masks = PlaneMasks(damage, source, "damage")
    drawn = None if edges is None else PlaneMasks(edges, source, "edges")
    method = methods.make(settings, should_stop)
    if drawn is not None and not method.uses_edges:
        raise InputError(f"the method {settings.method!r} uses no edges: leave them out")
    masks.check_damage()
    clock = _Clock(should_stop)

    # From here on only the copy is read: a lazy picture is computed once, and what the caller
    # does to the original meanwhile has no effect.
    result = source.copy()
    source = Picture(result, rgb=source.rgb)
    surveyor = Surveyor(source)
    surveys = yield from _survey_all(surveyor, source, masks, clock)
    scale = _common_range(source, surveys)
    edge_maps = np.zeros((*source.stack, *source.shape), np.uint8) if method.uses_edges else None
    windows = 0
    clock.planes = sum(survey.damaged > 0 for survey in surveys)
    for index, survey in zip(source.planes, surveys, strict=True):
        if not survey.damaged:
            continue
        clock.next_plane()
        coarse = coarse_picture(survey, scale)
        plane = Plane(
            source,
            index,
            masks.plane(index),
            scale=scale,
            coarse=coarse,
            window=method.own_window or settings.window,
        )
        yield from clock.steps(plane.fill_smoothly())
        fill = yield from clock.steps(
            method.restore(plane, None if drawn is None else drawn.plane(index))
        )
        source.paste(result, index, plane.pixels.positions, fill, scale)
        if edge_maps is not None:
            edge_maps[index] = plane.edges
        windows += len(plane.windows)

    record = make_record(
        picture=source,
        scale=scale,
        picture_sha256=surveyor.picture_sha256,
        mask_sha256=surveyor.mask_sha256,
        damaged=sum(survey.damaged for survey in surveys),
        edges=edge_maps,
        edges_drawn=drawn is not None,
        settings=settings,
        method=method.record(),
        windows=windows,
        seconds=time.perf_counter() - started,
    )
    return Restoration(result, edge_maps, record)


def _survey_all(
    surveyor: Surveyor, source: Picture, masks: PlaneMasks, clock: _Clock
) -> Generator[Step, None, list[Survey]]:
    total = len(surveyor.bands()) * len(source.planes)
    surveys = []
    done = 0
    for index in source.planes:
        for survey in surveyor.plane(index, masks.plane(index)):
            if survey is not None:
                surveys.append(survey)
                continue
            done += 1
            yield clock.step(Progress("reading", done, total))
    return surveys


def _common_range(source: Picture, surveys: list[Survey]) -> ValueRange:
    """One range for all planes, so that a stack keeps its relative brightness."""
    darkest = min(survey.darkest for survey in surveys)
    brightest = max(survey.brightest for survey in surveys)
    return ValueRange.of(source.dtype, darkest, brightest)


class _Clock:
    """Turns the progress of single stages into steps of the whole run, and stops it on request.

    ``planes``, the number of planes to restore, is known once all of them have been read.
    """

    def __init__(self, should_stop: Callable[[], bool] | None) -> None:
        self.planes = 1
        self._should_stop = should_stop
        self._plane = -1
        self._stage = "reading"
        self._start = 0.0

    def next_plane(self) -> None:
        self._plane += 1
        self._stage, self._start = "", 0.0

    def step(self, progress: Progress) -> Step:
        if self._should_stop is not None and self._should_stop():
            raise Stopped("the restoration was stopped")
        if progress.stage != self._stage:
            self._start = STAGE_ENDS.get(self._stage, 0.0)
            self._stage = progress.stage
        end = STAGE_ENDS[progress.stage]
        within = self._start + (end - self._start) * progress.done / progress.total
        fraction = (
            within * READING
            if self._plane < 0
            else (READING + (1 - READING) * (self._plane + within) / self.planes)
        )
        return Step(progress.stage, progress.done, progress.total, fraction)

    def steps(self, stages: Generator[Progress, None, Result]) -> Generator[Step, None, Result]:
        while True:
            try:
                progress = next(stages)
            except StopIteration as end:
                result: Result = end.value
                return result
            yield self.step(progress)
