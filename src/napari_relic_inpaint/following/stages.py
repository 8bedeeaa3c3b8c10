"""The stages of a restoration on one plane, each where a change can be felt and nowhere else."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint import methods
from napari_relic_inpaint.detail.copying import Copying
from napari_relic_inpaint.edges import CANNY_REACH
from napari_relic_inpaint.following.first_look import first_look
from napari_relic_inpaint.following.own_windows import own_windows, paint_in
from napari_relic_inpaint.following.plane_state import PlaneState
from napari_relic_inpaint.marking.mask_meaning import from_labels
from napari_relic_inpaint.marking.plane_masks import PlaneMasks
from napari_relic_inpaint.picture.hole import HolePixels
from napari_relic_inpaint.picture.picture import Picture, ValueRange
from napari_relic_inpaint.picture.tiles import enlarged, overlap
from napari_relic_inpaint.steps import changed
from napari_relic_inpaint.windows.plane import Painted, PictureSource, Plane, Progress
from napari_relic_inpaint.windows.reach import Reach, reach_of
from napari_relic_inpaint.windows.survey import coarse_picture
from napari_relic_inpaint.windows.window_memory import WindowMemory

Stage = Generator[Progress, None, None]


@dataclass(frozen=True)
class Stages:
    """What is done to planes one after the other.

    Attributes
    ----------
    picture : Picture
        The picture.
    method : Method
        Paints.
    window : int
        Side of a window in pixels.
    drawn : PlaneMasks or None
        The edges to follow; None predicts them.
    copying : Copying or None
        Copies the detail; None leaves the painting as it is.
    memory : WindowMemory
        What has been painted before.
    """

    picture: Picture
    method: methods.Method
    window: int
    drawn: PlaneMasks | None
    copying: Copying | None
    memory: WindowMemory

    def spline(self, index: tuple[int, ...], state: PlaneState, scale: ValueRange) -> Stage:
        """Fill what is newly damaged with a spline; the rest stays as it is."""
        pixels = state.pixels
        new = HolePixels(pixels.shape, pixels.positions[~state.fill.painted])
        if not len(new):
            return
        source = PictureSource(self.picture, index, scale)
        coarse = coarse_picture(state.survey.now, scale)
        done = 0
        for part, colours in first_look(source, pixels, new, coarse):
            done += len(part)
            painted = Painted(pixels.numbers_of(part), colours)
            yield Progress("filling smoothly", done, len(new), painted)

    def paint(self, index: tuple[int, ...], state: PlaneState, scale: ValueRange) -> Stage:
        """Let the method paint what may look different than at the last painting."""
        pixels = state.pixels
        coarse = coarse_picture(state.survey.now, scale)
        if state.coarse is None:
            reach = Reach(pixels, pixels, pixels)
        else:
            differing = (coarse != state.coarse)[0].any(dim=0).numpy()
            reach = reach_of(pixels, self.window, state.unpainted, differing, self.method.stages)
        plane = Plane(
            PictureSource(self.picture, index, scale),
            reach.near,
            coarse=coarse,
            window=self.window,
            wanted=reach.different,
            needed=reach.needed,
            memory=self.memory,
        )
        # A large picture is seen window by window; a few windows, when they have been blended.
        first = state.coarse is None
        if not first:
            yield from self._paint_new(index, state, plane)
        numbers = pixels.numbers_of(reach.near)
        colours, ran = np.zeros((len(reach.near), 3), np.float32), len(plane.windows)
        if plane.windows:
            yield from changed(plane.fill_smoothly(), _unseen)

            def shown(progress: Progress) -> Progress:
                nonlocal ran
                if progress.painted is None:
                    return progress
                ran -= progress.painted.remembered
                return _renumbered(progress, numbers) if first else _unseen(progress)

            drawn = self._drawn_in(index, reach.near)
            colours = yield from changed(self.method.restore(plane, drawn), shown)
        here = reach.near.numbers_of(reach.different)
        there = numbers[here]
        moved = ~state.painted[there]
        moved |= (state.painting[there] != colours[here]).any(axis=1)
        moved |= state.hole_edges[there] != plane.hole_edges[here]
        self._take_known_edges(state, plane)
        state.painting[there] = colours[here]
        state.hole_edges[there] = plane.hole_edges[here]
        state.painted[there] = True
        state.moved[there] |= moved
        state.coarse, state.unpainted, state.erased, state.ran = coarse, [], [], ran
        if moved.any() and not first:
            yield Progress("painting", 1, 1, Painted(there[moved], colours[here][moved]))

    def detail(self, index: tuple[int, ...], state: PlaneState, scale: ValueRange) -> Stage:
        """Add detail where it may come out differently than before."""
        colours = state.painting.copy()
        if self.copying is not None and state.coarse is not None:
            plane = Plane(
                PictureSource(self.picture, index, scale),
                state.pixels,
                coarse=state.coarse,
                window=self.window,
                memory=self.memory,
            )
            edges = state.hole_edges if self.method.uses_edges else None
            found = yield from self.copying.steps(index, plane, colours, edges, state.kept())
            state.sources, state.pieces = found
        state.colours, state.undetailed, state.detailed = colours, [], True
        state.moved[:] = False
        values = self.picture.values(colours, scale)
        differing = np.flatnonzero((state.fill.values != values).any(axis=1))
        if len(differing):
            # What was detail of a wide place may be a thin one now, that has none.
            yield Progress("adding detail", 1, 1, Painted(differing, colours[differing]))

    def _paint_new(self, index: tuple[int, ...], state: PlaneState, plane: Plane) -> Stage:
        """Show new damage as windows of its own paint it, where these are through before."""
        pixels = state.pixels
        new = HolePixels(pixels.shape, pixels.positions[~state.painted])
        own = own_windows(new, self.window)
        runs = len(plane.windows) + (self.method.stages == 2) * len(plane.earlier_windows)
        if self.method.stages is None or self.method.stages * len(own) >= runs:
            return
        numbers = pixels.numbers_of(plane.pixels)

        def shown(progress: Progress) -> Progress:
            return _renumbered(progress, numbers)

        drawn = self._drawn_in(index, plane.pixels)
        yield from changed(paint_in(own, plane, new, self.method, drawn), shown)

    def _drawn_in(self, index: tuple[int, ...], pixels: HolePixels) -> NDArray[np.bool_] | None:
        """Return where there are drawn edges at pixels of a hole, of which there are some."""
        if self.drawn is None:
            return None
        area = pixels.bounds(np.arange(len(pixels)))
        return from_labels(self.drawn.labels(index, area))[pixels.mask(area)]

    def _take_known_edges(self, state: PlaneState, plane: Plane) -> None:
        if state.coarse is None:
            state.known_edges = plane.known_edges
            return
        felt = [enlarged(area, CANNY_REACH, plane.shape) for area in state.unpainted]
        # Windows that begin or cease to be run cover cells that the change itself may not reach.
        covered = [
            window
            for window in plane.grid.damaged(lambda _: True)
            if any(overlap(window.area, area) for area in felt)
        ]
        for cell in plane.grid.cells(covered):
            state.known_edges[cell] = plane.known_edges[cell]


def _renumbered(progress: Progress, numbers: NDArray[np.intp]) -> Progress:
    """Return what was painted in a part of a hole by the numbers that its pixels have in all."""
    painted = progress.painted
    if painted is None:
        return progress
    return progress._replace(painted=painted._replace(numbers=numbers[painted.numbers]))


def _unseen(progress: Progress) -> Progress:
    """Return how far a stage is, without what it has painted into its windows."""
    return progress._replace(painted=None)
