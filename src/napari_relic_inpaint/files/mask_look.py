"""What a mask looks like from some of its pixels: a drawing, labels, or a photograph."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from napari_relic_inpaint.marking.mask_meaning import in_bytes

MOST_LABELS = 32
"""A mask of no more values than this has labels, however they are strewn."""

MIDDLE = 0.1
"""Values nearer to black or white than this share of the range are the ground or the inside of a
stroke, and the ringing of JPEG around them."""

BENT = 0.01
"""Where neighbours lie off a straight line by more than this share of the range there is texture;
soft brushes are smooth."""

MOST_TEXTURE = 0.2
MOST_SHADES = 0.5
"""Shares of a mask, measured on 89 photographs and 216 masks (synthetic damage of all kinds, hard,
antialiased or feathered, as JPEG of quality 50 to 95, in grey, red and brown, and maps of 50 to
20000 labels). Texture is at most 0.09 in masks; in 98 of 100 photographs it is at least 0.53 in
colour, 0.36 in grey, 0.26 in grey at quality 50, 0.23 cut out on black, 0.17 at a fifth of the
brightness. Shades, with or without texture, are at most 0.42 in masks (borders 100 pixels soft
around a third of the picture), and more than 0.5 in most photographs that were enlarged fourfold.
"""

_DISTINCT_AMONG = 20_000
_SHOWN = 3


def is_photograph(windows: Sequence[np.ndarray]) -> bool:
    """Tell whether values are those of a photograph, of which no value means damage.

    Parameters
    ----------
    windows : sequence of (..., h, w, C) arrays
        Parts of the mask that stand for all of it.
    """
    if distinct(windows) <= MOST_LABELS:
        return False
    low = min(0.0, *(float(values.min()) for values in windows))
    high = max(float(values.max()) for values in windows)
    counts = [_shades((values[..., :3] - low) / (high - low)) for values in windows]
    pixels = sum(values[..., 0].size for values in windows)
    texture, shades = np.sum(counts, axis=0) / pixels
    return bool(texture > MOST_TEXTURE or shades > MOST_SHADES)


def distinct(windows: Sequence[np.ndarray]) -> int:
    """Count the values or colours, as far as a look tells."""
    pixels = np.concatenate([values.reshape(-1, values.shape[-1]) for values in windows])
    return len(np.unique(pixels[:: -(-len(pixels) // _DISTINCT_AMONG)], axis=0))


def _shades(unit: np.ndarray) -> np.ndarray:
    """Count the pixels with texture, and all between black and white without an area to lie in."""
    middle = ((unit > MIDDLE) & (unit < 1 - MIDDLE)).any(axis=-1)
    alike = np.zeros(middle.shape, np.uint8)
    bent = np.zeros(middle.shape, bool)
    for axis in (-3, -2):
        step = np.diff(unit, axis=axis)
        equal = (step == 0).all(axis=-1)
        bend = (np.abs(np.diff(step, axis=axis)) > BENT).any(axis=-1)
        first, last, inner = (
            (..., *(part if n == axis else slice(None) for n in (-3, -2)))
            for part in (slice(None, -1), slice(1, None), slice(1, -1))
        )
        alike[first] += equal
        alike[last] += equal
        bent[inner] |= bend
    shades = middle & (alike < 2)
    return np.array([np.count_nonzero(shades & bent), np.count_nonzero(shades)])


def named_values(windows: Sequence[np.ndarray]) -> str:
    """Name the values that are most common: ``#ffffff (91 %), #000000 (9 %)``.

    Parameters
    ----------
    windows : sequence of (..., h, w, C) arrays
        As for `is_photograph`.
    """
    counts: Counter[str] = Counter()
    for values in windows:
        pixels = values.reshape(-1, values.shape[-1])
        kinds, numbers = np.unique(pixels, axis=0, return_counts=True)
        order = np.argsort(numbers)[::-1][:MOST_LABELS]
        for kind, number in zip(kinds[order], numbers[order], strict=True):
            counts[_named(kind)] += int(number)
    total = sum(values[..., 0].size for values in windows)
    said = [f"{name} ({percent(n / total)})" for name, n in counts.most_common(_SHOWN)]
    return ", ".join(said) + (" and others" if len(counts) > _SHOWN else "")


def _named(pixel: np.ndarray) -> str:
    if len(pixel) < 3:
        return f"{pixel[0]:g}"
    return hex_code(in_bytes(pixel[:3]))


def hex_code(rgb: Sequence[float] | np.ndarray) -> str:
    """Return the ``#`` code of a colour from 0 to 255."""
    return "#" + "".join(f"{round(float(value)):02x}" for value in rgb)


def percent(share: float) -> str:
    """Return a share as people write it, never as none or all where it is not: ``0.02 %``."""
    return f"{100 * share:.2g} %" if share < 0.995 else f"{100 * share:.5g} %"
