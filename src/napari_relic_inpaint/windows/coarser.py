"""A plane at half its scale, on which holes that are wide for a window are restored first.

A window inside a wide hole sees nothing of what lies around it. At half the scale it sees twice as
far; what it paints there, enlarged, takes the smooth fill's place at the full scale.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch.nn import functional as F

from napari_relic_inpaint.opencv import cv2
from napari_relic_inpaint.picture.hole import HolePixels, position_type
from napari_relic_inpaint.picture.picture import Area
from napari_relic_inpaint.picture.tiles import enlarged, tiles
from napari_relic_inpaint.windows.plane import TILE, Plane


def halved(plane: Plane, wide: NDArray[np.bool_]) -> Plane:
    """Return a plane at half its scale.

    A pixel of it is known where all its four are: the mean of fewer would shift colours at the
    border of the hole.

    Parameters
    ----------
    plane : Plane
        The plane.
    wide : (N,) array of bool
        Which of its hole pixels are to be restored there.

    """
    shape = _half(plane.shape[0]), _half(plane.shape[1])
    cells = _cells(plane.pixels).astype(position_type(shape))
    pixels, wanted = (HolePixels(shape, np.unique(part)) for part in (cells, cells[wide]))
    coarse = F.avg_pool2d(plane.coarse, 2, ceil_mode=True, count_include_pad=False)
    source = HalvedSource(plane)
    return Plane(
        source, pixels, coarse=coarse, window=plane.window, wanted=wanted, memory=plane.memory
    )


@dataclass(frozen=True)
class HalvedSource:
    """The known pixels of a plane at half its scale.

    Attributes
    ----------
    plane : Plane
        The plane at its own scale.
    """

    plane: Plane

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the picture's values."""
        return self.plane.source.dtype

    def read(self, area: Area, hole: NDArray[np.bool_]) -> NDArray[np.float32]:
        """Read a rectangle as float RGB ``(h, w, 3)`` in [0, 1], zero inside the hole."""
        rows, columns = (
            slice(2 * part.start, min(2 * part.stop, length))
            for part, length in zip(area, self.plane.shape, strict=True)
        )
        fine = self.plane.read((rows, columns))
        # Beyond an odd side the last row or column stands for two.
        fine = np.pad(fine, [(0, fine.shape[0] % 2), (0, fine.shape[1] % 2), (0, 0)], mode="edge")
        reduced = cv2.resize(fine, hole.shape[::-1], interpolation=cv2.INTER_AREA)
        reduced[hole] = 0
        return reduced


def take_over(
    plane: Plane, wide: NDArray[np.bool_], coarser: Plane, colours: NDArray[np.float32]
) -> None:
    """Let a plane start from what was restored at half its scale.

    Parameters
    ----------
    plane : Plane
        Its ``prefill`` and ``hole_edges`` are changed where it is wide.
    wide : (N,) array of bool
        Its wide hole pixels.
    coarser : Plane
        The plane at half the scale, with its edges.
    colours : (n, 3) array of float32
        What was painted into the hole there.
    """
    for tile in tiles(plane.shape, TILE):
        mask, numbers = plane.pixels.numbers(tile)
        inside = wide[numbers]
        if not inside.any():
            continue
        rows, columns = (slice(part.start // 2, _half(part.stop)) for part in tile)
        # Two pixels around it for the interpolation.
        area = enlarged((rows, columns), 2, coarser.shape)
        hole, coarse_numbers = coarser.pixels.numbers(area)
        picture = coarser.source.read(area, hole).copy()
        picture[hole] = colours[coarse_numbers]
        size = 2 * picture.shape[1], 2 * picture.shape[0]
        smooth = cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR)
        edges = coarser.edges(area).repeat(2, axis=0).repeat(2, axis=1)
        whole = slice(2 * area[0].start, None), slice(2 * area[1].start, None)
        part = tuple(
            slice(t.start - w.start, t.stop - w.start) for t, w in zip(tile, whole, strict=True)
        )
        plane.prefill[numbers[inside]] = smooth[part][mask][inside]
        plane.hole_edges[numbers[inside]] = edges[part][mask][inside]


def halved_edges(
    pixels: HolePixels, drawn: NDArray[np.bool_], coarser: HolePixels
) -> NDArray[np.bool_]:
    """Return drawn edges at half the scale: where one of the four pixels has one.

    Parameters
    ----------
    pixels, coarser : HolePixels
        The hole, and at half the scale.
    drawn : (N,) array of bool
        Whether there is an edge at each pixel of ``pixels``.

    Returns
    -------
    (n,) array of bool
        Whether there is one at each pixel of ``coarser``.
    """
    edges = np.zeros(len(coarser), bool)
    cells = _cells(pixels)[drawn].astype(coarser.positions.dtype)
    edges[np.searchsorted(coarser.positions, cells)] = True
    return edges


def _cells(pixels: HolePixels) -> NDArray[np.integer[Any]]:
    """Index of each hole pixel's cell of 2 x 2 pixels in the flattened plane of half the scale."""
    rows, columns = np.divmod(pixels.positions, pixels.shape[1])
    return rows // 2 * _half(pixels.shape[1]) + columns // 2


def _half(length: int) -> int:
    return -(-length // 2)
