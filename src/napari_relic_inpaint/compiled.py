"""Functions that Numba compiles, kept on disk for later runs where that is possible.

Numba itself fails where nothing can be kept: a user without a home folder whose packages belong to
somebody else (containers, clusters), a disk that is full, a file that was cut short.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numba
from numba.core.caching import FunctionCache


class _Kept(FunctionCache):
    """What was compiled before, if it can be read; else it is compiled again."""

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        try:
            return super().load_overload(sig, target_context)
        except Exception:  # whatever the bytes of a file that was cut short give
            with suppress(OSError):
                self.flush()
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        with suppress(OSError):
            super().save_overload(sig, data)


def compiled(function: Callable[..., Any], *, fast: bool = False) -> Any:
    """Compile a function when it is called first.

    Parameters
    ----------
    function : callable
        Of numbers and arrays; it lets other threads run.
    fast : bool
        Whether sums may be added up in any order, and infinity and NaN do not occur.

    Returns
    -------
    callable
        The same, compiled.
    """
    dispatcher: Any = numba.njit(nogil=True, fastmath=fast)(function)
    # Where no folder can be written to: compiled anew by each process, in some seconds.
    with suppress(RuntimeError):
        dispatcher._cache = _Kept(function)
    return dispatcher
