"""Where a copy goes on as its surroundings do: there it is trusted with colours and forms, too.

A painting does not know that an ornament is repeated. Where the known pixels beside a copy are the
same as those beside its source, the picture itself says that it is, and the copy is better than
what was painted.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.detail.offsets import Offset, may_be_copied
from napari_relic_inpaint.detail.search import Field
from napari_relic_inpaint.opencv import cv2

# Chosen by the measurements in docs/detail.md.
BESIDE = 8
"""How far from the copied pixels known ones are compared, in pixels."""

FEWEST = 40
"""Known pixels that have to be compared at least."""

CONTRAST = 0.03
"""Standard deviation of the known pixels (picture in [0, 1]) below which there is no ornament."""

ALIKE, UNLIKE = 0.3, 0.6
"""Root mean square difference, as a share of the contrast, up to which they count as the same, and
from which on as different."""


class Repetition(NamedTuple):
    """How far copied pixels repeat what is beside their sources.

    Attributes
    ----------
    trust : (n,) array of float32
        0 = by chance, 1 = surely.
    shift : (n, 3) array of float32
        What the source is to be made lighter by, so that it agrees with its new surroundings.
    """

    trust: NDArray[np.float32]
    shift: NDArray[np.float32]


def repetition(
    picture: NDArray[np.float32],
    usable: NDArray[np.bool_],
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
    sources: Field,
) -> Repetition:
    """Compare what is beside copied pixels with what is beside their sources.

    All pixels that were copied from equally far away are judged together.

    Parameters
    ----------
    picture : (h, w, 3) array of float32
        RGB in [0, 1].
    usable : (h, w) array of bool
        The known pixels.
    rows, columns : (n,) arrays of int
        The copied pixels.
    sources : (n, 3) array of int32
        Row and column of their sources, and 1 if mirrored.
    """
    shape = usable.shape
    offset = Offset.between(rows, columns, sources)
    span = 2 * max(shape) + 1
    code = ((offset.down + span) * 2 * span + offset.right + span) * 2 + offset.mirrored
    first, number = np.unique(code, return_index=True, return_inverse=True)[1:]

    # Each known pixel goes with the copied one that is nearest.
    copied = np.ones(shape, np.uint8)
    copied[rows, columns] = 0
    distance, label = cv2.distanceTransformWithLabels(
        copied, cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    of_label = np.zeros(label.max() + 1, np.intp)
    of_label[label[rows, columns]] = number
    y, x = np.nonzero(usable & (distance <= BESIDE))
    group = of_label[label[y, x]]
    there_y, there_x = offset.some(first[group]).sources(y, x)
    known = may_be_copied(usable, there_y, there_x)
    here, there = picture[y[known], x[known]], picture[there_y[known], there_x[known]]
    trust, shift = _judged(here, there, group[known], len(first))
    return Repetition(trust[number], shift[number])


def agreement(
    here: NDArray[np.float32], there: NDArray[np.float32]
) -> tuple[np.float32, NDArray[np.float32]]:
    """Compare known pixels, ``(n, 3)``, with those beside one source; see `Repetition`."""
    trust, shift = _judged(here, there, np.zeros(len(here), np.intp), 1)
    return trust[0], shift[0]


def _judged(
    here: NDArray[np.float32], there: NDArray[np.float32], group: NDArray[np.intp], count: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return trust and shift of each group."""
    number_of = np.maximum(np.bincount(group, minlength=count), 1)
    _, contrast = _moments(here, group, number_of)
    shift, difference = _moments(here - there, group, number_of)
    share = difference / np.maximum(contrast, CONTRAST)
    trust = np.clip((UNLIKE - share) / (UNLIKE - ALIKE), 0, 1)
    trust[(number_of < FEWEST) | (contrast < CONTRAST)] = 0
    return trust.astype(np.float32), shift.astype(np.float32)


def _moments(
    values: NDArray[np.float32], group: NDArray[np.intp], number_of: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean of each group's values, ``(groups, 3)``, and their standard deviation, ``(groups,)``."""
    count = len(number_of)
    mean, square = (
        np.stack(
            [np.bincount(group, some[:, k], minlength=count) / number_of for k in range(3)], axis=1
        )
        for some in (values, values.astype(np.float64) ** 2)
    )
    return mean, np.sqrt(np.maximum(square - mean**2, 0).mean(axis=1))
