"""Smaller copies of a picture, made anew only where the picture has changed."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from napari_relic_inpaint.errors import FileError
from napari_relic_inpaint.files.reduction import any_in_blocks, block_means


@dataclass(frozen=True)
class SourcePixels:
    """A picture as it was and its smaller copies, array-likes of the same planes."""

    picture: Any
    copies: Sequence[Any]


class Level:
    """A smaller copy of one plane, written from the rows of the next larger one.

    Parameters
    ----------
    write : callable
        Takes the number of a row and rows from there on, (h, w[, C]).
    rows : int
        `write` gets a multiple of this many rows, but at the end.
    larger, size : tuple of int
        Rows and columns of the next larger copy, and of this one.
    read : callable, optional
        Returns rows, a slice of them, of this copy as it was: (h, w[, C]).
    smaller : Level, optional
        What is made from this one.
    """

    def __init__(
        self,
        write: Callable[[int, np.ndarray], None],
        rows: int,
        larger: tuple[int, int],
        size: tuple[int, int],
        read: Callable[[slice], np.ndarray] | None,
        smaller: "Level | None",
    ) -> None:
        self._write = write
        self._larger, self._size = larger, size
        self._factors = tuple(map(_factor, larger, size))
        self._multiple = rows * self._factors[0]
        self._read_before = read
        self._smaller = smaller
        self._waiting: list[tuple[np.ndarray, np.ndarray]] = []
        self._taken = 0
        self._written = 0

    def add(self, values: np.ndarray, changed: np.ndarray) -> None:
        """Add the next rows of the larger copy, (h, W[, C]), and where they changed, (h, W)."""
        self._waiting.append((values, changed))
        self._taken += len(values)
        ready = sum(len(rows) for rows, _ in self._waiting)
        if self._taken < self._larger[0]:
            ready -= ready % self._multiple
        if not ready:
            return
        if self._waiting[1:]:
            parts = zip(*self._waiting, strict=True)
            values, changed = (np.concatenate(part) for part in parts)
        self._waiting = [(values[ready:], changed[ready:])] if ready < len(values) else []
        self._reduce(values[:ready], changed[:ready])

    def _reduce(self, values: np.ndarray, changed: np.ndarray) -> None:
        height, width = self._size[0] - self._written, self._size[1]
        values = block_means(values, self._factors)[:height, :width]
        changed = any_in_blocks(changed, self._factors)[:height, :width]
        if not len(values):
            return
        rows = slice(self._written, self._written + len(values))
        if self._read_before is not None and not changed.all():
            # A smaller copy that is damaged is made anew.
            with suppress(FileError):
                mask = changed if values.ndim == 2 else changed[..., None]
                values = np.where(mask, values, self._read_before(rows))
        self._write(rows.start, values)
        self._written = rows.stop
        if self._smaller is not None:
            self._smaller.add(values, changed)


def changed_pixels(values: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Return where pixels (h, W[, C]) differ in any bit: bool, (h, W)."""
    bits = f"u{values.dtype.itemsize}"
    changed = np.ascontiguousarray(values).view(bits) != np.ascontiguousarray(before).view(bits)
    return np.asarray(changed.any(axis=-1) if changed.ndim > 2 else changed)


def _factor(larger: int, smaller: int) -> int:
    """Return how many rows become one, when sizes were rounded up or down."""
    factor = max(round(larger / smaller), 1)
    return factor - 1 if factor * (smaller - 1) >= larger else factor
