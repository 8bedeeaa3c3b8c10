"""What a file says of its sides, made to fit the picture once that has been turned upright.

EXIF blocks are changed in place, because the notes of camera makers are lost when they are moved.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from napari_relic_inpaint.files import png
from napari_relic_inpaint.files.metadata import (
    Entry,
    Metadata,
    TiffCopy,
    directory_end,
    unpack_exif,
)
from napari_relic_inpaint.files.orientation import UPRIGHT, integer, swaps_sides
from napari_relic_inpaint.files.tiff_tags import ORIENTATION, X_RESOLUTION, Y_RESOLUTION

_SHORT, _LONG = 3, 4
_WIDTH, _HEIGHT = 256, 257
# The sides in pixels, and the resolution of the sensor, in the directory that EXIF adds.
_PIXELS_X, _PIXELS_Y, _FOCAL_PLANE_X, _FOCAL_PLANE_Y = 0xA002, 0xA003, 0xA20E, 0xA20F
_SIDES = ((_WIDTH, _HEIGHT), (X_RESOLUTION, Y_RESOLUTION))
_PHOTO_SIDES = ((_PIXELS_X, _PIXELS_Y), (_FOCAL_PLANE_X, _FOCAL_PLANE_Y))
_XMP_SIDES = (
    (b"tiff:ImageWidth", b"tiff:ImageLength"),
    (b"tiff:XResolution", b"tiff:YResolution"),
    (b"exif:PixelXDimension", b"exif:PixelYDimension"),
    (b"exif:FocalPlaneXResolution", b"exif:FocalPlaneYResolution"),
)
# Of Photoshop's notes: resolution, captions, whether there is a copyright, address, profile and
# the captions' checksum. Thumbnails, guides, paths and copies of the tags lie as the stored pixels.
_RESOLUTION = 1005
_LASTING = {_RESOLUTION, 1028, 1034, 1035, 1039, 1061}


def upright_metadata(metadata: Metadata, orientation: int) -> Metadata:
    """Return what describes a picture whose pixels were turned upright.

    Parameters
    ----------
    metadata : Metadata
        Of the stored picture.
    orientation : int
        Its orientation, 2 to 8.

    Returns
    -------
    Metadata
        With orientation 1 everywhere, the resolutions and sizes of the sides swapped if the sides
        are, and without the thumbnails and outlines that lie as the stored pixels do.
    """
    swapped = swaps_sides(orientation)
    resolution = metadata.resolution
    if resolution and swapped:
        resolution = replace(resolution, x=resolution.y, y=resolution.x)
    tiff = metadata.tiff
    if tiff and swapped:
        tiff = replace(tiff, copies=tuple(map(_on_its_side, tiff.copies)))
    metadata = replace(
        metadata,
        tiff=tiff,
        exif=_upright_exif(metadata.exif, swapped) if metadata.exif else None,
        xmp=_upright_xmp(metadata.xmp, swapped) if metadata.xmp else None,
        photoshop=_upright_photoshop(metadata.photoshop, swapped) if metadata.photoshop else None,
        resolution=resolution,
    )
    return replace(metadata, png_chunks=png.fitting_chunks(metadata, swapped=swapped))


def _on_its_side(copy: TiffCopy) -> TiffCopy:
    (rows, columns), tile = copy.size, copy.tile
    return replace(copy, size=(columns, rows), tile=(tile[1], tile[0]) if tile else None)


def _upright_exif(block: bytes, swapped: bool) -> bytes:
    exif = unpack_exif(block)
    if exif is None:
        return block
    upright = bytearray(block)
    for entry in exif.main:
        if entry.code == ORIENTATION and integer(entry, exif.order) is not None:
            _put(upright, entry, UPRIGHT, exif.order)
    if swapped:
        for entries, sides in ((exif.main, _SIDES), (exif.photo, _PHOTO_SIDES)):
            for one, other in _pairs({e.code: e for e in entries}, sides):
                _swap(upright, one, other, exif.order)
    # The second directory is that of a thumbnail, which lies as the stored pixels do.
    end = directory_end(block)
    upright[end : end + 4] = bytes(4)
    return bytes(upright)


def _pairs(
    entries: dict[int, Entry], sides: tuple[tuple[int, int], ...]
) -> Iterator[tuple[Entry, Entry]]:
    return ((entries[x], entries[y]) for x, y in sides if x in entries and y in entries)


def _swap(block: bytearray, one: Entry, other: Entry, order: str) -> None:
    if one.kind == other.kind and len(one.raw) == len(other.raw):
        for entry, raw in ((one, other.raw), (other, one.raw)):
            block[entry.at : entry.at + len(raw)] = raw
        return
    x, y = integer(one, order), integer(other, order)
    if x is not None and y is not None:
        _put(block, one, y, order)
        _put(block, other, x, order)


def _put(block: bytearray, entry: Entry, value: int, order: str) -> None:
    """Write one integer into a tag that has one of 16 or 32 bits."""
    kind = _SHORT if value <= 0xFFFF else _LONG
    struct.pack_into(order + "H", block, entry.at - 6, kind)
    block[entry.at : entry.at + 4] = struct.pack(order + "HL"[kind == _LONG], value).ljust(4, b"\0")


def _upright_xmp(xmp: bytes, swapped: bool) -> bytes:
    xmp = _field(b"tiff:Orientation").sub(rb"\g<1>1", xmp)
    for x, y in _XMP_SIDES if swapped else ():
        found = [_field(name).search(xmp) for name in (x, y)]
        if found[0] and found[1]:
            for name, value in ((x, found[1][2]), (y, found[0][2])):
                xmp = _field(name).sub(rb"\g<1>" + value, xmp)
    return xmp


def _field(name: bytes) -> re.Pattern[bytes]:
    """Match a number of XMP, which is an attribute or an element."""
    return re.compile(rb"(\b" + name + rb"(?:\s*=\s*[\"']|\s*>)\s*)([\d/]+)")


def _upright_photoshop(notes: bytes, swapped: bool) -> bytes | None:
    kept = b""
    for start, stop in pairwise(_photoshop_bounds(notes)):
        note = notes[start:stop]
        number = int.from_bytes(note[4:6], "big")
        if number == _RESOLUTION and swapped and len(note) >= 28:
            # Resolution, its unit and that of the side, for x and then for y
            note = note[:12] + note[20:28] + note[12:20] + note[28:]
        if number in _LASTING:
            kept += note
    return kept or None


def _photoshop_bounds(notes: bytes) -> list[int]:
    """Return where each note begins, and where the last of them ends."""
    bounds = [0]
    while notes[bounds[-1] : bounds[-1] + 4] == b"8BIM":
        name_at = bounds[-1] + 6
        # A name and its length are of even length together, and so is what follows.
        size_at = name_at + (notes[name_at] // 2 + 1) * 2 if name_at < len(notes) else len(notes)
        size = int.from_bytes(notes[size_at : size_at + 4], "big")
        end = size_at + 4 + size + size % 2
        if end > len(notes) + 1:
            break
        bounds.append(end)
    return bounds
