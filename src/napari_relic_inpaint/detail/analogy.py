"""Reconstruction by analogy of one part of a picture, from coarse to fine.

Non-local patches after Wexler, Shechtman & Irani (2004) and Newson et al. (Image Processing On
Line 7, 2017), guided by a painting: a source has to suit what was painted (guide) and what has been
copied around it so far (appearance). Against the guide both sides are compared blurred, so that the
blur of the painting does not speak for blurred sources.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.detail.part import Part, changed, halved
from napari_relic_inpaint.detail.repeats import repetition
from napari_relic_inpaint.detail.scale import SPREAD, Check, Match, Scale
from napari_relic_inpaint.detail.search import Field
from napari_relic_inpaint.detail.whole_holes import QUARTER, continued
from napari_relic_inpaint.opencv import cv2

# Chosen by the measurements in docs/detail.md.
LEVELS, MOST_LEVELS = 4, 6
"""Scales, each half the one before: so many, and more for wide holes."""

COARSEST = 24
"""Side in pixels that a hole has at the coarsest scale at most: all of it is compared with all that
is known there."""

GUIDE_WEIGHTS = (4.0, 2.0, 1.0, 0.5, 0.5, 0.5)
"""How much more the guide counts than the look, in squared differences, from fine to coarse."""

LOW = 2.5
"""Standard deviation in pixels of the blur that tells colour from detail: below it the painting
stays."""

MARGIN = 2
"""Pixels beside the hole that are not copied: damage often reaches a little beyond its mask."""

SURE, UNSURE = 0.1, 0.3
"""Root mean square difference (picture in [0, 1]) up to which a source is trusted in full, and from
which on not at all."""


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
        scales.append(halved(scales[-1]))
    check()
    change, repeated = continued(part, scales[QUARTER])
    if change.any():
        scales = [changed(scale, change) for scale in scales]
    field: Field | None = None
    match = None
    for level in range(len(scales) - 1, -1, -1):
        scale = Scale.of(scales[level], GUIDE_WEIGHTS[level])
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
    if match is None or field is None:
        return None
    copied = _compose(scales[0], match)
    # The detail of one place laid over the colours of another may go beyond both.
    seen = part.picture[part.usable | part.wanted]
    return copied._replace(colours=np.clip(copied.colours, seen.min(axis=0), seen.max(axis=0)))


def _repeated(part: Part, match: Match, finer: Part) -> Part:
    """Return the next finer part, painted as the repetitions say that were found in this one."""
    copy, trust = _copy(part, match)
    if not trust.any():
        return finer
    return changed(finer, trust[..., None] * (copy - part.picture))


def _copy(part: Part, match: Match) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the picture with what was copied, and how surely each pixel is a repetition."""
    rows, columns = np.nonzero(part.wanted & (match.sources[..., 0] >= 0))
    sources = match.sources[rows, columns]
    trust, shift = repetition(part.picture, part.usable, rows, columns, sources)
    copy = part.picture.copy()
    copy[rows, columns] = part.picture[sources[:, 0], sources[:, 1]] + trust[:, None] * shift
    repeated = np.zeros(part.wanted.shape, np.float32)
    repeated[rows, columns] = trust
    return copy, repeated


def _compose(part: Part, match: Match) -> Copied:
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
    return Copied(colours, sources, confidence)


def _side(mask: NDArray[np.bool_]) -> int:
    """Return the longer side of the rectangle that holds all that is True."""
    return max(int(np.ptp(np.flatnonzero(mask.any(axis=axis)))) + 1 for axis in (0, 1))
