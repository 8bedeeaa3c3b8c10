"""Damage masks: read from labels, checked, and drawn synthetically.

The same synthetic damage serves training, evaluation, benchmarks and tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.marking.mask_meaning import from_labels
from napari_relic_inpaint.opencv import cv2
from napari_relic_inpaint.remedies import Remedy

__all__ = [
    "ExtentError",
    "check_extent",
    "from_labels",
    "note_of_inversion",
    "synthetic_damage",
]

Kind = Literal["crack", "brush", "loss", "block"]
KINDS: tuple[Kind, ...] = get_args(Kind)

INVERTED = f"if the mask marks what is intact, {Remedy.INVERT}"


class ExtentError(InputError):
    """Nothing is damaged, or everything is."""


def check_extent(damaged: Mapping[tuple[int, ...], int], pixels: int) -> None:
    """Check that there is something to restore, and something to restore it from.

    Parameters
    ----------
    damaged : mapping of tuple to int
        Damaged pixels of each plane, by its index.
    pixels : int
        Pixels of a plane.

    Raises
    ------
    ExtentError
        If nothing is damaged, or if a plane has no known pixel.
    """
    for index, count in damaged.items():
        if count == pixels:
            where = f" of plane {index}" if index else ""
            raise ExtentError(
                f"the damage covers every pixel{where}: there is nothing left to restore from; "
                f"{INVERTED}"
            )
    if not any(damaged.values()):
        raise ExtentError("the damage mask is empty: mark what is damaged first")


def note_of_inversion(share: float) -> str | None:
    """Return a sentence about a mask that marks more than half of a picture, else None."""
    if share <= 0.5:
        return None
    return f"{share:.0%} of the picture is marked as damaged: {INVERTED}."


def synthetic_damage(
    shape: tuple[int, int],
    kind: Kind,
    rng: np.random.Generator,
    *,
    share: float | None = None,
    block: int = 96,
    widest: float = np.inf,
) -> NDArray[np.bool_]:
    """Draw random damage.

    Parameters
    ----------
    shape : (int, int)
        Height and width in pixels.
    kind : {"crack", "brush", "loss", "block"}
        Thin random walks of 1 to 5 px; free-form brush strokes; blotches of thresholded smooth
        noise; one square.
    rng : numpy.random.Generator
        Source of all randomness: the same state draws the same damage.
    share : float, optional
        Share of damaged pixels to aim at. By default 0.03 for cracks, 0.10 to 0.20 for strokes,
        0.20 to 0.35 for losses; a block has its own size.
    block : int
        Side of the square, in pixels, at most the picture's.
    widest : float
        Upper bound of a stroke's width in pixels.

    Returns
    -------
    (H, W) array of bool
        True = damaged; at least one pixel is, and at least one is not unless the picture has one.
    """
    if kind not in KINDS:
        raise InputError(f"there is no damage kind {kind!r}; choose one of {', '.join(KINDS)}")
    if kind == "crack":
        mask = _strokes(shape, rng, share or 0.03, (1.0, min(5.0, widest)), turn=0.35)
    elif kind == "brush":
        size = min(shape)
        widths = (min(max(4.0, size / 32), widest), min(max(5.0, size / 8), widest))
        mask = _strokes(shape, rng, share or rng.uniform(0.10, 0.20), widths, turn=0.5)
    elif kind == "loss":
        mask = _blotches(shape, rng, share or rng.uniform(0.20, 0.35))
    else:
        mask = _square(shape, rng, block)
    middle = shape[0] // 2, shape[1] // 2
    if not mask.any():
        mask[middle] = True
    elif mask.all() and mask.size > 1:
        mask[middle] = False
    return mask


def _square(shape: tuple[int, int], rng: np.random.Generator, side: int) -> NDArray[np.bool_]:
    mask = np.zeros(shape, bool)
    height, width = min(side, shape[0]), min(side, shape[1])
    top = int(rng.integers(0, shape[0] - height + 1))
    left = int(rng.integers(0, shape[1] - width + 1))
    mask[top : top + height, left : left + width] = True
    return mask


def _blotches(shape: tuple[int, int], rng: np.random.Generator, share: float) -> NDArray[np.bool_]:
    """Threshold smooth noise at the quantile that leaves ``share`` of the pixels."""
    sigma = rng.uniform(0.03, 0.08) * min(shape)
    noise = ndimage.gaussian_filter(rng.standard_normal(shape), sigma, mode="reflect")
    mask: NDArray[np.bool_] = noise > np.quantile(noise, 1 - share)
    return mask


def _strokes(
    shape: tuple[int, int],
    rng: np.random.Generator,
    share: float,
    widths: tuple[float, float],
    *,
    turn: float,
) -> NDArray[np.bool_]:
    """Draw random walks until ``share`` of the pixels is covered."""
    mask = np.zeros(shape, np.uint8)
    goal = min(share, 0.9) * mask.size
    while np.count_nonzero(mask) < goal:
        _walk(mask, rng, round(rng.uniform(*widths)), turn)
    return mask.astype(bool)


def _walk(mask: NDArray[np.uint8], rng: np.random.Generator, width: int, turn: float) -> None:
    """Draw one walk whose direction drifts by ``turn`` radians a step into ``mask``."""
    step = max(2.0, width)
    count = int(rng.integers(4, 5 + int(0.5 * max(mask.shape) / step)))
    angles = rng.uniform(0, 2 * np.pi) + np.cumsum(rng.normal(0, turn, count))
    start = rng.uniform((0, 0), (mask.shape[1], mask.shape[0]))
    points = start + np.cumsum(step * np.stack((np.cos(angles), np.sin(angles)), axis=1), axis=0)
    corners = np.rint(np.vstack((start, points))).astype(np.int32)
    cv2.polylines(mask, [corners], isClosed=False, color=1, thickness=width)
