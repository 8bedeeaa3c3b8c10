"""What is known of one plane whose damage is being painted."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from napari_relic_inpaint.detail.kept import Kept, Pieces
from napari_relic_inpaint.detail.maps import PlaneSources
from napari_relic_inpaint.picture.bitmap import Bitmap
from napari_relic_inpaint.picture.hole import HolePixels
from napari_relic_inpaint.picture.lazy_planes import PlaneFill
from napari_relic_inpaint.picture.picture import Area, Picture
from napari_relic_inpaint.picture.tiles import overlap
from napari_relic_inpaint.windows.standing_survey import StandingSurvey


class PlaneState:
    """The fill of a plane, stage by stage, and what has changed since each stage.

    Parameters
    ----------
    picture : Picture
        The picture.
    survey : StandingSurvey
        The plane.

    Attributes
    ----------
    survey : StandingSurvey
        As given.
    fill : PlaneFill
        What is shown.
    painting, colours : (N, 3) array of float32
        What the method has painted, and the same with its detail.
    hole_edges : (N,) array of bool
        The edges that it follows.
    known_edges : Bitmap
        The edges of the known pixels where windows have been run.
    painted : (N,) array of bool
        Where `painting` holds what a method has painted.
    sources : PlaneSources
        Where the detail came from.
    pieces : Pieces
        What has been given detail.
    coarse : Tensor or None
        The coarse picture at the last painting; None before the first.
    detailed : bool
        Whether there has been detail since everything was to be done.
    unpainted, undetailed : list of tuple of slice
        Rectangles whose damage has changed since the last painting, and since the last detail.
    erased : list of tuple of slice
        Rectangles in which something has ceased to be damaged since the last painting.
    moved : (N,) array of bool
        Where the painting or its edges have changed since the last detail.
    ran : int
        Windows that the last painting has run.
    """

    def __init__(self, picture: Picture, survey: StandingSurvey) -> None:
        self._picture = picture
        self.survey = survey
        self.known_edges = Bitmap(picture.shape)
        self.coarse: torch.Tensor | None = None
        self.pieces: Pieces = frozenset()
        self.ran = 0
        self.detailed = False
        self.unpainted: list[Area] = []
        self.undetailed: list[Area] = []
        self.erased: list[Area] = []
        self._start(survey.now.pixels)

    @property
    def pixels(self) -> HolePixels:
        """The hole, as of all changes."""
        return self.survey.now.pixels

    @property
    def up_to_date(self) -> bool:
        """Whether all that is damaged is restored, with its detail."""
        return self.detailed and not (self.unpainted or self.undetailed)

    def update(self, area: Area, damage: NDArray[np.bool_]) -> bool:
        """Change the damage in a rectangle to ``(h, w)``; returns whether anything changed."""
        before = self.pixels.mask(area)
        if np.array_equal(before, damage):
            return False
        self.survey.update(area, damage)
        if (before & ~damage).any():
            self.erased.append(area)
        self.unpainted.append(area)
        self.undetailed.append(area)
        return True

    def renumber(self) -> None:
        """Bring everything to the numbers of the hole's pixels as of all changes."""
        before, pixels = self.fill.pixels, self.pixels
        if before is pixels:
            return
        old, fill = vars(self).copy(), self.fill
        here, there = pixels.common(before)
        self._start(pixels)
        for name in ("painting", "colours", "hole_edges", "painted", "moved"):
            getattr(self, name)[here] = old[name][there]
        self.sources.sources[here] = old["sources"].sources[there]
        self.sources.confidence[here] = old["sources"].confidence[there]
        self.fill.values[here] = fill.values[there]
        self.fill.painted[here] = fill.painted[there]

    def forget(self) -> None:
        """Take nothing of what has been restored for certain."""
        self.coarse = None
        self.detailed = False
        self.pieces = frozenset()
        self.painted[:] = False

    def kept(self) -> Kept:
        """Return the detail that need not be looked for again."""

        def touched(area: Area) -> bool:
            return any(overlap(area, each) for each in self.undetailed) or bool(
                self.moved[self.pixels.numbers(area)[1]].any()
            )

        return Kept(self.colours, self.sources, self.pieces, touched)

    def _start(self, pixels: HolePixels) -> None:
        count = len(pixels)
        self.fill = PlaneFill(self._picture, pixels)
        self.painting, self.colours = (np.zeros((count, 3), np.float32) for _ in range(2))
        self.hole_edges, self.painted, self.moved = (np.zeros(count, bool) for _ in range(3))
        self.sources = PlaneSources.none(pixels)
