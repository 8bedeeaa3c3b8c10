"""The first look at a picture: one pass that hashes, checks and measures what is known."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from napari_relic_inpaint import fill
from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.picture import Picture, ValueRange

CELL = 2**fill.COARSE_LEVELS
BAND = 32 * CELL
"""Rows that are read at a time."""


@dataclass(frozen=True)
class Survey:
    """What one plane looks like from afar.

    Attributes
    ----------
    damaged : int
        Number of hole pixels.
    darkest, brightest : float
        Extremes of the known pixels, in the picture's own values.
    average : (h, w, 1 or 3) array
        Mean of the known pixels of each cell of `CELL` x `CELL` pixels, in the picture's values.
    share : (h, w) array
        Share of known pixels of each cell; cells over the border count the outside as unknown.
    """

    damaged: int
    darkest: float
    brightest: float
    average: NDArray[np.float64]
    share: NDArray[np.float64]


class Surveyor:
    """Reads the planes of a picture one after the other.

    Parameters
    ----------
    picture : Picture
        The picture.
    """

    def __init__(self, picture: Picture) -> None:
        self._picture = picture
        self._pixels = hashlib.sha256()
        self._mask = hashlib.sha256()

    @property
    def picture_sha256(self) -> str:
        """Hash of the pixels read so far, in C order and the picture's own dtype."""
        return self._pixels.hexdigest()

    @property
    def mask_sha256(self) -> str:
        """Hash of the masks read so far, one byte a pixel, 1 = damaged."""
        return self._mask.hexdigest()

    def bands(self) -> list[slice]:
        """Rows of each step of `plane`."""
        height = self._picture.shape[0]
        return [slice(top, min(top + BAND, height)) for top in range(0, height, BAND)]

    def plane(self, index: tuple[int, ...], hole: NDArray[np.bool_]) -> Iterator[Survey | None]:
        """Survey one plane; yields None after each band of rows and the survey at the end."""
        average, share = [], []
        darkest, brightest = np.inf, -np.inf
        self._mask.update(np.ascontiguousarray(hole).data)
        for rows in self.bands():
            raw = self._picture.raw(index, (rows, slice(0, self._picture.shape[1])))
            self._pixels.update(np.ascontiguousarray(raw).data)
            colour, unknown = self._picture.colour(raw), hole[rows]
            known = ~unknown
            if known.any():
                values = colour[known] if unknown.any() else colour
                _check_finite(values, index)
                darkest = min(darkest, float(values.min()))
                brightest = max(brightest, float(values.max()))
            means, shares = _cells(np.where(unknown[..., None], 0, colour), known)
            average.append(means)
            share.append(shares)
            yield None
        yield Survey(
            int(np.count_nonzero(hole)),
            darkest,
            brightest,
            np.concatenate(average),
            np.concatenate(share),
        )


def coarse_picture(survey: Survey, scale: ValueRange) -> torch.Tensor:
    """Fill the reduced picture of a survey, ``(1, 3, h, w)`` in [0, 1]."""
    average = torch.from_numpy(scale.to_unit(survey.average)).permute(2, 0, 1)[None]
    share = torch.from_numpy(survey.share.astype(np.float32))[None, None]
    return fill.coarse_membrane(average.expand(-1, 3, -1, -1), share)


def _check_finite(values: NDArray[Any], index: tuple[int, ...]) -> None:
    if values.dtype.kind != "f":
        return
    bad = int(np.count_nonzero(~np.isfinite(values)))
    if bad:
        where = f"plane {index} of the picture" if index else "the picture"
        raise InputError(
            f"{where} has NaN or infinite values outside the damage, {bad} in all: mark "
            "these pixels as damage or replace them"
        )


def _cells(
    colour: NDArray[Any], known: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Masked average of each cell of a band, and its share of known pixels."""
    height, width = known.shape
    tops, lefts = np.arange(0, height, CELL), np.arange(0, width, CELL)
    totals = np.add.reduceat(np.add.reduceat(colour.astype(np.float64), tops), lefts, axis=1)
    counts = np.add.reduceat(np.add.reduceat(known.astype(np.float64), tops), lefts, axis=1)
    return totals / np.maximum(counts, 1)[..., None], counts / CELL**2
