"""Cracks are proposed: thin lines that look more like cracks than like painted ones."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.marking.proposals.joining import Found, joined
from napari_relic_inpaint.marking.proposals.lines import Lines, find_lines, reach
from napari_relic_inpaint.marking.proposals.pieces import Proposals
from napari_relic_inpaint.marking.proposals.views import Views
from napari_relic_inpaint.picture.picture import Area, Picture
from napari_relic_inpaint.picture.tiles import enlarged, tiles
from napari_relic_inpaint.steps import Step, finish

TILE = 1024
"""Side in pixels of what is looked at together; what is around it is read as well."""

WIDEST = 64
"""Widest crack in pixels that is looked for: what is read around a tile grows with it."""

LOOKING, FINDING = 0.05, 0.9
"""Shares of the time: for the range of values, and until all lines are found."""


@dataclass(frozen=True)
class CrackOptions:
    """Which cracks are proposed.

    Attributes
    ----------
    dark, light : bool
        Darker than both of their sides, lighter, or both.
    narrowest, widest : float
        Widths in pixels, 1 to `WIDEST`.
    shortest : float
        Least length in pixels, along all branches of a piece.
    least_score : float
        Pieces that look less like damage are left out, 0 to 1.
    """

    dark: bool = True
    light: bool = True
    narrowest: float = 1.0
    widest: float = 6.0
    shortest: float = 20.0
    least_score: float = 0.5

    def __post_init__(self) -> None:
        if not (self.dark or self.light):
            raise InputError("neither dark nor light cracks are wanted: choose one of them or both")
        if not 1 <= self.narrowest <= self.widest <= WIDEST:
            raise InputError(
                f"cracks of {self.narrowest:g} to {self.widest:g} px cannot be looked for: give "
                f"two widths from 1 to {WIDEST} px, the narrower one first"
            )
        if not self.shortest >= 0:
            raise InputError(f"a crack cannot be {self.shortest:g} px long: give 0 px or more")
        if not 0 <= self.least_score <= 1:
            raise InputError(f"the least score is {self.least_score:g}: give 0 to 1")


def propose_cracks(
    picture: Any,
    marked: Any = None,
    *,
    rgb: bool,
    options: CrackOptions | None = None,
) -> Proposals:
    """Propose which pixels are cracks; nothing is decided.

    Thin lines are found by how far they stand out from both of their sides and from the texture
    around them. Each branch of them is then judged by its looks: painted contours tend to be of
    even width, to part unlike colours, to have a hue of their own, or to be closed.

    Parameters
    ----------
    picture : array-like
        ``(..., H, W)``, or ``(..., H, W, C)`` with `rgb`; any type and size that `restore` takes.
    marked : array-like, optional
        ``(H, W)`` or ``(..., H, W)``: what is marked already, nonzero, is proposed by no piece.
    rgb : bool
        Whether the last axis is colour.
    options : CrackOptions, optional
        Which cracks.

    Returns
    -------
    Proposals
        Pieces numbered in reading order of their first pixels, plane by plane.

    Raises
    ------
    InputError
        If the picture and what is marked do not fit together, or cannot be read.
    """
    return finish(propose_cracks_steps(picture, marked, rgb=rgb, options=options))


def propose_cracks_steps(
    picture: Any,
    marked: Any = None,
    *,
    rgb: bool,
    options: CrackOptions | None = None,
    tile: int = TILE,
) -> Generator[Step, None, Proposals]:
    """Propose cracks as `propose_cracks` does, one step for each tile of the picture.

    Parameters
    ----------
    picture, marked, rgb, options
        As for `propose_cracks`.
    tile : int
        Side in pixels of what is looked at together. The proposals do not depend on it: each tile
        is read with all that its lines depend on, and lines are judged when all are found.
    """
    views = Views(Picture(picture, rgb=rgb), marked)
    wanted = options or CrackOptions()
    yield from views.look(LOOKING)
    planes = {}
    count = len(views.picture.planes)
    for number, plane in enumerate(views.picture.planes):
        found = []
        areas = list(tiles(views.picture.shape, tile))
        for done, area in enumerate(areas, 1):
            found.append(_lines_of(views, plane, area, wanted))
            share = (number + FINDING * done / len(areas)) / count
            total = len(areas) * count
            yield Step(
                "looking for lines",
                done + number * len(areas),
                total,
                LOOKING + (1 - LOOKING) * share,
            )
        pieces = joined(
            found, views.picture.shape[1], (wanted.shortest, wanted.widest), wanted.least_score
        )
        if len(pieces.scores):
            planes[plane] = pieces
        share = LOOKING + (1 - LOOKING) * (number + 1) / count
        yield Step("judging lines", number + 1, count, share)
    return Proposals((*views.picture.stack, *views.picture.shape), planes)


def _lines_of(
    views: Views, plane: tuple[int, ...], area: Area, wanted: CrackOptions
) -> list[Found]:
    """Find the lines of a tile, the dark ones and the light ones."""
    around = enlarged(area, reach(wanted.widest), views.picture.shape)
    found = find_lines(
        views.colour(plane, around),
        views.free(plane, around),
        wanted.narrowest,
        wanted.widest,
        dark=wanted.dark,
        light=wanted.light,
    )
    return [_inside(lines, around, area, views.picture.shape[1]) for lines in found]


def _inside(lines: Lines, around: Area, area: Area, width: int) -> Found:
    """Keep what lies in the tile itself."""

    def positions(
        rows: NDArray[np.intp], columns: NDArray[np.intp]
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        down, right = rows + around[0].start, columns + around[1].start
        own = (
            (area[0].start <= down)
            & (down < area[0].stop)
            & (area[1].start <= right)
            & (right < area[1].stop)
        )
        return down.astype(np.int64) * width + right, own

    centre, own = positions(lines.rows, lines.columns)
    body, own_body = positions(*lines.body.T)
    nearest = centre[lines.nearest]
    return Found(lines.light, centre[own], lines.looks[own], body[own_body], nearest[own_body])
