"""What restorations of the same damage have in common: the first look, and the smooth fill."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.windows.plane import Plane
from napari_relic_inpaint.windows.survey import Survey, Surveyor


class Beginning:
    """How restorations of one picture and one damage mask begin, whatever fills the hole then.

    The first restoration that it is given to finds it; the others take it over, and share the
    pixels of the hole. Some 12 bytes a damaged pixel are kept.

    Attributes
    ----------
    surveys : list of Survey
        Of each plane; empty until the first restoration has read all of them.
    picture_sha256, mask_sha256 : str
        Hashes of what was read.
    """

    def __init__(self) -> None:
        self.surveys: list[Survey] = []
        self.picture_sha256 = self.mask_sha256 = ""
        self._prefills: dict[tuple[int, ...], NDArray[np.float32]] = {}

    def surveyed(self, surveys: Sequence[Survey], surveyor: Surveyor) -> None:
        """Know the surveys of all planes, and the hashes of what was read for them."""
        self.surveys = [*surveys]
        self.picture_sha256 = surveyor.picture_sha256
        self.mask_sha256 = surveyor.mask_sha256

    def keep(self, index: tuple[int, ...], plane: Plane) -> None:
        """Keep the smooth fill of a plane."""
        self._prefills[index] = plane.prefill.copy()

    def give(self, index: tuple[int, ...], plane: Plane) -> bool:
        """Give a plane its smooth fill, if that is known; tells whether it is."""
        if index not in self._prefills:
            return False
        # Copied, since what is painted at half the scale is written into it.
        plane.prefill = self._prefills[index].copy()
        return True
