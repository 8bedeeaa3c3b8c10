"""The lines of all tiles of a plane, joined into pieces that look like cracks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.marking.proposals.branches import Branches, Graph
from napari_relic_inpaint.marking.proposals.judging import likelihood
from napari_relic_inpaint.marking.proposals.lines import LOOKS
from napari_relic_inpaint.marking.proposals.pieces import PixelRuns, PlanePieces

WEAKER = 0.75
"""Share of the least score that is enough for a branch of which another one is good enough."""


@dataclass(frozen=True)
class Found:
    """Lines of one polarity in a tile; pixels are positions in the flattened plane.

    Attributes
    ----------
    light : bool
        Whether they are lighter than their sides.
    centre : (n,) array of int
        Pixels of the centrelines.
    looks : (n, 9) array of float32
        What each looks like, see `LOOKS`.
    body : (m,) array of int
        All pixels of the lines.
    nearest : (m,) array of int
        The centreline's pixel that each is nearest to; it may lie in another tile.
    """

    light: bool
    centre: NDArray[np.int64]
    looks: NDArray[np.float32]
    body: NDArray[np.int64]
    nearest: NDArray[np.int64]


def joined(
    found: Sequence[Sequence[Found]],
    width: int,
    sizes: tuple[float, float],
    least_score: float,
) -> PlanePieces:
    """Join lines, judge their branches, and keep the pieces that look like cracks.

    Parameters
    ----------
    found : sequence of sequence of Found
        The lines of each tile: of one polarity, or the dark ones and the light ones.
    width : int
        Of the plane in pixels.
    sizes : (float, float)
        Least length and largest width of a piece in pixels.
    least_score : float
        Of one branch of a piece at least; others that it meets may have `WEAKER` of it.
    """
    pixels: list[NDArray[np.int64]] = []
    pieces: list[NDArray[np.int64]] = []
    scores: list[NDArray[np.float64]] = []
    count = 0
    for of_one in zip(*found, strict=True):
        body, piece, score = _judged(of_one, width, sizes, least_score)
        pixels.append(body)
        pieces.append(piece + count)
        scores.append(score)
        count += len(score)
    return _in_order(np.concatenate(pixels), np.concatenate(pieces), np.concatenate(scores), width)


def _judged(
    found: Sequence[Found], width: int, sizes: tuple[float, float], least_score: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return the pixels of the pieces, the number of the piece of each, and the scores."""
    light = found[0].light
    centre = np.concatenate([part.centre for part in found])
    order = np.argsort(centre)
    centre = centre[order]
    looks = np.concatenate([part.looks for part in found])[order]
    branches = Branches(*np.divmod(centre, width))
    score = likelihood(branches, looks, light=light)[branches.branch]
    graph = branches.graph
    crossing = branches.crossing
    likely = _with_crossings(graph, crossing, score >= WEAKER * least_score)
    graph = graph.without(~(likely[graph.one] & likely[graph.other]))
    count, piece = graph.connected()

    def mean(values: NDArray[np.floating], pixels: NDArray[np.bool_]) -> NDArray[np.float64]:
        total = np.bincount(piece[pixels], values[pixels], minlength=count)
        return total / np.maximum(np.bincount(piece[pixels], minlength=count), 1)

    best = np.zeros(count)
    np.maximum.at(best, piece[~crossing], score[~crossing])
    lengths = 1 + np.bincount(piece[graph.one], graph.length, minlength=count)
    widths = mean(looks[:, LOOKS.index("width")], np.ones(len(centre), bool))
    kept = np.bincount(piece, likely, minlength=count) > 0
    shortest, widest = sizes
    # Widths are counted in whole pixels: a line may look one wider than it is.
    kept &= (best >= least_score) & (lengths >= shortest) & (widths <= widest + 1)
    body = np.concatenate([part.body for part in found])
    nearest = np.searchsorted(centre, np.concatenate([part.nearest for part in found]))
    stays = kept[piece[nearest]]
    number = np.cumsum(kept) - 1
    return body[stays], number[piece[nearest[stays]]], mean(score, ~crossing)[kept]


def _with_crossings(
    graph: Graph, crossing: NDArray[np.bool_], likely: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Take a crossing for likely if anything that meets there is."""
    met = np.zeros(graph.count, bool)
    met[graph.one[likely[graph.other] & ~crossing[graph.other]]] = True
    met[graph.other[likely[graph.one] & ~crossing[graph.one]]] = True
    return np.where(crossing, met, likely)


def _in_order(
    pixels: NDArray[np.int64],
    pieces: NDArray[np.int64],
    scores: NDArray[np.float64],
    width: int,
) -> PlanePieces:
    """Put pixels in reading order, each in one piece, and number the pieces by their first ones."""
    pixels, first = np.unique(pixels, return_index=True)
    pieces = pieces[first]
    present, first = np.unique(pieces, return_index=True)
    order = np.argsort(first)
    number = np.zeros(len(scores), np.int64)
    number[present[order]] = np.arange(len(present))
    pieces = number[pieces]
    begins = np.ones(len(pixels), bool)
    begins[1:] = (np.diff(pixels) != 1) | (np.diff(pieces) != 0) | (pixels[1:] % width == 0)
    at = np.flatnonzero(begins)
    rows, starts = np.divmod(pixels[at], width)
    lengths = np.diff(np.append(at, len(pixels)))
    return PlanePieces(
        PixelRuns(rows, starts, starts + lengths), pieces[at], scores[present[order]]
    )
