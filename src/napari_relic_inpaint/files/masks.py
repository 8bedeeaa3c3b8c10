"""Damage masks on disk: which values of a picture count as damage."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.files.metadata import Metadata
from napari_relic_inpaint.files.pictures import decode, is_negative
from napari_relic_inpaint.files.streaming import row_bands
from napari_relic_inpaint.lazy_array import Block, LazyArray

_LABELS_SHOWN = 20


def read_mask(path: str | os.PathLike[str], label: int | None = None) -> np.ndarray:
    """Read a damage mask; transparency is ignored.

    Parameters
    ----------
    path : path-like
        A PNG, JPEG, TIFF or zarr folder. Without `label`, damage is where any colour differs from
        black (lossy files: where it is brighter than the middle). Chunks that a zarr folder lacks
        are undamaged, because many programs leave out what is empty.
    label : int, optional
        Only pixels of this value (the index in pictures with a palette) are damage.

    Returns
    -------
    numpy.ndarray
        bool, (H, W) or (N, H, W); True where the picture is damaged.

    Raises
    ------
    FileError
        If the file cannot be read.
    InputError
        If `label` does not occur in the mask or the mask cannot hold labels.
    """
    path = Path(path)
    data, rgb, metadata = decode(path, as_stored=label is not None, sparse=True)
    return np.asarray(_damage(path, data, rgb, metadata, label))


def open_mask(path: str | os.PathLike[str], label: int | None = None) -> Any:
    """Open a damage mask like `read_mask`, to be read when it is sliced.

    Parameters
    ----------
    path, label
        As for `read_mask`. With a label, the mask is searched for it now.

    Returns
    -------
    array-like
        What `read_mask` returns: a `LazyArray` where the file can be read in parts, and otherwise
        a numpy.ndarray.

    Raises
    ------
    FileError, InputError
        As `read_mask`; `FileError` also when a slice is read from a damaged file.
    """
    path = Path(path)
    data, rgb, metadata = decode(path, as_stored=label is not None, lazily=True, sparse=True)
    # Without a mark for black and white, or with more axes than a mask has, all of it is needed.
    if data.ndim - rgb > 3 or (is_negative(metadata) and data.dtype.kind not in "ub"):
        data = data[...]
    return _damage(path, data, rgb, metadata, label)


def _damage(
    path: Path, data: Any, rgb: bool, metadata: Metadata, label: int | None
) -> np.ndarray | LazyArray:
    colours = data.shape[-1] - metadata.alpha_channels if rgb else None
    if label is not None:
        _check_label(path, data, colours, metadata, label)
    convert = _rule(metadata, label, rgb)
    if isinstance(data, LazyArray):
        return _LazyDamage(data, colours, convert)
    mask = np.asarray(convert(data if colours is None else data[..., :colours]))
    return mask.reshape(-1, *mask.shape[-2:]) if mask.ndim > 3 else mask


class _LazyDamage(LazyArray):
    """Where the values of a picture count as damage."""

    def __init__(
        self,
        source: LazyArray,
        colours: int | None,
        convert: Callable[[np.ndarray], np.ndarray],
    ) -> None:
        self._source = source
        self._channels = () if colours is None else (slice(0, colours),)
        self._convert = convert
        self.shape = source.shape if colours is None else source.shape[:-1]
        self.dtype = np.dtype(bool)

    def read(self, block: Block) -> np.ndarray:
        return self._convert(self._source.read((*block, *self._channels)))


def _rule(metadata: Metadata, label: int | None, rgb: bool) -> Callable[[np.ndarray], np.ndarray]:
    def damage(values: np.ndarray) -> np.ndarray:
        if label is not None:
            return np.asarray((values[..., 0] if rgb else values) == label)
        if is_negative(metadata):
            values = ~values if values.dtype.kind in "ub" else values.max() - values
        threshold = np.iinfo(values.dtype).max // 2 if metadata.lossy else 0
        damaged = values > threshold if metadata.lossy else values != 0
        return np.asarray(damaged.any(axis=-1) if rgb else damaged)

    return damage


def _check_label(
    path: Path, data: Any, colours: int | None, metadata: Metadata, label: int
) -> None:
    if metadata.lossy:
        raise InputError(f"{path} is a JPEG, which blurs labels: save the labels as PNG or TIFF.")
    labels: set[Any] = set()
    found = False
    for values in _bands(data, colours):
        if colours is not None and (values != values[..., :1]).any():
            raise InputError(
                f"{path} has colours, not labels, so label {label} cannot be picked: "
                "save it as grey."
            )
        found = found or bool((values == label).any())
        # Grey pictures need not be read to their end; colours could still follow.
        if found and colours is None:
            return
        if not found:
            labels.update(np.unique(values).tolist())
    if not found:
        named = [f"{value:g}" for value in sorted(labels) if value]
        shown = ", ".join(named[:_LABELS_SHOWN]) + (" and more" if named[_LABELS_SHOWN:] else "")
        raise InputError(
            f"label {label} does not occur in {path}: its labels are {shown or 'none, all are 0'}."
        )


def _bands(data: Any, colours: int | None) -> Iterator[np.ndarray]:
    *stack, height, width = data.shape if colours is None else data.shape[:-1]
    for plane in np.ndindex(*stack):
        for rows in row_bands(height, width * data.dtype.itemsize * (colours or 1)):
            values = data[(*plane, rows)]
            yield values if colours is None else values[..., :colours]
