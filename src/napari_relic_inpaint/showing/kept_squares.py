"""Rendered squares of a picture that are kept, since what is looked at is read again and again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.picture.picture import Area

KEPT_BYTES = 64 << 20
"""Rendered squares that are kept in memory; more where a row of the picture has more."""


@dataclass(frozen=True)
class Rendered:
    """What a square of a plane shows otherwise than the restored picture.

    Attributes
    ----------
    area : tuple of slice
        The rectangle in the plane.
    mask : (h, w) array of bool
        Which of its pixels.
    values : (h, w, 1 or 3) array
        Their values, in the picture's dtype.
    """

    area: Area
    mask: NDArray[np.bool_]
    values: NDArray[Any]

    @property
    def nbytes(self) -> int:
        """Bytes that it takes."""
        return self.mask.nbytes + self.values.nbytes


class KeptSquares:
    """Squares that were rendered last; several threads may ask for them.

    Parameters
    ----------
    in_a_row : int
        Bytes of all squares in a row of the picture, for which there is always room.
    """

    def __init__(self, in_a_row: int) -> None:
        self._room = max(KEPT_BYTES, in_a_row)
        self._kept: OrderedDict[tuple[int, ...], Rendered | None] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, key: tuple[int, ...], render: Callable[[], Rendered | None]) -> Rendered | None:
        """Return a square, rendered if it is not kept; None where nothing is shown otherwise."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        rendered = render()
        with self._lock:
            if key not in self._kept:
                self._kept[key] = rendered
                self._bytes += _size(rendered)
            while self._bytes > self._room and len(self._kept) > 1:
                self._bytes -= _size(self._kept.popitem(last=False)[1])
        return rendered


def _size(rendered: Rendered | None) -> int:
    return 0 if rendered is None else rendered.nbytes
