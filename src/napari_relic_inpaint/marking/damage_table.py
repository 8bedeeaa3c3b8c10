"""The table of damage: how many pieces of each class there are, how large, how long, how wide."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from napari_relic_inpaint.errors import InputError, Stopped
from napari_relic_inpaint.marking.classes import DamageClass, checked, named
from napari_relic_inpaint.marking.components import LabelRuns, Pieces
from napari_relic_inpaint.marking.label_planes import LabelPlanes
from napari_relic_inpaint.marking.line_lengths import LinePlane, Lines
from napari_relic_inpaint.steps import Step, finish

ALL = "all damage"
"""Name of the row of all classes."""

PixelSize = tuple[float, float]
"""Height and width of a pixel in millimetres."""

_COUNTING = 0.4
"""Share of the time of a plane for its pieces; its lines take the rest."""


@dataclass(frozen=True)
class ClassRow:
    """The damage of a class, or of all of them.

    What is in millimetres is NaN where nobody knows the size of a pixel.

    Attributes
    ----------
    label : int
        The label; 0 for all.
    name : str
        Of the class.
    pieces : int
        Connected pieces (pixels that touch at a side or a corner); for all, the sum of the classes.
    pixels : int
        Damaged pixels.
    share : float
        Share of the whole picture, 0 to 1.
    largest : int
        Pixels of the largest piece.
    length, width : float
        Length of its lines and their mean width in pixels, from lines thinned to a pixel; the area
        is their product. NaN for a class of areas, and for all. On an average they are right to
        within 3 %.
    area_mm2, largest_mm2, length_mm, width_mm : float
        The same in square millimetres and millimetres. Lengths are in pixels of equal sides, which
        have the area of the picture's.
    """

    label: int
    name: str
    pieces: int
    pixels: int
    share: float
    largest: int
    length: float
    width: float
    area_mm2: float
    largest_mm2: float
    length_mm: float
    width_mm: float


@dataclass(frozen=True)
class DamageTable:
    """What is damaged.

    Attributes
    ----------
    rows : tuple of ClassRow
        A row for each class that occurs or is named, by label; and all of it last.
    pixel_size : (float, float) or None
        Height and width of a pixel in millimetres.
    """

    rows: tuple[ClassRow, ...]
    pixel_size: PixelSize | None = None


def measure_damage(
    labels: Any,
    *,
    classes: Iterable[DamageClass] = (),
    pixel_size: float | PixelSize | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> DamageTable:
    """Measure the damage that a mask marks.

    Parameters
    ----------
    labels : array-like
        ``(H, W)`` or ``(..., H, W)``, 0 is intact; each other value is a class, True is class 1.
        Lazy ones are read in bands of rows, and may be larger than memory as long as no class of
        lines is in them. The planes of a stack are measured as one picture.
    classes : iterable of DamageClass
        Names, and which are lines. A label without a class is measured as lines, too.
    pixel_size : float or (float, float), optional
        Side of a pixel in millimetres, or height and width.
    should_stop : callable, optional
        Asked often; when it says True the work ends with `Stopped`.

    Returns
    -------
    DamageTable
        A row for each class, and one for all.

    Raises
    ------
    InputError
        If the mask, a class or the size of a pixel cannot be.
    Stopped
        If ``should_stop`` said so.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_relic_inpaint import measure_damage
    >>> mask = np.zeros((100, 100), np.uint8)
    >>> mask[10, 10:90] = 2
    >>> crack, everything = measure_damage(mask, pixel_size=0.5).rows
    >>> crack.pieces, crack.length, crack.length_mm
    (1, 80.0, 40.0)
    """
    return finish(
        measure_damage_steps(
            labels, classes=classes, pixel_size=pixel_size, should_stop=should_stop
        )
    )


def measure_damage_steps(
    labels: Any,
    *,
    classes: Iterable[DamageClass] = (),
    pixel_size: float | PixelSize | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Generator[Step, None, DamageTable]:
    """Measure as `measure_damage` does, yielding a `Step` after each part of the work."""
    known = checked(classes)
    size = checked_size(pixel_size)
    planes = LabelPlanes(labels)
    tallies: dict[int, _Tally] = {each.label: _Tally() for each in known}
    areas = [each.label for each in known if not each.lines]
    for done, plane in enumerate(planes.planes):
        for share in _measure_plane(planes, plane, areas, tallies):
            if should_stop is not None and should_stop():
                raise Stopped("the measuring was stopped")
            count = len(planes.planes)
            yield Step("measuring", done + (share >= 1), count, (done + share) / count)
    rows = [
        _row(label, named(label, known), tally, planes.pixels, size)
        for label, tally in sorted(tallies.items())
    ]
    return DamageTable((*rows, _all(rows, planes.pixels, size)), size)


def checked_size(pixel_size: float | PixelSize | None) -> PixelSize | None:
    """Return height and width of a pixel; raises `InputError` where they cannot be."""
    if pixel_size is None:
        return None
    height, width = pixel_size if isinstance(pixel_size, Sequence) else (pixel_size, pixel_size)
    if not all(math.isfinite(side) and side > 0 for side in (height, width)):
        raise InputError(
            f"a pixel cannot be {height:g} x {width:g} mm: give its side in mm, above 0"
        )
    return float(height), float(width)


@dataclass
class _Tally:
    """What is known of a class so far."""

    pieces: int = 0
    pixels: int = 0
    largest: int = 0
    lines: Lines | None = field(default=None)


def _measure_plane(
    planes: LabelPlanes, plane: tuple[int, ...], areas: list[int], tallies: dict[int, _Tally]
) -> Generator[float, None, None]:
    """Add a plane to the tallies; yields how far it is, 0 to 1."""
    runs, lines = [], None
    bands = planes.bands
    for done, rows in enumerate(bands, 1):
        band = planes.read(plane, rows)
        runs.append(LabelRuns.of(band, rows.start))
        measured = np.where(np.isin(band, areas), 0, band) if areas else band
        if lines is None and measured.any():
            lines = LinePlane((planes.shape[-2], planes.shape[-1]), band.dtype)
        if lines is not None:
            lines.add(rows.start, measured)
        yield _COUNTING * done / len(bands)
    pieces = Pieces.of(LabelRuns.joined(runs))
    for label in np.unique(pieces.label).tolist():
        tally = tallies.setdefault(label, _Tally())
        sizes = pieces.pixels[pieces.label == label]
        tally.pieces += len(sizes)
        tally.pixels += int(sizes.sum())
        tally.largest = max(tally.largest, int(sizes.max()))
    if lines is not None:
        measuring = lines.measure()
        while True:
            try:
                yield _COUNTING + (1 - _COUNTING) * next(measuring)
            except StopIteration as end:
                found: dict[int, Lines] = end.value
                break
        for label, part in found.items():
            tally = tallies[label]
            tally.lines = part if tally.lines is None else tally.lines + part
    yield 1.0


def _row(
    label: int, kind: DamageClass, tally: _Tally, pixels: int, size: PixelSize | None
) -> ClassRow:
    length = width = math.nan
    if kind.lines:
        length = 0.0 if tally.lines is None else tally.lines.length(tally.pixels)
        width = tally.pixels / length if length else math.nan
    pixel_area = math.nan if size is None else size[0] * size[1]
    side = math.sqrt(pixel_area)
    return ClassRow(
        label,
        kind.name,
        tally.pieces,
        tally.pixels,
        tally.pixels / pixels,
        tally.largest,
        length,
        width,
        tally.pixels * pixel_area,
        tally.largest * pixel_area,
        length * side,
        width * side,
    )


def _all(rows: Sequence[ClassRow], pixels: int, size: PixelSize | None) -> ClassRow:
    tally = _Tally(
        sum(row.pieces for row in rows),
        sum(row.pixels for row in rows),
        max((row.largest for row in rows), default=0),
    )
    return _row(0, DamageClass(1, ALL, "#000000"), tally, pixels, size)
