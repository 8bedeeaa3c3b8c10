"""What was painted into a window before, for as long as nothing in it changes.

Painting on a mask, or drawing an edge, changes a few windows of many. What a window's method gives
depends on what it sees and on nothing else; so it is remembered by a hash of just that.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

LIMIT = 1_000_000_000
"""Bytes that are kept; what was used longest ago is forgotten first."""


class WindowMemory:
    """Values of the hole pixels of windows, by what the windows looked like.

    Parameters
    ----------
    limit : int
        Bytes to keep at most.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._bytes = 0
        self._values: OrderedDict[bytes, NDArray[np.float32]] = OrderedDict()
        self._lock = threading.Lock()

    @staticmethod
    def key(method: str, seen: Iterable[NDArray[np.generic]]) -> bytes:
        """Return the name under which a window is kept.

        Parameters
        ----------
        method : str
            Everything that decides how the window is painted, besides what it shows.
        seen : iterable of array
            What it shows.
        """
        digest = hashlib.blake2b(method.encode(), digest_size=16)
        for array in seen:
            digest.update(repr((array.shape, array.dtype.str)).encode())
            digest.update(np.ascontiguousarray(array).data)
        return digest.digest()

    def find(self, key: bytes) -> NDArray[np.float32] | None:
        """Return the values kept under a key, None if there are none."""
        with self._lock:
            values = self._values.get(key)
            if values is not None:
                self._values.move_to_end(key)
            return values

    def keep(self, key: bytes, values: NDArray[np.float32]) -> None:
        """Keep the values of a window's hole pixels, ``(n, channels)``; they are not copied."""
        with self._lock:
            before = self._values.pop(key, None)
            self._bytes += values.nbytes - (0 if before is None else before.nbytes)
            self._values[key] = values
            while self._bytes > self._limit:
                _, forgotten = self._values.popitem(last=False)
                self._bytes -= forgotten.nbytes
