"""A restoration as it is being made: pictures of any size, read and filled window by window."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from typing import Any

import numpy as np

from napari_relic_inpaint import methods
from napari_relic_inpaint.clock import Clock
from napari_relic_inpaint.detail.copying import Copying
from napari_relic_inpaint.detail.pieces import has_room
from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.marking.damage import check_extent, note_of_inversion
from napari_relic_inpaint.marking.plane_masks import PlaneMasks
from napari_relic_inpaint.picture.lazy_planes import EdgeMaps, PlaneFill, RestoredPicture
from napari_relic_inpaint.picture.picture import Picture, ValueRange, is_colour
from napari_relic_inpaint.record import make_record
from napari_relic_inpaint.settings import make_settings
from napari_relic_inpaint.steps import Step, changed
from napari_relic_inpaint.windows.beginning import Beginning
from napari_relic_inpaint.windows.plane import Painted, PictureSource, Plane, Progress
from napari_relic_inpaint.windows.survey import Survey, Surveyor, coarse_picture
from napari_relic_inpaint.windows.window_memory import WindowMemory


class Retouching:
    """The retouching of a picture: what is painted into its damage, apart from the picture.

    Memory grows with the damage, some 40 bytes a damaged pixel, and not with the picture, which is
    read piece by piece: give it as a dask or zarr array, or as what `files.open_picture` returns.

    >>> work = Retouching(scan, damage)  # doctest: +SKIP
    >>> for step in work.steps():  # doctest: +SKIP
    ...     print(f"{step.fraction:.0%}")
    >>> work.picture[:1000, :1000]  # doctest: +SKIP

    Parameters
    ----------
    picture, damage, rgb, edges, copy_from, never_from, should_stop, **options
        As for `restore`. The picture has to stay as it is for as long as this object is used.
    memory : WindowMemory, optional
        Remembers what was painted into each window. With the memory of an earlier run, windows in
        which nothing has changed since are not run again.
    beginning : Beginning, optional
        What restorations of the same picture and damage have in common, found by the first of them.

    Attributes
    ----------
    picture : RestoredPicture
        Array-like of the input's shape and dtype, read by slices; complete when the steps are
        over, and before that as far as they are.
    edges : EdgeMaps or None
        Array-like ``(..., H, W)`` of uint8, 1 = edge; None for methods without edges. Planes that
        are not finished yet have none.
    sources, confidence : SourceMaps, ConfidenceMaps or None
        Array-likes that tell where each pixel of the detail came from, and how well that suits;
        None without detail. Planes that are not finished yet have none.
    record : dict
        What was done, with what; takes JSON. Empty until the steps are over.
    widest_hole : int or None
        Width in pixels of the widest holes that the method was found to restore better than a
        smooth fill, if that is known.

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
        should_stop: Callable[[], bool] | None = None,
        memory: WindowMemory | None = None,
        beginning: Beginning | None = None,
        **options: Any,
    ) -> None:
        self._started = time.perf_counter()
        self._settings = make_settings(**options)
        self._source = Picture(picture, rgb=is_colour(picture, damage) if rgb is None else rgb)
        self._masks = PlaneMasks(damage, self._source, "damage")
        self._drawn = None if edges is None else PlaneMasks(edges, self._source, "edges")
        self._method = methods.make(self._settings, should_stop)
        if self._drawn is not None and not self._method.uses_edges:
            raise InputError(f"the method {self._settings.method!r} uses no edges: leave them out")
        detail = self._settings.detail == "picture"
        if not detail and not (copy_from is None and never_from is None):
            raise InputError(
                "nothing is copied without detail: leave out where to copy from, or choose the "
                "detail 'picture'"
            )
        self._copying = (
            Copying(self._source, copy_from, never_from, should_stop) if detail else None
        )
        self._memory = memory
        self._beginning = beginning
        self.widest_hole = self._method.widest_hole
        self._remembered = 0
        self._clock = Clock(should_stop)
        self.picture = RestoredPicture(self._source)
        self.edges = EdgeMaps(self._source) if self._method.uses_edges else None
        self.sources = None if self._copying is None else self._copying.sources
        self.confidence = None if self._copying is None else self._copying.confidence
        self.record: dict[str, Any] = {}

    def steps(self) -> Generator[Step, None, None]:
        """Do the work, once, yielding a `Step` after each part of it."""
        begun = self._beginning or Beginning()
        if not begun.surveys:
            yield from self._survey_all(begun)
        surveys = begun.surveys
        damaged = {
            index: len(survey.pixels)
            for index, survey in zip(self._source.planes, surveys, strict=True)
        }
        pixels = self._source.shape[0] * self._source.shape[1]
        check_extent(damaged, pixels)
        scale = common_range(self._source.dtype, surveys)
        self._clock.planes = sum(count > 0 for count in damaged.values())
        windows = 0
        for index, survey in zip(self._source.planes, surveys, strict=True):
            if damaged[index]:
                self._clock.next_plane(detail=self._copying is not None and has_room(survey.pixels))
                windows += yield from self._restore(index, survey, scale)
        widest = max(survey.widest for survey in surveys)
        self.record = make_record(
            picture=self._source,
            scale=scale,
            picture_sha256=begun.picture_sha256,
            mask_sha256=begun.mask_sha256,
            damaged=sum(damaged.values()),
            widest=widest,
            edges=self.edges,
            edges_drawn=self._drawn is not None,
            settings=self._settings,
            method=method_record(
                self._method,
                self._copying,
                widest,
                sum(damaged.values()) / (pixels * len(damaged)),
            ),
            windows=windows,
            remembered=self._remembered,
            seconds=time.perf_counter() - self._started,
        )

    def _survey_all(self, begun: Beginning) -> Generator[Step, None, None]:
        surveyor = Surveyor(self._source, self._masks)
        total = len(surveyor.bands()) * len(self._source.planes)
        surveys = []
        done = 0
        for index in self._source.planes:
            for survey in surveyor.plane(index):
                if survey is not None:
                    surveys.append(survey)
                    continue
                done += 1
                yield self._clock.step(Progress("reading", done, total))
        begun.surveyed(surveys, surveyor)

    def _restore(
        self, index: tuple[int, ...], survey: Survey, scale: ValueRange
    ) -> Generator[Step, None, int]:
        """Restore one plane; returns the number of its windows."""
        pixels = survey.pixels
        plane = Plane(
            PictureSource(self._source, index, scale),
            pixels,
            coarse=coarse_picture(survey, scale),
            window=self._method.own_window or self._settings.window,
            memory=self._memory,
        )
        drawn = None if self._drawn is None else self._drawn.of_pixels(index, pixels)
        fill = PlaneFill(self._source, pixels)
        self.picture.add(index, fill)
        if self._beginning is None or not self._beginning.give(index, plane):
            for progress in plane.fill_smoothly():
                yield self._clock.step(progress)
            if self._beginning is not None:
                self._beginning.keep(index, plane)

        def shown(progress: Progress) -> Step:
            area: tuple[int | slice, ...] | None = None
            if progress.painted is not None:
                area = (*index, *self._paint(fill, progress.painted, scale))
                self._remembered += progress.painted.remembered
            return self._clock.step(progress, area)

        colours = yield from changed(self._method.restore(plane, drawn), shown)
        if self._copying is not None:
            edges = plane.hole_edges if self._method.uses_edges else None
            yield from changed(self._copying.steps(index, plane, colours, edges), shown)
        fill.values[...] = self._source.values(colours, scale)
        fill.painted[...] = True
        if self.edges is not None:
            self.edges.add(index, plane.known_edges, pixels, plane.hole_edges)
        return len(plane.windows)

    def _paint(self, fill: PlaneFill, painted: Painted, scale: ValueRange) -> tuple[slice, slice]:
        """Show what a window has painted; returns the rectangle that it lies in."""
        fill.values[painted.numbers] = self._source.values(painted.colours, scale)
        fill.painted[painted.numbers] = True
        return fill.pixels.bounds(painted.numbers)


def common_range(dtype: np.dtype[Any], surveys: list[Survey]) -> ValueRange:
    """One range for all planes, so that a stack keeps its relative brightness."""
    darkest = min(survey.darkest for survey in surveys)
    brightest = max(survey.brightest for survey in surveys)
    return ValueRange.of(dtype, darkest, brightest)


def method_record(
    method: methods.Method, copying: Copying | None, widest: int, share: float
) -> dict[str, Any]:
    """Return what a method says of itself, and what is to be doubted.

    Parameters
    ----------
    method : Method
        The method after its run.
    copying : Copying or None
        What copied the detail, if there is any.
    widest : int
        Diameter in pixels of the largest disk in the damage.
    share : float
        Share of the picture that is damaged.
    """
    record = method.record()
    if copying is not None:
        record["detail"] = copying.record()
        record["warnings"] = [*record.get("warnings", ()), *copying.warnings]
    inverted = note_of_inversion(share)
    if inverted is not None:
        record["warnings"] = [*record.get("warnings", ()), inverted]
    measured = method.widest_hole
    if measured is not None and widest > measured:
        sentence = (
            f"The damage has a place {widest} pixels wide, wider than {measured} pixels, "
            "up to which the model was found to do better than a smooth fill: look at the "
            "fill there with doubt."
        )
        record["warnings"] = [*record.get("warnings", ()), sentence]
    return record
