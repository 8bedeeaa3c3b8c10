"""Arrays of every library, taken as they are where they can be sliced like NumPy's."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.errors import InputError


def as_array(data: Any, name: str) -> Any:
    """Return something with a shape and a NumPy type that can be sliced.

    Parameters
    ----------
    data : array-like
        Returned as it is where it is that already, however large and lazy; else read whole.
    name : str
        What it is, for messages.

    Raises
    ------
    InputError
        If it cannot be read as numbers.
    """
    if hasattr(data, "shape") and hasattr(data, "dtype"):
        with suppress(TypeError):
            np.dtype(data.dtype)
            return data
    try:
        return np.asarray(data)
    except Exception as error:
        # Libraries answer with errors of every kind: torch of tensors on a GPU with a TypeError.
        raise InputError(
            f"{name} cannot be read as an array ({' '.join(str(error).split())}): give a NumPy "
            "array, or anything that numpy.asarray takes"
        ) from error


def count_not_finite(values: NDArray[Any]) -> int:
    """Count the values that are NaN or infinite."""
    if values.dtype.kind != "f":
        return 0
    return values.size - int(np.count_nonzero(np.isfinite(values)))
