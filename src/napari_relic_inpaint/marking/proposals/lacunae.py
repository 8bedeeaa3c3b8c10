"""Lacunae are proposed: what has the colour of the place that a user points at."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.marking.proposals.areas import Areas, areas_steps
from napari_relic_inpaint.marking.proposals.pieces import Proposals
from napari_relic_inpaint.marking.proposals.views import Views, smoothed_lab
from napari_relic_inpaint.picture.picture import Area, Picture, shown
from napari_relic_inpaint.picture.tiles import enlarged
from napari_relic_inpaint.steps import Step, changed, finish

POINTED = 2
"""Pixels around the one pointed at whose median colour is looked for."""

FIRST_SIDE = 512
"""Side in pixels of what is looked at first around a place; it doubles while the lacuna goes on."""

POINTED_CONTEXT = 6
"""Pixels around those that smoothing looks at."""

LOOKING, GROWN = 0.05, 0.15
"""Shares of the time: for the range of values, and until the lacuna pointed at is known."""


@dataclass(frozen=True)
class LacunaOptions:
    """What counts as one lacuna.

    Attributes
    ----------
    tolerance : float
        Largest distance in CIELAB from the colour pointed at: 2 is just seen, 10 is clear.
    smallest : int
        Least number of pixels of a piece.
    least_score : float
        Pieces that look less like the lacuna pointed at are left out, 0 to 1.
    """

    tolerance: float = 10.0
    smallest: int = 64
    least_score: float = 0.5

    def __post_init__(self) -> None:
        if not 0 < self.tolerance <= 200:
            raise InputError(
                f"the tolerance is {self.tolerance:g}: give a distance in CIELAB above 0 and up to "
                "200; 10 is a clear difference"
            )
        if self.smallest < 1:
            raise InputError(f"a lacuna cannot have {self.smallest} pixels: give 1 or more")
        if not 0 <= self.least_score <= 1:
            raise InputError(f"the least score is {self.least_score:g}: give 0 to 1")


def propose_lacuna(
    picture: Any,
    place: Sequence[int],
    marked: Any = None,
    *,
    rgb: bool,
    options: LacunaOptions | None = None,
) -> Proposals:
    """Propose the lacuna at a place: what is connected with it and has its colour.

    Parameters
    ----------
    picture : array-like
        ``(..., H, W)``, or ``(..., H, W, C)`` with `rgb`; any type and size that `restore` takes.
    place : sequence of int
        Index of a pixel of it: plane, row, column.
    marked : array-like, optional
        ``(H, W)`` or ``(..., H, W)``: what is marked already, nonzero, is proposed by no piece.
    rgb : bool
        Whether the last axis is colour.
    options : LacunaOptions, optional
        What counts as one; of these only the tolerance matters.

    Returns
    -------
    Proposals
        Of one piece, or none where the place is marked already.

    Raises
    ------
    InputError
        If the place lies outside the picture, or the picture cannot be read.
    """
    return finish(propose_lacuna_steps(picture, place, marked, rgb=rgb, options=options))


def propose_lacuna_steps(
    picture: Any,
    place: Sequence[int],
    marked: Any = None,
    *,
    rgb: bool,
    options: LacunaOptions | None = None,
) -> Generator[Step, None, Proposals]:
    """Propose as `propose_lacuna` does, in steps that can be watched and stopped."""
    views, wanted = Views(Picture(picture, rgb=rgb), marked), options or LacunaOptions()
    yield from views.look(LOOKING)
    plane, row, column = _checked(place, views.picture)
    areas, number = yield from _grown(views, plane, (row, column), wanted)
    planes = {}
    if number is not None:
        own = np.arange(len(areas.sizes)) == number
        planes[plane] = areas.pieces(own, np.ones(len(own)))
    return Proposals((*views.picture.stack, *views.picture.shape), planes)


def propose_similar(
    picture: Any,
    place: Sequence[int],
    marked: Any = None,
    *,
    rgb: bool,
    options: LacunaOptions | None = None,
) -> Proposals:
    """Propose all lacunae that look like the one at a place, over the whole picture.

    Colour finds them; how much their colour and their roughness are those of the lacuna pointed at
    is their score.

    Parameters
    ----------
    picture, place, marked, rgb, options
        As for `propose_lacuna`.

    Returns
    -------
    Proposals
        Pieces numbered in reading order of their first pixels, plane by plane.

    Raises
    ------
    InputError
        If the place lies outside the picture, or the picture cannot be read.
    """
    return finish(propose_similar_steps(picture, place, marked, rgb=rgb, options=options))


def propose_similar_steps(
    picture: Any,
    place: Sequence[int],
    marked: Any = None,
    *,
    rgb: bool,
    options: LacunaOptions | None = None,
    band: int | None = None,
) -> Generator[Step, None, Proposals]:
    """Propose as `propose_similar` does, one step for each band of rows.

    Parameters
    ----------
    picture, place, marked, rgb, options
        As for `propose_lacuna`.
    band : int, optional
        Rows that are looked at together; the proposals do not depend on it.
    """
    views, wanted = Views(Picture(picture, rgb=rgb), marked), options or LacunaOptions()
    yield from views.look(LOOKING)
    plane, row, column = _checked(place, views.picture)
    example, number = yield from _grown(views, plane, (row, column), wanted)
    shape = (*views.picture.stack, *views.picture.shape)
    if number is None:
        return Proposals(shape, {})
    colour, roughness = example.colours[number], float(example.roughness[number])
    everything = slice(0, shape[-2]), slice(0, shape[-1])
    planes = {}
    count = len(views.picture.planes)
    for n, index in enumerate(views.picture.planes):
        start, end = (GROWN + (1 - GROWN) * m / count for m in (n, n + 1))
        found = yield from changed(
            areas_steps(
                views, index, everything, colour.astype(np.float32), wanted.tolerance, band=band
            ),
            partial(_step, "looking for more", start, end),
        )
        scores = found.likeness(colour, roughness)
        kept = (found.sizes >= wanted.smallest) & (scores >= wanted.least_score)
        if kept.any():
            planes[index] = found.pieces(kept, scores)
    return Proposals(shape, planes)


def _grown(
    views: Views, plane: tuple[int, ...], place: tuple[int, int], wanted: LacunaOptions
) -> Generator[Step, None, tuple[Areas, int | None]]:
    """Find the area at a place, in a window that grows while the area goes on beyond it.

    Returns
    -------
    Areas
        Those in the last window.
    int or None
        The number of that at the place.
    """
    colour = _pointed(views, plane, place)
    side, most = FIRST_SIDE // 2, max(views.picture.shape)
    while True:
        window = _around(place, side, views.picture.shape)
        share = LOOKING + (GROWN - LOOKING) * min(side / most, 1.0)
        areas = yield from changed(
            areas_steps(views, plane, window, colour, wanted.tolerance),
            partial(_step, "growing", share, share),
        )
        number = areas.at(*place)
        if number is None or not _goes_on(areas, number, window, views.picture.shape):
            return areas, number
        side *= 2


def _goes_on(areas: Areas, number: int, window: Area, shape: tuple[int, int]) -> bool:
    """Tell whether an area touches the border of its window inside the picture."""
    runs = areas.runs[areas.area == number]
    rows, columns = window
    return bool(
        (rows.start > 0 and runs.rows.min() == rows.start)
        or (rows.stop < shape[0] and runs.rows.max() == rows.stop - 1)
        or (columns.start > 0 and runs.starts.min() == columns.start)
        or (columns.stop < shape[1] and runs.stops.max() == columns.stop)
    )


def _pointed(views: Views, plane: tuple[int, ...], place: tuple[int, int]) -> NDArray[np.float32]:
    """Return the colour at a place in CIELAB."""
    around = _around(place, POINTED + POINTED_CONTEXT, views.picture.shape)
    row, column = (n - part.start for n, part in zip(place, around, strict=True))
    lab = smoothed_lab(views.colour(plane, around))
    near = lab[
        max(row - POINTED, 0) : row + POINTED + 1, max(column - POINTED, 0) : column + POINTED + 1
    ]
    colour: NDArray[np.float32] = np.median(near.reshape(-1, 3), axis=0)
    return colour


def _around(place: tuple[int, int], reach: int, shape: tuple[int, int]) -> Area:
    row, column = place
    return enlarged((slice(row, row + 1), slice(column, column + 1)), reach, shape)


def _step(stage: str, start: float, end: float, part: tuple[int, int]) -> Step:
    done, total = part
    return Step(stage, done, total, start + (end - start) * done / total)


def _checked(place: Sequence[int], picture: Picture) -> tuple[tuple[int, ...], int, int]:
    shape = (*picture.stack, *picture.shape)
    if len(place) != len(shape) or not all(
        0 <= n < length for n, length in zip(place, shape, strict=True)
    ):
        raise InputError(
            f"there is no pixel {tuple(place)} in a picture of {shown(picture.data)}: point at one "
            "inside it"
        )
    *plane, row, column = (int(n) for n in place)
    return tuple(plane), row, column
