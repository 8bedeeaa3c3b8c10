"""Which side of a stored picture is up: the orientation tag of EXIF and TIFF."""

import struct
from collections.abc import Mapping
from typing import Any

import numpy as np

from napari_relic_inpaint.files.metadata import Entry, Exif, unpack_exif
from napari_relic_inpaint.files.tiff_tags import ORIENTATION
from napari_relic_inpaint.picture.lazy_array import Block, LazyArray, Rearranged

UPRIGHT = 1
"""The orientation of a picture that is stored as it is shown."""

# Whether rows become columns, and whether rows and columns are then read from their ends.
_TURNS = {
    1: (False, False, False),
    2: (False, False, True),
    3: (False, True, True),
    4: (False, True, False),
    5: (True, False, False),
    6: (True, False, True),
    7: (True, True, True),
    8: (True, True, False),
}
# All others undo themselves.
_BACK = {6: 8, 8: 6}
_STORED = {
    2: "mirrored left to right",
    3: "upside down",
    4: "mirrored top to bottom",
    5: "lying on its side and mirrored",
    6: "lying on its left side",
    7: "lying on its side and mirrored",
    8: "lying on its right side",
}


def orientation_in(exif: Exif | bytes | None) -> int:
    """Return the orientation that a picture's tags give, 1 to 8.

    Parameters
    ----------
    exif : Exif, bytes or None
        The tags, or the block with them.

    Returns
    -------
    int
        1 also where there is no such tag, or one that means nothing.
    """
    tags = unpack_exif(exif) if isinstance(exif, bytes) else exif
    if tags is None:
        return UPRIGHT
    value = next((integer(e, tags.order) for e in tags.main if e.code == ORIENTATION), None)
    return value if value in _TURNS else UPRIGHT


def integer(entry: Entry, order: str) -> int | None:
    """Return the value of a tag that has one integer of 16 or 32 bits, else None."""
    form = {3: "H", 4: "L"}.get(entry.kind)
    if form is None or entry.count != 1:
        return None
    value: int = struct.unpack(order + form, entry.raw)[0]
    return value


def swaps_sides(orientation: int) -> bool:
    """Tell whether the rows of the stored picture are columns of the upright one."""
    return _TURNS[orientation][0]


def upright(data: Any, orientation: int, *, rgb: bool) -> Any:
    """Turn and mirror stored pixels so that they are upright.

    Parameters
    ----------
    data : array-like
        (..., H, W) or, with `rgb`, (..., H, W, C): NumPy, or anything with a shape and a dtype
        that can be sliced.
    orientation : int
        What `orientation` says of the file, 1 to 8.
    rgb : bool
        True if the last axis is colour.

    Returns
    -------
    array-like
        (..., H, W[, C]), or (..., W, H[, C]) for 5 to 8, of the same values: a numpy.ndarray of a
        numpy.ndarray, otherwise a `LazyArray`.
    """
    if orientation == UPRIGHT:
        return data
    if isinstance(data, np.ndarray):
        order, backwards = _axes(data.ndim, orientation, rgb)
        return np.ascontiguousarray(np.flip(data.transpose(order), backwards))
    return _turned(data, orientation, rgb)


def as_stored(data: Any, orientation: int, *, rgb: bool) -> LazyArray:
    """Turn upright pixels back to how they are stored, piece by piece: the opposite of `upright`.

    Parameters
    ----------
    data, orientation, rgb
        As for `upright`, but the pixels are upright.

    Returns
    -------
    LazyArray
        Of the same values, which are copied only where they are read.
    """
    return _turned(data, _BACK.get(orientation, orientation), rgb)


def _turned(data: Any, orientation: int, rgb: bool) -> LazyArray:
    source = data if isinstance(data, LazyArray) else _Sliced(data)
    return Rearranged(source, *_axes(source.ndim, orientation, rgb))


def _axes(ndim: int, orientation: int, rgb: bool) -> tuple[list[int], tuple[int, ...]]:
    """Return the stored axes in their upright order, and which of them are then backwards."""
    transposed, *backwards = _TURNS[orientation]
    rows = ndim - 2 - rgb
    order = list(range(ndim))
    if transposed:
        order[rows : rows + 2] = rows + 1, rows
    return order, tuple(rows + n for n, flip in enumerate(backwards) if flip)


def note(name: str, orientation: int) -> str:
    """Return the sentence that tells the user that a picture was turned."""
    return (
        f"{name} has EXIF orientation {orientation} ({_STORED[orientation]}): taken upright, as "
        "viewers and editors show it."
    )


def with_orientation(
    record: Mapping[str, Any], orientation: int, *, as_stored: bool = False
) -> dict[str, Any]:
    """Return a record that also says how the file's picture lay.

    Parameters
    ----------
    record : mapping
        The record of a run.
    orientation : int
        The tag in the file of the picture, 1 to 8; nothing is added for 1.
    as_stored : bool
        Whether the pixels were restored as they are stored, and turned afterwards.
    """
    if orientation == UPRIGHT:
        return dict(record)
    lay = {"orientation": orientation, "restored": "as stored" if as_stored else "upright"}
    return {**record, "picture": {**record["picture"], **lay}}


class _Sliced(LazyArray):
    """Whatever gives array-likes when it is sliced, as dask and zarr do."""

    def __init__(self, source: Any) -> None:
        self._source = source
        self.shape = tuple(int(length) for length in source.shape)
        self.dtype = np.dtype(source.dtype)

    def read(self, block: Block) -> np.ndarray:
        return np.array(self._source[block])
