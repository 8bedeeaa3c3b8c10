"""Damage masks on disk: opened, and brought to the size of their picture."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.files.marked import marked
from napari_relic_inpaint.files.mask_look import named_values
from napari_relic_inpaint.files.mask_reading import AS_DRAWN, MaskReading
from napari_relic_inpaint.files.mask_rules import make_rule
from napari_relic_inpaint.files.mask_size import Resized, is_copy_size
from napari_relic_inpaint.files.mask_values import MaskValues, may_lie, open_values
from napari_relic_inpaint.files.orientation import UPRIGHT
from napari_relic_inpaint.files.pictures import PictureFile
from napari_relic_inpaint.files.pixel_size import pixel_size_in
from napari_relic_inpaint.marking.classes import DamageClass
from napari_relic_inpaint.remedies import Remedy


@dataclass(frozen=True, eq=False)
class MaskFile:
    """A damage mask as it was read for a picture.

    Attributes
    ----------
    path : Path
        Where it was read from.
    data : array-like
        bool, (H, W) or (N, H, W); True where the picture is damaged. A `LazyArray` where the file
        can be read in parts, and otherwise a numpy.ndarray.
    notes : tuple of str
        Sentences for the user about what was not as usual.
    classes : tuple of DamageClass
        What its labels mean, where the file says so.
    pixel_size : (float, float) or None
        Height and width of a pixel in millimetres, where the file knows.
    """

    path: Path
    data: Any = field(repr=False)
    notes: tuple[str, ...]
    _values: MaskValues = field(repr=False)
    _taken: str
    _of_labels: bool

    @property
    def classes(self) -> tuple[DamageClass, ...]:  # noqa: D102 - an attribute, described above
        return self._values.classes

    @property
    def pixel_size(self) -> tuple[float, float] | None:  # noqa: D102
        return pixel_size_in(self._values.metadata)

    def labels(self, *, lazily: bool = False) -> Any:
        """Return the mask with the values of the file where these may be kinds of damage.

        Parameters
        ----------
        lazily : bool
            Read them when they are sliced, where the file allows that.

        Returns
        -------
        array-like
            Like `data`. Of a grey mask of the picture's size, of which all counts that is not
            black, its own values, 0 = not damaged, a numpy.ndarray unless ``lazily`` says
            otherwise; of all others `data`.
        """
        if not self._of_labels:
            return self.data
        return self._values.lazy_labels() if lazily else self._values.labels()

    def described(self) -> str:
        """Tell which values are most common in the file, and which counted as damage."""
        look = named_values([self._values.read(block).colours for block in self._values.windows()])
        return f"{self.path} has the values {look}; {self._taken} ({Remedy.CHOOSE_OTHERS})"


def read_mask(path: str | os.PathLike[str], reading: MaskReading = AS_DRAWN) -> np.ndarray:
    """Read a damage mask.

    Parameters
    ----------
    path : path-like
        A PNG, JPEG, TIFF or zarr folder. Unless `reading` says otherwise, damage is where any
        colour differs from black (lossy files: where it is brighter than the middle). On a
        transparent layer it is what is opaque, unless black and other colours are visible there.
        Chunks that a zarr folder lacks are undamaged, because many programs leave out what is
        empty.
    reading : MaskReading
        What else counts as damage.

    Returns
    -------
    numpy.ndarray
        bool, (H, W) or (N, H, W); True where the picture is damaged.

    Raises
    ------
    FileError
        If the file cannot be read.
    InputError
        If it is no mask: a photograph, or with NaN or infinite values; if the label does not occur
        in it, or it cannot hold labels.
    """
    return np.asarray(_open(Path(path), reading, None, lazily=False).data)


def open_mask(path: str | os.PathLike[str], reading: MaskReading = AS_DRAWN) -> Any:
    """Open a damage mask like `read_mask`, to be read when it is sliced.

    Parameters
    ----------
    path, reading
        As for `read_mask`. With a label, or where the mask has transparency, it is gone through
        once now.

    Returns
    -------
    array-like
        What `read_mask` returns: a `LazyArray` where the file can be read in parts, and otherwise
        a numpy.ndarray.

    Raises
    ------
    FileError, InputError
        As `read_mask`; also when a slice is read from a damaged file, or has NaN.
    """
    return _open(Path(path), reading, None, lazily=True).data


def open_labels(path: str | os.PathLike[str], reading: MaskReading = AS_DRAWN) -> MaskFile:
    """Open a damage mask like `open_mask`, to ask it for its labels and what they mean.

    Parameters
    ----------
    path, reading
        As for `open_mask`.

    Returns
    -------
    MaskFile
        The mask; its `MaskFile.labels` are the kinds of damage, its `MaskFile.classes` their names.

    Raises
    ------
    FileError, InputError
        As `open_mask`.
    """
    return _open(Path(path), reading, None, lazily=True)


def open_mask_of(
    picture: PictureFile,
    path: str | os.PathLike[str],
    reading: MaskReading = AS_DRAWN,
    marks: str = "the damage",
) -> MaskFile:
    """Open the damage mask of a picture, or one that marks something else on it.

    A mask that was drawn on a smaller or larger copy of the picture is brought to its size. Of one
    that is a copy of the picture, painted over, the difference to the picture is the damage.

    Parameters
    ----------
    picture : PictureFile
        The picture; it has to stay open to slices for as long as the mask is used.
    path, reading
        As for `open_mask`. A copy of the picture is gone through once now.
    marks : str
        What it marks, for sentences.

    Returns
    -------
    MaskFile
        The mask, and what was not as usual. It has the picture's size, unless its own is no
        enlargement or reduction of that.

    Raises
    ------
    FileError, InputError
        As `open_mask`; `InputError` also if the mask is the picture itself.
    """
    return _open(Path(path), reading, picture, lazily=True, marks=marks)


def _open(
    path: Path,
    reading: MaskReading,
    picture: PictureFile | None,
    *,
    lazily: bool,
    marks: str = "the damage",
) -> MaskFile:
    turned_as = None
    if reading.as_stored:
        turned_as = UPRIGHT if picture is None else picture.orientation
    values = open_values(
        path,
        turned_as=turned_as,
        stack=() if picture is None else _stack(picture),
        as_labels=reading.label is not None,
        by_colour=(reading.colour, reading.threshold) != (None, None),
        lazily=lazily,
    )
    rule = make_rule(values, reading, picture)
    mask: Any = marked(values, rule.damage, invert=reading.invert)
    taken = f"{'all but ' * reading.invert}{rule.words} was taken for {marks}"
    notes, of_labels = values.notes, rule.of_labels and not reading.invert
    if rule.unusual:
        notes += (f"{rule.unusual}: {taken}.",)
    if picture is not None:
        size, own = picture.size, mask.shape[-2:]
        if own != size and is_copy_size(own, size):
            notes += (_note_of_sizes(path, own, size),)
            mask, of_labels = Resized(mask, size), False
        elif own != size and is_copy_size(own, size[::-1]) and may_lie(picture, reading.as_stored):
            raise InputError(
                f"{path} is {own[0]} x {own[1]}, the picture {size[0]} x {size[1]} when turned "
                "upright: if the mask was made on the picture as it is stored, "
                f"{Remedy.AS_STORED}"
            )
    return MaskFile(path, mask, notes, values, taken, of_labels)


def _stack(picture: PictureFile) -> tuple[int, ...]:
    leading = picture.data.ndim - picture.rgb - 2
    return tuple(picture.data.shape[:leading])


def _note_of_sizes(path: Path, mask: tuple[int, int], picture: tuple[int, int]) -> str:
    (height, width), (rows, columns) = mask, picture
    done = "enlarged" if height < rows else "reduced"
    return (
        f"{path.name} is {height} x {width}, the picture {rows} x {columns}: taken for a mask that "
        f"was drawn on a copy of another size, and {done}."
    )
