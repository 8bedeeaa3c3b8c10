"""What proposals see of a picture: rectangles of its luminance and colours, and what is marked."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.marking.plane_masks import PlaneMasks
from napari_relic_inpaint.marking.proposals.ridges import WHITE
from napari_relic_inpaint.opencv import cv2
from napari_relic_inpaint.picture.picture import Area, Picture, ValueRange
from napari_relic_inpaint.picture.tiles import bands
from napari_relic_inpaint.steps import Step

SMOOTHING = 1.0
"""Standard deviation in pixels by which colours are smoothed before they are compared."""

RED, GREEN, BLUE = (np.uint32(n) for n in (6966, 23436, 2366))
"""Weights of luminance (BT.709) that add up to 2 ** 15."""


class Views:
    """A picture and what its user has marked, read in rectangles.

    Parameters
    ----------
    picture : Picture
        The picture.
    marked : array-like, optional
        What is marked already, in one of the forms that `PlaneMasks` takes.
    """

    def __init__(self, picture: Picture, marked: Any = None) -> None:
        self.picture = picture
        self._masks = None if marked is None else PlaneMasks(marked, picture, "the damage mask")
        self._scale = ValueRange(0.0, 255.0)

    def look(self, share: float) -> Generator[Step, None, None]:
        """Find out which values are black and white; 8 bits say it without a look.

        Parameters
        ----------
        share : float
            Of the whole run, that this takes.
        """
        if self.picture.dtype == np.uint8:
            return
        height, width = self.picture.shape
        rows = [(plane, part) for plane in self.picture.planes for part in bands(height, width)]
        darkest, brightest = np.inf, -np.inf
        for done, (plane, part) in enumerate(rows, 1):
            values = self.picture.colour(self.picture.raw(plane, (part, slice(0, width))))
            known = values if values.dtype.kind != "f" else values[np.isfinite(values)]
            if known.size:
                darkest = min(darkest, float(known.min()))
                brightest = max(brightest, float(known.max()))
            yield Step("looking", done, len(rows), share * done / len(rows))
        if darkest > brightest:
            raise InputError("the picture has no finite value: there is nothing to look at")
        self._scale = ValueRange.of(self.picture.dtype, darkest, brightest)

    def colour(self, plane: tuple[int, ...], area: Area) -> NDArray[np.float32]:
        """Read a rectangle as RGB in [0, 1], ``(h, w, 3)``; what is no number is black."""
        values = self.picture.colour(self.picture.raw(plane, area))
        unknown = (
            ~np.isfinite(values).all(axis=-1)
            if values.dtype.kind == "f"
            else np.zeros(values.shape[:2], bool)
        )
        return np.clip(self.picture.read(plane, area, unknown, self._scale), 0, 1)

    def free(self, plane: tuple[int, ...], area: Area) -> NDArray[np.bool_]:
        """Return where something may be proposed, ``(h, w)``: nothing is marked, and values are."""
        free = np.ones([part.stop - part.start for part in area], bool)
        if self._masks is not None:
            free &= self._masks.labels(plane, area) == 0
        if self.picture.dtype.kind == "f":
            values = self.picture.colour(self.picture.raw(plane, area))
            free &= np.isfinite(values).all(axis=-1)
        return free


def luminance(colour: NDArray[np.float32]) -> NDArray[np.uint16]:
    """Turn RGB in [0, 1] into integers, 0 to `WHITE`: sums of them do not depend on their order."""
    red, green, blue = np.moveaxis(np.rint(colour * np.float32(WHITE)).astype(np.uint32), -1, 0)
    return ((RED * red + GREEN * green + BLUE * blue + 2**14) >> 15).astype(np.uint16)


def smoothed(colour: NDArray[np.float32], deviation: float) -> NDArray[np.float32]:
    """Smooth RGB in [0, 1]; through integers, so that it does not depend on what is around."""
    whole = np.rint(colour * np.float32(WHITE)).astype(np.uint16)
    smooth = cv2.GaussianBlur(whole, (0, 0), deviation, borderType=cv2.BORDER_REFLECT_101)
    return smooth.astype(np.float32) / np.float32(WHITE)


def smoothed_lab(colour: NDArray[np.float32]) -> NDArray[np.float32]:
    """Turn RGB in [0, 1] into CIELAB, smoothed; ``(h, w, 3)``, lightness 0 to 100."""
    return cv2.cvtColor(smoothed(colour, SMOOTHING), cv2.COLOR_RGB2Lab)
