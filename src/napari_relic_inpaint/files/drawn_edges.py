"""Files with edges that the user drew, to be followed inside the damage."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.files.marked import marked
from napari_relic_inpaint.files.mask_rules import make_rule_of_edges
from napari_relic_inpaint.files.mask_values import open_values
from napari_relic_inpaint.files.orientation import swaps_sides
from napari_relic_inpaint.files.pictures import PictureFile


def open_edges_of(picture: PictureFile, path: str | os.PathLike[str]) -> Any:
    """Open edges that were drawn for a picture, upright as it is.

    Edges that an earlier run has followed are upright, so that they are taken as they are, also
    beside a mask that was made on the stored pixels of the picture.

    Parameters
    ----------
    picture : PictureFile
        The picture.
    path : path-like
        Any picture file. Edges are where it is not black (in lossy files, where it is brighter than
        the middle); on a transparent layer, what is opaque, as for `read_mask`.

    Returns
    -------
    array-like
        bool, (H, W) or (N, H, W); True = edge. A `LazyArray` where the file can be read in parts,
        and otherwise a numpy.ndarray.

    Raises
    ------
    FileError
        If the file cannot be read.
    InputError
        If it is not of the picture's size, or has NaN or infinite values.
    """
    path = Path(path)
    values = open_values(path)
    (height, width), (rows, columns) = values.shape[-2:], picture.size
    if (height, width) != (rows, columns):
        remedy = "draw them on a copy of the picture's own size"
        if (height, width) == (columns, rows) and swaps_sides(picture.orientation):
            remedy = "if they were drawn on the picture as it is stored, turn them upright"
        raise InputError(
            f"the edges in {path} are {height} x {width}, the picture is {rows} x {columns}: "
            f"{remedy}"
        )
    return marked(values, make_rule_of_edges(values).damage)
