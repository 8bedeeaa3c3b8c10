"""One plane of a picture on its way to restoration: what every method reads and writes."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from napari_relic_inpaint.edges import CANNY_REACH, canny_edges, grey
from napari_relic_inpaint.picture.bitmap import Bitmap
from napari_relic_inpaint.picture.hole import HolePixels
from napari_relic_inpaint.picture.picture import Area, Picture, ValueRange
from napari_relic_inpaint.picture.tiles import enlarged, relative, tiles
from napari_relic_inpaint.smooth import membrane as fill
from napari_relic_inpaint.windows.grid import Grid, Window
from napari_relic_inpaint.windows.survey import CELL
from napari_relic_inpaint.windows.window_memory import WindowMemory

TILE = 32 * CELL


class Painted(NamedTuple):
    """Hole pixels whose colours are known, at least for now.

    Attributes
    ----------
    numbers : (n,) array of int
        Which ones.
    colours : (n, 3) array of float32
        RGB in [0, 1].
    remembered : int
        How many of the windows that say so were remembered and not run.
    """

    numbers: NDArray[np.intp]
    colours: NDArray[np.float32]
    remembered: int = 0


class Progress(NamedTuple):
    """How far a stage is: ``done`` of ``total`` parts, and what was painted by the last one."""

    stage: str
    done: int
    total: int
    painted: Painted | None = None


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
    inside : tuple of slice
        The part of these that lies inside the picture; what is beyond is reflected.
    """

    picture: NDArray[np.float32]
    edges: NDArray[np.bool_]
    hole: NDArray[np.bool_]
    inside: Area = (slice(None), slice(None))


class Source(Protocol):
    """Where the known pixels of a plane come from."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the picture's values."""
        ...

    def read(self, area: Area, hole: NDArray[np.bool_]) -> NDArray[np.float32]:
        """Read a rectangle as float RGB ``(h, w, 3)`` in [0, 1], zero inside the hole."""
        ...


@dataclass(frozen=True)
class PictureSource:
    """A plane of the picture itself.

    Attributes
    ----------
    picture : Picture
        The picture.
    index : tuple of int
        The plane's index in it.
    scale : ValueRange
        Which values are black and white.
    """

    picture: Picture
    index: tuple[int, ...]
    scale: ValueRange

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the picture's values."""
        return self.picture.dtype

    def read(self, area: Area, hole: NDArray[np.bool_]) -> NDArray[np.float32]:
        """Read a rectangle as float RGB ``(h, w, 3)`` in [0, 1], zero inside the hole."""
        return self.picture.read(self.index, area, hole, self.scale)


class Plane:
    """A plane, its hole, its smooth fill and its edges.

    Nothing in it is as large as the picture, except for the edges of the known pixels, of one bit
    each.

    Parameters
    ----------
    source : Source
        Where the known pixels come from.
    pixels : HolePixels
        The hole.
    coarse : Tensor
        The filled picture ``fill.COARSE_LEVELS`` levels down, ``(1, 3, h, w)``.
    window : int
        Side of a window in pixels.
    wanted : HolePixels, optional
        The part of the hole that is to be restored; by default all of it.
    needed : HolePixels, optional
        The part that has to be known for that, and contains it: methods that go through the windows
        more than once go through the windows of this part before the last time.
    memory : WindowMemory, optional
        What earlier runs have painted.

    Attributes
    ----------
    source, pixels, coarse, window, memory
        As given.
    windows : list of Window
        The windows that have to be run.
    earlier_windows : list of Window
        The windows that have to be run before them, and these.
    prefill : (N, 3) array of float32
        Smooth fill of each hole pixel that a window sees; zero until `fill_smoothly` has run.
    known_edges : Bitmap
        Canny edges of the known pixels; only found in the windows that run.
    hole_edges : (N,) array of bool
        Whether there is an edge at each hole pixel.
    """

    def __init__(
        self,
        source: Source,
        pixels: HolePixels,
        *,
        coarse: torch.Tensor,
        window: int,
        wanted: HolePixels | None = None,
        needed: HolePixels | None = None,
        memory: WindowMemory | None = None,
    ) -> None:
        self.source = source
        self.pixels = pixels
        self.coarse = coarse
        self.window = window
        self.memory = memory
        self.grid = Grid.over(pixels.shape, window)
        self.windows = self.grid.damaged((pixels if wanted is None else wanted).any_in)
        self.earlier_windows = self.windows if needed is None else self.grid.damaged(needed.any_in)
        self.prefill = np.zeros((len(pixels), 3), np.float32)
        self.known_edges = Bitmap(pixels.shape)
        self.hole_edges = np.zeros(len(pixels), bool)

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width."""
        return self.pixels.shape

    def read(self, area: Area) -> NDArray[np.float32]:
        """Read a rectangle as float RGB ``(h, w, 3)`` in [0, 1], zero inside the hole."""
        return self.source.read(area, self.pixels.mask(area))

    def fill_smoothly(self) -> Generator[Progress, None, None]:
        """Compute `prefill`: the membrane of every hole that a window sees."""
        damaged = list(self._damaged_tiles())
        for done, tile in enumerate(damaged, start=1):
            area = enlarged(tile, fill.HALO, self.shape)
            rows, columns = (slice(a.start // CELL, -(-a.stop // CELL)) for a in area)
            hole = self.pixels.mask(area)
            filled = fill.membrane_from_coarse(
                torch.from_numpy(self.source.read(area, hole).transpose(2, 0, 1).copy())[None],
                torch.from_numpy(hole)[None, None],
                self.coarse[..., rows, columns],
            )
            mask, numbers = self.pixels.numbers(tile)
            inside = relative(tile, area)
            self.prefill[numbers] = filled[0].permute(1, 2, 0).numpy()[inside][mask]
            yield Progress("filling smoothly", done, len(damaged))

    def _damaged_tiles(self) -> Iterator[Area]:
        """Yield the part of each tile that holds its damage, in whole cells."""
        seen = np.zeros(len(self.pixels), bool)
        for window in self.earlier_windows:
            seen[self.pixels.numbers(window.area)[1]] = True
        for tile in tiles(self.shape, TILE):
            _, numbers = self.pixels.numbers(tile)
            numbers = numbers[seen[numbers]]
            if len(numbers):
                rows, columns = self.pixels.bounds(numbers)
                yield _whole_cells(rows, self.shape[0]), _whole_cells(columns, self.shape[1])

    def find_edges(self, sigma: float) -> Iterator[Progress]:
        """Find the Canny edges of the known pixels in the windows that run."""
        cells = list(self.grid.cells(self.earlier_windows))
        for done, cell in enumerate(cells, start=1):
            area = enlarged(cell, CANNY_REACH, self.shape)
            hole = self.pixels.mask(area)
            found = canny_edges(grey(self.source.read(area, hole)), hole, sigma=sigma)
            self.known_edges[cell] = found[relative(cell, area)]
            yield Progress("finding edges", done, len(cells))

    def windows_with(self, wanted: NDArray[np.bool_]) -> list[Window]:
        """Return the earlier windows with any of the wanted hole pixels, ``(N,)``."""
        if wanted.all():
            return self.earlier_windows
        part = HolePixels(self.shape, self.pixels.positions[wanted])
        return [w for w in self.earlier_windows if part.any_in((w.rows.active, w.columns.active))]

    def edges(self, area: Area) -> NDArray[np.bool_]:
        """Return the edge map as it stands, ``C`` of Eq. 11: ``(h, w)``, True = edge."""
        edges = self.known_edges[area]
        mask, numbers = self.pixels.numbers(area)
        edges[mask] = self.hole_edges[numbers]
        return edges

    def view(self, window: Window) -> View:
        """Return what a window sees, reflected up to the grid's window size where needed."""
        mask, numbers = self.pixels.numbers(window.area)
        picture = np.array(self.source.read(window.area, mask))
        picture[mask] = self.prefill[numbers]
        edges = self.known_edges[window.area]
        edges[mask] = self.hole_edges[numbers]
        inside = slice(0, mask.shape[0]), slice(0, mask.shape[1])
        pad = [(0, size - length) for size, length in zip(self.grid.size, mask.shape, strict=True)]
        if any(after for _, after in pad):
            picture = np.pad(picture, [*pad, (0, 0)], mode="symmetric")
            mask, edges = (np.pad(plane, pad, mode="symmetric") for plane in (mask, edges))
        return View(picture, edges, mask, inside)


def _whole_cells(part: slice, length: int) -> slice:
    return slice(part.start // CELL * CELL, min(-(-part.stop // CELL) * CELL, length))
