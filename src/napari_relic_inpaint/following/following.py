"""A restoration that is kept up to date while its mask is being painted.

After each change of the mask three things are done, each where the change can be felt: new damage
is filled with a spline, in no time; the windows that see the change are painted; detail is added.
When all of it is over, everything is as `Retouching` would make it of the same mask.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint import methods
from napari_relic_inpaint.detail.copying import Copying
from napari_relic_inpaint.detail.readiness import preparing
from napari_relic_inpaint.errors import InputError, Stopped
from napari_relic_inpaint.following.account import record_of
from napari_relic_inpaint.following.changes import change_in
from napari_relic_inpaint.following.plane_state import PlaneState
from napari_relic_inpaint.following.stages import Stage, Stages
from napari_relic_inpaint.marking.damage import check_extent
from napari_relic_inpaint.marking.plane_masks import PlaneMasks
from napari_relic_inpaint.picture.lazy_planes import EdgeMaps, RestoredPicture
from napari_relic_inpaint.picture.picture import Area, Picture, ValueRange, is_colour
from napari_relic_inpaint.picture.tiles import bands
from napari_relic_inpaint.retouching import Retouching, common_range
from napari_relic_inpaint.settings import make_settings
from napari_relic_inpaint.steps import Step, part_of
from napari_relic_inpaint.windows.plane import Progress
from napari_relic_inpaint.windows.standing_survey import StandingSurvey
from napari_relic_inpaint.windows.survey import Surveyor
from napari_relic_inpaint.windows.window_memory import WindowMemory

NOISE = 24
"""Side in pixels of the hole in noise with which networks are warmed up."""


class Following:
    """The retouching of a picture whose damage is being painted.

    >>> work = Following(scan, damage)  # doctest: +SKIP
    >>> finish(work.steps())  # doctest: +SKIP
    >>> work.update((slice(10, 20), slice(30, 50)), np.ones((10, 20), bool))  # doctest: +SKIP
    >>> finish(work.steps())  # doctest: +SKIP

    Steps can be stopped at any time, by ``should_stop`` or by closing the generator: the next ones
    go on from what has been done.

    Parameters
    ----------
    picture, damage, rgb, edges, copy_from, never_from, memory, **options
        As for `Retouching`; the damage at the start, of which nothing needs to be damaged yet.

    Attributes
    ----------
    picture : RestoredPicture
        Array-like of the input's shape and dtype, read by slices; as far as the steps are.
    edges : EdgeMaps or None
        As of `Retouching`, after the last steps that came to their end; ``sources`` and
        ``confidence``, too.
    record : dict
        What was done, with what, when the steps are over; empty while there is work to do, and if
        nothing is damaged.

    Raises
    ------
    InputError, ModelError
        As for `restore`.
    """

    def __init__(
        self,
        picture: Any,
        damage: Any,
        *,
        rgb: bool | None = None,
        edges: Any | None = None,
        copy_from: Any | None = None,
        never_from: Any | None = None,
        memory: WindowMemory | None = None,
        **options: Any,
    ) -> None:
        self._settings = make_settings(**options)
        self._source = Picture(picture, rgb=is_colour(picture, damage) if rgb is None else rgb)
        self._masks = PlaneMasks(damage, self._source, "damage")
        method = methods.make(self._settings, self._is_stopped)
        if edges is not None and not method.uses_edges:
            raise InputError(f"the method {self._settings.method!r} uses no edges: leave them out")
        copying = None
        if self._settings.detail == "picture":
            copying = Copying(self._source, copy_from, never_from, self._is_stopped)
        self._stages = Stages(
            self._source,
            method,
            method.own_window or self._settings.window,
            None if edges is None else PlaneMasks(edges, self._source, "edges"),
            copying,
            memory or WindowMemory(),
        )
        self._should_stop: Callable[[], bool] = lambda: False
        self._states: dict[tuple[int, ...], PlaneState] = {}
        self._scale: ValueRange | None = None
        self._picture_sha256 = ""
        self.picture = RestoredPicture(self._source)
        self.edges = EdgeMaps(self._source) if method.uses_edges else None
        self.sources = None if copying is None else copying.sources
        self.confidence = None if copying is None else copying.confidence
        self.record: dict[str, Any] = {}

    def follow(self, damage: Any, areas: Iterable[Area] | None = None) -> bool:
        """Take over the whole damage as it is now; returns whether anything changed.

        Parameters
        ----------
        damage : array-like
            As for `restore`.
        areas : iterable of tuple of slice, optional
            Where it may have changed, in all planes; by default everywhere.
        """
        masks = PlaneMasks(damage, self._source, "damage")
        if not self._states:
            self._masks = masks
            return True
        width = self._source.shape[1]
        places = (
            list(areas)
            if areas is not None
            else [(rows, slice(0, width)) for rows in bands(*self._source.shape)]
        )
        different = False
        for index, state in self._states.items():
            for area in places:
                change = change_in(area, masks, index, state.pixels)
                if change is not None:
                    different |= self.update(*change, index)
        return different

    def update(self, area: Area, damage: NDArray[np.bool_], index: tuple[int, ...] = ()) -> bool:
        """Change the damage in a rectangle; returns whether anything changed.

        To be called between steps, when these have begun once.

        Parameters
        ----------
        area : tuple of slice
            Rows and columns, with explicit starts and stops.
        damage : (h, w) array of bool
            The damage there now.
        index : tuple of int
            The plane.

        Raises
        ------
        InputError
            If what is not damaged any more is NaN or infinite.
        """
        different = self._states[index].update(area, damage)
        if different:
            self.record = {}
        return different

    def steps(self, should_stop: Callable[[], bool] | None = None) -> Generator[Step, None, None]:
        """Do what is left to do, yielding a `Step` after each part of it.

        Raises
        ------
        ExtentError
            If a plane has no known pixel left.
        Stopped
            If ``should_stop`` said so.
        """
        started = time.perf_counter()
        self._should_stop = should_stop or (lambda: False)
        if not self._states:
            yield from part_of(self._begin(), 0, 0.1)
        for index, state in self._states.items():
            state.renumber()
            self.picture.add(index, state.fill)
            for area in state.erased:
                # What was erased looks as it did before it was damaged.
                yield Step("reading", 1, 1, 0.1, (*index, *area))
        damaged = {index: len(state.pixels) for index, state in self._states.items()}
        if any(damaged.values()):
            check_extent(damaged, self._source.shape[0] * self._source.shape[1])
        self._choose_scale()
        followed = [i for i, state in self._states.items() if state.coarse is not None]
        yield from part_of(self._stage(self._stages.spline, followed), 0.1, 0.15)
        yield from part_of(self._stage(self._stages.paint), 0.15, 0.5)
        yield from part_of(self._stage(self._stages.detail), 0.5, 1)
        if self.edges is not None:
            for index, state in self._states.items():
                self.edges.add(index, state.known_edges, state.pixels, state.hole_edges)
        if any(damaged.values()) and not self.record and self._scale is not None:
            self.record = record_of(
                self._stages,
                self._states,
                edges=self.edges,
                scale=self._scale,
                picture_sha256=self._picture_sha256,
                settings=self._settings,
                seconds=time.perf_counter() - started,
            )

    def _begin(self) -> Generator[Step, None, None]:
        """Look at everything once, and get the networks ready."""
        if self._stages.copying is not None:
            preparing()
        surveyor = Surveyor(self._source, self._masks)
        states = {}
        total = len(surveyor.bands()) * len(self._source.planes)
        done = 0
        for index in self._source.planes:
            for survey in surveyor.plane(index):
                self._check()
                if survey is None:
                    done += 1
                    yield Step("reading", done, total, done / total / 2)
                    continue
                standing = StandingSurvey(self._source, index, survey)
                for _ in standing.prepare():
                    self._check()
                states[index] = PlaneState(self._source, standing)
        yield from part_of(self._warm_up(), 0.5, 1)
        self._picture_sha256 = surveyor.picture_sha256
        self._states = states

    def _warm_up(self) -> Generator[Step, None, None]:
        """Run everything once, on noise: the first run of a network takes far longer."""
        side = self._stages.window
        noise = np.random.default_rng(0).integers(0, 256, (side, side, 3), np.uint8)
        hole = np.zeros((side, side), bool)
        hole[:NOISE, :NOISE] = True
        options = self._settings.as_dict() | {"detail": "none"}
        work = Retouching(noise, hole, rgb=True, should_stop=self._is_stopped, **options)
        with closing(work.steps()) as steps:
            for step in steps:
                yield Step("getting ready", step.done, step.total, step.fraction)

    def _choose_scale(self) -> None:
        """Choose which values are black and white; where these change, all has to be done anew."""
        surveys = [state.survey.now for state in self._states.values()]
        scale = common_range(self._source.dtype, surveys)
        if scale != self._scale:
            for state in self._states.values():
                state.forget()
        self._scale = scale

    def _stage(
        self,
        stage: Callable[[tuple[int, ...], PlaneState, ValueRange], Stage],
        planes: Iterable[tuple[int, ...]] | None = None,
    ) -> Generator[Step, None, None]:
        """Go through the planes in which there is something to do."""
        assert self._scale is not None
        wanted = [
            (index, self._states[index])
            for index in (self._states if planes is None else planes)
            if not self._states[index].up_to_date
        ]
        for number, (index, state) in enumerate(wanted):
            for progress in stage(index, state, self._scale):
                share = (number + progress.done / progress.total) / len(wanted)
                yield self._step(index, state, progress, self._scale, share)

    def _step(
        self,
        index: tuple[int, ...],
        state: PlaneState,
        progress: Progress,
        scale: ValueRange,
        share: float,
    ) -> Step:
        if progress.painted is None:
            self._check()
            return Step(progress.stage, progress.done, progress.total, share)
        # What is shown is told of before anything stops.
        numbers = progress.painted.numbers
        state.fill.values[numbers] = self._source.values(progress.painted.colours, scale)
        state.fill.painted[numbers] = True
        area: tuple[int | slice, ...] = (*index, *state.pixels.bounds(numbers))
        return Step(progress.stage, progress.done, progress.total, share, area)

    def _is_stopped(self) -> bool:
        return self._should_stop()

    def _check(self) -> None:
        if self._should_stop():
            raise Stopped("the restoration was stopped")
