"""The values of a mask file, read piece by piece."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from napari_relic_inpaint.files.mask_classes import read_classes
from napari_relic_inpaint.files.metadata import Metadata
from napari_relic_inpaint.files.orientation import swaps_sides
from napari_relic_inpaint.files.pictures import PictureFile, decode, is_negative
from napari_relic_inpaint.files.streaming import row_bands
from napari_relic_inpaint.marking.classes import DamageClass
from napari_relic_inpaint.marking.mask_meaning import check_finite
from napari_relic_inpaint.picture.lazy_array import Block, LazyArray

WINDOW = 128
WINDOWS = 36
"""Windows of so many pixels a side, spread evenly, stand for the whole mask where a look will do:
half a megapixel of a scan of any size."""


class Pixels(NamedTuple):
    """Some pixels: ``colours`` (..., C), 0 = black, and ``opacity`` (...) if there is any."""

    colours: np.ndarray
    opacity: np.ndarray | None


class MaskValues:
    """The pixels of a mask file.

    Parameters
    ----------
    path, data, rgb, metadata
        The file, and what `decode` returned of it.
    as_labels : bool
        Leave the values as they are, also where the highest one is black.

    Attributes
    ----------
    shape : tuple of int
        (..., H, W).
    dtype : numpy.dtype
        Of the values.
    notes : tuple of str
        Sentences for the user about how the file was read.
    is_lazy : bool
        Whether the file is read when it is sliced.
    classes : tuple of DamageClass
        What its labels mean, where the file says so.
    metadata : Metadata
        What the file carries besides.
    has_labels : bool
        Whether its values may stand for kinds of damage: they are neither colours nor made their
        opposite, and no lossy format has blurred them.
    """

    def __init__(
        self,
        path: Path,
        data: Any,
        rgb: bool,
        metadata: Metadata,
        *,
        as_labels: bool,
        classes: tuple[DamageClass, ...] = (),
    ) -> None:
        self.path = path
        self.classes, self.metadata = classes, metadata
        self.lossy, self.notes = metadata.lossy, metadata.notes
        self.is_lazy = isinstance(data, LazyArray)
        self._data, self._rgb = data, rgb
        self.dtype = data.dtype
        self.shape = tuple(data.shape[:-1] if rgb else data.shape)
        self.colours = data.shape[-1] - metadata.alpha_channels if rgb else 1
        self.has_opacity = rgb and metadata.alpha_channels > 0
        self._negative = is_negative(metadata) and not as_labels
        self.has_labels = self.colours == 1 and not (self.lossy or self._negative)
        # Without a mark for black and white, all values are needed to tell them.
        self._white = data[...].max() if self._negative and self.dtype.kind not in "ub" else None

    def read(self, block: Block) -> Pixels:
        """Read a block ``(..., h, w)``; raises `InputError` where it has NaN or infinite values."""
        values = self._stored(block)
        check_finite(values, str(self.path), lambda: map(self._stored, self.bands()))
        colours = values[..., : self.colours]
        if self._negative:
            colours = ~colours if self._white is None else self._white - colours
        return Pixels(colours, values[..., self.colours] if self.has_opacity else None)

    def labels(self) -> np.ndarray:
        """Read all values of a mask that has labels, ``(..., H, W)``."""
        labels = np.empty(self.shape, self.dtype)
        for block in self.bands():
            labels[block] = self.read(block).colours[..., 0]
        return labels

    def lazy_labels(self) -> LazyArray | np.ndarray:
        """Return what `labels` does, read when it is sliced if the file can be read in parts."""
        return _Labels(self) if self.is_lazy else self.labels()

    def _stored(self, block: Block) -> np.ndarray:
        values = np.asarray(self._data[block])
        return values if self._rgb else values[..., None]

    def bands(self) -> Iterator[Block]:
        """Yield blocks that cover the mask, each some rows of a plane."""
        *stack, height, width = self.shape
        row_bytes = width * self.dtype.itemsize * (self.colours + self.has_opacity)
        for plane in np.ndindex(*stack):
            for rows in row_bands(height, row_bytes):
                yield (*(slice(n, n + 1) for n in plane), rows, slice(0, width))

    def windows(self) -> Iterator[Block]:
        """Yield blocks of `WINDOW` pixels a side, spread evenly over all planes."""
        *stack, height, width = self.shape
        planes = list(np.ndindex(*stack))
        chosen = planes[:: -(-len(planes) // WINDOWS)]
        each = max(int((WINDOWS / len(chosen)) ** 0.5), 1)
        for plane in chosen:
            for rows in _spread(height, each):
                for columns in _spread(width, each):
                    yield (*(slice(n, n + 1) for n in plane), rows, columns)


class _Labels(LazyArray):
    """The values of a mask that has labels."""

    def __init__(self, values: MaskValues) -> None:
        self._values = values
        self.shape = values.shape
        self.dtype = values.dtype

    def read(self, block: Block) -> np.ndarray:
        return self._values.read(block).colours[..., 0]


def open_values(
    path: Path,
    *,
    turned_as: int | None = None,
    stack: tuple[int, ...] = (),
    as_labels: bool = False,
    by_colour: bool = False,
    lazily: bool = True,
) -> MaskValues:
    """Open the values of a mask file, upright, as at most one stack of planes.

    Parameters
    ----------
    path : Path
        The file.
    turned_as : int, optional
        Turn the pixels as those of a picture of this orientation, 1 to 8, whatever the file's own
        tag says.
    stack : tuple of int
        The leading axes of the picture that it is for.
    as_labels : bool
        Keep the indices of palettes, and all values as they are; so it is, too, where the file
        says what its labels mean.
    by_colour : bool
        Show palettes in any case.
    lazily : bool
        Read the pixels when they are sliced, where the file allows that.

    Raises
    ------
    FileError
        If the file cannot be read.
    """
    classes, notes = read_classes(path)
    as_labels = as_labels or (classes is not None and not by_colour)
    data, rgb, metadata = decode(
        path, as_stored=as_labels, lazily=lazily, sparse=True, turned_as=turned_as
    )
    if rgb and _are_planes(data, metadata, stack):
        data, rgb = np.moveaxis(data[...], -1, 0), False
    if data.ndim - rgb > 3:
        data = data[...]
        data = data.reshape(-1, *data.shape[-2 - rgb :])
    metadata = replace(metadata, notes=metadata.notes + notes)
    return MaskValues(path, data, rgb, metadata, as_labels=as_labels, classes=classes or ())


def _are_planes(data: Any, metadata: Metadata, stack: tuple[int, ...]) -> bool:
    """Tell whether what a file calls colours are the masks of a stack's planes.

    Programs write three planes that lie one after the other as red, green and blue. Where they are
    equal, it makes no difference.
    """
    planar = metadata.tiff is not None and metadata.tiff.planar
    return planar and data.ndim == 3 and stack == (data.shape[-1],)


def may_lie(picture: PictureFile, as_stored: bool) -> bool:
    """Tell whether what was drawn may lie on its side, as the stored picture does."""
    return swaps_sides(picture.orientation) and not as_stored


def _spread(length: int, most: int) -> list[slice]:
    """Return at most so many parts of `WINDOW` pixels, spread evenly over a side."""
    if length <= most * WINDOW:
        return [slice(at, min(at + WINDOW, length)) for at in range(0, length, WINDOW)]
    middles = (np.arange(most) + 0.5) * length / most
    return [slice(int(at) - WINDOW // 2, int(at) + WINDOW // 2) for at in middles]
