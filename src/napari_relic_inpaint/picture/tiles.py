"""Rectangles in which a large picture is worked on piece by piece, with context around each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from napari_relic_inpaint.picture.picture import Area

BAND_PIXELS = 4_000_000
"""Pixels of a picture that are looked at together where it is read row by row."""


def bands(height: int, width: int, multiple: int = 1) -> list[slice]:
    """Return the rows of a picture in parts of some `BAND_PIXELS` pixels.

    Parameters
    ----------
    height, width : int
        Of the picture.
    multiple : int
        Each part but the last has a multiple of this many rows.
    """
    rows = max(BAND_PIXELS // max(width, 1) // multiple, 1) * multiple
    return [slice(top, min(top + rows, height)) for top in range(0, height, rows)]


def tiles(shape: tuple[int, ...], side: int) -> Iterator[Area]:
    """Yield disjoint rectangles of at most ``side`` pixels that cover ``(H, W)``."""
    for top in range(0, shape[0], side):
        for left in range(0, shape[1], side):
            yield (
                slice(top, min(top + side, shape[0])),
                slice(left, min(left + side, shape[1])),
            )


def enlarged(area: Area, reach: int, shape: tuple[int, ...]) -> Area:
    """Add ``reach`` pixels of context to a rectangle, as far as the picture ``(H, W)`` goes."""
    rows, columns = (
        slice(max(part.start - reach, 0), min(part.stop + reach, length))
        for part, length in zip(area, shape, strict=True)
    )
    return rows, columns


def relative(inner: Area, outer: Area) -> Area:
    """Return where the inner rectangle lies within an array that covers the outer one."""
    rows, columns = (
        slice(i.start - o.start, i.stop - o.start) for i, o in zip(inner, outer, strict=True)
    )
    return rows, columns


def placed(inner: Area, outer: Area) -> Area:
    """Return where a rectangle of an array that covers the outer one lies in the picture."""
    rows, columns = (
        slice(i.start + o.start, i.stop + o.start) for i, o in zip(inner, outer, strict=True)
    )
    return rows, columns


def overlap(one: Area, other: Area) -> bool:
    """Tell whether two rectangles share a pixel."""
    return all(a.start < b.stop and b.start < a.stop for a, b in zip(one, other, strict=True))


def common(one: Area, other: Area) -> Area | None:
    """Return the pixels that two rectangles share, None if there are none."""
    if not overlap(one, other):
        return None
    rows, columns = (
        slice(max(a.start, b.start), min(a.stop, b.stop)) for a, b in zip(one, other, strict=True)
    )
    return rows, columns
