"""JPEG 2000, WebP, BMP and GIF, which are read but not written, and what no format may hold."""

import io
import struct
import zlib

import imagecodecs
import numpy as np
import pytest
import tifffile
from described_pictures import SRGB, XMP, exif_block, noise
from PIL import Image, ImageOps

from napari_relic_inpaint.errors import FileError, InputError
from napari_relic_inpaint.files import (
    MaskReading,
    check_output,
    open_picture,
    orientation,
    read_mask,
    read_picture,
    reading,
    write_picture,
)
from napari_relic_inpaint.files.formats import ONLY_READ, SUFFIXES

JP2_EXIF = b"JpgTiffExif->JP2"
JP2_XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
GREY_PROFILE = SRGB[:16] + b"GRAY" + SRGB[20:]


def box(kind, content):
    return struct.pack(">L", len(content) + 8) + kind + content


def jp2(data, *boxes, colour=None, **options):
    """Encode a picture without loss, with another colour box if one is given, and further boxes."""
    content = imagecodecs.jpeg2k_encode(data, level=0, reversible=True, **options)
    at = content.index(b"jp2h") - 4
    length = struct.unpack_from(">L", content, at)[0]
    head = content[at + 8 : at + length]
    if colour is not None:
        found = head.index(b"colr") - 4
        head = head[:found] + box(b"colr", colour)
    return content[:at] + box(b"jp2h", head) + b"".join(boxes) + content[at + length :]


@pytest.mark.parametrize("suffix", [".jp2", ".j2k"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [None, 2, 3, 4])
def test_jpeg_2000_is_read_bit_exactly(tmp_path, suffix, dtype, channels):
    data = noise((40, 56, *([channels] if channels else [])), dtype)
    content = imagecodecs.jpeg2k_encode(data, level=0, reversible=True, codecformat=suffix[1:])
    (tmp_path / f"a{suffix}").write_bytes(content)
    for picture in (
        read_picture(tmp_path / f"a{suffix}"),
        open_picture(tmp_path / f"a{suffix}"),
    ):
        assert picture.data.dtype == dtype
        assert picture.rgb == (channels is not None)
        np.testing.assert_array_equal(picture.data, data)
        assert picture.metadata.alpha_channels == (channels in (2, 4))
        assert not picture.metadata.lossy


def test_few_bits_of_jpeg_2000_are_spread(tmp_path):
    values = noise((20, 30), np.uint16) % 4096
    (tmp_path / "a.jp2").write_bytes(jp2(values, bitspersample=12))
    wanted = np.rint(values * (65535 / 4095)).astype(np.uint16)
    np.testing.assert_array_equal(read_picture(tmp_path / "a.jp2").data, wanted)
    bits = (values > 2000).astype(np.uint8)
    (tmp_path / "b.jp2").write_bytes(jp2(bits, bitspersample=1))
    np.testing.assert_array_equal(read_picture(tmp_path / "b.jp2").data, bits * 255)
    np.testing.assert_array_equal(read_mask(tmp_path / "b.jp2"), bits == 1)


def test_tiles_of_jpeg_2000_are_read(tmp_path):
    data = noise((64, 50, 3))
    Image.fromarray(data).save(tmp_path / "a.jp2", tile_size=(16, 16))
    np.testing.assert_array_equal(read_picture(tmp_path / "a.jp2").data, data)


@pytest.mark.parametrize("colour", [b"\2\0\0", b"\3\0\1"])
@pytest.mark.parametrize(("shape", "profile"), [((9, 8, 3), SRGB), ((9, 8), GREY_PROFILE)])
def test_what_jpeg_2000_carries_survives(tmp_path, colour, shape, profile):
    resolution = box(b"res ", box(b"resc", struct.pack(">4H2b", 50, 3, 1181, 10, 3, 2)))
    extra = box(b"uuid", JP2_XMP + XMP), box(b"uuid", JP2_EXIF + exif_block())
    (tmp_path / "a.jp2").write_bytes(jp2(noise(shape), resolution, *extra, colour=colour + profile))
    picture = read_picture(tmp_path / "a.jp2")
    assert picture.orientation == orientation(tmp_path / "a.jp2") == 6
    np.testing.assert_array_equal(picture.data, np.rot90(noise(shape), -1))
    write_picture(tmp_path / "b.tif", picture.data, rgb=picture.rgb, like=picture)
    again = read_picture(tmp_path / "b.tif").metadata
    assert (again.icc, again.xmp) == (profile, XMP)
    # Turned onto its side, as the pixels were
    assert again.resolution.per_metre() == (round(50000 / 3), 11810)
    with Image.open(tmp_path / "b.tif") as image:
        assert image.getexif()[0x0112] == 1


def test_lossy_files_are_told_from_lossless_ones(tmp_path):
    smooth = np.add.outer(np.arange(64), np.arange(64)).astype(np.uint8)
    image = Image.fromarray(np.stack([smooth] * 3, -1))
    image.save(tmp_path / "exact.jp2")
    image.save(tmp_path / "poor.jp2", irreversible=True, quality_layers=[40])
    image.save(tmp_path / "exact.webp", lossless=True)
    image.save(tmp_path / "poor.webp", quality=60)
    rgba = image.convert("RGBA")
    rgba.putalpha(Image.fromarray(smooth))
    rgba.save(tmp_path / "alpha exact.webp", lossless=True, exact=True, icc_profile=SRGB)
    rgba.save(tmp_path / "alpha poor.webp", quality=60)
    for path in tmp_path.iterdir():
        lossy = "poor" in path.name
        assert read_picture(path).metadata.lossy == lossy
        if lossy:
            with pytest.raises(InputError, match="blurs labels"):
                read_mask(path, MaskReading(label=1))
        else:
            np.testing.assert_array_equal(read_mask(path, MaskReading(label=9)), smooth == 9)


@pytest.mark.parametrize("tag", range(1, 9))
def test_webp_is_turned_and_keeps_what_it_carries(tmp_path, tag):
    exif = Image.Exif()
    exif[0x0112] = tag
    data = noise((10, 14, 4))
    data[..., 3] |= 1
    Image.fromarray(data).save(
        tmp_path / "a.webp", lossless=True, exact=True, exif=exif, icc_profile=SRGB, xmp=XMP
    )
    picture = read_picture(tmp_path / "a.webp")
    assert orientation(tmp_path / "a.webp") == picture.orientation == tag
    with Image.open(tmp_path / "a.webp") as image:
        np.testing.assert_array_equal(picture.data, np.asarray(ImageOps.exif_transpose(image)))
    write_picture(tmp_path / "b.png", picture.data, rgb=True, like=picture)
    again = read_picture(tmp_path / "b.png")
    assert again.orientation == 1
    assert (again.metadata.icc, again.metadata.xmp) == (SRGB, XMP)
    np.testing.assert_array_equal(again.data, picture.data)


@pytest.mark.parametrize("suffix", [".bmp", ".gif"])
def test_bmp_and_gif_of_every_kind(tmp_path, suffix):
    bits = noise((10, 13)) > 99
    grey = noise((10, 13))
    colour = Image.fromarray(noise((10, 13, 3)))
    few = colour.quantize(7)
    for name, image, wanted in [
        ("bits", Image.fromarray(bits), bits * np.uint8(255)),
        ("palette", few, np.asarray(few.convert("RGB"))),
        *(
            [("grey", Image.fromarray(grey), grey), ("rgb", colour, np.asarray(colour))]
            if suffix == ".bmp"
            else []
        ),
    ]:
        path = tmp_path / f"{name}{suffix}"
        image.save(path, **({"dpi": (300, 200)} if suffix == ".bmp" else {}))
        picture = read_picture(path)
        assert picture.data.dtype == np.uint8
        assert picture.rgb == (wanted.ndim == 3)
        np.testing.assert_array_equal(picture.data, wanted)
        if suffix == ".bmp":
            per_inch = picture.metadata.resolution.per_inch()
            assert per_inch == pytest.approx((300, 200), abs=0.02)
        write_picture(tmp_path / f"{name}.tif", picture.data, rgb=picture.rgb, like=picture)
        np.testing.assert_array_equal(tifffile.imread(tmp_path / f"{name}.tif"), wanted)
    np.testing.assert_array_equal(read_mask(tmp_path / f"bits{suffix}"), bits)
    labels = read_mask(tmp_path / f"palette{suffix}", MaskReading(label=3))
    np.testing.assert_array_equal(labels, np.asarray(few) == 3)


def test_transparent_bmp_and_gif(tmp_path):
    data = noise((10, 13, 4))
    Image.fromarray(data).save(tmp_path / "a.bmp", bitmap_format="bmp")
    palette = Image.fromarray(noise((10, 13, 3))).quantize(7)
    palette.save(tmp_path / "a.gif", transparency=2)
    picture = read_picture(tmp_path / "a.gif")
    assert picture.metadata.alpha_channels == 1
    np.testing.assert_array_equal(picture.data[..., 3] == 0, np.asarray(palette) == 2)


def test_png_of_16_bits_with_alpha(tmp_path):
    data = noise((10, 13, 2), np.uint16)
    (tmp_path / "a.png").write_bytes(imagecodecs.png_encode(data))
    picture = read_picture(tmp_path / "a.png")
    np.testing.assert_array_equal(picture.data, data)
    assert picture.metadata.alpha_channels == 1


@pytest.mark.parametrize("suffix", [".webp", ".gif", ".png"])
def test_animations_are_refused(tmp_path, suffix):
    frames = [Image.fromarray(noise((8, 9, 3), seed=n)) for n in range(3)]
    frames[0].save(tmp_path / f"a{suffix}", save_all=True, append_images=frames[1:])
    with pytest.raises(FileError, match="an animation of 3 pictures: save the one"):
        read_picture(tmp_path / f"a{suffix}")


@pytest.mark.parametrize("space", [(12, "CMYK"), (14, "Lab")])
@pytest.mark.parametrize("by_profile", [False, True])
def test_other_colours_of_jpeg_2000_are_refused(tmp_path, space, by_profile):
    number, name = space
    if by_profile:
        colour = b"\2\0\0" + SRGB[:16] + {"CMYK": b"CMYK", "Lab": b"Lab "}[name] + SRGB[20:]
    else:
        colour = b"\1\0\0" + struct.pack(">L", number)
    (tmp_path / "a.jp2").write_bytes(jp2(noise((8, 8, 4 if name == "CMYK" else 3)), colour=colour))
    with pytest.raises(FileError, match=f"{name} colours: save it as RGB in a picture editor"):
        read_picture(tmp_path / "a.jp2")


def test_adobes_ycck_is_refused(tmp_path):
    stream = io.BytesIO()
    Image.fromarray(noise((8, 8, 4)), "CMYK").save(stream, "JPEG")
    content = bytearray(stream.getvalue())
    # The last byte of Adobe's mark says how the colours are transformed.
    content[content.index(b"Adobe") + 11] = 2
    (tmp_path / "a.jpg").write_bytes(content)
    with pytest.raises(FileError, match="CMYK colours: save it as RGB"):
        read_picture(tmp_path / "a.jpg")


def huge_png():
    head = struct.pack(">LLBBBBB", 2**30, 2**30, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(b"")), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">L", len(body)) + name + body + struct.pack(">L", zlib.crc32(name + body))
        for name, body in chunks
    )


def huge_jp2():
    content = bytearray(jp2(noise((8, 8, 3))))
    at = content.index(b"\xff\x4f\xff\x51")
    struct.pack_into(">LL", content, at + 8, 2**30, 2**30)
    return content


def huge_bmp():
    stream = io.BytesIO()
    Image.fromarray(noise((8, 8, 3))).save(stream, "BMP")
    content = bytearray(stream.getvalue())
    struct.pack_into("<ll", content, 18, 2**30, 2**30)
    return content


@pytest.mark.parametrize("make", [huge_png, huge_jp2, huge_bmp])
def test_files_that_say_they_are_huge_are_refused_calmly(tmp_path, make):
    (tmp_path / "a").write_bytes(make())
    with pytest.raises(FileError, match=r"1073741824 x 1073741824 pixels, .* memory that are free"):
        read_picture(tmp_path / "a")


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".jp2", ".webp", ".bmp", ".gif"])
def test_what_does_not_fit_in_memory_is_refused(tmp_path, monkeypatch, suffix):
    Image.fromarray(noise((16, 24))).save(tmp_path / f"a{suffix}")

    class Memory:
        available = 300

    monkeypatch.setattr(reading.psutil, "virtual_memory", Memory)
    with pytest.raises(FileError, match=r"24 x 16 pixels, .* memory that are free"):
        read_picture(tmp_path / f"a{suffix}")


@pytest.mark.parametrize("allowed", [False, True])
@pytest.mark.parametrize("suffix", [".jp2", ".j2k", ".webp", ".bmp", ".gif"])
def test_cut_off_files_are_refused(tmp_path, monkeypatch, suffix, allowed):
    # Another library in the same process may have told Pillow to take them.
    monkeypatch.setattr("PIL.ImageFile.LOAD_TRUNCATED_IMAGES", allowed)
    if suffix == ".j2k":
        content = imagecodecs.jpeg2k_encode(noise((32, 40, 3)), level=0, codecformat="j2k")
    else:
        stream = io.BytesIO()
        image = Image.fromarray(noise((32, 40, 3)))
        image.save(stream, {".jp2": "JPEG2000"}.get(suffix, suffix[1:]))
        content = stream.getvalue()
    for share in (0.9, 0.6, 0.3, 0.05):
        (tmp_path / "cut").write_bytes(content[: int(len(content) * share)])
        with pytest.raises(FileError, match="cut"):
            read_picture(tmp_path / "cut")
        assert orientation(tmp_path / "cut") == 1


def test_what_is_only_read_is_not_written(tmp_path):
    for suffix, name in ONLY_READ.items():
        with pytest.raises(FileError, match=f"{name} is read, but not written.*.png, .*.tif"):
            check_output(tmp_path / f"a{suffix}", overwrite=False)
    assert set(SUFFIXES) - set(ONLY_READ) == {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".zarr"}


@pytest.mark.parametrize("suffix", [".jp2", ".webp", ".bmp"])
def test_a_folder_of_such_pictures_becomes_one_of_tiffs(relic, tmp_path, suffix):
    damage = np.zeros((16, 24), np.uint8)
    damage[3:6, 3:9] = 255
    (tmp_path / "scans").mkdir()
    options = {"lossless": True} if suffix == ".webp" else {}
    data = noise((16, 24, 3))
    Image.fromarray(data).save(tmp_path / "scans" / f"wall{suffix}", **options)
    Image.fromarray(damage).save(tmp_path / "damage.png")
    masks = ("--damage", tmp_path / "damage.png")
    out = ("-o", tmp_path / "done", "--method", "telea")
    assert relic("batch", tmp_path / "scans", *masks, *out)[0] == 0
    restored = read_picture(tmp_path / "done" / "wall_restored.tif").data
    np.testing.assert_array_equal(restored[damage == 0], data[damage == 0])
    assert (restored != data).any()
    assert relic("evaluate", tmp_path / "done", tmp_path / "scans", *masks)[0] == 0
