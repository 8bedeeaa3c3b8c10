"""Small pictures with a colour profile, a resolution, EXIF and XMP."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms, PngImagePlugin

from napari_relic_inpaint.files import read_picture, write_picture

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">\xc3\xa4</x:xmpmeta>'
ARTIST = "Jürgen Müller"


def noise(shape: tuple[int, ...], dtype: object = np.uint8, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    dtype = np.dtype(dtype)
    if dtype.kind == "f":
        return rng.normal(size=shape).astype(dtype)
    info = np.iinfo(dtype)
    return rng.integers(info.min, info.max, size=shape, dtype=dtype, endpoint=True)


def exif_block() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x013B] = ARTIST.encode()
    exif.get_ifd(0x8769)[0x9003] = "2024:05:06 07:08:09"
    exif.get_ifd(0x8769)[0x829A] = 0.008
    exif.get_ifd(0x8825)[1] = "N"
    return exif.tobytes()


def save_jpeg(path: Path) -> Path:
    image = Image.fromarray(noise((16, 24, 3)))
    image.save(path, icc_profile=SRGB, dpi=(300, 300), exif=exif_block(), xmp=XMP, comment="mural")
    return path


def save_png(path: Path) -> Path:
    info = PngImagePlugin.PngInfo()
    info.add_itxt("XML:com.adobe.xmp", XMP.decode(), zip=True)
    info.add_text("Title", "North wall")
    image = Image.fromarray(noise((16, 24, 3)))
    image.save(path, icc_profile=SRGB, dpi=(300, 300), exif=exif_block(), pnginfo=info)
    return path


def save_tiff(path: Path) -> Path:
    """Let this package put the EXIF directory in, then check with other readers below."""
    jpeg = read_picture(save_jpeg(path.with_suffix(".jpg")))
    write_picture(path, noise((16, 24, 3), np.uint16), rgb=True, like=jpeg)
    return path


def assert_described(path: Path) -> None:
    """Assert by Pillow, a reader independent of this package, that all is there, and upright."""
    with Image.open(path) as image:
        exif = image.getexif()
        assert image.info["icc_profile"] == SRGB
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.02)
        assert exif[0x0112] == 1
        artist = exif[0x013B]
        assert artist.encode("latin-1").decode() == ARTIST
        assert exif.get_ifd(0x8769)[0x9003] == "2024:05:06 07:08:09"
        assert float(exif.get_ifd(0x8769)[0x829A]) == pytest.approx(0.008)
        assert exif.get_ifd(0x8825)[1] == "N"


def leftovers(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name.startswith(".relic-inpaint-")]
