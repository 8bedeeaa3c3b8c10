import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
import tifffile
from described_pictures import (
    ARTIST,
    SRGB,
    XMP,
    assert_described,
    exif_block,
    noise,
    save_jpeg,
    save_png,
    save_tiff,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from napari_relic_inpaint.files import read_mask, read_picture, tiff_writer, write_picture

TIFF_TYPES = [
    *(np.uint8, np.uint16, np.uint32, np.int8, np.int16, np.int32),
    *(np.float16, np.float32, np.float64),
]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    dtype=st.sampled_from(TIFF_TYPES),
    planes=st.sampled_from([(), (2,), (3,), (4,), (2, 3)]),
    size=st.tuples(st.integers(1, 20), st.integers(2, 20)),
    channels=st.sampled_from([None, 2, 3, 4, 5]),
    compression=st.sampled_from([None, "lzw", "deflate", "zstd"]),
    byteorder=st.sampled_from("<>"),
)
def test_tiff_round_trips_bit_exactly(
    tmp_path_factory, dtype, planes, size, channels, compression, byteorder
):
    folder = tmp_path_factory.mktemp("tiff")
    data = noise((*planes, *size, *([channels] if channels else [])), dtype)
    write_picture(folder / "a.tif", data, rgb=channels is not None)
    first = read_picture(folder / "a.tif")
    assert first.data.dtype == data.dtype
    assert first.rgb == (channels is not None)
    # tifffile keeps the shape of a stack of stacks but for axes of length 1.
    np.testing.assert_array_equal(first.data.squeeze(), data.squeeze())
    if len(planes) < 2:
        assert first.data.shape == data.shape

    tifffile.imwrite(
        folder / "b.tif",
        data,
        compression=compression,
        byteorder=byteorder,
        photometric="rgb" if (channels or 0) > 2 else "minisblack",
        planarconfig="contig" if channels else None,
        metadata=None,
    )
    source = read_picture(folder / "b.tif")
    write_picture(folder / "c.tif", source.data, rgb=source.rgb, like=source)
    copy = read_picture(folder / "c.tif")
    np.testing.assert_array_equal(copy.data, data.reshape(copy.data.shape))
    with tifffile.TiffFile(folder / "b.tif") as b, tifffile.TiffFile(folder / "c.tif") as c:
        assert c.pages[0].compression == b.pages[0].compression
        assert c.pages[0].photometric == b.pages[0].photometric


@settings(max_examples=25, deadline=None)
@given(
    dtype=st.sampled_from([np.uint8, np.uint16]),
    size=st.tuples(st.integers(1, 20), st.integers(1, 20)),
    channels=st.sampled_from([None, 2, 3, 4]),
)
def test_png_round_trips_bit_exactly(tmp_path_factory, dtype, size, channels):
    path = tmp_path_factory.mktemp("png") / "a.png"
    data = noise((*size, *([channels] if channels else [])), dtype)
    assert write_picture(path, data, rgb=channels is not None) == []
    back = read_picture(path)
    assert (back.data.dtype, back.rgb) == (data.dtype, channels is not None)
    np.testing.assert_array_equal(back.data, data)


@pytest.mark.parametrize("save", [save_jpeg, save_png, save_tiff])
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif"])
def test_description_survives_between_all_formats(tmp_path, save, suffix):
    source = read_picture(save(tmp_path / ("source" + save.__name__.replace("save_", "."))))
    data = (source.data >> 8).astype(np.uint8) if source.data.dtype == np.uint16 else source.data
    write_picture(tmp_path / f"out{suffix}", data, rgb=True, like=source)
    assert_described(tmp_path / f"out{suffix}")
    assert read_picture(tmp_path / f"out{suffix}").metadata.xmp == XMP


def test_png_chunks_are_copied_verbatim(tmp_path):
    source = read_picture(save_png(tmp_path / "a.png"))
    write_picture(tmp_path / "b.png", source.data, rgb=True, like=source)
    assert read_picture(tmp_path / "b.png").metadata.png_chunks == source.metadata.png_chunks
    with Image.open(tmp_path / "b.png") as image:
        assert image.text["Title"] == "North wall"


@pytest.mark.parametrize("byteorder", ["<", ">"])
def test_tiff_tags_layout_and_resolution_survive(tmp_path, byteorder):
    tifffile.imwrite(
        tmp_path / "a.tif",
        noise((5, 12, 14), np.uint16),
        photometric="rgb",
        planarconfig="separate",
        extrasamples=[0, 2],
        compression="lzw",
        predictor=True,
        byteorder=byteorder,
        resolution=((118110, 1000), (118110, 1000)),
        resolutionunit="CENTIMETER",
        description="North wall",
        software="Scanner 3",
        metadata=None,
        extratags=[
            (33432, 2, 0, "© Museum".encode(), True),
            (33723, 7, 8, b"\x1c\x02\x05\0\x03abc", True),
            (34377, 7, 8, b"8BIMabcd", True),
        ],
    )
    source = read_picture(tmp_path / "a.tif")
    assert source.data.shape == (12, 14, 5)
    write_picture(tmp_path / "b.tif", source.data, rgb=True, like=source)
    with tifffile.TiffFile(tmp_path / "a.tif") as a, tifffile.TiffFile(tmp_path / "b.tif") as b:
        before, after = a.pages[0], b.pages[0]
        assert b.byteorder == byteorder
        for code in (258, 259, 262, 270, 277, 284, 296, 305, 317, 338, 33432, 33723, 34377):
            assert after.tags[code].value == before.tags[code].value, code
        assert Fraction(*after.tags[282].value) == Fraction(118110, 1000)
    np.testing.assert_array_equal(read_picture(tmp_path / "b.tif").data, source.data)


def test_exif_written_by_another_program_survives(tmp_path):
    exif = Image.Exif()
    exif.load(exif_block())
    exif[0x013B] = ARTIST.encode()
    Image.fromarray(noise((9, 8, 3))).save(
        tmp_path / "a.tif", exif=exif, dpi=(300, 300), icc_profile=SRGB
    )
    source = read_picture(tmp_path / "a.tif")
    write_picture(tmp_path / "b.tif", source.data, rgb=True, like=source)
    assert_described(tmp_path / "b.tif")


def test_stack_of_stacks_keeps_its_shape_and_description(tmp_path):
    data = noise((2, 3, 8, 9))
    tifffile.imwrite(
        tmp_path / "a.tif", data, photometric="minisblack", description="Fresko, Südwand".encode()
    )
    source = read_picture(tmp_path / "a.tif")
    assert source.data.shape == data.shape
    write_picture(tmp_path / "b.tif", data, rgb=False, like=source)
    write_picture(tmp_path / "c.tif", data, rgb=False, like=read_picture(tmp_path / "b.tif"))
    np.testing.assert_array_equal(read_picture(tmp_path / "c.tif").data, data)
    with tifffile.TiffFile(tmp_path / "c.tif") as tif:
        assert tif.pages[0].description == "Fresko, Südwand"


def test_bigtiff_keeps_exif(tmp_path, monkeypatch):
    source = read_picture(save_tiff(tmp_path / "a.tif"))
    monkeypatch.setattr(tiff_writer, "BIGTIFF_BYTES", 0)
    write_picture(tmp_path / "b.tif", source.data, rgb=True, like=source)
    with tifffile.TiffFile(tmp_path / "b.tif") as tif:
        assert tif.is_bigtiff
        assert tif.pages[0].tags[34665].value["DateTimeOriginal"] == "2024:05:06 07:08:09"
    again = read_picture(tmp_path / "b.tif")
    np.testing.assert_array_equal(again.data, source.data)
    assert again.metadata.exif == source.metadata.exif


def test_negative_grey_stays_negative_in_tiff_and_turns_in_png(tmp_path):
    data = noise((6, 7))
    tifffile.imwrite(tmp_path / "a.tif", data, photometric="miniswhite")
    source = read_picture(tmp_path / "a.tif")
    np.testing.assert_array_equal(source.data, data)
    write_picture(tmp_path / "b.tif", data, rgb=False, like=source)
    with tifffile.TiffFile(tmp_path / "b.tif") as tif:
        assert tif.pages[0].photometric == 0
    write_picture(tmp_path / "b.png", data, rgb=False, like=source)
    np.testing.assert_array_equal(read_picture(tmp_path / "b.png").data, 255 - data)
    np.testing.assert_array_equal(read_mask(tmp_path / "a.tif"), data != 255)


def test_palettes_and_few_bits_become_full_pictures(tmp_path):
    image = Image.fromarray(noise((6, 7, 3))).quantize(8)
    wanted = np.asarray(image.convert("RGB"))
    bits = noise((6, 7)) > 100
    for suffix in (".png", ".tif"):
        image.save(tmp_path / f"palette{suffix}")
        np.testing.assert_array_equal(read_picture(tmp_path / f"palette{suffix}").data, wanted)
        Image.fromarray(bits).save(tmp_path / f"bits{suffix}")
        picture = read_picture(tmp_path / f"bits{suffix}")
        np.testing.assert_array_equal(picture.data, bits * np.uint8(255))
        write_picture(tmp_path / f"again{suffix}", picture.data, rgb=False, like=picture)
        np.testing.assert_array_equal(read_mask(tmp_path / f"again{suffix}"), bits)


def test_lossy_tiff_is_written_without_loss(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", noise((16, 16, 3)), photometric="rgb", compression="jpeg")
    source = read_picture(tmp_path / "a.tif")
    write_picture(tmp_path / "b.tif", source.data, rgb=True, like=source)
    np.testing.assert_array_equal(read_picture(tmp_path / "b.tif").data, source.data)


def test_profile_of_another_colour_space_is_left_out_with_a_warning(tmp_path):
    source = read_picture(save_png(tmp_path / "a.png"))
    warnings = write_picture(tmp_path / "b.png", source.data[..., 0], rgb=False, like=source)
    assert any("profile" in warning for warning in warnings)
    assert read_picture(tmp_path / "b.png").metadata.icc is None


def test_further_pictures_are_warned_about(tmp_path):
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        writer.write(noise((20, 20)))
        writer.write(noise((5, 5)))
    source = read_picture(tmp_path / "a.tif")
    assert source.data.shape == (20, 20)
    warnings = write_picture(tmp_path / "b.tif", source.data, rgb=False, like=source)
    assert any("1 further" in warning for warning in warnings)


def test_jpeg_is_written_with_a_warning(tmp_path):
    warnings = write_picture(tmp_path / "a.jpg", noise((16, 16, 3)), rgb=True)
    assert any("outside the damage" in warning for warning in warnings)


def test_scans_beyond_pillows_limit_are_read(tmp_path, monkeypatch):
    for save in (save_jpeg, save_png, save_tiff):
        save(tmp_path / ("a" + save.__name__.replace("save_", ".")))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    for suffix, sides in {"jpeg": (24, 16), "png": (24, 16), "tiff": (16, 24)}.items():
        assert read_picture(tmp_path / f"a.{suffix}").data.shape == (*sides, 3)


def test_imports_stay_light_and_opencv_leaves_qt_alone():
    code = """
import os, sys
import napari_relic_inpaint.files
assert not {"torch", "napari", "qtpy", "cv2"} & set(sys.modules)
os.environ.pop("QT_QPA_FONTDIR", None)
os.environ["QT_QPA_PLATFORM_PLUGIN_PATH"] = "/mine"
from napari_relic_inpaint.opencv import cv2
assert cv2.Canny
assert "QT_QPA_FONTDIR" not in os.environ
assert os.environ["QT_QPA_PLATFORM_PLUGIN_PATH"] == "/mine"
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
