"""A restored picture with its fills shown as display modes say, rendered where it is read."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.marking.damage_table import PixelSize, checked_size
from napari_relic_inpaint.marking.plane_masks import PlaneMasks
from napari_relic_inpaint.picture.lazy_planes import LazyPlanes
from napari_relic_inpaint.picture.picture import Area, Picture, ValueRange, is_colour
from napari_relic_inpaint.picture.tiles import common, placed, relative
from napari_relic_inpaint.showing.kept_squares import KeptSquares, Rendered
from napari_relic_inpaint.showing.look import range_of
from napari_relic_inpaint.showing.modes import DisplayMode
from napari_relic_inpaint.showing.painting import painted

TILE = 512
"""Side in pixels of what is rendered at once, always the same squares of a plane: so a pixel does
not depend on which part of the picture is read."""


class Rendering(LazyPlanes):
    """A restored picture of which the fill can be told from the original, of any size.

    Pixels that are not damaged are those of the picture, bit for bit, and so are alpha and further
    channels. It is rendered when it is sliced, and a pixel does not depend on how; nothing is
    changed in the picture.

    >>> shown = Rendering(restored, labels, {2: DisplayMode("outline")})  # doctest: +SKIP
    >>> shown[:1000, :1000]  # doctest: +SKIP

    Parameters
    ----------
    restored : array-like
        The restored picture, ``(..., H, W)`` or ``(..., H, W, C)``: as `Retouching` gives it, or
        any other.
    damage : array-like
        Where it was damaged, ``(H, W)`` or ``(..., H, W)``: 0 is original; labels are classes.
    modes : mapping of int to DisplayMode, optional
        How classes are shown, by their labels.
    others : DisplayMode
        How all other classes are shown.
    rgb : bool, optional
        Whether the last axis is colour; by default told from the shapes.
    pixel_size : float or (float, float), optional
        Side of a pixel in millimetres, or height and width; for lengths in millimetres.
    values : ValueRange, optional
        Which values are black and white, as the record of the restoration says. By default they
        are found as `restore` finds them, for which the whole picture is read unless it is uint8.

    Attributes
    ----------
    modes, others
        As given.
    values : ValueRange
        Which values are black and white.
    shape, dtype
        Of the picture.

    Raises
    ------
    InputError
        If shapes do not match, a length cannot be, or a grey picture shall have less colour.
    """

    def __init__(
        self,
        restored: Any,
        damage: Any,
        modes: Mapping[int, DisplayMode] | None = None,
        *,
        others: DisplayMode = DisplayMode(),  # noqa: B008 - it cannot be changed
        rgb: bool | None = None,
        pixel_size: float | PixelSize | None = None,
        values: ValueRange | None = None,
    ) -> None:
        colour = is_colour(restored, damage) if rgb is None else rgb
        self._source = Picture(restored, rgb=colour)
        self._masks = PlaneMasks(damage, self._source, "damage")
        self.modes = dict(modes or {})
        self.others = others
        size = checked_size(pixel_size)
        self._pixel_mm = None if size is None else math.sqrt(size[0] * size[1])
        self._factor = 1.0
        for mode in (*self.modes.values(), others):
            mode.check(self._pixel_mm, colours=self._source.colours)
        self.values = range_of(self._source) if values is None else values
        self._begin()

    def _begin(self) -> None:
        self.shape = tuple(int(length) for length in self._source.data.shape)
        self.dtype = self._source.dtype
        self._axes = 3 if self._source.rgb else 2
        in_a_row = -(-self._source.shape[1] // TILE) + 1
        per_tile = TILE**2 * (self._source.colours * self.dtype.itemsize + 1)
        self._kept = KeptSquares(in_a_row * per_tile)

    def reduced(self, restored: Any, damage: Any) -> Rendering:
        """Return the rendering of a smaller level of the same picture.

        Lines are drawn as wide as in this one where its pixels can show them, and merge where they
        cannot, as they do for an eye that is as far away.

        Parameters
        ----------
        restored : array-like
            The level of the picture.
        damage : array-like
            The labels on its pixels.
        """
        level = Rendering.__new__(Rendering)
        level._source = Picture(restored, rgb=self._source.rgb)
        level._masks = PlaneMasks(damage, level._source, "damage")
        level.modes, level.others = self.modes, self.others
        level._pixel_mm, level.values = self._pixel_mm, self.values
        level._factor = self._factor * self._source.shape[0] / level._source.shape[0]
        level._begin()
        return level

    def _read(self, index: tuple[int, ...], area: Area) -> NDArray[Any]:
        raw = self._source.raw(index, area)
        shown = None
        for tile in _tiles_of(area, self._source.shape):
            rendered = self._rendered(index, tile)
            part = None if rendered is None else common(rendered.area, area)
            if rendered is None or part is None:
                continue
            shown = np.array(raw) if shown is None else shown
            here = relative(part, rendered.area)
            mask = rendered.mask[here]
            self._source.paste(shown[relative(part, area)], mask, rendered.values[here][mask])
        return raw if shown is None else shown

    def _rendered(self, index: tuple[int, ...], tile: Area) -> Rendered | None:
        key = (*index, tile[0].start, tile[1].start)
        return self._kept.get(key, lambda: self._render(index, tile))

    def _render(self, index: tuple[int, ...], tile: Area) -> Rendered | None:
        labels = self._masks.labels(index, tile)
        mask = labels != 0
        if not mask.any():
            return None
        shown = np.zeros(labels.shape, bool)
        values = np.zeros((*labels.shape, self._source.colours), self.dtype)
        for mode, where in self._groups(labels, mask):
            if mode.mode == "complete":
                continue
            part = _bounds(where)
            fill = painted(
                self._source,
                self._masks,
                index,
                placed(part, tile),
                where[part],
                mode,
                self._member(mode),
                scale=self.values,
                pixel_mm=self._pixel_mm,
                factor=self._factor,
            )
            values[where] = self.values.from_unit(fill, self.dtype)
            shown |= where
        if not shown.any():
            return None
        bounds = _bounds(shown)
        return Rendered(placed(bounds, tile), shown[bounds].copy(), values[bounds].copy())

    def _groups(
        self, labels: NDArray[Any], mask: NDArray[np.bool_]
    ) -> list[tuple[DisplayMode, NDArray[np.bool_]]]:
        """Return the modes that occur among some labels, and where each does."""
        found: list[tuple[DisplayMode, NDArray[np.bool_]]] = []
        for mode in dict.fromkeys((*self.modes.values(), self.others)):
            where = mask & np.isin(labels, self._labels(mode))
            if mode == self.others:
                where |= mask & ~np.isin(labels, [*self.modes])
            if where.any():
                found.append((mode, where))
        return found

    def _labels(self, mode: DisplayMode) -> Sequence[int]:
        return [label for label, each in self.modes.items() if each == mode]

    def _member(self, mode: DisplayMode) -> Callable[[NDArray[Any]], NDArray[np.bool_]]:
        """Return what tells which of some labels are shown in a mode."""
        others, own = [*self.modes], self._labels(mode)

        def shown_so(labels: NDArray[Any]) -> NDArray[np.bool_]:
            where = np.isin(labels, own)
            if mode == self.others:
                where |= ~np.isin(labels, others)
            return where & (labels != 0)

        return shown_so


def render(
    restored: Any,
    damage: Any,
    mode: str | DisplayMode = "rigatino",
    *,
    modes: Mapping[int, str | DisplayMode] | None = None,
    rgb: bool | None = None,
    pixel_size: float | PixelSize | None = None,
    values: ValueRange | None = None,
) -> NDArray[Any]:
    """Show the fill of a restored picture so that it can be told from the original.

    Parameters
    ----------
    restored, damage, rgb, pixel_size, values
        As for `Rendering`, which renders pictures larger than memory.
    mode : str or DisplayMode
        How classes are shown that ``modes`` does not name; in words such as
        ``"rigatino,line=0.4mm"``.
    modes : mapping of int to (str or DisplayMode), optional
        How some classes are shown, by their labels.

    Returns
    -------
    numpy.ndarray
        Of the picture's shape and dtype. What is not damaged is the picture's, bit for bit.

    Raises
    ------
    InputError
        As `Rendering`.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_relic_inpaint import render
    >>> wall = np.full((64, 64, 3), 150, np.uint8)
    >>> damage = np.zeros((64, 64), np.uint8)
    >>> damage[20:40, 20:40] = 1
    >>> hatched = render(wall, damage, "rigatino,line=2px")
    >>> bool((hatched[damage == 0] == 150).all()), len(np.unique(hatched[30])) > 2
    (True, True)
    """
    return np.asarray(
        Rendering(
            restored,
            damage,
            {label: _mode(each) for label, each in (modes or {}).items()},
            others=_mode(mode),
            rgb=rgb,
            pixel_size=pixel_size,
            values=values,
        )
    )


def _mode(given: str | DisplayMode) -> DisplayMode:
    return DisplayMode.parse(given) if isinstance(given, str) else given


def _tiles_of(area: Area, shape: tuple[int, int]) -> list[Area]:
    """Return the squares of a plane that share a pixel with a rectangle."""
    rows, columns = (
        [
            slice(start, min(start + TILE, length))
            for start in range(part.start // TILE * TILE, part.stop, TILE)
        ]
        for part, length in zip(area, shape, strict=True)
    )
    return [(row, column) for row in rows for column in columns]


def _bounds(mask: NDArray[np.bool_]) -> Area:
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)
