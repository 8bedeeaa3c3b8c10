"""One rendering of a restored layer in a thread, and what there is to see of it meanwhile."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from napari.layers import Image, Layer

from napari_relic_inpaint.errors import InputError, Stopped
from napari_relic_inpaint.marking.damage_table import PixelSize
from napari_relic_inpaint.picture.picture import Area, Picture, ValueRange
from napari_relic_inpaint.picture.tiles import overlap, tiles
from napari_relic_inpaint.showing.levels import rendered_levels
from napari_relic_inpaint.showing.look import count_steps, range_of, range_steps
from napari_relic_inpaint.showing.modes import DisplayMode, account
from napari_relic_inpaint.showing.rendering import TILE, Rendering
from napari_relic_inpaint.steps import Step, part_of, stoppable
from napari_relic_inpaint.widgets.layers import (
    LARGE,
    RECORD_KEY,
    full_data,
    lower_levels,
    snapshot,
)
from napari_relic_inpaint.widgets.placing import labels_on

COUNTED, LOOKED = 0.15, 0.3


@dataclass(frozen=True)
class Outcome:
    """What a rendering tells.

    Attributes
    ----------
    display : dict
        How each class is shown, for the layer's metadata.
    counts : dict of int to int
        Damaged pixels of each label.
    """

    display: dict[str, Any]
    counts: dict[int, int]


class Showing:
    """A rendering.

    What is in memory is copied, so that it can be made in a thread while the user goes on.

    Parameters
    ----------
    restored : Image
        The restored layer.
    damage : Layer
        Its damage.
    modes, others
        As for `Rendering`.
    pixel_size : (float, float), optional
        Height and width of a pixel in millimetres.
    names : callable
        Takes a label and returns what its class is called.

    Attributes
    ----------
    restored : Image
        As given.
    levels : list of array-like
        What is shown: the picture as far as it is rendered, and its lower levels if it is
        multiscale. Empty before the first change.

    Raises
    ------
    InputError
        If the damage cannot be brought to the picture's pixels.
    """

    def __init__(
        self,
        restored: Image,
        damage: Layer,
        modes: Mapping[int, DisplayMode],
        others: DisplayMode,
        pixel_size: PixelSize | None,
        names: Callable[[int], str],
    ) -> None:
        self.restored = restored
        self.levels: list[Any] = []
        self._rgb = restored.rgb
        self._picture = snapshot(restored)
        self._lower = lower_levels(restored)
        self._labels = labels_on(restored, damage).data
        self._modes, self._others, self._size = dict(modes), others, pixel_size
        self._names = names
        self._values = values_of(restored)
        self._seen = _corners(restored)

    def steps(self, should_stop: Callable[[], bool]) -> Generator[Step, None, Outcome]:
        """Return the steps of the rendering; those that change what is seen say so."""
        source = Picture(self._picture, rgb=self._rgb)
        counting = stoppable(count_steps(source, self._labels), should_stop)
        counts = yield from part_of(counting, 0.0, COUNTED)
        if not counts:
            raise InputError("nothing is marked as damaged: paint or choose the damage first")
        values = self._values
        if values is None and self._lower:
            values = range_of(Picture(self._lower[-1], rgb=self._rgb))
        elif values is None:
            looking = stoppable(range_steps(source), should_stop)
            values = yield from part_of(looking, COUNTED, LOOKED)
        shown = Rendering(
            self._picture,
            self._labels,
            self._modes,
            others=self._others,
            rgb=self._rgb,
            pixel_size=self._size,
            values=values,
        )
        if self._lower or math.prod(self._picture.shape) > 3 * LARGE:
            # Too large to be in memory: what is looked at is rendered when it is drawn.
            self.levels = [*rendered_levels(shown, self._lower, self._labels, rgb=self._rgb)]
            yield Step("showing", 1, 1, 1.0, ())
        else:
            yield from self._into_memory(shown, source, should_stop)
        names = {label: self._names(label) for label in counts}
        size = None if self._size is None else math.sqrt(self._size[0] * self._size[1])
        return Outcome(account(self._modes, self._others, size, names), counts)

    def _into_memory(
        self, shown: Rendering, source: Picture, should_stop: Callable[[], bool]
    ) -> Iterator[Step]:
        """Render all of the picture, what is seen first."""
        picture = source.copy()
        places = [(plane, tile) for plane in source.planes for tile in tiles(source.shape, TILE)]
        places.sort(key=lambda place: not self._is_seen(*place))
        last_seen = max(sum(self._is_seen(*place) for place in places), 1)
        for done, (plane, tile) in enumerate(places, 1):
            if should_stop():
                raise Stopped("the rendering was stopped")
            place: tuple[int | slice, ...] = (*plane, *tile)
            picture[place] = shown[place]
            if done >= last_seen:
                self.levels = [picture]
            share = LOOKED + (1 - LOOKED) * done / len(places)
            yield Step("showing", done, len(places), share, place if self.levels else None)

    def _is_seen(self, plane: tuple[int, ...], tile: Area) -> bool:
        if self._seen is None:
            return False
        at, area = self._seen
        return plane == at and overlap(tile, area)


def values_of(restored: Layer) -> ValueRange | None:
    """Return which values were black and white in a restoration, if its layer knows."""
    try:
        said = restored.metadata[RECORD_KEY]["picture"]
        low, high = float(said["black"]), float(said["white"])
    except (KeyError, TypeError, ValueError):
        return None
    return ValueRange(low, high) if math.isfinite(low) and low < high < math.inf else None


def _corners(layer: Image) -> tuple[tuple[int, ...], Area] | None:
    """Return the plane and the rectangle of it that are seen; None where that is not known."""
    corners = np.asarray(layer.corner_pixels)
    rows, columns = (slice(int(a), int(b) + 1) for a, b in corners[:, -2:].T)
    if layer.multiscale or rows.stop - rows.start < 2 or columns.stop - columns.start < 2:
        return None
    shape = full_data(layer).shape
    if len(corners[0]) > len(shape):
        return None
    return tuple(int(n) for n in corners[0, :-2]), (rows, columns)
