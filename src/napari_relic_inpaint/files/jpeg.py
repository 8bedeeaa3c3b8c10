"""JPEG pictures, read and written with Pillow."""

import struct
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from napari_relic_inpaint.errors import FileError
from napari_relic_inpaint.files.metadata import UNIT_CM, UNIT_INCH, UNIT_NONE, Metadata, Resolution
from napari_relic_inpaint.files.reading import check_colours, check_room, cut_off_refused
from napari_relic_inpaint.files.streaming import OutgoingPicture

_EXIF = b"Exif\0\0"
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_FURTHER_XMP = b"http://ns.adobe.com/xmp/extension/\0"
_PHOTOSHOP = b"Photoshop 3.0\0"
_SPREAD = (
    "has so much XMP data that it is spread over several parts: only the first of them is read, "
    "and kept in a result."
)
_LARGEST_SIDE = 65500
_LARGEST_SEGMENT = 65533

LONGEST_XMP = _LARGEST_SEGMENT - len(_XMP)
"""Most bytes of XMP; longer ones would be spread over parts that many programs do not read."""


def read(path: Path) -> tuple[np.ndarray, bool, Metadata]:
    """Read a grey or RGB JPEG.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    data : numpy.ndarray
        (H, W) or (H, W, 3), uint8.
    rgb : bool
        True if the last axis is colour.
    metadata : Metadata
        What the file carries besides.

    Raises
    ------
    FileError
        If the colours are CMYK.
    """
    # The class itself, not Image.open: that refuses scans beyond 179 megapixels as an attack.
    with JpegImageFile(path) as image:
        check_colours(path, image.mode if image.mode not in ("L", "RGB") else None)
        check_room(path, *image.size, len(image.getbands()), 8)
        with cut_off_refused():
            data = np.array(image)
        segments = [body for _, body in image.applist]
        further = any(body.startswith(_FURTHER_XMP) for body in segments)
        metadata = Metadata(
            kind="jpeg",
            icc=image.info.get("icc_profile"),
            xmp=_join(segments, _XMP),
            exif=_exif(image),
            photoshop=_join(segments, _PHOTOSHOP),
            resolution=_resolution(image),
            lossy=True,
            notes=(f"{path.name} {_SPREAD}",) if further else (),
        )
    return data, data.ndim == 3, metadata


def read_tags(path: Path) -> bytes | None:
    """Return the EXIF block of a JPEG, without reading its pixels."""
    with JpegImageFile(path) as image:
        return _exif(image)


def check(picture: OutgoingPicture) -> None:
    """Check that JPEG can hold a picture; raises `FileError`."""
    if picture.dtype != np.uint8:
        raise FileError(f"JPEG holds 8-bit values, not {picture.dtype}: write a PNG or TIFF.")
    if picture.stack:
        raise FileError(
            f"JPEG holds one picture, not a stack of shape {picture.shape}: write a TIFF, "
            "or one file for each plane."
        )
    if picture.channels not in (1, 3):
        raise FileError(
            f"JPEG holds grey or RGB, not {picture.channels} channels (no transparency): "
            "write a PNG or TIFF."
        )
    if max(picture.shape) > _LARGEST_SIDE:
        raise FileError(
            f"JPEG holds at most {_LARGEST_SIDE} pixels a side, not {max(picture.shape)}: "
            "write a TIFF."
        )


def write(stream: BinaryIO, data: np.ndarray, metadata: Metadata) -> list[str]:
    """Write a JPEG that `check` allows, at quality 100 without colour subsampling.

    Parameters
    ----------
    stream : binary file
        Where to write.
    data : numpy.ndarray
        (H, W) or (H, W, 3), uint8.
    metadata : Metadata
        Of the picture this one was made from.

    Returns
    -------
    list of str
        What could not be kept.
    """
    warnings = [
        "JPEG cannot keep the pixels outside the damage identical: use PNG or TIFF for that."
    ]
    options: dict[str, object] = {}
    if metadata.icc:
        options["icc_profile"] = metadata.icc
    if metadata.resolution and metadata.resolution.unit != UNIT_NONE:
        x, y = metadata.resolution.per_inch()
        options["dpi"] = (round(x), round(y))
    extra = b""
    for name, mark, prefix, body in (
        ("EXIF", b"\xff\xe1", _EXIF, metadata.exif),
        ("XMP", b"\xff\xe1", _XMP, metadata.xmp),
        ("IPTC", b"\xff\xed", _PHOTOSHOP, metadata.photoshop),
    ):
        if body and len(prefix + body) > _LARGEST_SEGMENT:
            warnings.append(f"The {name} data is too long for a JPEG and was left out.")
        elif body:
            extra += mark + struct.pack(">H", 2 + len(prefix + body)) + prefix + body
    image = Image.fromarray(np.ascontiguousarray(data))
    image.save(stream, "JPEG", quality=100, subsampling=0, extra=extra, **options)
    return warnings


def _exif(image: JpegImageFile) -> bytes | None:
    block: bytes = image.info.get("exif", b"")
    return block.removeprefix(_EXIF) or None


def _join(segments: list[bytes], prefix: bytes) -> bytes | None:
    return b"".join(s.removeprefix(prefix) for s in segments if s.startswith(prefix)) or None


def _resolution(image: JpegImageFile) -> Resolution | None:
    unit = {1: UNIT_INCH, 2: UNIT_CM}.get(image.info.get("jfif_unit", 0))
    if unit:
        x, y = image.info["jfif_density"]
    elif "dpi" in image.info:
        unit, (x, y) = UNIT_INCH, image.info["dpi"]
    else:
        return None
    return Resolution(Fraction(x), Fraction(y), unit)
