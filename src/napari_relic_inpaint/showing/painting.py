"""The fill of some pixels as a display mode shows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.marking.plane_masks import PlaneMasks
from napari_relic_inpaint.picture.picture import Area, Picture, ValueRange
from napari_relic_inpaint.showing import outline, strokes, tone
from napari_relic_inpaint.showing.context import Context
from napari_relic_inpaint.showing.dots import dots
from napari_relic_inpaint.showing.hatching import hatching
from napari_relic_inpaint.showing.light import Light, from_light, lighter, paler, to_light
from napari_relic_inpaint.showing.modes import DisplayMode
from napari_relic_inpaint.showing.tints import varied

Member = Callable[[NDArray[Any]], NDArray[np.bool_]]
"""Tells which of some labels are shown in the mode."""


def painted(
    source: Picture,
    masks: PlaneMasks,
    index: tuple[int, ...],
    area: Area,
    where: NDArray[np.bool_],
    mode: DisplayMode,
    member: Member,
    *,
    scale: ValueRange,
    pixel_mm: float | None,
    factor: float,
) -> NDArray[np.float32]:
    """Return how pixels look in a mode.

    Parameters
    ----------
    source, masks : Picture, PlaneMasks
        The restored picture and its damage.
    index : tuple of int
        The plane.
    area : tuple of slice
        A rectangle of it.
    where : (h, w) array of bool
        The pixels in it.
    mode : DisplayMode
        The mode.
    member : callable
        Which labels are shown in this mode.
    scale : ValueRange
        Which values are black and white.
    pixel_mm : float, optional
        Side in millimetres of a pixel at full resolution.
    factor : float
        How many of these a pixel is wide.

    Returns
    -------
    (N, 1 or 3) array
        Encoded values, 0 to 1.
    """

    def context(reach: int, cell: int) -> Context:
        return Context.read(source, masks, index, area, scale, reach=reach, cell=cell)

    def local_tone(around: Context) -> Light:
        return tone.tone_of(around, around.inner)[where]

    light = to_light(scale.to_unit(source.colour(source.raw(index, area))[where]))
    name = mode.mode
    if name == "neutral":
        shown = paler(local_tone(context(tone.REACH, tone.CELL)), mode.colour_left)
    elif name == "paler":
        shown = paler(light, mode.colour_left)
    elif name == "lighter":
        shown = lighter(light, mode.step)
    elif name == "outline":
        line = max(mode.line_pixels(pixel_mm) / factor, 1.0)
        around = context(max(tone.REACH, outline.reach_of(line)), tone.CELL)
        share = outline.border(member(around.labels), line)[around.inner][where]
        near = outline.near_tone(to_light(around.values))[around.inner][where]
        shown = outline.outlined(light, local_tone(around), near, share)
    elif name == "selezione":
        line = mode.line_pixels(pixel_mm) / factor
        wide = max(line, 1.0)
        around = context(strokes.reach_of(wide), strokes.cell_of(wide))
        corner = area[0].start - around.inner[0].start, area[1].start - around.inner[1].start
        shade, hue = strokes.strokes(around, where, corner, wide)
        # Strokes narrower than a pixel merge.
        seen = np.float32(min(max(2 * line - 1, 0.0), 1.0))
        shown = varied(light, shade * seen, hue * seen, mode.contrast)
    else:
        rows, columns = (
            (place + part.start + 0.5) * factor
            for place, part in zip(np.nonzero(where), area, strict=True)
        )
        line, spacing = mode.line_pixels(pixel_mm), mode.spacing_pixels(pixel_mm)
        if name == "rigatino":
            shade, hue = hatching(
                rows, columns, line=line, spacing=spacing, angle=mode.angle, pixel=factor
            )
        else:
            shade, hue = dots(rows, columns, dot=line, spacing=spacing, pixel=factor)
        shown = varied(light, shade, hue, mode.contrast)
    return from_light(shown)
