"""Two pictures made comparable: of unlike types, colours or channels, read on one scale."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.edges import grey
from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.measuring.scales import Values, scales_of
from napari_relic_inpaint.picture.picture import Area, Picture, ValueRange, is_colour, shown

ROUNDING = 1e-6
"""Share of the range below which a difference in grey is the rounding of the conversion."""

BEYOND = 0.01
"""Share of the range by which restored values may lie beyond it without a note."""


@dataclass(frozen=True)
class Excerpt:
    """The same rectangle of both pictures.

    Attributes
    ----------
    restored, reference : (h, w, C) array of float64
        0 = black, 1 = white; three channels of colour, or one of grey.
    change : (h, w, C) array of float64
        Restored minus reference, in the reference's own values.
    """

    restored: NDArray[np.float64]
    reference: NDArray[np.float64]
    change: NDArray[np.float64]


class Comparison:
    """A restored picture beside its reference.

    Each is read on the scale that `scales.scales_of` chooses. If one picture is grey, both are
    compared in grey.

    Parameters
    ----------
    restored, reference : array-like
        ``(..., H, W)`` or ``(..., H, W, C)``; see `Picture`.
    damage : array-like or None
        The damage mask; only its shape is used, to tell colour.
    rgb : bool or None
        Whether the last axis is colour (of a grey and a colour picture: the colour one's). By
        default told from the shapes.
    data_range : float, optional
        The value that counts as white in both; by default told from types and values.

    Raises
    ------
    InputError
        If rows, columns or planes differ; names both shapes.
    """

    def __init__(
        self,
        restored: Any,
        reference: Any,
        damage: Any,
        rgb: bool | None,
        data_range: float | None = None,
    ) -> None:
        colour = _which_are_colour(restored, reference, damage, rgb)
        self._restored = _Side("restored picture", Picture(restored, rgb=colour[0]))
        self._reference = _Side("reference", Picture(reference, rgb=colour[1]))
        self._sides = self._restored, self._reference
        sizes = {(*side.picture.stack, *side.picture.shape) for side in self._sides}
        if len(sizes) > 1:
            raise InputError(
                f"the restored picture is {shown(restored)}, the reference {shown(reference)}: "
                "they need the same rows and columns; bring one to the size of the other first"
            )
        channels = {side.picture.colours for side in self._sides}
        self._unlike_colours = len(channels) > 1
        self._data_range = data_range
        self._same_values = False

    @property
    def picture(self) -> Picture:
        """The reference."""
        return self._reference.picture

    @property
    def span(self) -> float:
        """Distance from black to white in the reference's own values."""
        return self._reference.scale.high - self._reference.scale.low

    def measure(self, plane: tuple[int, ...], area: Area) -> None:
        """Look at the values of a rectangle; all have to be seen before `settle`.

        Raises
        ------
        InputError
            If there are NaN or infinite values.
        """
        for side in self._sides:
            side.measure(plane, area)

    def settle(self) -> list[str]:
        """Choose which values count as black and white.

        Returns
        -------
        list of str
            What was converted, left out or looks wrong, in plain sentences.

        Raises
        ------
        InputError
            If no scales make the two comparable, or the data range is not above 0.
        """
        values = self._restored.values, self._reference.values
        self._restored.scale, self._reference.scale = scales_of(*values, self._data_range)
        kinds = {side.picture.dtype.newbyteorder("=") for side in self._sides}
        alike = len(kinds) == 1 or {kind.kind for kind in kinds} == {"f"}
        self._same_values = alike and self._restored.scale == self._reference.scale
        return [*self._scale_notes(), *self._colour_notes()]

    def read(self, plane: tuple[int, ...], area: Area) -> Excerpt:
        """Read a rectangle of both pictures, after `settle`."""
        raw = [side.read(plane, area) for side in self._sides]
        restored, reference = (
            self._unit(side.scale.to_unit(values))
            for side, values in zip(self._sides, raw, strict=True)
        )
        if self._same_values and not self._unlike_colours:
            change = raw[0].astype(np.float64) - raw[1]
        else:
            change = self.span * (restored - reference)
        if self._unlike_colours:
            change[np.abs(change) < ROUNDING * self.span] = 0
        return Excerpt(restored, reference, change)

    def _unit(self, values: NDArray[np.float32]) -> NDArray[np.float64]:
        if self._unlike_colours and values.shape[-1] == 3:
            values = grey(values)[..., None]
        return values.astype(np.float64)

    def _scale_notes(self) -> Iterator[str]:
        restored, reference = self._sides
        if not self._same_values:
            yield (
                f"The restored picture is {restored.picture.dtype}, the reference "
                f"{reference.picture.dtype}: {_words(restored.scale)} and "
                f"{_words(reference.scale)} counted as black to white."
            )
            return
        if reference.scale != reference.usual_scale():
            yield f"{_words(reference.scale)} counted as black to white, as the reference has it."
        tolerance, seen = BEYOND * self.span, restored.values
        if (
            seen.darkest < reference.scale.low - tolerance
            or seen.brightest > reference.scale.high + tolerance
        ):
            yield (
                f"The restored picture has values from {seen.darkest:g} to {seen.brightest:g}, but "
                f"{_words(reference.scale)} count as black to white: check that both pictures have "
                "the same scale."
            )

    def _colour_notes(self) -> Iterator[str]:
        for side in self._sides:
            if side.further_channels:
                yield (
                    f"Channels of the {side.name} besides its colours (transparency, infrared): "
                    f"{side.further_channels}, not compared."
                )
        if self._unlike_colours:
            name = min(self._sides, key=lambda side: side.picture.colours).name
            yield f"The {name} is grey: both pictures were compared in grey."


class _Side:
    """One of the two pictures, what was seen of its values, and the scale they are read on."""

    def __init__(self, name: str, picture: Picture) -> None:
        self.name = name
        self.picture = picture
        self.values = Values(picture.dtype)
        self.scale = ValueRange(0.0, 1.0)

    @property
    def further_channels(self) -> int:
        return self.picture.data.shape[-1] - self.picture.colours if self.picture.rgb else 0

    def read(self, plane: tuple[int, ...], area: Area) -> NDArray[Any]:
        return self.picture.colour(self.picture.raw(plane, area))

    def measure(self, plane: tuple[int, ...], area: Area) -> None:
        values = self.read(plane, area)
        darkest, brightest = float(values.min()), float(values.max())
        if not (np.isfinite(darkest) and np.isfinite(brightest)):
            bad = int(np.count_nonzero(~np.isfinite(values)))
            rows, columns = area
            raise InputError(
                f"the {self.name} has NaN or infinite values, {bad} of them in rows {rows.start} "
                f"to {rows.stop - 1}, columns {columns.start} to {columns.stop - 1}: replace them "
                "first"
            )
        self.values.add(darkest, brightest, float(values.sum(dtype=np.float64)), values.size)

    def usual_scale(self) -> ValueRange:
        """Return the scale that goes without saying: the whole type, for floats 0 to 1."""
        kind = self.picture.dtype
        return ValueRange(0.0, float(np.iinfo(kind).max) if kind.kind in "iu" else 1.0)


def _which_are_colour(
    restored: Any, reference: Any, damage: Any, rgb: bool | None
) -> tuple[bool, bool]:
    """Tell for both pictures whether the last axis is colour."""
    more_axes = np.ndim(restored) - np.ndim(reference)
    if rgb is False:
        return False, False
    if more_axes:
        return more_axes > 0, more_axes < 0
    if rgb is None:
        rgb = _looks_like_colour(reference) if damage is None else is_colour(reference, damage)
    return rgb, rgb


def _looks_like_colour(picture: Any) -> bool:
    """Take a short last axis after rows and columns for colour: RGB, or with transparency."""
    return np.ndim(picture) > 2 and np.shape(picture)[-1] <= 4


def _words(scale: ValueRange) -> str:
    return f"{scale.low:g} to {scale.high:g}"
