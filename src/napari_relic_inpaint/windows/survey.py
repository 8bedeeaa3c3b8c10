"""The first look at a picture: one pass that hashes, checks and measures what is known."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.marking.plane_masks import PlaneMasks
from napari_relic_inpaint.picture.array_like import count_not_finite
from napari_relic_inpaint.picture.hole import HolePixels, position_type
from napari_relic_inpaint.picture.picture import Picture, ValueRange
from napari_relic_inpaint.picture.tiles import bands
from napari_relic_inpaint.picture.widths import widest
from napari_relic_inpaint.smooth import membrane as fill

CELL = 2**fill.COARSE_LEVELS


@dataclass(frozen=True)
class Survey:
    """What one plane looks like from afar, and where it is damaged.

    Attributes
    ----------
    pixels : HolePixels
        The hole.
    darkest, brightest : float
        Extremes of the known pixels, in the picture's own values.
    average : (h, w, 1 or 3) array
        Mean of the known pixels of each cell of `CELL` x `CELL` pixels, in the picture's values.
    share : (h, w) array
        Share of known pixels of each cell; cells over the border count the outside as unknown.
    """

    pixels: HolePixels
    darkest: float
    brightest: float
    average: NDArray[np.float32]
    share: NDArray[np.float32]

    @property
    def widest(self) -> int:
        """Diameter in pixels of the largest disk in the hole."""
        return widest(self.pixels, self.share == 0, CELL)


class Surveyor:
    """Reads the planes of a picture and their masks one after the other, each once.

    Parameters
    ----------
    picture : Picture
        The picture.
    masks : PlaneMasks
        Its damage.
    """

    def __init__(self, picture: Picture, masks: PlaneMasks) -> None:
        self._picture = picture
        self._masks = masks
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
        return bands(*self._picture.shape, multiple=CELL)

    def plane(self, index: tuple[int, ...]) -> Iterator[Survey | None]:
        """Survey one plane; yields None after each band of rows and the survey at the end."""
        width = self._picture.shape[1]
        average, share, positions = [], [], []
        darkest, brightest = np.inf, -np.inf
        bad, first = 0, (0, 0)
        for rows in self.bands():
            raw = self._picture.raw(index, (rows, slice(0, width)))
            unknown = self._masks.read(index, rows)
            self._pixels.update(np.ascontiguousarray(raw).data)
            self._mask.update(np.ascontiguousarray(unknown).data)
            inside = np.flatnonzero(unknown) + rows.start * width
            positions.append(inside.astype(position_type(self._picture.shape)))
            colour, known = self._picture.colour(raw), ~unknown
            filled = np.where(unknown[..., None], 0, colour) if len(inside) else colour
            count = count_not_finite(filled)
            if count and not bad:
                first = _first_not_finite(colour, known, rows.start)
            bad += count
            if bad:
                # What is left is only counted, for the sentence.
                yield None
                continue
            means, shares = cell_means(filled, known)
            average.append(means)
            share.append(shares)
            if len(inside) < unknown.size:
                if len(inside):
                    # A known pixel changes no extreme; to pick all of them out takes far longer.
                    filled[unknown] = colour[np.unravel_index(np.argmax(known), known.shape)]
                darkest = min(darkest, float(filled.min()))
                brightest = max(brightest, float(filled.max()))
            yield None
        if bad:
            raise _not_finite(bad, first, index)
        yield Survey(
            HolePixels(self._picture.shape, np.concatenate(positions)),
            darkest,
            brightest,
            np.concatenate(average),
            np.concatenate(share),
        )


def coarse_picture(survey: Survey, scale: ValueRange) -> torch.Tensor:
    """Fill the reduced picture of a survey, ``(1, 3, h, w)`` in [0, 1]."""
    average = torch.from_numpy(scale.to_unit(survey.average)).permute(2, 0, 1)[None]
    share = torch.from_numpy(survey.share)[None, None]
    return fill.coarse_membrane(average.expand(-1, 3, -1, -1), share)


def _first_not_finite(colour: NDArray[Any], known: NDArray[np.bool_], top: int) -> tuple[int, int]:
    bad = known & ~np.isfinite(colour).all(axis=-1)
    row, column = np.unravel_index(np.argmax(bad), bad.shape)
    return top + int(row), int(column)


def _not_finite(count: int, first: tuple[int, int], index: tuple[int, ...]) -> InputError:
    where = f"plane {index} of the picture" if index else "the picture"
    row, column = first
    return InputError(
        f"{where} has NaN or infinite values outside the damage, {count} in all, the first in row "
        f"{row}, column {column} (from 0): mark these pixels as damage or replace them"
    )


def cell_means(
    colour: NDArray[Any], known: NDArray[np.bool_]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the average of each cell of whole rows or columns of cells, and its known share.

    What is not known has to be zero.
    """
    counts = _sums(known[..., None])
    means = _sums(colour) / np.maximum(counts, 1)
    return means.astype(np.float32), (counts[..., 0] / CELL**2).astype(np.float32)


def _sums(values: NDArray[Any]) -> NDArray[np.float64]:
    """Sum of each cell of a band, ``(h, w, channels)``."""
    height, width, channels = values.shape
    short = values.dtype.kind in "bu" and values.dtype.itemsize <= 2
    rows = np.zeros((-(-height // CELL), width, channels), np.uint32 if short else np.float64)
    # Row by row of all cells: reduceat takes ten times as long along the first axis.
    for row in range(min(CELL, height)):
        part = values[row::CELL]
        rows[: len(part)] += part
    return np.add.reduceat(rows, np.arange(0, width, CELL), axis=1, dtype=np.float64)
