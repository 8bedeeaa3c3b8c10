"""The search for sources at one scale of a part."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.detail.everywhere import match_everywhere
from napari_relic_inpaint.detail.offsets import may_be_copied
from napari_relic_inpaint.detail.part import Part
from napari_relic_inpaint.detail.search import (
    BORDER,
    FAR,
    PATCH,
    Field,
    both_ways,
    choose,
    improve,
    measure,
)
from napari_relic_inpaint.opencv import cv2

# Chosen by the measurements in docs/detail.md.
GUIDE_BLUR = 1.0
"""Standard deviation in pixels of the blur before painting and picture are compared."""

TRUST = 0.1
"""How much a painted pixel counts beside a known one where sources are first looked for."""

EDGE_WEIGHT = 0.1
"""How much an edge counts beside a colour in the guide."""

PASSES, ROUNDS = 1, 4
"""How often what was copied is looked at again at each scale, and rounds of search each time."""

FEWEST = 50
"""Source patches without which a scale is left out."""

SPREAD = 64
"""With so many source patches, spread over all there are, each target is compared to begin with
where holes lie so close that coarse scales are left out: all with all would take minutes."""

_KERNEL = np.ones((2 * PATCH + 1,) * 2, np.uint8)

Check = Callable[[], None]


class Match(NamedTuple):
    """Sources at one scale: of patches, and of the wanted pixels with their patches' distances."""

    field: Field
    sources: Field
    distances: NDArray[np.float32]


class Scale:
    """A part at one scale, ready to be searched."""

    def __init__(self, part: Part, allowed: NDArray[np.bool_], guide_weight: float) -> None:
        self._part = part
        self._allowed = allowed
        self._weight = np.float32(guide_weight)
        self._touched = cv2.dilate(part.wanted.astype(np.uint8), _KERNEL) > 0
        self._rows, self._columns = np.nonzero(self._touched)
        edges = cv2.GaussianBlur(part.edges.astype(np.float32), (0, 0), 1.0)
        guide = cv2.GaussianBlur(part.picture, (0, 0), GUIDE_BLUR)
        self._guides = both_ways(np.dstack((guide, EDGE_WEIGHT * edges)))
        self._pictures = both_ways(part.picture)

    @classmethod
    def of(cls, part: Part, guide_weight: float) -> Scale | None:
        """Prepare a part; None if it has too few source patches."""
        allowed = cv2.erode(part.usable.astype(np.uint8), _KERNEL, borderValue=0) > 0
        # What a border would add is no part of the picture.
        allowed[:PATCH] = allowed[-PATCH:] = allowed[:, :PATCH] = allowed[:, -PATCH:] = False
        return cls(part, allowed, guide_weight) if np.count_nonzero(allowed) >= FEWEST else None

    def starting_from(self, sources: Field, field: Field) -> Field:
        """Return a field with these sources wherever they are known and may be copied."""
        use = may_be_copied(self._allowed, sources[..., 0], sources[..., 1])
        return np.where(use[..., None], sources, field)

    def match(self, field: Field, *, seed: int, check: Check) -> Match:
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
        return Match(field, sources, least)

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
