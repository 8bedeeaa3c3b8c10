"""Values of fewer bits than their type has, spread over its range."""

from typing import Any

import numpy as np


def spread(data: np.ndarray, bits: Any) -> np.ndarray:
    """Return values of 0 to 2**bits - 1 as ones of 0 to the highest of their dtype.

    Parameters
    ----------
    data : numpy.ndarray
        Of any shape; bool becomes 0 and 255, what is not unsigned stays as it is.
    bits : int
        How many bits of each value are used; anything else, or all of them, leaves the values.
    """
    if data.dtype == bool:
        return data.astype(np.uint8) * np.uint8(255)
    if data.dtype.kind != "u" or not isinstance(bits, int) or bits >= 8 * data.dtype.itemsize:
        return data
    factor = np.iinfo(data.dtype).max / (2**bits - 1)
    return np.rint(data * factor).astype(data.dtype)
