"""TIFF pictures written: tags copied byte for byte, pixels compressed as in the source."""

from collections.abc import Generator, Iterator
from dataclasses import replace
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
    TiffCopy,
    TiffLayout,
    append_directories,
    unpack_exif,
)
from napari_relic_inpaint.files.streaming import OutgoingPicture
from napari_relic_inpaint.files.tiff_levels import SourcePixels
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
    stream: BinaryIO,
    picture: OutgoingPicture,
    metadata: Metadata,
    source: SourcePixels | None = None,
) -> Generator[Step, None, list[str]]:
    """Write a TIFF that `check` allows, or a BigTIFF where needed; return warnings for the user.

    Parameters
    ----------
    stream : binary file
        Where to write; open for reading as well.
    picture : OutgoingPicture
        Integers of 8 to 64 or floats of 16 to 64 bits.
    metadata : Metadata
        Of the picture this one was made from; a TIFF's compression, planar configuration, kind
        of grey, strips or tiles and smaller copies are kept.
    source : SourcePixels, optional
        What the picture was made from: smaller copies are made anew only where it has changed.

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
    copies = _copies(picture, layout, compression)
    big = _most_bytes(picture, copies, compression) > BIGTIFF_BYTES
    photometric, extrasamples = _photometric(picture.channels, layout)
    leading = len(picture.stack)
    resolution = metadata.resolution
    options: dict[str, Any] = {
        "dtype": dtype,
        "photometric": photometric,
        "planarconfig": ("separate" if planar else "contig") if picture.rgb else None,
        "extrasamples": extrasamples,
        "compression": compression,
        "predictor": predictable and (layout.predictor if layout else True),
        "software": False,
    }
    nested = bool(layout and layout.nested and copies[1:])
    with tifffile.TiffWriter(stream, bigtiff=big, byteorder=exif.order) as writer:
        first, *smaller = copies
        writer.write(
            _empty(first, compression),
            shape=_shape(picture, first.size, planar),
            tile=first.tile,
            subifds=len(smaller) if nested else None,
            # tifffile's own note on the shape, needed where pages alone would lose it
            metadata={"axes": "Q" * leading + _axes(picture, planar)} if leading > 1 else None,
            iccprofile=metadata.icc,
            resolution=(_pair(resolution.x), _pair(resolution.y)) if resolution else None,
            resolutionunit=resolution.unit if resolution else None,
            description=_description(exif),
            extratags=_extra_tags(exif, metadata, big),
            **options,
        )
        for copy in smaller:
            writer.write(
                _empty(copy, compression),
                shape=_shape(picture, copy.size, planar),
                tile=copy.tile,
                subfiletype=int(copy.reduced),
                metadata=None,
                **options,
            )
    if exif.photo or exif.gps:
        append_directories(stream, exif)
    yield from fill_pages(stream, picture, copies, source, nested=nested)
    return _losses(layout, copies)


def _copies(
    picture: OutgoingPicture, layout: TiffLayout | None, compression: str | None
) -> list[TiffCopy]:
    """Return how the picture and its smaller copies are to be stored: as in the source."""
    size = picture.height, picture.width
    if layout is None:
        wide = compression and picture.width > WIDEST_IN_STRIPS
        return [TiffCopy(size, (TILE, TILE) if wide else None)]
    copies = [replace(copy, tile=_fitting_tile(copy.tile)) for copy in layout.copies]
    # Two axes before the rows take a note on the shape, and no smaller copies.
    if size == copies[0].size and len(picture.stack) < 2:
        return copies
    return [replace(copies[0], size=size)]


def _fitting_tile(tile: tuple[int, int] | None) -> tuple[int, int] | None:
    """Return sides that are multiples of 16, as the format asks for and not all programs heed."""
    return None if tile is None else (-(-tile[0] // 16) * 16, -(-tile[1] // 16) * 16)


def _empty(copy: TiffCopy, compression: str | None) -> Iterator[bytes] | None:
    """Return empty tiles or strips, or None for room for pixels that are not compressed."""
    return repeat(b"") if compression or copy.tile else None


def _axes(picture: OutgoingPicture, planar: bool) -> str:
    return ("SYX" if planar else "YXS") if picture.rgb else "YX"


def _shape(picture: OutgoingPicture, size: tuple[int, int], planar: bool) -> tuple[int, ...]:
    sides = {"Y": size[0], "X": size[1], "S": picture.channels}
    return (*picture.stack, *(sides[axis] for axis in _axes(picture, planar)))


def _most_bytes(picture: OutgoingPicture, copies: list[TiffCopy], compression: str | None) -> float:
    """Return the bytes of the pixels in the file at most: tiles are padded, LZW grows on noise."""
    pixels = 0
    for copy in copies:
        height, width = (
            -(-length // side) * side
            for length, side in zip(copy.size, copy.tile or (1, 1), strict=True)
        )
        pixels += height * width
    values = prod(picture.stack) * pixels * picture.channels
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


def _losses(layout: TiffLayout | None, copies: list[TiffCopy]) -> list[str]:
    warnings = []
    if layout and layout.layers:
        warnings.append("The source has Photoshop layers; only the flattened picture is written.")
    if layout and layout.further_pictures:
        others = layout.further_pictures
        warnings.append(
            f"The source holds {others} further picture{'s' * (others > 1)} (previews or pages of "
            "another size); only the largest is written."
        )
    if layout and len(copies) < len(layout.copies):
        warnings.append("The smaller copies (levels) of the source were left out.")
    return warnings
