"""PNG pictures: pixels by libpng (16 bits per channel kept), ancillary chunks copied verbatim."""

import io
import struct
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

import imagecodecs
import numpy as np
from PIL.PngImagePlugin import PngImageFile

from napari_relic_inpaint.errors import FileError
from napari_relic_inpaint.files.metadata import UNIT_CM, UNIT_NONE, Metadata, Resolution
from napari_relic_inpaint.files.reading import check_one, check_room
from napari_relic_inpaint.files.streaming import OutgoingPicture

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEADER_END = len(_SIGNATURE) + 25
_KEPT = {b"iCCP", b"sRGB", b"gAMA", b"cHRM", b"cICP", b"eXIf", b"pHYs", b"iTXt", b"tEXt", b"zTXt"}
_ANIMATION = b"acTL"
# By the kind of colour; palettes are those of RGB.
_CHANNELS = {2: 3, 3: 3, 4: 2, 6: 4}
_XMP = b"XML:com.adobe.xmp\0"
_PALETTE = 3
_LARGEST_TEXT = 64 << 20


def read(path: Path, *, as_stored: bool = False) -> tuple[np.ndarray, bool, Metadata]:
    """Read a PNG.

    Parameters
    ----------
    path : Path
        The file.
    as_stored : bool
        Return a palette picture's indices (H, W) instead of its colours.

    Returns
    -------
    data : numpy.ndarray
        (H, W) or (H, W, C), uint8 or uint16; fewer than 8 bits are spread over 0..255.
    rgb : bool
        True if the last axis is colour.
    metadata : Metadata
        What the file carries besides.

    Raises
    ------
    FileError
        If the file is an animation.
    """
    content = path.read_bytes()
    chunks = tuple(_walk(io.BytesIO(content)))
    _check(path, content, dict(chunks))
    data = imagecodecs.png_decode(content)
    if as_stored:
        with PngImageFile(path) as image:
            if image.mode == "P":
                data = np.asarray(image)
    rgb = data.ndim == 3
    return data, rgb, _metadata(chunks, alpha=rgb and data.shape[-1] in (2, 4))


def read_tags(path: Path) -> bytes | None:
    """Return the EXIF block of a PNG, without reading its pixels."""
    with path.open("rb") as stream:
        return next((body for name, body in _walk(stream) if name == b"eXIf"), None)


def check(picture: OutgoingPicture) -> None:
    """Check that PNG can hold a picture; raises `FileError`."""
    if picture.dtype not in (np.uint8, np.uint16):
        raise FileError(
            f"PNG cannot hold {picture.dtype} values: write a TIFF, or convert to 16 bit."
        )
    if picture.stack:
        raise FileError(
            f"PNG holds one picture, not a stack of shape {picture.shape}: write a TIFF, "
            "or one PNG for each plane."
        )
    if picture.channels > 4:
        raise FileError(f"PNG holds at most 4 channels, not {picture.channels}: write a TIFF.")


def write(stream: BinaryIO, data: np.ndarray, metadata: Metadata) -> list[str]:
    """Write a PNG that `check` allows and return warnings for the user.

    Parameters
    ----------
    stream : binary file
        Where to write.
    data : numpy.ndarray
        (H, W) or (H, W, C) with 2 to 4 channels, uint8 or uint16.
    metadata : Metadata
        Of the picture this one was made from.

    Returns
    -------
    list of str
        What could not be kept.
    """
    chunks = metadata.png_chunks if metadata.kind == "png" else _chunks(metadata)
    # On photographs level 3 is a quarter faster than the usual 6, and hardly larger.
    encoded = imagecodecs.png_encode(np.ascontiguousarray(data), level=3)
    stream.write(encoded[:_HEADER_END])
    for name, body in chunks:
        stream.write(_chunk(name, body))
    stream.write(memoryview(encoded)[_HEADER_END:])
    if metadata.photoshop or (metadata.tiff and metadata.tiff.iptc):
        return ["PNG cannot hold the IPTC captions of the source; write a TIFF to keep them."]
    return []


def write_palette(
    stream: BinaryIO, data: np.ndarray, palette: bytes, chunks: Sequence[tuple[bytes, bytes]]
) -> None:
    """Write a PNG whose values are places in a palette.

    Parameters
    ----------
    stream : binary file
        Where to write.
    data : numpy.ndarray
        (H, W) of uint8.
    palette : bytes
        Red, green and blue of each place, at most 256.
    chunks : sequence of (bytes, bytes)
        Names and contents of what else it carries.
    """
    encoded = imagecodecs.png_encode(np.ascontiguousarray(data), level=3)
    # Eight bits of grey lie in a file as eight bits of a palette do; only the header differs.
    header = bytearray(encoded[len(_SIGNATURE) + 8 : _HEADER_END - 4])
    header[9] = _PALETTE
    stream.write(_SIGNATURE)
    for name, body in ((b"IHDR", bytes(header)), (b"PLTE", palette), *chunks):
        stream.write(_chunk(name, body))
    stream.write(memoryview(encoded)[_HEADER_END:])


def text_chunk(keyword: str, text: str) -> tuple[bytes, bytes]:
    """Return name and content of a chunk with some text."""
    return b"iTXt", keyword.encode("latin-1") + bytes(5) + text.encode()


def resolution_chunk(resolution: Resolution) -> tuple[bytes, bytes]:
    """Return name and content of the chunk with the pixels per metre."""
    return b"pHYs", struct.pack(">LLB", *resolution.per_metre(), 1)


def texts(path: Path) -> dict[str, str]:
    """Return the texts of a PNG by their keywords, without reading its pixels.

    Texts that are compressed are left out, as those are that are no UTF-8.
    """
    found = {}
    with path.open("rb") as stream:
        for name, body in _walk(stream):
            keyword, _, rest = body.partition(b"\0")
            if name == b"iTXt" and rest[:1] == b"\0":
                with suppress(UnicodeDecodeError):
                    found[keyword.decode("latin-1")] = rest[2:].split(b"\0", 2)[-1].decode()
    return found


def fitting_chunks(metadata: Metadata, *, swapped: bool) -> tuple[tuple[bytes, bytes], ...]:
    """Return the chunks of a PNG that was turned, with the tags and resolution of its metadata.

    Parameters
    ----------
    metadata : Metadata
        Of the turned picture, with the chunks of the stored one.
    swapped : bool
        Whether rows have become columns.
    """
    chunks = []
    for name, body in metadata.png_chunks:
        if name == b"eXIf" and metadata.exif:
            body = metadata.exif  # noqa: PLW2901
        elif name == b"pHYs" and swapped:
            body = body[4:8] + body[:4] + body[8:]  # noqa: PLW2901
        elif body.startswith(_XMP) and metadata.xmp:
            body = _XMP + bytes(4) + metadata.xmp  # noqa: PLW2901
        chunks.append((name, body))
    return tuple(chunks)


def has_xmp(chunks: Sequence[tuple[bytes, bytes]]) -> bool:
    """Tell whether there is XMP in the chunks, be it damaged."""
    return any(body.startswith(_XMP) for _, body in chunks)


def with_xmp(chunks: Sequence[tuple[bytes, bytes]], xmp: bytes) -> tuple[tuple[bytes, bytes], ...]:
    """Return chunks with this XMP in the place of what there is."""
    others = tuple(chunk for chunk in chunks if not chunk[1].startswith(_XMP))
    return (*others, (b"iTXt", _XMP + bytes(4) + xmp))


def _check(path: Path, content: bytes, chunks: dict[bytes, bytes]) -> None:
    width, height, bits, colours = struct.unpack_from(">LLBB", content, len(_SIGNATURE) + 8)
    check_room(path, width, height, _CHANNELS.get(colours, 1), bits)
    check_one(path, int.from_bytes(chunks.get(_ANIMATION, b"")[:4], "big"))


def _metadata(chunks: tuple[tuple[bytes, bytes], ...], *, alpha: bool) -> Metadata:
    chunks = tuple((name, body) for name, body in chunks if name in _KEPT)
    first = dict(reversed(chunks))
    resolution = None
    if len(first.get(b"pHYs", b"")) == 9:
        x, y, unit = struct.unpack(">LLB", first[b"pHYs"])
        resolution = Resolution(Fraction(x, 100), Fraction(y, 100), UNIT_CM) if unit else None
    return Metadata(
        kind="png",
        icc=_inflate(first[b"iCCP"].partition(b"\0")[2][1:]) if b"iCCP" in first else None,
        xmp=next((_xmp(body) for name, body in chunks if body.startswith(_XMP)), None),
        exif=first.get(b"eXIf"),
        resolution=resolution,
        alpha_channels=int(alpha),
        png_chunks=chunks,
    )


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">L", len(body)) + name + body + struct.pack(">L", zlib.crc32(name + body))


def _walk(stream: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """Return name and content of the chunks that matter; nothing else is read."""
    stream.seek(len(_SIGNATURE))
    while len(head := stream.read(8)) == 8:
        length, name = int.from_bytes(head[:4], "big"), head[4:]
        if name in _KEPT or name == _ANIMATION:
            yield name, stream.read(length)
            stream.seek(4, io.SEEK_CUR)
        else:
            stream.seek(length + 4, io.SEEK_CUR)


def _inflate(packed: bytes) -> bytes | None:
    try:
        return zlib.decompressobj().decompress(packed, _LARGEST_TEXT)
    except zlib.error:
        return None


def _xmp(body: bytes) -> bytes | None:
    flags, rest = body[len(_XMP) : len(_XMP) + 2], body[len(_XMP) + 2 :]
    text = rest.split(b"\0", 2)[-1]
    return _inflate(text) if flags[:1] == b"\1" else text


def _chunks(metadata: Metadata) -> list[tuple[bytes, bytes]]:
    chunks = []
    if metadata.icc:
        chunks.append((b"iCCP", b"ICC Profile\0\0" + zlib.compress(metadata.icc)))
    if metadata.resolution and metadata.resolution.unit != UNIT_NONE:
        chunks.append(resolution_chunk(metadata.resolution))
    if metadata.exif:
        chunks.append((b"eXIf", metadata.exif))
    if metadata.xmp:
        chunks.append((b"iTXt", _XMP + b"\0\0\0\0" + metadata.xmp))
    return chunks
