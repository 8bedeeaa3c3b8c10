"""Smaller copies of a large picture, so that a viewer can show all of it without loading it."""

from __future__ import annotations

from itertools import count
from typing import Any

import numpy as np

from napari_relic_inpaint.files import tiff
from napari_relic_inpaint.files.pictures import PictureFile
from napari_relic_inpaint.files.reading import reading
from napari_relic_inpaint.files.reduction import block_means
from napari_relic_inpaint.files.streaming import OutgoingPicture

SMALLEST_SIDE = 1024
"""Copies are halved until the longer side is below this."""


def overviews(picture: PictureFile, largest: int) -> list[Any]:
    """Return smaller copies of a picture, from large to small.

    Those that a TIFF holds are opened; where there is none small enough, the picture is read once
    and the means of its pixels are kept.

    Parameters
    ----------
    picture : PictureFile
        From `open_picture`.
    largest : int
        Pixels, those of all planes together, that a copy in memory may have. The smallest copy has
        no more, but one of each plane.

    Returns
    -------
    list of array-like
        Of the dtype and the axes of ``picture.data``, with fewer rows and columns.

    Raises
    ------
    FileError
        If the file turns out to be damaged.
    """
    copies = _held(picture)
    smallest = copies[-1] if copies else picture.data
    factor = _factor(OutgoingPicture(smallest, rgb=picture.rgb), largest)
    while factor > 1:
        smallest = _reduced(OutgoingPicture(smallest, rgb=picture.rgb), factor)
        copies.append(smallest)
        sides = smallest.shape[-3:-1] if picture.rgb else smallest.shape[-2:]
        factor = 2 if max(sides) >= SMALLEST_SIDE else 1
    return copies


def _held(picture: PictureFile) -> list[Any]:
    layout = picture.metadata.tiff
    if layout is None or not layout.copies[1:]:
        return []
    with reading(picture.path):
        return tiff.open_copies(picture.path)


def _factor(picture: OutgoingPicture, largest: int) -> int:
    """Return the power of two by which the sides have to be divided."""
    pixels = len(picture.planes) * picture.height * picture.width
    return next(2**n for n in count() if pixels <= largest * 4**n)


def _reduced(picture: OutgoingPicture, factor: int) -> np.ndarray:
    colours = picture.shape[len(picture.stack) + 2 :]
    size = -(-picture.height // factor), -(-picture.width // factor)
    copy = np.empty((*picture.stack, *size, *colours), picture.dtype)
    for plane in picture.planes:
        for band in picture.bands(plane, factor):
            first = band.rows.start // factor
            means = block_means(band.values, (factor, factor))
            copy[plane][first : first + len(means)] = means
    return copy
