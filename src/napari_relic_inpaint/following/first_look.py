"""What is shown in new damage at once: a spline, from what lies close around it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray

from napari_relic_inpaint.methods.smooth import spline_fill
from napari_relic_inpaint.picture.hole import HolePixels
from napari_relic_inpaint.picture.picture import Area
from napari_relic_inpaint.picture.tiles import enlarged, tiles
from napari_relic_inpaint.smooth import membrane
from napari_relic_inpaint.windows.plane import PictureSource, View
from napari_relic_inpaint.windows.survey import CELL

TILE = 512
AROUND = 32
"""Pixels around new damage that are looked at. Some more would change little, and what is seen at
first is painted over in a second."""


def first_look(
    source: PictureSource, pixels: HolePixels, new: HolePixels, coarse: torch.Tensor
) -> Iterator[tuple[HolePixels, NDArray[np.float32]]]:
    """Yield the pixels of new damage tile by tile, with their colours, ``(n, 3)``.

    Parameters
    ----------
    source : PictureSource
        The plane.
    pixels, new : HolePixels
        The hole, and the part of it to be filled.
    coarse : Tensor
        What `coarse_picture` has made of the plane.
    """
    bounds = new.bounds(np.arange(len(new)))
    # A stroke that fits into a tile is not cut where tiles happen to meet.
    one = all(side.stop - side.start <= TILE for side in bounds)
    for tile in [bounds] if one else tiles(pixels.shape, TILE):
        part = new.part(tile)
        if not len(part):
            continue
        area = _whole_cells(
            enlarged(part.bounds(np.arange(len(part))), AROUND, pixels.shape), pixels.shape
        )
        hole = pixels.mask(area)
        colours = np.array(source.read(area, hole)).transpose(2, 0, 1)[None]
        cells = tuple(slice(side.start // CELL, -(-side.stop // CELL)) for side in area)
        filled = membrane.membrane_from_coarse(
            torch.from_numpy(np.ascontiguousarray(colours)),
            torch.from_numpy(hole)[None, None],
            coarse[..., cells[0], cells[1]],
        )
        picture = filled[0].permute(1, 2, 0).numpy()
        pad = [(0, -length % CELL) for length in hole.shape]
        view = View(
            np.pad(picture, [*pad, (0, 0)], mode="symmetric"),
            np.pad(np.zeros_like(hole), pad),
            np.pad(hole, pad, mode="symmetric"),
        )
        wanted = part.mask(area)
        yield part, spline_fill(view)[: hole.shape[0], : hole.shape[1]][wanted]


def _whole_cells(area: Area, shape: tuple[int, int]) -> Area:
    rows, columns = (
        slice(part.start // CELL * CELL, min(-(-part.stop // CELL) * CELL, length))
        for part, length in zip(area, shape, strict=True)
    )
    return rows, columns
