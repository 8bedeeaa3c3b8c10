"""TIFF pictures: pixels by tifffile, descriptive tags copied byte for byte."""

import struct
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import tifffile

from napari_relic_inpaint.errors import FileError
from napari_relic_inpaint.files.metadata import (
    UNIT_CM,
    UNIT_INCH,
    UNIT_NONE,
    Entry,
    Exif,
    Metadata,
    Resolution,
    TiffLayout,
    append_directories,
    is_cut_off,
    pack_exif,
    read_exif,
    unpack_exif,
)

BIGTIFF_BYTES = 3_900_000_000
"""Pictures of more bytes than this are written as BigTIFF; classic TIFF ends at 4 GiB."""

MINISWHITE, MINISBLACK, RGB, PALETTE = 0, 1, 2, 3
_COLOUR_SPACES = {4: "transparency mask", 5: "CMYK", 6: "YCbCr", 8: "Lab", 9: "ICC Lab", 10: "Lab"}
_LOSSLESS = {1: None, 5: "lzw", 8: "deflate", 32773: "packbits", 32946: "deflate", 50000: "zstd"}
_JPEG = {6, 7}
_UNASSOCIATED_ALPHA = 2

_DESCRIPTION, _X_RESOLUTION, _Y_RESOLUTION, _RESOLUTION_UNIT = 270, 282, 283, 296
_XMP, _IPTC, _PHOTOSHOP, _LAYERS, _DNG, _SUB_PICTURES = 700, 33723, 34377, 37724, 50706, 330
# Document, page and camera names, software, dates, artist, rating, copyright, Windows' own
# title and keywords, and where an orthophoto lies: nothing that says how pixels are stored.
_DESCRIPTIVE = {
    *(269, 270, 271, 272, 274, 285, 305, 306, 315, 316, 18246, 18249, 33432),
    *(33550, 33922, 34264, 34735, 34736, 34737, 40091, 40092, 40093, 40094, 40095),
}
_RESOLUTION_TAGS = {_X_RESOLUTION, _Y_RESOLUTION, _RESOLUTION_UNIT}


def read(path: Path, *, as_stored: bool = False) -> tuple[np.ndarray, bool, Metadata]:
    """Read the first picture or stack of a TIFF.

    Parameters
    ----------
    path : Path
        The file.
    as_stored : bool
        Return a palette picture's indices and the values of pictures of 1 to 15 bits as they
        are, instead of colours and values spread over the full range.

    Returns
    -------
    data : numpy.ndarray
        (..., H, W) or (..., H, W, C) in native byte order.
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
        series = tif.series[0]
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
        data = series.asarray()
        rgb = "S" in series.axes
        if rgb:
            data = np.moveaxis(data, series.axes.index("S"), -1)
        data = np.asarray(data, dtype=data.dtype.newbyteorder("="))
        if not as_stored:
            data = _spread(data, page.bitspersample)
            if page.photometric == PALETTE:
                data, rgb = _coloured(data, page.colormap), True
        channels = data.shape[-1] if rgb else 1
        return data, rgb, _metadata(stream, tif, channels)


def write(stream: BinaryIO, data: np.ndarray, *, rgb: bool, metadata: Metadata) -> list[str]:
    """Write a TIFF, or a BigTIFF where the picture needs one, and return warnings for the user.

    Parameters
    ----------
    stream : binary file
        Where to write; open for reading as well.
    data : numpy.ndarray
        (..., H, W) or (..., H, W, C), integers of 8 to 64 or floats of 16 to 64 bits.
    rgb : bool
        True if the last axis is colour or extra samples.
    metadata : Metadata
        Of the picture this one was made from; a TIFF's compression, planar configuration and
        kind of grey are kept.

    Returns
    -------
    list of str
        What could not be kept.

    Raises
    ------
    FileError
        If TIFF cannot hold such data.
    """
    if data.dtype.kind not in "uif" or data.dtype.itemsize > 8:
        raise FileError(f"TIFF cannot hold {data.dtype} values: convert to 8 or 16 bit or float32.")
    layout = metadata.tiff
    exif = (unpack_exif(metadata.exif) if metadata.exif else None) or Exif("<")
    big = data.nbytes > BIGTIFF_BYTES
    planar = bool(rgb and layout and layout.planar)
    photometric, extrasamples = _photometric(data.shape[-1] if rgb else 1, layout)
    leading = data.ndim - rgb - 2
    axes = "SYX" if planar else "YXS" if rgb else "YX"
    resolution = metadata.resolution
    with tifffile.TiffWriter(stream, bigtiff=big, byteorder=exif.order) as writer:
        writer.write(
            np.moveaxis(data, -1, -3) if planar else data,
            photometric=photometric,
            planarconfig=("separate" if planar else "contig") if rgb else None,
            extrasamples=extrasamples,
            # tifffile's own note on the shape, needed where pages alone would lose it
            metadata={"axes": "Q" * leading + axes} if leading > 1 else None,
            compression=_LOSSLESS.get(layout.compression, "deflate") if layout else "deflate",
            predictor=layout.predictor if layout else True,
            software=False,
            iccprofile=metadata.icc,
            resolution=(_pair(resolution.x), _pair(resolution.y)) if resolution else None,
            resolutionunit=resolution.unit if resolution else None,
            description=_description(exif),
            extratags=_extra_tags(exif, metadata, big),
        )
    if exif.photo or exif.gps:
        append_directories(stream, exif)
    return _losses(layout)


def _refuse_unsupported(path: Path, page: Any, axes: str) -> None:
    if _DNG in page.tags or (page.is_reduced and _SUB_PICTURES in page.tags):
        raise FileError(f"{path} is a camera raw file: develop it and save it as a 16-bit TIFF.")
    photometric = page.photometric
    jpeg = photometric == 6 and page.compression in _JPEG
    if not jpeg and photometric not in (MINISWHITE, MINISBLACK, RGB, PALETTE):
        name = _COLOUR_SPACES.get(photometric, getattr(photometric, "name", photometric))
        raise FileError(f"{path} has {name} colours: save it as RGB in a picture editor.")
    if page.dtype is None or page.dtype.kind not in "buif":
        raise FileError(f"{path} has values of an unknown kind: save it with 8 or 16 bit.")
    if axes.replace("S", "")[-2:] != "YX":
        raise FileError(f"{path} has axes {axes}, not planes of rows: save it as a plain TIFF.")


def _spread(data: np.ndarray, bits: int | tuple[int, ...]) -> np.ndarray:
    if data.dtype == bool:
        return data.astype(np.uint8) * np.uint8(255)
    if data.dtype.kind != "u" or not isinstance(bits, int) or bits >= 8 * data.dtype.itemsize:
        return data
    factor = np.iinfo(data.dtype).max / (2**bits - 1)
    return np.rint(data * factor).astype(data.dtype)


def _coloured(indices: np.ndarray, colormap: np.ndarray) -> np.ndarray:
    return (colormap.T >> 8).astype(np.uint8)[indices]


def _metadata(stream: BinaryIO, tif: Any, channels: int) -> Metadata:
    page = tif.series[0].keyframe
    exif = read_exif(stream)
    tags = {entry.code: entry for entry in exif.main}
    wanted = _DESCRIPTIVE | _RESOLUTION_TAGS
    # These descriptions tell programs the layout of the pixels, which may change.
    notes = (b'{"shape"', b"ImageJ=", *([b"<"] if tif.is_ome else []))
    kept = replace(
        exif,
        main=tuple(
            entry
            for entry in exif.main
            if entry.code in wanted
            and not (entry.code == _DESCRIPTION and entry.raw.startswith(notes))
        ),
    )
    jpeg = page.compression in _JPEG
    grey = page.photometric in (MINISWHITE, MINISBLACK)
    raw = {code: tags[code].raw if code in tags else None for code in (_XMP, _PHOTOSHOP)}
    return Metadata(
        kind="tiff",
        icc=page.iccprofile,
        xmp=raw[_XMP],
        exif=pack_exif(kept),
        photoshop=raw[_PHOTOSHOP],
        resolution=_resolution(exif.order, tags),
        alpha_channels=len(page.extrasamples),
        lossy=jpeg,
        tiff=TiffLayout(
            compression=int(page.compression),
            predictor=page.predictor != 1,
            planar=page.planarconfig == 2,
            photometric=int(page.photometric) if grey else RGB,
            channels=channels,
            extrasamples=tuple(int(sample) for sample in page.extrasamples),
            iptc=tags.get(_IPTC),
            further_pictures=len(tif.series) - 1,
            layers=_LAYERS in page.tags,
        ),
    )


def _resolution(order: str, tags: dict[int, Entry]) -> Resolution | None:
    sides = []
    for code in (_X_RESOLUTION, _Y_RESOLUTION):
        if code not in tags or len(tags[code].raw) != 8:
            return None
        above, below = struct.unpack(order + "LL", tags[code].raw)
        if above == 0 or below == 0:
            return None
        sides.append(Fraction(above, below))
    unit = UNIT_INCH
    if _RESOLUTION_UNIT in tags:
        unit = int.from_bytes(tags[_RESOLUTION_UNIT].raw, "little" if order == "<" else "big")
    return Resolution(sides[0], sides[1], unit if unit in (UNIT_INCH, UNIT_CM) else UNIT_NONE)


def _pair(value: Fraction) -> tuple[int, int]:
    value = value.limit_denominator(1_000_000)
    return value.numerator, value.denominator


def _photometric(channels: int, layout: TiffLayout | None) -> tuple[int, tuple[int, ...] | None]:
    if layout and layout.channels == channels:
        return layout.photometric, layout.extrasamples or None
    if channels == 1:
        return MINISBLACK, None
    colours = 1 if channels == 2 else 3
    extra = channels - colours
    return (
        RGB if colours == 3 else MINISBLACK,
        (_UNASSOCIATED_ALPHA, *([0] * (extra - 1))) if extra else None,
    )


def _description(exif: Exif) -> bytes | None:
    return next((e.raw.rstrip(b"\0") for e in exif.main if e.code == _DESCRIPTION), None)


def _extra_tags(exif: Exif, metadata: Metadata, big: bool) -> list[tuple[Any, ...]]:
    wanted = _DESCRIPTIVE - {_DESCRIPTION}
    entries = [entry for entry in exif.main if entry.code in wanted]
    if metadata.xmp:
        entries.append(Entry(_XMP, 1, metadata.xmp))
    if metadata.photoshop:
        entries.append(Entry(_PHOTOSHOP, 1, metadata.photoshop))
    if metadata.tiff and metadata.tiff.iptc:
        entries.append(metadata.tiff.iptc)
    tags: list[tuple[Any, ...]] = [(e.code, e.kind, e.count, e.raw, True) for e in entries]
    # By name, because tifffile leaves these two out when they are given by number.
    for name, part in (("ExifTag", exif.photo), ("GPSTag", exif.gps)):
        if part:
            tags.append((name, 16 if big else 4, 1, 0, True))
    return tags


def _losses(layout: TiffLayout | None) -> list[str]:
    warnings = []
    if layout and layout.layers:
        warnings.append("The source has Photoshop layers; only the flattened picture is written.")
    if layout and layout.further_pictures:
        warnings.append(
            f"The source holds {layout.further_pictures} further pictures (previews or pages of "
            "another size); only the first is written."
        )
    return warnings
