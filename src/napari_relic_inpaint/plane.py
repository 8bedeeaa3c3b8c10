"""One plane of a picture on its way to restoration: what every method reads and writes."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from napari_relic_inpaint import fill
from napari_relic_inpaint.edges import CANNY_REACH, canny_edges, grey
from napari_relic_inpaint.hole import HolePixels
from napari_relic_inpaint.picture import Area, Picture, ValueRange
from napari_relic_inpaint.survey import CELL
from napari_relic_inpaint.tiles import enlarged, relative, tiles
from napari_relic_inpaint.windows import Grid, Window

TILE = 32 * CELL


class Progress(NamedTuple):
    """How far a stage is: ``done`` of ``total`` parts."""

    stage: str
    done: int
    total: int


@dataclass(frozen=True)
class View:
    """What a method sees of one window.

    Attributes
    ----------
    picture : (h, w, 3) array of float32
        RGB in [0, 1], the hole filled smoothly.
    edges : (h, w) array of bool
        The edge map as it stands.
    hole : (h, w) array of bool
        True = hole.
    """

    picture: NDArray[np.float32]
    edges: NDArray[np.bool_]
    hole: NDArray[np.bool_]


class Plane:
    """A plane, its hole, its smooth fill and its edge map.

    Parameters
    ----------
    picture : Picture
        The picture the plane belongs to.
    index : tuple of int
        The plane's index in the picture.
    hole : (H, W) array of bool
        True = hole.
    scale : ValueRange
        Which values are black and white.
    coarse : Tensor
        The filled picture ``fill.COARSE_LEVELS`` levels down, ``(1, 3, h, w)``.
    window : int
        Side of a window in pixels.

    Attributes
    ----------
    pixels : HolePixels
        The hole as a list of pixels.
    windows : list of Window
        The windows that have to be run.
    prefill : (N, 3) array of float32
        Smooth fill of each hole pixel; zero until `fill_smoothly` has run.
    edges : (H, W) array of bool
        Edge map; only filled in the windows that run.
    """

    def __init__(
        self,
        picture: Picture,
        index: tuple[int, ...],
        hole: NDArray[np.bool_],
        *,
        scale: ValueRange,
        coarse: torch.Tensor,
        window: int,
    ) -> None:
        self.picture = picture
        self.index = index
        self.scale = scale
        self.pixels = HolePixels(hole)
        self.grid = Grid.over(hole.shape, window)
        self.windows = self.grid.damaged(hole)
        self.prefill = np.zeros((len(self.pixels), 3), np.float32)
        self.edges = np.zeros(hole.shape, bool)
        self._coarse = coarse

    @property
    def hole(self) -> NDArray[np.bool_]:
        """The hole, ``(H, W)``, True = hole."""
        return self.pixels.hole

    def read(self, area: Area) -> NDArray[np.float32]:
        """Read a rectangle as float RGB ``(h, w, 3)`` in [0, 1], zero inside the hole."""
        return self.picture.read(self.index, area, self.hole[area], self.scale)

    def fill_smoothly(self) -> Generator[Progress, None, None]:
        """Compute `prefill`: the membrane of every hole."""
        damaged = [tile for tile in tiles(self.hole.shape, TILE) if self.hole[tile].any()]
        for done, tile in enumerate(damaged, start=1):
            area = enlarged(tile, fill.HALO, self.hole.shape)
            rows, columns = (slice(a.start // CELL, -(-a.stop // CELL)) for a in area)
            filled = fill.membrane_from_coarse(
                torch.from_numpy(self.read(area).transpose(2, 0, 1).copy())[None],
                torch.from_numpy(self.hole[area])[None, None],
                self._coarse[..., rows, columns],
            )
            mask, numbers = self.pixels.numbers(tile)
            inside = relative(tile, area)
            self.prefill[numbers] = filled[0].permute(1, 2, 0).numpy()[inside][mask]
            yield Progress("filling smoothly", done, len(damaged))

    def find_edges(self, sigma: float) -> Iterator[Progress]:
        """Find the Canny edges of the known pixels in the windows that run."""
        cells = list(self.grid.cells(self.windows))
        for done, cell in enumerate(cells, start=1):
            area = enlarged(cell, CANNY_REACH, self.hole.shape)
            found = canny_edges(grey(self.read(area)), self.hole[area], sigma=sigma)
            self.edges[cell] = found[relative(cell, area)]
            yield Progress("finding edges", done, len(cells))

    def view(self, window: Window) -> View:
        """Return what a window sees, reflected up to the grid's window size where needed."""
        mask, numbers = self.pixels.numbers(window.area)
        picture = np.array(self.read(window.area))
        picture[mask] = self.prefill[numbers]
        pad = [(0, size - length) for size, length in zip(self.grid.size, mask.shape, strict=True)]
        if any(after for _, after in pad):
            picture = np.pad(picture, [*pad, (0, 0)], mode="symmetric")
            mask = np.pad(mask, pad, mode="symmetric")
            return View(picture, np.pad(self.edges[window.area], pad, mode="symmetric"), mask)
        return View(picture, self.edges[window.area], mask)
