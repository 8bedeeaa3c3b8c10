"""Reconstruction by analogy of one part of a picture, from coarse to fine.

Non-local patches after Wexler, Shechtman & Irani (2004) and Newson et al. (Image Processing On
Line 7, 2017), guided by a painting: a source has to suit what was painted (guide) and what has been
copied around it so far (appearance). Against the guide both sides are compared blurred, so that the
blur of the painting does not speak for blurred sources.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.detail.repeats import repetition
from napari_relic_inpaint.detail.search import (
    BORDER,
    FAR,
    PATCH,
    Field,
    choose,
    doubled,
    improve,
    match_everywhere,
    measure,
)
from napari_relic_inpaint.detail.whole_holes import continued
from napari_relic_inpaint.opencv import cv2

# Chosen by the measurements in docs/detail.md.
LEVELS, MOST_LEVELS = 4, 6
"""Scales, each half the one before: so many, and more for wide holes."""

COARSEST = 24
"""Side in pixels that a hole has at the coarsest scale at most: all of it is compared with all that
is known there."""

QUARTER = 2
"""The scale at which the surroundings of whole holes are looked for."""

GUIDE_BLUR = 1.0
"""Standard deviation in pixels of the blur before painting and picture are compared."""

GUIDE_WEIGHTS = (4.0, 2.0, 1.0, 0.5, 0.5, 0.5)
"""How much more the guide counts than the look, in squared differences, from fine to coarse."""

TRUST = 0.1
"""How much a painted pixel counts beside a known one where sources are first looked for."""

EDGE_WEIGHT = 0.1
"""How much an edge counts beside a colour in the guide."""

PASSES, ROUNDS = 1, 4
"""How often what was copied is looked at again at each scale, and rounds of search each time."""

LOW = 2.5
"""Standard deviation in pixels of the blur that tells colour from detail: below it the painting
stays."""

MARGIN = 2
"""Pixels beside the hole that are not copied: damage often reaches a little beyond its mask."""

FEWEST = 50
"""Source patches without which a scale is left out."""

SPREAD = 64
"""With so many source patches, spread over all there are, each target is compared to begin with
where holes lie so close that coarse scales are left out: all with all would take minutes."""

SURE, UNSURE = 0.1, 0.3
"""Root mean square difference (picture in [0, 1]) up to which a source is trusted in full, and from
which on not at all."""

_KERNEL = np.ones((2 * PATCH + 1,) * 2, np.uint8)

Check = Callable[[], None]


@dataclass(frozen=True)
class Part:
    """A rectangle of a picture, with its painting.

    Attributes
    ----------
    picture : (h, w, 3) array of float32
        RGB in [0, 1]; the hole is painted.
    wanted : (h, w) array of bool
        The hole pixels that are to be given detail.
    usable : (h, w) array of bool
        The pixels that may be copied.
    edges : (h, w) array of bool
        Edges of the picture, and drawn or completed ones in the hole.
    """

    picture: NDArray[np.float32]
    wanted: NDArray[np.bool_]
    usable: NDArray[np.bool_]
    edges: NDArray[np.bool_]


class Copied(NamedTuple):
    """What was copied into the wanted pixels of a part, in reading order.

    Attributes
    ----------
    colours : (n, 3) array of float32
        The painting with its detail, RGB in [0, 1].
    sources : (n, 3) array of int32
        Row and column of the pixel that each was copied from, and 1 if mirrored left to right.
    confidence : (n,) array of float32
        How well the source suits, 0 to 1; where it is 0, the painting stays as it was.
    """

    colours: NDArray[np.float32]
    sources: Field
    confidence: NDArray[np.float32]


def copy_detail(part: Part, check: Check = lambda: None) -> Copied | None:
    """Copy detail into the wanted pixels of a part; None where there is nothing to copy from.

    Parameters
    ----------
    part : Part
        The part.
    check : callable
        Called often; ends the work by raising.
    """
    scales = [part]
    while len(scales) < LEVELS or (
        len(scales) < MOST_LEVELS and _side(scales[-1].wanted) > COARSEST
    ):
        scales.append(_halved(scales[-1]))
    quarter = scales[QUARTER]
    check()
    seen = quarter.picture, quarter.wanted, quarter.usable
    change, repeated = continued(seen, part.picture, part.usable)
    if change.any():
        for level in range(len(scales)):
            scales[level] = _changed(scales[level], change)
    field: Field | None = None
    match = None
    for level in range(len(scales) - 1, -1, -1):
        scale = _Scale.of(scales[level], GUIDE_WEIGHTS[level])
        if scale is None:
            field = None
            continue
        if field is None:
            field = scale.anywhere(None if level == len(scales) - 1 else SPREAD)
        else:
            field = scale.finer(field)
        if level == 0:
            field = scale.starting_from(repeated, field)
        match = scale.match(field, seed=level, check=check)
        field = match.field
        if level > 0:
            scales[level - 1] = _repeated(scales[level], match, scales[level - 1])
    return None if match is None or field is None else _compose(scales[0], match)


class _Match(NamedTuple):
    """Sources at one scale: of patches, and of the wanted pixels with their patches' distances."""

    field: Field
    sources: Field
    distances: NDArray[np.float32]


class _Scale:
    """A part at one scale, ready to be searched."""

    def __init__(self, part: Part, allowed: NDArray[np.bool_], guide_weight: float) -> None:
        self._part = part
        self._allowed = allowed
        self._weight = np.float32(guide_weight)
        self._touched = cv2.dilate(part.wanted.astype(np.uint8), _KERNEL) > 0
        self._rows, self._columns = np.nonzero(self._touched)
        edges = cv2.GaussianBlur(part.edges.astype(np.float32), (0, 0), 1.0)
        guide = cv2.GaussianBlur(part.picture, (0, 0), GUIDE_BLUR)
        self._guides = doubled(np.dstack((guide, EDGE_WEIGHT * edges)))
        self._pictures = doubled(part.picture)

    @classmethod
    def of(cls, part: Part, guide_weight: float) -> _Scale | None:
        """Prepare a part; None if it has too few source patches."""
        allowed = cv2.erode(part.usable.astype(np.uint8), _KERNEL, borderValue=0) > 0
        # What a border would add is no part of the picture.
        allowed[:PATCH] = allowed[-PATCH:] = allowed[:, :PATCH] = allowed[:, -PATCH:] = False
        return cls(part, allowed, guide_weight) if np.count_nonzero(allowed) >= FEWEST else None

    def starting_from(self, sources: Field, field: Field) -> Field:
        """Return a field with these sources wherever they are known and may be copied."""
        row, column = sources[..., 0], sources[..., 1]
        height, width = self._allowed.shape
        use = (row >= 0) & (row < height) & (column >= 0) & (column < width)
        use[use] = self._allowed[row[use], column[use]]
        return np.where(use[..., None], sources, field)

    def match(self, field: Field, *, seed: int, check: Check) -> _Match:
        """Find the sources, from a field to begin with, which is improved in place."""
        rows, columns = self._rows, self._columns
        check()
        distances = np.full(self._allowed.shape, -1, np.float32)
        current = self._pictures[0].copy()
        seen = self._pictures, self._guides, self._weight
        # Of the first copy the guide alone decides: by their looks blurred patches would win.
        guide = self._guides
        measure(guide[0], guide, guide, np.float32(0), rows, columns, field, distances)
        sources, least = self._copy(field, distances, current)
        for again in range(PASSES):
            measure(current, *seen, rows, columns, field, distances)
            for turn in range(ROUNDS):
                check()
                chance = 1 + ROUNDS * (PASSES * seed + again) + turn
                improve(
                    current, *seen, self._allowed, rows, columns, field, distances, turn, chance
                )
            sources, least = self._copy(field, distances, current)
        return _Match(field, sources, least)

    def _copy(
        self, field: Field, distances: NDArray[np.float32], current: NDArray[np.float32]
    ) -> tuple[Field, NDArray[np.float32]]:
        """Copy into the wanted pixels of ``current``; returns from where, and the distances."""
        part = self._part
        rows, columns = np.nonzero(part.wanted)
        sources = np.full((*part.wanted.shape, 3), -1, np.int32)
        least = np.full(part.wanted.shape, FAR, np.float32)
        choose(rows, columns, field, distances, part.usable, sources, least)
        found = sources[rows, columns, 0] >= 0
        rows, columns = rows[found], columns[found]
        chosen = sources[rows, columns]
        inside = current[BORDER:-BORDER, BORDER:-BORDER, :3]
        inside[rows, columns] = part.picture[chosen[:, 0], chosen[:, 1]]
        return sources, least

    def anywhere(self, most: int | None) -> Field:
        """Compare all target patches with all source patches, or with so many of them.

        What is known of a target counts most: it tells how lines and ornaments go on.
        """
        rows, columns = np.nonzero(self._allowed)
        if most is not None:
            some = slice(None, None, -(-len(rows) // most))
            rows, columns = rows[some], columns[some]
        field = np.zeros((*self._allowed.shape, 3), np.int32)
        known = np.pad((~self._part.wanted).astype(np.float32), BORDER, mode="symmetric")
        match_everywhere(
            self._pictures,
            known,
            np.float32(TRUST),
            rows,
            columns,
            self._rows,
            self._columns,
            field,
        )
        return field

    def finer(self, coarser: Field) -> Field:
        """Take over the sources of half the scale."""
        y, x = self._rows, self._columns
        row, column, mirrored = coarser[y // 2, x // 2].T
        row, column = 2 * row + y % 2, 2 * column + np.where(mirrored, 1 - x % 2, x % 2)
        height, width = self._allowed.shape
        row, column = np.minimum(row, height - 1), np.minimum(column, width - 1)
        # The nearest patch that may be copied, for those that may not at this scale.
        allowed = self._allowed[row, column]
        if not allowed.all():
            nearest = cv2.distanceTransformWithLabels(
                (~self._allowed).astype(np.uint8),
                cv2.DIST_L2,
                cv2.DIST_MASK_5,
                labelType=cv2.DIST_LABEL_PIXEL,
            )[1]
            place = np.zeros(nearest.max() + 1, np.int64)
            known = np.flatnonzero(self._allowed)
            place[nearest.ravel()[known]] = known
            there = np.divmod(place[nearest[row, column]], width)
            row, column = (
                np.where(allowed, a, b) for a, b in zip((row, column), there, strict=True)
            )
        field = np.zeros((*self._allowed.shape, 3), np.int32)
        field[y, x] = np.stack((row, column, mirrored), axis=1)
        return field


def _repeated(part: Part, match: _Match, finer: Part) -> Part:
    """Return the next finer part, painted as the repetitions say that were found in this one."""
    copy, trust = _copy(part, match)
    if not trust.any():
        return finer
    return _changed(finer, trust[..., None] * (copy - part.picture))


def _changed(part: Part, change: NDArray[np.float32]) -> Part:
    """Return a part whose painting is changed by what was found at another scale."""
    height, width = part.wanted.shape
    change = cv2.resize(change, (width, height), interpolation=cv2.INTER_LINEAR)
    return replace(
        part, picture=np.where(part.wanted[..., None], part.picture + change, part.picture)
    )


def _copy(part: Part, match: _Match) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the picture with what was copied, and how surely each pixel is a repetition."""
    rows, columns = np.nonzero(part.wanted & (match.sources[..., 0] >= 0))
    sources = match.sources[rows, columns]
    trust, shift = repetition(part.picture, part.usable, rows, columns, sources)
    copy = part.picture.copy()
    copy[rows, columns] = part.picture[sources[:, 0], sources[:, 1]] + trust[:, None] * shift
    repeated = np.zeros(part.wanted.shape, np.float32)
    repeated[rows, columns] = trust
    return copy, repeated


def _compose(part: Part, match: _Match) -> Copied:
    """Lay the detail of the sources over the colours of the painting."""
    wanted = part.wanted
    sources, distances = match.sources[wanted], match.distances[wanted]
    found = sources[:, 0] >= 0
    copy, repeated = _copy(part, match)
    # A repetition brings its colours, too, and passes into the rest without a seam.
    softly = cv2.GaussianBlur(repeated, (0, 0), LOW)
    coloured = copy + (1 - softly)[..., None] * cv2.GaussianBlur(part.picture - copy, (0, 0), LOW)
    off = np.sqrt(np.maximum(distances, 0))
    confidence = np.clip((UNSURE - off) / (UNSURE - SURE), 0, 1).astype(np.float32)
    confidence = np.maximum(confidence, repeated[wanted])
    confidence[~found] = 0
    sources[confidence == 0] = -1
    painted = part.picture[wanted]
    colours = painted + confidence[:, None] * (coloured[wanted] - painted)
    return Copied(np.clip(colours, 0, 1), sources, confidence)


def _halved(part: Part) -> Part:
    """Return a part at half its scale."""
    height, width = part.wanted.shape
    picture = cv2.copyMakeBorder(part.picture, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
    return Part(
        cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA),
        wanted=_any_of_four(part.wanted),
        usable=~_any_of_four(~part.usable),
        edges=_any_of_four(part.edges),
    )


def _side(mask: NDArray[np.bool_]) -> int:
    """Return the longer side of the rectangle that holds all that is True."""
    return max(int(np.ptp(np.flatnonzero(mask.any(axis=axis)))) + 1 for axis in (0, 1))


def _any_of_four(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return for each 2 x 2 pixels whether any of them is True."""
    rows = mask[::2].copy()
    rows[: len(mask) // 2] |= mask[1::2]
    both = rows[:, ::2].copy()
    both[:, : mask.shape[1] // 2] |= rows[:, 1::2]
    return both
