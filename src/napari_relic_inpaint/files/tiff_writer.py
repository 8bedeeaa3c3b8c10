"""TIFF pictures written: tags copied byte for byte, pixels compressed as in the source."""

from collections.abc import Generator
from fractions import Fraction
from itertools import repeat
from math import prod
from typing import Any, BinaryIO

import tifffile

from napari_relic_inpaint.errors import FileError
from napari_relic_inpaint.files.metadata import (
    Entry,
    Exif,
    Metadata,
    TiffLayout,
    append_directories,
    unpack_exif,
)
from napari_relic_inpaint.files.streaming import OutgoingPicture
from napari_relic_inpaint.files.tiff_segments import fill_pages
from napari_relic_inpaint.files.tiff_tags import (
    DESCRIPTION,
    DESCRIPTIVE,
    MINISBLACK,
    PHOTOSHOP,
    RGB,
    XMP,
)
from napari_relic_inpaint.steps import Step

BIGTIFF_BYTES = 3_900_000_000
"""Pictures of more bytes than this are written as BigTIFF; classic TIFF ends at 4 GiB."""

WIDEST_IN_STRIPS = 4096
"""Wider pictures are written in tiles, so that a window of them can be read without its rows."""

TILE = 256
"""Side of a tile, in pixels."""

_LOSSLESS = {1: None, 5: "lzw", 8: "deflate", 32773: "packbits", 32946: "deflate", 50000: "zstd"}
_LZW_GROWTH = 1.5
_UNASSOCIATED_ALPHA = 2


def check(picture: OutgoingPicture) -> None:
    """Check that TIFF can hold a picture; raises `FileError`."""
    dtype = picture.dtype
    if dtype.kind not in "uif" or dtype.itemsize > 8:
        raise FileError(f"TIFF cannot hold {dtype} values: convert to 8 or 16 bit or float32.")
    # tifffile would take such columns for rows.
    if len(picture.stack) > 1 and picture.width == 1 and not picture.rgb:
        raise FileError(
            f"TIFF cannot hold single columns in a stack of shape {picture.shape}: write a .zarr."
        )


def write(
    stream: BinaryIO, picture: OutgoingPicture, metadata: Metadata
) -> Generator[Step, None, list[str]]:
    """Write a TIFF that `check` allows, or a BigTIFF where needed; return warnings for the user.

    Parameters
    ----------
    stream : binary file
        Where to write; open for reading as well.
    picture : OutgoingPicture
        Integers of 8 to 64 or floats of 16 to 64 bits.
    metadata : Metadata
        Of the picture this one was made from; a TIFF's compression, planar configuration and
        kind of grey are kept.

    Yields
    ------
    Step
        After each band of rows.

    Returns
    -------
    list of str
        What could not be kept.
    """
    dtype = picture.dtype
    layout = metadata.tiff
    exif = (unpack_exif(metadata.exif) if metadata.exif else None) or Exif("<")
    compression = _LOSSLESS.get(layout.compression, "deflate") if layout else "deflate"
    # The predictors of TIFF are for integers of up to 32 bits and for floats.
    predictable = compression is not None and (dtype.kind == "f" or dtype.itemsize <= 4)
    planar = bool(picture.rgb and layout and layout.planar)
    tile = (TILE, TILE) if compression and picture.width > WIDEST_IN_STRIPS else None
    big = _most_bytes(picture, tile, compression) > BIGTIFF_BYTES
    photometric, extrasamples = _photometric(picture.channels, layout)
    samples = (picture.channels,) if picture.rgb else ()
    if planar:
        axes, plane = "SYX", (*samples, picture.height, picture.width)
    else:
        axes, plane = "YXS" if picture.rgb else "YX", (picture.height, picture.width, *samples)
    leading = len(picture.stack)
    resolution = metadata.resolution
    with tifffile.TiffWriter(stream, bigtiff=big, byteorder=exif.order) as writer:
        writer.write(
            # Empty tiles or strips, or room for pixels that are not compressed
            repeat(b"") if compression else None,
            shape=(*picture.stack, *plane),
            dtype=dtype,
            tile=tile,
            photometric=photometric,
            planarconfig=("separate" if planar else "contig") if picture.rgb else None,
            extrasamples=extrasamples,
            # tifffile's own note on the shape, needed where pages alone would lose it
            metadata={"axes": "Q" * leading + axes} if leading > 1 else None,
            compression=compression,
            predictor=predictable and (layout.predictor if layout else True),
            software=False,
            iccprofile=metadata.icc,
            resolution=(_pair(resolution.x), _pair(resolution.y)) if resolution else None,
            resolutionunit=resolution.unit if resolution else None,
            description=_description(exif),
            extratags=_extra_tags(exif, metadata, big),
        )
    if exif.photo or exif.gps:
        append_directories(stream, exif)
    yield from fill_pages(stream, picture)
    return _losses(layout)


def _most_bytes(
    picture: OutgoingPicture, tile: tuple[int, int] | None, compression: str | None
) -> float:
    """Return the bytes of the pixels in the file at most: tiles are padded, LZW grows on noise."""
    height, width = (
        -(-length // side) * side
        for length, side in zip((picture.height, picture.width), tile or (1, 1), strict=True)
    )
    values = prod(picture.stack) * height * width * picture.channels
    return values * picture.dtype.itemsize * (_LZW_GROWTH if compression == "lzw" else 1)


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
    return next((e.raw.rstrip(b"\0") for e in exif.main if e.code == DESCRIPTION), None)


def _extra_tags(exif: Exif, metadata: Metadata, big: bool) -> list[tuple[Any, ...]]:
    wanted = DESCRIPTIVE - {DESCRIPTION}
    entries = [entry for entry in exif.main if entry.code in wanted]
    if metadata.xmp:
        entries.append(Entry(XMP, 1, metadata.xmp))
    if metadata.photoshop:
        entries.append(Entry(PHOTOSHOP, 1, metadata.photoshop))
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
