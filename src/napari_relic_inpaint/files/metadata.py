"""What a picture file carries besides its pixels, and EXIF directories copied byte for byte.

Directories are copied raw because every library that decodes and encodes them again changes
something: text that is not ASCII, the type of a tag, the denominators of fractions.
"""

import io
import struct
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from typing import BinaryIO

EXIF_POINTER = 34665
GPS_POINTER = 34853
_POINTERS = {EXIF_POINTER, GPS_POINTER, 40965}
_TYPE_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
_OFFSET_SIZES = {13: 4, 16: 8, 17: 8, 18: 8}
_LARGEST_VALUE = 64 << 20

UNIT_NONE, UNIT_INCH, UNIT_CM = 1, 2, 3


@dataclass(frozen=True)
class Resolution:
    """Pixels per unit; the unit is numbered as in TIFF (1 none, 2 inch, 3 centimetre)."""

    x: Fraction
    y: Fraction
    unit: int

    def per_inch(self) -> tuple[float, float]:
        """Return the pixels per inch along x and y."""
        factor = Fraction(254, 100) if self.unit == UNIT_CM else 1
        return float(self.x * factor), float(self.y * factor)

    def per_metre(self) -> tuple[int, int]:
        """Return the pixels per metre along x and y, rounded as PNG stores them."""
        factor = Fraction(100) if self.unit == UNIT_CM else Fraction(10000, 254)
        return round(self.x * factor), round(self.y * factor)


@dataclass(frozen=True)
class TiffCopy:
    """A page of a TIFF that holds a picture or a smaller copy of it.

    `size` and `tile` are rows and columns, `tile` None for strips; `reduced` if the page says that
    it is a smaller copy.
    """

    size: tuple[int, int]
    tile: tuple[int, int] | None
    reduced: bool = False


@dataclass(frozen=True)
class TiffLayout:
    """How a TIFF stored its pixels, and what only a TIFF can hold.

    `copies` are the picture and its smaller copies; these lie below it if they are `nested`, and
    else on the pages that follow.
    """

    copies: tuple[TiffCopy, ...]
    nested: bool
    compression: int
    predictor: bool
    planar: bool
    photometric: int
    channels: int
    extrasamples: tuple[int, ...]
    iptc: "Entry | None"
    further_pictures: int
    layers: bool


@dataclass(frozen=True)
class ZarrAxis:
    """Where an axis of an OME-Zarr picture lies in the world; `name` is t, c, z, y or x."""

    name: str
    unit: str | None = None
    scale: float = 1.0
    translation: float = 0.0


@dataclass(frozen=True)
class Metadata:
    """Everything beside the pixels; `exif` is a block as in PNG, without JPEG's ``Exif`` mark.

    `orientation` is the tag as it stands in the file, also where all else describes the picture
    turned upright; `notes` are sentences for the user about how the picture was read.
    """

    kind: str = ""
    icc: bytes | None = None
    xmp: bytes | None = None
    exif: bytes | None = None
    photoshop: bytes | None = None
    resolution: Resolution | None = None
    alpha_channels: int = 0
    lossy: bool = False
    orientation: int = 1
    notes: tuple[str, ...] = ()
    png_chunks: tuple[tuple[bytes, bytes], ...] = ()
    tiff: TiffLayout | None = None
    zarr_axes: tuple[ZarrAxis, ...] = ()


@dataclass(frozen=True)
class Entry:
    """One tag of a directory, its value as the bytes in the file; `at` is where they lay."""

    code: int
    kind: int
    raw: bytes
    at: int = field(default=0, compare=False)

    @property
    def count(self) -> int:
        """Number of values in `raw`."""
        return len(self.raw) // _TYPE_SIZES[self.kind]


@dataclass(frozen=True)
class Exif:
    """The three directories that describe a picture; `order` is ``<`` or ``>``."""

    order: str
    main: tuple[Entry, ...] = ()
    photo: tuple[Entry, ...] = ()
    gps: tuple[Entry, ...] = ()


def read_exif(stream: BinaryIO, at: int | None = None) -> Exif:
    """Read the directories of a TIFF file or an EXIF block.

    Parameters
    ----------
    stream : binary file
        A TIFF, BigTIFF or EXIF block.
    at : int, optional
        Where the directory of the picture is, if that is not the first.

    Returns
    -------
    Exif
        That directory and its EXIF and GPS directories.

    Raises
    ------
    struct.error, KeyError
        If the directories cannot be read.
    """
    order, big, first = _read_header(stream)
    main, _ = _read_directory(stream, first if at is None else at, order, big)
    below: dict[int, tuple[Entry, ...]] = {}
    for entry in main:
        if entry.code in (EXIF_POINTER, GPS_POINTER):
            at = int.from_bytes(entry.raw, "little" if order == "<" else "big")
            # A picture is worth reading even when its description is damaged.
            with suppress(struct.error, OverflowError):
                below[entry.code] = _portable(_read_directory(stream, at, order, big)[0])
    return Exif(order, _portable(main), below.get(EXIF_POINTER, ()), below.get(GPS_POINTER, ()))


def append_directories(stream: BinaryIO, exif: Exif) -> None:
    """Append the EXIF and GPS directories to a TIFF that has a placeholder tag for each.

    Parameters
    ----------
    stream : binary file
        A complete TIFF or BigTIFF in the byte order of `exif`, open for reading and writing.
    exif : Exif
        Its `photo` and `gps` directories are written.
    """
    order, big, offset = _read_header(stream)
    parts = {EXIF_POINTER: exif.photo, GPS_POINTER: exif.gps}
    for entry in _read_directory(stream, offset, order, big)[0]:
        if entry.code in parts:
            end = stream.seek(0, io.SEEK_END)
            at = end + end % 2
            stream.write(bytes(end % 2) + pack_directory(parts[entry.code], at, order, big))
            stream.seek(entry.at)
            stream.write(struct.pack(order + ("Q" if big else "L"), at))


def is_cut_off(stream: BinaryIO, offset: int) -> bool:
    """Tell whether the TIFF directory after the one at `offset` lies beyond the file's end."""
    order, big, _ = _read_header(stream)
    _, following = _read_directory(stream, offset, order, big)
    return following >= stream.seek(0, io.SEEK_END)


def directory_end(block: bytes) -> int:
    """Return where the first directory of an EXIF block names the one that follows."""
    order, _, offset = _read_header(io.BytesIO(block))
    number: int = struct.unpack_from(order + "H", block, offset)[0]
    return offset + 2 + 12 * number


def unpack_exif(block: bytes) -> Exif | None:
    """Return the directories of an EXIF block, or None if the block is damaged."""
    try:
        return read_exif(io.BytesIO(block))
    except (struct.error, KeyError):
        return None


def pack_exif(exif: Exif) -> bytes:
    """Return `exif` as a block: a TIFF header and the directories."""
    head = {"<": b"II*\0", ">": b"MM\0*"}[exif.order] + struct.pack(exif.order + "L", 8)
    pointers = [
        (code, part) for code, part in ((EXIF_POINTER, exif.photo), (GPS_POINTER, exif.gps)) if part
    ]
    placeholders = [Entry(code, 4, bytes(4)) for code, _ in pointers]
    size = len(pack_directory([*exif.main, *placeholders], 8, exif.order))
    main, below = list(exif.main), b""
    for code, part in pointers:
        at = 8 + size + len(below)
        main.append(Entry(code, 4, struct.pack(exif.order + "L", at)))
        below += pack_directory(part, at, exif.order)
    return head + pack_directory(main, 8, exif.order) + below


def pack_directory(
    entries: "tuple[Entry, ...] | list[Entry]", offset: int, order: str, big: bool = False
) -> bytes:
    """Return the bytes of a directory that will lie at `offset` (an even number).

    Parameters
    ----------
    entries : sequence of Entry
        Tags in any order; their bytes must be in byte order `order`.
    offset : int
        Position in the file of the first byte.
    order : str
        ``<`` or ``>``.
    big : bool
        True for BigTIFF.

    Returns
    -------
    bytes
        The directory and its values, of even length.
    """
    count, word, inline = ("Q", "Q", 8) if big else ("H", "L", 4)
    head = struct.pack(order + count, len(entries))
    values_at = offset + len(head) + len(entries) * (4 + 2 * inline) + inline
    table, values = b"", b""
    for entry in sorted(entries, key=lambda e: e.code):
        table += struct.pack(order + "HH" + word, entry.code, entry.kind, entry.count)
        if len(entry.raw) <= inline:
            table += entry.raw.ljust(inline, b"\0")
        else:
            table += struct.pack(order + word, values_at + len(values))
            values += entry.raw + b"\0" * (len(entry.raw) % 2)
    return head + table + bytes(inline) + values


def _read_header(stream: BinaryIO) -> tuple[str, bool, int]:
    stream.seek(0)
    header = stream.read(16)
    order = {b"II": "<", b"MM": ">"}[header[:2]]
    big = struct.unpack(order + "H", header[2:4])[0] == 43
    at, word = (8, "Q") if big else (4, "L")
    return order, big, struct.unpack_from(order + word, header, at)[0]


def _read_directory(
    stream: BinaryIO, offset: int, order: str, big: bool
) -> tuple[tuple[Entry, ...], int]:
    count_word, word, inline = ("Q", "Q", 8) if big else ("H", "L", 4)
    stream.seek(offset)
    number = struct.unpack(order + count_word, stream.read(8 if big else 2))[0]
    size = 4 + 2 * inline
    if number > 0xFFFF:
        raise struct.error("a directory of more than 65535 tags")
    table_at = stream.tell()
    table = stream.read(number * size)
    following: int = struct.unpack(order + word, stream.read(inline))[0]
    entries = []
    for start in range(0, len(table), size):
        code, kind, count = struct.unpack_from(order + "HH" + word, table, start)
        length = count * (_TYPE_SIZES | _OFFSET_SIZES).get(kind, 0)
        if not 0 < length <= _LARGEST_VALUE:
            continue
        at = table_at + start + size - inline
        raw = table[start + size - inline : start + size]
        if length > inline:
            at = stream.seek(struct.unpack(order + word, raw)[0])
            raw = stream.read(length)
        if len(raw) >= length:
            entries.append(Entry(code, kind, raw[:length], at))
    return tuple(entries), following


def _portable(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    return tuple(e for e in entries if e.code not in _POINTERS and e.kind in _TYPE_SIZES)
