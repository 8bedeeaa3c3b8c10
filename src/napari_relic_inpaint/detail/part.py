"""A rectangle of a picture, with its painting, at any scale."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.opencv import cv2


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


def changed(part: Part, change: NDArray[np.float32]) -> Part:
    """Return a part whose painting is changed by what was found at another scale."""
    height, width = part.wanted.shape
    change = cv2.resize(change, (width, height), interpolation=cv2.INTER_LINEAR)
    return replace(
        part, picture=np.where(part.wanted[..., None], part.picture + change, part.picture)
    )


def halved(part: Part) -> Part:
    """Return a part at half its scale."""
    height, width = part.wanted.shape
    picture = cv2.copyMakeBorder(part.picture, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
    return Part(
        cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA),
        wanted=_any_of_four(part.wanted),
        usable=~_any_of_four(~part.usable),
        edges=_any_of_four(part.edges),
    )


def _any_of_four(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return for each 2 x 2 pixels whether any of them is True."""
    rows = mask[::2].copy()
    rows[: len(mask) // 2] |= mask[1::2]
    both = rows[:, ::2].copy()
    both[:, : mask.shape[1] // 2] |= rows[:, 1::2]
    return both
