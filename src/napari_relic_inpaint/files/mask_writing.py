"""Damage masks written: labels, what they mean, and how large a pixel is."""

from __future__ import annotations

import json
import os
from collections.abc import Generator, Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from napari_relic_inpaint.errors import FileError
from napari_relic_inpaint.files import png, tiff_writer
from napari_relic_inpaint.files.atomic import Together
from napari_relic_inpaint.files.mask_classes import ATTRIBUTE, KEYWORD
from napari_relic_inpaint.files.metadata import (
    UNIT_CM,
    Entry,
    Exif,
    Metadata,
    Resolution,
    ZarrAxis,
    pack_exif,
)
from napari_relic_inpaint.files.streaming import OutgoingPicture
from napari_relic_inpaint.files.tiff_tags import DESCRIPTION
from napari_relic_inpaint.files.writing import check_output
from napari_relic_inpaint.marking.classes import DamageClass, checked, named, to_json
from napari_relic_inpaint.steps import Step, finish

SUFFIXES = (".png", ".tif", ".tiff", ".zarr")
"""Of the formats that hold labels exactly."""

_ASCII = 2
_MOST_IN_PALETTE = 255
_MM_PER_CM = 10


def write_mask(
    path: str | os.PathLike[str],
    labels: Any,
    classes: Iterable[DamageClass] = (),
    *,
    pixel_size: tuple[float, float] | None = None,
    overwrite: bool = False,
) -> None:
    """Write a damage mask with what its labels mean, by the suffix of `path`.

    A PNG has a palette of the classes' colours and their names in a text; a TIFF has the names in
    its description, a zarr folder in its attributes. `open_labels` reads them back; for all else
    the file is a mask as any other.

    Parameters
    ----------
    path : path-like
        Where to write: .png, .tif, .tiff or .zarr.
    labels : array-like
        (H, W) or, but not as PNG, (..., H, W), whole numbers or bool, 0 is intact.
    classes : iterable of DamageClass
        What they mean.
    pixel_size : (float, float), optional
        Height and width of a pixel in millimetres.
    overwrite : bool
        Whether an existing file or zarr folder may be replaced.

    Raises
    ------
    FileError
        If the format cannot hold the labels or the file cannot be written.
    InputError
        If two classes are the same.
    """
    steps = write_mask_steps(path, labels, classes, pixel_size=pixel_size, overwrite=overwrite)
    finish(steps)


def write_mask_steps(
    path: str | os.PathLike[str],
    labels: Any,
    classes: Iterable[DamageClass] = (),
    *,
    pixel_size: tuple[float, float] | None = None,
    overwrite: bool = False,
) -> Generator[Step, None, None]:
    """Write as `write_mask` does, yielding a `Step` after each band of rows."""
    path, known = Path(path), checked(classes)
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise FileError(
            f"{path} cannot hold labels exactly: choose a name that ends in {', '.join(SUFFIXES)}."
        )
    check_output(path, overwrite=overwrite)
    # With a name for its values, no means are taken of them for smaller copies.
    picture = OutgoingPicture(_Unspread(labels), rgb=False, named=("label",))
    metadata = Metadata(
        resolution=_resolution(pixel_size), zarr_axes=_axes(pixel_size), exif=_description(known)
    )
    with Together() as together:
        if suffix == ".zarr":
            from napari_relic_inpaint.files import zarr_writer  # noqa: PLC0415 - slow to import

            with together.folder(path, overwrite, picture.nbytes) as folder:
                yield from zarr_writer.write(folder, picture, metadata)
                zarr_writer.add_attributes(folder, _attributes(known))
        elif suffix == ".png":
            values = _for_palette(path, picture)
            with together.file(path, overwrite, picture.nbytes) as stream:
                png.write_palette(stream, values, _palette(known), _chunks(known, metadata))
            yield Step("writing", 1, 1, 1.0)
        else:
            tiff_writer.check(picture)
            with together.file(path, overwrite, picture.nbytes) as stream:
                yield from tiff_writer.write(stream, picture, metadata)


class _Unspread:
    """Labels of which True is 1, and not 255 as in pictures."""

    def __init__(self, labels: Any) -> None:
        self._labels = labels
        self.shape = labels.shape
        kind = np.dtype(labels.dtype)
        self.dtype = np.dtype(np.uint8) if kind.kind == "b" else kind

    def __getitem__(self, index: Any) -> np.ndarray:
        return np.asarray(self._labels[index]).astype(self.dtype, copy=False)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.asarray(self[...], dtype)


def _for_palette(path: Path, picture: OutgoingPicture) -> np.ndarray:
    if picture.stack:
        raise FileError(f"{path} holds one mask, not a stack of {picture.stack}: write a .tif.")
    values = picture.whole()
    if values.min() < 0 or values.max() > _MOST_IN_PALETTE:
        raise FileError(
            f"{path} holds labels up to {_MOST_IN_PALETTE}, not {values.max()}: write a .tif."
        )
    return values.astype(np.uint8, copy=False)


def _palette(classes: tuple[DamageClass, ...]) -> bytes:
    colours = [named(label, classes).colour for label in range(1, _MOST_IN_PALETTE + 1)]
    return bytes(3) + b"".join(bytes.fromhex(colour[1:]) for colour in colours)


def _chunks(classes: tuple[DamageClass, ...], metadata: Metadata) -> list[tuple[bytes, bytes]]:
    chunks = [png.text_chunk(KEYWORD, to_json(classes))] if classes else []
    if metadata.resolution is not None:
        chunks.append(png.resolution_chunk(metadata.resolution))
    return chunks


def _description(classes: tuple[DamageClass, ...]) -> bytes | None:
    if not classes:
        return None
    entry = Entry(DESCRIPTION, _ASCII, to_json(classes).encode("ascii") + b"\0")
    return pack_exif(Exif("<", (entry,)))


def _attributes(classes: tuple[DamageClass, ...]) -> dict[str, Any]:
    """Return ours, and OME-Zarr's own words for labels, which other viewers know."""
    if not classes:
        return {"image-label": {"version": "0.4"}}
    colours = [
        {"label-value": each.label, "rgba": [*bytes.fromhex(each.colour[1:]), 255]}
        for each in classes
    ]
    properties = [
        {"label-value": each.label, "name": each.name, "meaning": each.meaning} for each in classes
    ]
    return {
        "image-label": {"version": "0.4", "colors": colours, "properties": properties},
        ATTRIBUTE: json.loads(to_json(classes)),
    }


def _resolution(pixel_size: tuple[float, float] | None) -> Resolution | None:
    if pixel_size is None:
        return None
    down, across = (Fraction(_MM_PER_CM / side) for side in pixel_size)
    return Resolution(across, down, UNIT_CM)


def _axes(pixel_size: tuple[float, float] | None) -> tuple[ZarrAxis, ...]:
    if pixel_size is None:
        return ()
    return tuple(
        ZarrAxis(name, "millimeter", side) for name, side in zip("yx", pixel_size, strict=True)
    )
