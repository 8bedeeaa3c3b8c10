"""Pictures made smaller by whole factors."""

from collections.abc import Sequence

import numpy as np

_MOST_SUMMED = 2**15
"""Values of 16 bits whose sum fits into 32 in any case."""


def block_means(values: np.ndarray, factors: Sequence[int]) -> np.ndarray:
    """Return the means of blocks of pixels, rounded half up for integers.

    Parameters
    ----------
    values : numpy.ndarray
        (H, W) or (H, W, C).
    factors : (int, int)
        Rows and columns of a block. Blocks that reach over the end go on with the last pixel.

    Returns
    -------
    numpy.ndarray
        Of the same dtype; H and W divided and rounded up.
    """
    parts = _parts(values, factors)
    count = len(parts)
    if values.dtype.kind in "iu" and values.dtype.itemsize <= 2 and count <= _MOST_SUMMED:
        total = np.full(parts[0].shape, count // 2, f"{values.dtype.kind}4")
        for part in parts:
            total += part
        return (total // count).astype(values.dtype)
    whole = np.zeros_like(parts[0])
    if values.dtype.kind == "f":
        for part in parts:
            whole += part / values.dtype.type(count)
        return whole
    # Exact, and without leaving the dtype, into which the sum may not fit.
    rest = np.zeros(whole.shape, np.int16 if count < 100 else np.int64)
    for part in parts:
        whole += part // count
        rest += (part % count).astype(rest.dtype)
    rest += count // 2
    rest //= count
    whole += rest.astype(whole.dtype)
    return whole


def any_in_blocks(values: np.ndarray, factors: Sequence[int]) -> np.ndarray:
    """Return whether any value of a block is True, for an array (H, W) of bool."""
    return np.asarray(np.logical_or.reduce(_parts(values, factors)))


def _parts(values: np.ndarray, factors: Sequence[int]) -> list[np.ndarray]:
    """Return the pixels at each place in a block."""
    missing = [(0, -length % n) for length, n in zip(values.shape, factors, strict=False)]
    if any(pad for _, pad in missing):
        values = np.pad(values, missing + [(0, 0)] * (values.ndim - 2), mode="edge")
    rows, columns = factors
    return [values[r::rows, c::columns] for r in range(rows) for c in range(columns)]
