"""What has changed between two campaigns: two masks of the same wall at different dates."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.errors import InputError, Stopped
from napari_relic_inpaint.marking.classes import DamageClass, checked, named
from napari_relic_inpaint.marking.components import LabelRuns, Pieces, grouped
from napari_relic_inpaint.marking.damage_table import ALL, PixelSize, checked_size
from napari_relic_inpaint.marking.label_planes import LabelPlanes
from napari_relic_inpaint.steps import Step, finish

TOLERANCE = 0.05
"""Share of its area by which a piece may differ and still counts as unchanged: nobody draws the
same outline twice."""


@dataclass(frozen=True)
class ChangeRow:
    """How a class of damage has changed.

    Pieces of the same class that overlap are the same damage, also where it has grown together or
    fallen apart.

    Attributes
    ----------
    label : int
        The label; 0 for all.
    name : str
        Of the class.
    new, grown, unchanged, shrunk : int
        Pieces as they are now.
    gone : int
        Pieces as they were before.
    new_pixels, grown_pixels, unchanged_pixels, shrunk_pixels, gone_pixels : int
        Area of new pieces; what grown ones have gained; area of unchanged ones as it is now; what
        shrunk ones have lost; area of those that are gone.
    before_pixels, after_pixels : int
        Area of the class.
    new_mm2, grown_mm2, unchanged_mm2, shrunk_mm2, gone_mm2, before_mm2, after_mm2 : float
        The areas in square millimetres; NaN where nobody knows the size of a pixel.
    """

    label: int
    name: str
    new: int
    grown: int
    unchanged: int
    shrunk: int
    gone: int
    new_pixels: int
    grown_pixels: int
    unchanged_pixels: int
    shrunk_pixels: int
    gone_pixels: int
    before_pixels: int
    after_pixels: int
    new_mm2: float
    grown_mm2: float
    unchanged_mm2: float
    shrunk_mm2: float
    gone_mm2: float
    before_mm2: float
    after_mm2: float


@dataclass(frozen=True)
class ChangeTable:
    """What has changed.

    Attributes
    ----------
    rows : tuple of ChangeRow
        A row for each class that occurs or is named, by label; and all of it last.
    pixel_size : (float, float) or None
        Height and width of a pixel in millimetres.
    """

    rows: tuple[ChangeRow, ...]
    pixel_size: PixelSize | None = None


def compare_damage(
    before: Any,
    after: Any,
    *,
    classes: Iterable[DamageClass] = (),
    pixel_size: float | PixelSize | None = None,
    tolerance: float = TOLERANCE,
    should_stop: Callable[[], bool] | None = None,
) -> ChangeTable:
    """Compare two masks of the same picture at different dates.

    Parameters
    ----------
    before, after : array-like
        As for `measure_damage`, of the same shape and with the same labels for the same classes;
        the photographs have to lie exactly over each other.
    classes, pixel_size, should_stop
        As for `measure_damage`.
    tolerance : float
        Share of its area, 0 to 1, by which a piece may differ and still is unchanged.

    Returns
    -------
    ChangeTable
        A row for each class, and one for all.

    Raises
    ------
    InputError
        If the shapes differ, or a value cannot be.
    Stopped
        If ``should_stop`` said so.
    """
    return finish(
        compare_damage_steps(
            before,
            after,
            classes=classes,
            pixel_size=pixel_size,
            tolerance=tolerance,
            should_stop=should_stop,
        )
    )


def compare_damage_steps(
    before: Any,
    after: Any,
    *,
    classes: Iterable[DamageClass] = (),
    pixel_size: float | PixelSize | None = None,
    tolerance: float = TOLERANCE,
    should_stop: Callable[[], bool] | None = None,
) -> Generator[Step, None, ChangeTable]:
    """Compare as `compare_damage` does, yielding a `Step` after each band of rows."""
    known = checked(classes)
    size = checked_size(pixel_size)
    if not 0 <= tolerance < 1:
        raise InputError(f"the tolerance cannot be {tolerance:g}: give a share from 0 to below 1")
    old, new = LabelPlanes(before, "the mask of before"), LabelPlanes(after, "the mask of now")
    if old.shape != new.shape:
        raise InputError(
            f"the mask of before is {' x '.join(map(str, old.shape))}, that of now "
            f"{' x '.join(map(str, new.shape))}: bring both photographs to the same pixels first"
        )
    tallies: dict[int, _Tally] = {each.label: _Tally() for each in known}
    total = len(new.planes) * len(new.bands)
    done = 0
    for plane in new.planes:
        earlier, later = [], []
        for rows in new.bands:
            if should_stop is not None and should_stop():
                raise Stopped("the comparing was stopped")
            earlier.append(LabelRuns.of(old.read(plane, rows), rows.start))
            later.append(LabelRuns.of(new.read(plane, rows), rows.start))
            done += 1
            yield Step("comparing", done, total, done / total)
        _add_plane(LabelRuns.joined(earlier), LabelRuns.joined(later), tolerance, tallies)
    rows_found = [
        _row(label, named(label, known).name, tally, size)
        for label, tally in sorted(tallies.items())
    ]
    everything = _row(0, ALL, sum(tallies.values(), _Tally()), size)
    return ChangeTable((*rows_found, everything), size)


@dataclass(frozen=True)
class _Tally:
    """What is known of the change of a class so far."""

    new: int = 0
    grown: int = 0
    unchanged: int = 0
    shrunk: int = 0
    gone: int = 0
    new_pixels: int = 0
    grown_pixels: int = 0
    unchanged_pixels: int = 0
    shrunk_pixels: int = 0
    gone_pixels: int = 0
    before_pixels: int = 0
    after_pixels: int = 0

    def __add__(self, other: _Tally) -> _Tally:
        return _Tally(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


def _add_plane(
    earlier: LabelRuns, later: LabelRuns, tolerance: float, tallies: dict[int, _Tally]
) -> None:
    """Add the changes of a plane."""
    old, new = Pieces.of(earlier), Pieces.of(later)
    overlapping = earlier.touching(later, 0, 0)
    pairs = np.stack(
        (old.of_run[overlapping[:, 0]], len(old.label) + new.of_run[overlapping[:, 1]]), axis=1
    )
    groups, group = grouped(len(old.label) + len(new.label), pairs)
    was, now = group[: len(old.label)], group[len(old.label) :]
    label = np.zeros(groups, np.int64)
    label[was], label[now] = old.label, new.label
    pieces_before, pieces_after = (np.bincount(which, minlength=groups) for which in (was, now))
    before = np.bincount(was, old.pixels, groups).astype(np.int64)
    after = np.bincount(now, new.pixels, groups).astype(np.int64)
    gained = after - before
    same = np.abs(gained) <= tolerance * before
    is_new, is_gone = before == 0, after == 0
    is_grown = (gained > 0) & ~same & ~is_new
    is_shrunk = (gained < 0) & ~same & ~is_gone
    is_same = same & ~is_new & ~is_gone
    for value in np.unique(label).tolist():
        here = label == value

        def total(
            which: NDArray[np.bool_], amounts: NDArray[np.int64], here: NDArray[np.bool_] = here
        ) -> int:
            return int(amounts[which & here].sum())

        tally = _Tally(
            new=total(is_new, pieces_after),
            grown=total(is_grown, pieces_after),
            unchanged=total(is_same, pieces_after),
            shrunk=total(is_shrunk, pieces_after),
            gone=total(is_gone, pieces_before),
            new_pixels=total(is_new, after),
            grown_pixels=total(is_grown, gained),
            unchanged_pixels=total(is_same, after),
            shrunk_pixels=total(is_shrunk, -gained),
            gone_pixels=total(is_gone, before),
            before_pixels=int(before[here].sum()),
            after_pixels=int(after[here].sum()),
        )
        tallies[value] = tallies.get(value, _Tally()) + tally


def _row(label: int, name: str, tally: _Tally, size: PixelSize | None) -> ChangeRow:
    area = math.nan if size is None else size[0] * size[1]
    amounts = {each.name: getattr(tally, each.name) for each in fields(tally)}
    in_mm2 = {
        f"{name.removesuffix('_pixels')}_mm2": amount * area
        for name, amount in amounts.items()
        if name.endswith("_pixels")
    }
    return ChangeRow(label=label, name=name, **amounts, **in_mm2)
