import json
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, PngImagePlugin

from napari_relic_inpaint.errors import FileError, InputError
from napari_relic_inpaint.files import (
    PictureFile,
    check_output,
    read_mask,
    read_picture,
    tiff_writer,
    write_json,
    write_picture,
)

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">\xc3\xa4</x:xmpmeta>'
ARTIST = "Jürgen Müller"
TIFF_TYPES = [
    *(np.uint8, np.uint16, np.uint32, np.int8, np.int16, np.int32),
    *(np.float16, np.float32, np.float64),
]


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
    """Assert by Pillow, a reader independent of this package, that everything is still there."""
    with Image.open(path) as image:
        exif = image.getexif()
        assert image.info["icc_profile"] == SRGB
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.02)
        assert exif[0x0112] == 6
        artist = exif[0x013B]
        assert artist.encode("latin-1").decode() == ARTIST
        assert exif.get_ifd(0x8769)[0x9003] == "2024:05:06 07:08:09"
        assert float(exif.get_ifd(0x8769)[0x829A]) == pytest.approx(0.008)
        assert exif.get_ifd(0x8825)[1] == "N"


def leftovers(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.suffix == ".part"]


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


@pytest.mark.parametrize("save", [save_jpeg, save_png, save_tiff])
def test_cut_off_files_are_refused(tmp_path, save):
    whole = save(tmp_path / ("whole" + save.__name__.replace("save_", ".")))
    content = whole.read_bytes()
    path = tmp_path / "cut"
    for share in (0.9, 0.6, 0.3, 0.05):
        # A TIFF ends with its EXIF directories, without which the picture is still whole.
        if save is save_tiff and share > 0.6:
            continue
        path.write_bytes(content[: int(len(content) * share)])
        with pytest.raises(FileError, match="cut"):
            read_picture(path)


@pytest.mark.parametrize("compression", [None, "lzw", "deflate"])
def test_cut_off_stack_is_refused(tmp_path, compression):
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        for seed in range(3):
            writer.write(
                noise((16, 16), seed=seed),
                compression=compression,
                metadata=None,
                contiguous=False,
            )
    content = (tmp_path / "a.tif").read_bytes()
    for share in (0.95, 0.7, 0.4, 0.1):
        (tmp_path / "b.tif").write_bytes(content[: int(len(content) * share)])
        with pytest.raises(FileError, match="cut"):
            read_picture(tmp_path / "b.tif")


def test_what_is_no_picture_is_refused_in_one_sentence(tmp_path):
    (tmp_path / "a.tif").write_text("hello")
    (tmp_path / "empty.png").write_bytes(b"")
    for path, words in [
        (tmp_path / "a.tif", "not a PNG, JPEG, TIFF or zarr"),
        (tmp_path / "empty.png", "not a PNG, JPEG, TIFF or zarr"),
        (tmp_path / "missing.png", "does not exist"),
        (tmp_path, "is a folder"),
    ]:
        with pytest.raises(FileError, match=words) as caught:
            read_picture(path)
        assert str(path) in str(caught.value)


def test_other_colour_spaces_are_refused(tmp_path):
    cmyk = Image.fromarray(noise((8, 8, 4)), "CMYK")
    cmyk.save(tmp_path / "a.jpg")
    cmyk.save(tmp_path / "a.tif")
    Image.fromarray(noise((8, 8, 3)), "LAB").save(tmp_path / "lab.tif")
    for name, space in [("a.jpg", "CMYK"), ("a.tif", "CMYK"), ("lab.tif", "Lab")]:
        with pytest.raises(FileError, match=rf"{space} colours: save it as RGB"):
            read_picture(tmp_path / name)


@pytest.mark.parametrize(
    ("suffix", "shape", "dtype", "words"),
    [
        (".jpg", (5, 5), np.uint16, "8-bit"),
        (".jpg", (5, 5, 4), np.uint8, "4 channels"),
        (".jpg", (2, 5, 5, 3), np.uint8, "stack"),
        (".png", (5, 5), np.float32, "float32"),
        (".png", (2, 5, 5, 3), np.uint8, "stack"),
        (".png", (5, 5, 5), np.uint8, "at most 4 channels"),
        (".tif", (5, 5), np.complex64, "complex64"),
        (".tif", (0, 5), np.uint8, "no rows"),
    ],
)
def test_what_a_format_cannot_hold_is_refused(tmp_path, suffix, shape, dtype, words):
    with pytest.raises(FileError, match=words):
        write_picture(tmp_path / f"a{suffix}", np.zeros(shape, dtype), rgb=len(shape) > 2)
    assert list(tmp_path.iterdir()) == []


def test_jpeg_is_written_with_a_warning(tmp_path):
    warnings = write_picture(tmp_path / "a.jpg", noise((16, 16, 3)), rgb=True)
    assert any("outside the damage" in warning for warning in warnings)


def test_scans_beyond_pillows_limit_are_read(tmp_path, monkeypatch):
    for save in (save_jpeg, save_png, save_tiff):
        save(tmp_path / ("a" + save.__name__.replace("save_", ".")))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    for suffix in ("jpeg", "png", "tiff"):
        assert read_picture(tmp_path / f"a.{suffix}").data.shape == (16, 24, 3)


def test_check_output(tmp_path):
    old = tmp_path / "old.png"
    write_picture(old, noise((4, 4)), rgb=False)
    assert check_output(tmp_path / "new.TIF", overwrite=False) == tmp_path / "new.TIF"
    assert check_output(old, overwrite=True) == old
    link = tmp_path / "link.png"
    link.symlink_to(old)
    for path, like, overwrite, words in [
        (tmp_path / "a.bmp", None, False, r"\.bmp: choose"),
        (tmp_path / "none" / "a.png", None, False, "not a folder"),
        (old / "a.png", None, False, "not a folder"),
        (old, None, False, "exists already"),
        (old, old, True, "source picture itself"),
        (link, old, True, "source picture itself"),
    ]:
        with pytest.raises(FileError, match=words):
            check_output(path, overwrite=overwrite, like=like)
    assert sorted(tmp_path.iterdir()) == [link, old]


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="a folder nobody can write to")
def test_folder_that_cannot_be_written_to():
    with pytest.raises(FileError, match="cannot be written to"):
        check_output("/proc/self/a.png", overwrite=False)


@pytest.mark.parametrize("suffix", [".tif", ".png", ".jpg"])
@pytest.mark.skipif(os.name == "nt", reason="needs a limit on file sizes")
def test_old_file_survives_a_full_disk(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    write_picture(path, noise((4, 4)), rgb=False)
    before = path.read_bytes()
    code = f"""
import resource, numpy as np
from pathlib import Path
from napari_relic_inpaint.files import read_picture, write_picture
from napari_relic_inpaint.errors import FileError
import tifffile
like = None
if {suffix!r} == ".tif":
    tifffile.imwrite({str(tmp_path / "raw.tif")!r}, np.zeros((4, 4), "u1"))
    like = read_picture({str(tmp_path / "raw.tif")!r})
resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))
data = np.random.default_rng(0).integers(0, 255, (400, 400, 3), dtype="u1")
for like in {{None, like}}:
    try:
        write_picture({str(path)!r}, data, rgb=True, overwrite=True, like=like)
    except FileError as error:
        assert "disk is full" in str(error) and {path.name!r} in str(error), error
    else:
        raise SystemExit("it was written")
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
    assert path.read_bytes() == before
    assert leftovers(tmp_path) == []


def test_overwriting_keeps_permissions_and_needs_leave(tmp_path):
    path = tmp_path / "a.png"
    write_picture(path, noise((4, 4)), rgb=False)
    path.chmod(0o640)
    with pytest.raises(FileError, match="exists already"):
        write_picture(path, noise((4, 4), seed=1), rgb=False)
    write_picture(path, noise((4, 4), seed=1), rgb=False, overwrite=True)
    assert path.stat().st_mode & 0o777 == 0o640
    np.testing.assert_array_equal(read_picture(path).data, noise((4, 4), seed=1))


def test_source_is_never_replaced(tmp_path):
    path = tmp_path / "a.png"
    write_picture(path, noise((4, 4)), rgb=False)
    source = read_picture(path)
    assert isinstance(source, PictureFile)
    with pytest.raises(FileError, match="source picture"):
        write_picture(path, source.data, rgb=False, like=source, overwrite=True)


def test_masks_of_every_kind(tmp_path):
    damage = np.zeros((32, 32), bool)
    damage[8:24, 8:24] = True
    grey = damage * np.uint8(3)
    red = np.stack([grey, 0 * grey, 0 * grey], -1)
    opaque = np.full((32, 32, 1), 255, np.uint8)
    for name, data in {
        "grey.png": grey,
        "grey.tif": grey.astype(np.float32),
        "bool.tif": damage,
        "red.png": red,
        "rgba.png": np.concatenate([red, opaque], -1),
        "rgba.tif": np.concatenate([red, opaque], -1),
        "greyalpha.png": np.concatenate([grey[..., None], opaque], -1),
        "full.jpg": damage * np.uint8(255),
    }.items():
        write_picture(tmp_path / name, data, rgb=data.ndim == 3)
        mask = read_mask(tmp_path / name)
        assert mask.dtype == bool, name
        np.testing.assert_array_equal(mask, damage, err_msg=name)
    Image.fromarray(damage * np.uint8(255)).save(tmp_path / "poor.jpg", quality=60)
    np.testing.assert_array_equal(read_mask(tmp_path / "poor.jpg"), damage)
    write_picture(tmp_path / "stack.tif", np.stack([grey, 0 * grey]), rgb=False)
    assert read_mask(tmp_path / "stack.tif").shape == (2, 32, 32)


def test_labels(tmp_path):
    labels = np.repeat(np.arange(30, dtype=np.uint16), 2).reshape(5, 12)
    for name in ("a.png", "a.tif"):
        write_picture(tmp_path / name, labels, rgb=False)
        np.testing.assert_array_equal(read_mask(tmp_path / name, label=7), labels == 7)
        with pytest.raises(InputError, match=r"label 99 does not occur .* 1, 2, 3, .* 20 and more"):
            read_mask(tmp_path / name, label=99)
    palette = Image.fromarray(labels.astype(np.uint8), "P")
    palette.putpalette(noise((90,)).tolist())
    for name in ("p.png", "p.tif"):
        palette.save(tmp_path / name)
        np.testing.assert_array_equal(read_mask(tmp_path / name, label=7), labels == 7)
    with pytest.raises(InputError, match="blurs labels"):
        read_mask(save_jpeg(tmp_path / "a.jpg"), label=1)
    with pytest.raises(InputError, match="colours, not labels"):
        read_mask(save_png(tmp_path / "colour.png"), label=1)


def test_json(tmp_path):
    write_json(tmp_path / "a.json", {"name": "Müller"}, overwrite=False)
    assert json.loads((tmp_path / "a.json").read_text("utf-8")) == {"name": "Müller"}
    with pytest.raises(FileError, match="exists already"):
        write_json(tmp_path / "a.json", {}, overwrite=False)
    assert leftovers(tmp_path) == []


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
