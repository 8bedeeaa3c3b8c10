"""TIFF pictures read: pixels by tifffile, whole or piece by piece, and what lies beside them."""

import struct
from dataclasses import replace
from fractions import Fraction
from math import prod
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import tifffile

from napari_relic_inpaint.errors import FileError
from napari_relic_inpaint.files import lazy_tiff
from napari_relic_inpaint.files.depth import spread
from napari_relic_inpaint.files.metadata import (
    UNIT_CM,
    UNIT_INCH,
    UNIT_NONE,
    Entry,
    Exif,
    Metadata,
    Resolution,
    TiffCopy,
    TiffLayout,
    is_cut_off,
    pack_exif,
    read_exif,
)
from napari_relic_inpaint.files.orientation import orientation_in, swaps_sides, upright
from napari_relic_inpaint.files.reading import check_colours, check_room
from napari_relic_inpaint.files.tiff_series import is_mask, main_series, smaller_copies
from napari_relic_inpaint.files.tiff_tags import (
    DESCRIPTION,
    DESCRIPTIVE,
    DNG,
    IPTC,
    LAYERS,
    MINISBLACK,
    MINISWHITE,
    PALETTE,
    PHOTOSHOP,
    RESOLUTION_UNIT,
    RGB,
    SUB_PICTURES,
    X_RESOLUTION,
    XMP,
    Y_RESOLUTION,
)
from napari_relic_inpaint.picture.lazy_array import Converted, LazyArray, Rearranged

_COLOUR_SPACES = {4: "transparency mask", 5: "CMYK", 6: "YCbCr", 8: "Lab", 9: "ICC Lab", 10: "Lab"}
_JPEG = {6, 7}
_RESOLUTION_TAGS = {X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT}


def read(
    path: Path,
    *,
    as_stored: bool = False,
    lazily: bool = False,
    turned_as: int | None = None,
) -> tuple[np.ndarray | LazyArray, bool, Metadata]:
    """Read the first picture or stack of a TIFF.

    Parameters
    ----------
    path : Path
        The file.
    as_stored : bool
        Return a palette picture's indices and the values of pictures of 1 to 15 bits as they
        are, instead of colours and values spread over the full range.
    lazily : bool
        Read the pixels when they are asked for, where the file allows that.
    turned_as : int, optional
        The orientation, 1 to 8, by which the pixels will be turned; by default the file's own.
        Lazy pixels are quick to read by columns, if these are the rows of the turned picture.

    Returns
    -------
    data : numpy.ndarray or LazyArray
        (..., H, W) or (..., H, W, C) in native byte order, as they are stored.
    rgb : bool
        True if the last axis is colour or extra samples.
    metadata : Metadata
        What the file carries besides.

    Raises
    ------
    FileError
        If the file is cut off or holds something else than grey or RGB pixels.
    """
    with path.open("rb") as stream, tifffile.TiffFile(stream) as tif:
        _refuse_camera_raw(path, tif.pages.first)
        series = main_series(tif)
        page = series.keyframe
        _refuse_unsupported(path, page, series.axes)
        size = tif.filehandle.size
        if is_cut_off(stream, tif.pages[-1].offset) or any(
            offset + count > size
            for part in series.pages
            if part is not None
            for offset, count in zip(part.dataoffsets, part.databytecounts, strict=True)
        ):
            raise FileError(f"{path} is cut off: copy it again from its source.")
        paint = page.photometric == PALETTE and not as_stored
        data: np.ndarray | LazyArray | None = None
        if lazily and not paint:
            by_columns = swaps_sides(turned_as or _orientation(stream, series))
            data = _lazy_pixels(path, series, as_stored=as_stored, by_columns=by_columns)
        if data is None:
            data = _all_pixels(path, series, as_stored=as_stored)
            if paint:
                data = _coloured(data, page.colormap)
        rgb = paint or "S" in series.axes
        return data, rgb, _metadata(path, stream, tif, series, data.shape[-1] if rgb else 1)


def read_tags(path: Path) -> Exif:
    """Return the directories of a TIFF's picture, without reading its pixels."""
    with path.open("rb") as stream, tifffile.TiffFile(stream) as tif:
        return read_exif(stream, main_series(tif).keyframe.offset)


def open_copies(path: Path) -> list[np.ndarray | LazyArray]:
    """Open the smaller copies that a TIFF holds of its picture, upright.

    Returns
    -------
    list of array-like
        From large to small, as `read` gives the pixels; none where they have a palette.
    """
    with path.open("rb") as stream, tifffile.TiffFile(stream) as tif:
        series = main_series(tif)
        if series.keyframe.photometric == PALETTE:
            return []
        orientation = _orientation(stream, series)
        sides = {"as_stored": False, "by_columns": swaps_sides(orientation)}
        opened = []
        for copy in smaller_copies(series):
            pixels = _lazy_pixels(path, copy, **sides)
            stored = _all_pixels(path, copy, as_stored=False) if pixels is None else pixels
            opened.append(upright(stored, orientation, rgb="S" in copy.axes))
        return opened


def _orientation(stream: BinaryIO, series: Any) -> int:
    return orientation_in(read_exif(stream, series.keyframe.offset))


def _all_pixels(path: Path, series: Any, *, as_stored: bool) -> np.ndarray:
    page = series.keyframe
    values = prod(series.shape) // (page.imagelength * page.imagewidth)
    check_room(path, page.imagewidth, page.imagelength, values, 8 * series.dtype.itemsize)
    data = series.asarray().transpose(_axes(series))
    data = np.asarray(data, dtype=data.dtype.newbyteorder("="))
    return data if as_stored else spread(data, series.keyframe.bitspersample)


def _lazy_pixels(path: Path, series: Any, *, as_stored: bool, by_columns: bool) -> LazyArray | None:
    data = lazy_tiff.open_series(path, series, by_columns=by_columns)
    if data is None:
        return None
    data = Rearranged(data, _axes(series))
    if as_stored:
        return data
    bits = series.keyframe.bitspersample
    dtype = spread(np.empty(0, data.dtype), bits).dtype
    return Converted(data, lambda values: spread(values, bits), dtype)


def _axes(series: Any) -> list[int]:
    """Return the axes in an order that has the samples last."""
    return sorted(range(series.ndim), key=lambda axis: series.axes[axis] == "S")


def _refuse_camera_raw(path: Path, page: Any) -> None:
    if DNG in page.tags or (page.is_reduced and SUB_PICTURES in page.tags):
        raise FileError(f"{path} is a camera raw file: develop it and save it as a 16-bit TIFF.")


def _refuse_unsupported(path: Path, page: Any, axes: str) -> None:
    photometric = page.photometric
    jpeg = photometric == 6 and page.compression in _JPEG
    if not jpeg and photometric not in (MINISWHITE, MINISBLACK, RGB, PALETTE):
        name = _COLOUR_SPACES.get(photometric, getattr(photometric, "name", photometric))
        check_colours(path, str(name))
    if page.dtype is None or page.dtype.kind not in "buif":
        raise FileError(f"{path} has values of an unknown kind: save it with 8 or 16 bit.")
    if axes.replace("S", "")[-2:] != "YX":
        raise FileError(f"{path} has axes {axes}, not planes of rows: save it as a plain TIFF.")


def _coloured(indices: np.ndarray, colormap: np.ndarray) -> np.ndarray:
    return (colormap.T >> 8).astype(np.uint8)[indices]


def _metadata(path: Path, stream: BinaryIO, tif: Any, series: Any, channels: int) -> Metadata:
    page = series.keyframe
    exif = read_exif(stream, page.offset)
    tags = {entry.code: entry for entry in exif.main}
    wanted = DESCRIPTIVE | _RESOLUTION_TAGS
    # These descriptions tell programs the layout of the pixels, which may change.
    notes = (b'{"shape"', b"ImageJ=", *([b"<"] if tif.is_ome else []))
    kept = replace(
        exif,
        main=tuple(
            entry
            for entry in exif.main
            if entry.code in wanted
            and not (entry.code == DESCRIPTION and entry.raw.startswith(notes))
        ),
    )
    jpeg = page.compression in _JPEG
    grey = page.photometric in (MINISWHITE, MINISBLACK)
    raw = {code: tags[code].raw if code in tags else None for code in (XMP, PHOTOSHOP)}
    return Metadata(
        kind="tiff",
        icc=page.iccprofile,
        xmp=raw[XMP],
        exif=pack_exif(kept),
        photoshop=raw[PHOTOSHOP],
        resolution=_resolution(exif.order, tags),
        alpha_channels=len(page.extrasamples),
        lossy=jpeg,
        notes=_notes(path, tif, series),
        tiff=TiffLayout(
            copies=tuple(map(_copy, (series, *smaller_copies(series)))),
            nested=page.subifds is not None,
            compression=int(page.compression),
            predictor=page.predictor != 1,
            planar=page.planarconfig == 2,
            photometric=int(page.photometric) if grey else RGB,
            channels=channels,
            extrasamples=tuple(int(sample) for sample in page.extrasamples),
            iptc=tags.get(IPTC),
            further_pictures=len(tif.series) - 1,
            layers=LAYERS in page.tags,
        ),
    )


def _copy(series: Any) -> TiffCopy:
    page = series.keyframe
    tile = (page.tilelength, page.tilewidth) if page.is_tiled else None
    return TiffCopy((page.imagelength, page.imagewidth), tile, bool(page.is_reduced))


def _notes(path: Path, tif: Any, series: Any) -> tuple[str, ...]:
    first = tif.pages.first
    if first.offset == series.keyframe.offset or first.is_reduced or is_mask(first):
        return ()
    sizes = [f"{page.imagewidth} x {page.imagelength}" for page in (first, series.keyframe)]
    return (
        f"{path.name} begins with a picture of {sizes[0]} pixels; the largest in it was taken, of "
        f"{sizes[1]}.",
    )


def _resolution(order: str, tags: dict[int, Entry]) -> Resolution | None:
    sides = []
    for code in (X_RESOLUTION, Y_RESOLUTION):
        if code not in tags or len(tags[code].raw) != 8:
            return None
        above, below = struct.unpack(order + "LL", tags[code].raw)
        if above == 0 or below == 0:
            return None
        sides.append(Fraction(above, below))
    unit = UNIT_INCH
    if RESOLUTION_UNIT in tags:
        unit = int.from_bytes(tags[RESOLUTION_UNIT].raw, "little" if order == "<" else "big")
    return Resolution(sides[0], sides[1], unit if unit in (UNIT_INCH, UNIT_CM) else UNIT_NONE)
