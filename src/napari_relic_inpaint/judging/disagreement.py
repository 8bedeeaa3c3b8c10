"""How far hypotheses lie apart at each damaged pixel, in CIELAB.

The measure is the root mean square, over the hypotheses, of the colour difference Delta E*ab
(CIE 1976, the distance in CIELAB) from their mean colour::

    d = sqrt( 1/N * sum_k |Lab_k - mean(Lab)|^2 )

It is 0 where all agree, and of the kind of a standard deviation: two hypotheses that differ by
Delta E = 10 lie 5 from their mean. Values count as sRGB (D65) from the picture's black to its
white. CIE 1976 and not CIEDE2000, since a mean colour and distances from it need a space in which
distances are those of geometry.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage.color import rgb2lab

from napari_relic_inpaint.marking.holes import Holes
from napari_relic_inpaint.picture.hole import HolePixels, position_type
from napari_relic_inpaint.picture.lazy_planes import LazyPlanes, RestoredPicture
from napari_relic_inpaint.picture.picture import Area, ValueRange

AT_ONCE = 1 << 16
"""Pixels whose colours are compared together."""

FEWEST = 2
"""Hypotheses without which nothing can disagree."""


def spread(colours: NDArray[np.floating]) -> NDArray[np.float32]:
    """Root mean square distance of colours to their mean in CIELAB.

    Parameters
    ----------
    colours : (K, n, 3) array of float
        sRGB in [0, 1] that each of K hypotheses gives n pixels; what lies beyond is clipped.

    Returns
    -------
    (n,) array of float32
        In units of Delta E*ab.
    """
    lab = rgb2lab(np.clip(colours, 0, 1))
    return np.sqrt(((lab - lab.mean(axis=0)) ** 2).sum(axis=-1).mean(axis=0)).astype(np.float32)


class DisagreementMap(LazyPlanes):
    """Disagreement of each pixel, ``(..., H, W)`` of float32, 0 outside the damage; read by slices.

    Parameters
    ----------
    shape : tuple of int
        Of the damaged picture without its channels.
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = shape
        self.dtype = np.dtype(np.float32)
        self._axes = 2
        self.planes: dict[tuple[int, ...], tuple[HolePixels, NDArray[np.float32]]] = {}

    def _read(self, index: tuple[int, ...], area: Area) -> NDArray[np.float32]:
        values = np.zeros([part.stop - part.start for part in area], np.float32)
        if index in self.planes:
            pixels, found = self.planes[index]
            mask, numbers = pixels.numbers(area)
            values[mask] = found[numbers]
        return values

    def reduced(self, shape: tuple[int, int]) -> DisagreementMap:
        """Return a smaller map for viewers, whose pixels show the most of what each covers."""
        small = DisagreementMap((*self.shape[:-2], *shape))
        for index, (pixels, found) in self.planes.items():
            rows, columns = np.divmod(pixels.positions.astype(np.int64), pixels.shape[1])
            places = rows * shape[0] // pixels.shape[0] * shape[1]
            places += columns * shape[1] // pixels.shape[1]
            cells, cell = np.unique(places, return_inverse=True)
            most = np.zeros(len(cells), np.float32)
            np.maximum.at(most, cell.reshape(-1), found)
            small.planes[index] = HolePixels(shape, cells.astype(position_type(shape))), most
        return small

    def of_holes(self, holes: Holes) -> NDArray[np.float64]:
        """Return the mean disagreement over the pixels of each hole, ``(N,)``."""
        sums, counts = np.zeros(len(holes)), np.zeros(len(holes))
        for index, (pixels, found) in self.planes.items():
            numbers = holes.numbers(index, pixels.positions)
            sums += np.bincount(numbers, found, len(holes))
            counts += np.bincount(numbers, minlength=len(holes))
        return sums / np.maximum(counts, 1)


def compare(
    found: DisagreementMap, pictures: Sequence[RestoredPicture], scale: ValueRange
) -> Iterator[float]:
    """Compare restorations of a picture, in a map of it; yields how far this is, 0 to 1."""
    fills = pictures[0].fills
    total = sum(len(fill.pixels) for fill in fills.values())
    done = 0
    for index, fill in fills.items():
        values = np.zeros(len(fill.pixels), np.float32)
        found.planes[index] = fill.pixels, values
        for start in range(0, len(values), AT_ONCE):
            part = slice(start, start + AT_ONCE)
            colours = [_colours(each.fills[index].values[part], scale) for each in pictures]
            values[part] = spread(np.stack(colours))
            done += len(values[part])
            yield done / total


def _colours(values: NDArray[Any], scale: ValueRange) -> NDArray[np.float32]:
    """Return a picture's values as RGB in [0, 1], ``(n, 3)``."""
    unit = scale.to_unit(values)
    return np.broadcast_to(unit, (len(unit), 3))
