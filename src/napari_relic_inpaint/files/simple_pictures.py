"""WebP, BMP and GIF pictures, read with Pillow."""

import io
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.ImageFile import ImageFile
from PIL.WebPImagePlugin import WebPImageFile

from napari_relic_inpaint.files.metadata import UNIT_INCH, Metadata, Resolution
from napari_relic_inpaint.files.reading import check_one, check_room, cut_off_refused

# The classes themselves, not Image.open: that refuses scans beyond 179 megapixels as an attack.
_KINDS: dict[bytes, type[ImageFile]] = {
    b"RIFF": WebPImageFile,
    b"BM": BmpImageFile,
    b"GIF8": GifImageFile,
}

_EXIF = b"Exif\0\0"


def is_simple(start: bytes) -> bool:
    """Tell by its first 12 bytes whether a file is of one of these formats."""
    kind = _kind(start)
    return kind is not None and (kind is not WebPImageFile or start[8:12] == b"WEBP")


def read(path: Path, *, as_stored: bool = False) -> tuple[np.ndarray, bool, Metadata]:
    """Read a WebP, BMP or GIF picture that is no animation.

    Parameters
    ----------
    path : Path
        The file.
    as_stored : bool
        Return a palette picture's indices (H, W) instead of its colours.

    Returns
    -------
    data : numpy.ndarray
        (H, W) or (H, W, C), uint8.
    rgb : bool
        True if the last axis is colour.
    metadata : Metadata
        What the file carries besides.

    Raises
    ------
    FileError
        If the file is an animation.
    """
    with _open(path) as image:
        check_one(path, getattr(image, "n_frames", 1))
        check_room(path, *image.size, len(image.getbands()), 8)
        with cut_off_refused():
            image.load()
        alpha = "A" in image.getbands() or "transparency" in image.info
        lossy = isinstance(image, WebPImageFile) and not _is_lossless(path)
        data = _converted(image, alpha, as_stored)
        rgb = data.ndim == 3
        metadata = Metadata(
            kind=str(image.format).lower(),
            icc=image.info.get("icc_profile"),
            xmp=image.info.get("xmp"),
            exif=image.info.get("exif", b"").removeprefix(_EXIF) or None,
            resolution=_resolution(image.info.get("dpi")),
            alpha_channels=int(rgb and alpha),
            lossy=lossy,
        )
    return data, rgb, metadata


def read_tags(path: Path) -> bytes | None:
    """Return the EXIF block of such a picture, without reading its pixels."""
    with _open(path) as image:
        block: bytes = image.info.get("exif", b"")
        return block.removeprefix(_EXIF) or None


def _kind(start: bytes) -> type[ImageFile] | None:
    return next((kind for mark, kind in _KINDS.items() if start.startswith(mark)), None)


def _open(path: Path) -> ImageFile:
    with path.open("rb") as stream:
        kind = _kind(stream.read(4))
    assert kind is not None
    return kind(path)


def _converted(image: ImageFile, alpha: bool, as_stored: bool) -> np.ndarray:
    if as_stored and image.mode in ("1", "P"):
        return np.array(image, np.uint8)
    if image.mode == "P":
        return np.array(image.convert("RGBA" if alpha else "RGB"))
    if image.mode in ("1", "L"):
        return np.array(image.convert("LA" if alpha else "L"))
    return np.array(image)


def _resolution(dpi: tuple[float, float] | None) -> Resolution | None:
    if dpi is None or min(dpi) <= 0:
        return None
    return Resolution(Fraction(dpi[0]), Fraction(dpi[1]), UNIT_INCH)


def _is_lossless(path: Path) -> bool:
    """Tell by its chunks how a WebP is compressed."""
    with path.open("rb") as stream:
        stream.seek(12)
        while len(head := stream.read(8)) == 8:
            name, length = head[:4], int.from_bytes(head[4:], "little")
            if name in (b"VP8 ", b"VP8L"):
                return name == b"VP8L"
            stream.seek(length + length % 2, io.SEEK_CUR)
    return False
