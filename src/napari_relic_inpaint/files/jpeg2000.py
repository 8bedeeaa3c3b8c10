"""JPEG 2000 pictures read: pixels by OpenJPEG, and what lies in the boxes around them."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

import imagecodecs
import numpy as np

from napari_relic_inpaint.files.depth import spread
from napari_relic_inpaint.files.metadata import UNIT_CM, Metadata, Resolution
from napari_relic_inpaint.files.reading import check_colours, check_room

STARTS = (b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51")
"""How a file begins: with boxes, or with nothing but the pixels."""

_SUPERBOXES = {b"jp2h", b"res "}
_EXIF = {b"JpgTiffExif->JP2", bytes.fromhex("0537cdab9d0c4431a72afa561f2a113e")}
_XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_COLOUR_SPACES = {12: "CMYK", 13: "YCCK", 14: "Lab", 19: "Lab"}
_LARGEST_BOX = 64 << 20
_IRREVERSIBLE = 0


def read(path: Path) -> tuple[np.ndarray, bool, Metadata]:
    """Read a JPEG 2000 picture.

    Parameters
    ----------
    path : Path
        The file: .jp2, .jpx or .jpf with boxes, or the bare .j2k.

    Returns
    -------
    data : numpy.ndarray
        (H, W) or (H, W, C), of 8 or 16 bits; other depths are spread over the full range.
    rgb : bool
        True if the last axis is colour.
    metadata : Metadata
        What the file carries besides; its profile, EXIF, XMP and resolution.

    Raises
    ------
    FileError
        If the colours are neither grey nor RGB.
    """
    with path.open("rb") as stream:
        boxes = list(_walk(stream))
        head = _read_head(stream)
    profile = _profile(path, boxes)
    check_room(path, head.width, head.height, head.channels, head.bits)
    data = imagecodecs.jpeg2k_decode(path.read_bytes())
    if not head.signed:
        data = spread(data, head.bits)
    rgb = data.ndim == 3
    first = dict(reversed(boxes))
    return (
        data,
        rgb,
        Metadata(
            kind="jpeg2000",
            icc=profile,
            xmp=_identified(boxes, {_XMP}),
            exif=_exif(boxes),
            resolution=_resolution(first.get(b"resc") or first.get(b"resd")),
            alpha_channels=_alpha_channels(data.shape[-1] if rgb else 1, first.get(b"cdef")),
            lossy=head.lossy,
        ),
    )


def read_tags(path: Path) -> bytes | None:
    """Return the EXIF block of a JPEG 2000 picture, without reading its pixels."""
    with path.open("rb") as stream:
        return _exif(list(_walk(stream)))


@dataclass(frozen=True)
class _Head:
    """What the codestream says of itself; `lossy` if its wavelets cannot be undone exactly."""

    width: int
    height: int
    channels: int
    bits: int
    signed: bool
    lossy: bool


def _walk(stream: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """Return kind and content of each box; of the pixels and what is too large, nothing.

    The stream is left where the pixels begin.
    """
    pixels = 0
    stream.seek(0)
    if stream.read(2) != STARTS[1][:2]:
        stream.seek(0)
        while len(head := stream.read(8)) == 8:
            length, kind = struct.unpack(">L4s", head)
            start = stream.tell()
            if length == 1:
                length = struct.unpack(">Q", stream.read(8))[0] - 8
                start = stream.tell()
            if kind == b"jp2c":
                pixels = pixels or start
            elif kind not in _SUPERBOXES:
                body = stream.read(length - 8) if 8 <= length <= _LARGEST_BOX else b""
                yield kind, body
            if length == 0:
                break
            stream.seek(start if kind in _SUPERBOXES else start + max(length, 8) - 8)
    stream.seek(pixels)


def _read_head(stream: BinaryIO) -> _Head:
    """Read the markers up to the one that names the wavelets."""
    width = height = channels = bits = 0
    signed = False
    stream.read(2)
    while len(head := stream.read(4)) == 4:
        marker, length = struct.unpack(">HH", head)
        body = stream.read(length - 2)
        if marker == 0xFF51:
            x1, y1, x0, y0 = struct.unpack_from(">4L", body, 2)
            width, height = x1 - x0, y1 - y0
            channels = struct.unpack_from(">H", body, 34)[0]
            bits, signed = (body[36] & 0x7F) + 1, bool(body[36] & 0x80)
        elif marker == 0xFF52:
            return _Head(width, height, channels, bits, signed, body[9] == _IRREVERSIBLE)
    raise EOFError("no pixels")


def _profile(path: Path, boxes: list[tuple[bytes, bytes]]) -> bytes | None:
    """Return the colour profile; raise an error for colours other than grey and RGB."""
    for kind, body in boxes:
        if kind != b"colr" or not body:
            continue
        if body[0] == 1:
            check_colours(path, _COLOUR_SPACES.get(int.from_bytes(body[3:7], "big")))
            return None
        if body[0] in (2, 3):
            check_colours(path, {b"CMYK": "CMYK", b"Lab ": "Lab"}.get(body[19:23]))
            return body[3:]
    return None


def _identified(boxes: list[tuple[bytes, bytes]], marks: set[bytes]) -> bytes | None:
    found = (body[16:] for kind, body in boxes if kind == b"uuid" and body[:16] in marks)
    return next(found, None)


def _exif(boxes: list[tuple[bytes, bytes]]) -> bytes | None:
    block = _identified(boxes, _EXIF)
    return block.removeprefix(b"Exif\0\0") if block else None


def _alpha_channels(channels: int, definitions: bytes | None) -> int:
    if definitions is None:
        return int(channels in (2, 4))
    kinds = [kind for _, kind, _ in struct.iter_unpack(">3H", definitions[2:])]
    return sum(kind in (1, 2) for kind in kinds)


def _resolution(box: bytes | None) -> Resolution | None:
    if box is None or len(box) < 10:
        return None
    above_y, below_y, above_x, below_x, power_y, power_x = struct.unpack(">4H2b", box[:10])
    if not (above_x and below_x and above_y and below_y):
        return None
    # Per metre
    x, y = Fraction(above_x, below_x) / 100, Fraction(above_y, below_y) / 100
    return Resolution(x * Fraction(10) ** power_x, y * Fraction(10) ** power_y, UNIT_CM)
