"""The search among all patches there are, for pictures so small that this takes no time."""

from __future__ import annotations

from typing import Any

import numpy as np

from napari_relic_inpaint.detail.search import BORDER, FAR, PATCH, compiled_fast


@compiled_fast
def match_everywhere(
    pictures: Any,
    known: Any,
    trust: Any,
    source_rows: Any,
    source_columns: Any,
    rows: Any,
    columns: Any,
    field: Any,
) -> None:
    """Find the source of each target patch among all there are; for small pictures.

    Parameters
    ----------
    pictures : (2, h + border, w + border, 4) array of float32
        The picture, painted in its hole; see `both_ways`.
    known : (h + border, w + border) array of float32
        1 where pixels are known, 0 in the hole.
    trust : float
        How much a painted pixel of a target counts beside a known one.
    source_rows, source_columns : (m,) arrays of int
        The middles of the patches that are compared.
    rows, columns : (n,) arrays of int
        The target pixels.
    field : Field
        Where the sources are written.
    """
    width = field.shape[1]
    weights = np.empty((2 * PATCH + 1, 2 * PATCH + 1), np.float32)
    first = BORDER - PATCH
    for n in range(rows.shape[0]):
        y, x = rows[n], columns[n]
        for i in range(2 * PATCH + 1):
            for j in range(2 * PATCH + 1):
                is_known = known[y + first + i, x + first + j]
                weights[i, j] = is_known + trust * (1 - is_known)
        best = FAR
        for side in range(2):
            for m in range(source_rows.shape[0]):
                row, column = source_rows[m], source_columns[m]
                left = column if side == 0 else width - 1 - column
                total = np.float32(0)
                for i in range(2 * PATCH + 1):
                    for j in range(2 * PATCH + 1):
                        square = np.float32(0)
                        for k in range(4):
                            off = (
                                pictures[0, y + first + i, x + first + j, k]
                                - pictures[side, row + first + i, left + first + j, k]
                            )
                            square += off * off
                        total += weights[i, j] * square
                    if total > best:
                        break
                if total < best:
                    best = total
                    field[y, x, 0], field[y, x, 1], field[y, x, 2] = row, column, side
