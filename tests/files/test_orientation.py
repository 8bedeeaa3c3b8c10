"""Pictures with an orientation tag are taken as viewers show them, and written so."""

import json
import struct
from fractions import Fraction

import numpy as np
import pytest
import tifffile
from described_pictures import noise
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image, ImageOps

from napari_relic_inpaint.files import (
    MaskReading,
    column_blocks,
    jpeg,
    lazy_tiff,
    open_mask_of,
    open_picture,
    orientation,
    read_picture,
    streaming,
    upright,
    write_picture,
    write_restored_steps,
)
from napari_relic_inpaint.files.metadata import Entry, Exif, Metadata, pack_exif
from napari_relic_inpaint.files.pictures import decode
from napari_relic_inpaint.files.upright_tags import upright_metadata
from napari_relic_inpaint.picture.lazy_array import LazyArray
from napari_relic_inpaint.restoration import restore
from napari_relic_inpaint.steps import finish

TURNED = range(2, 9)
FUZZ = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
XMP = b'<x:xmpmeta><a tiff:Orientation="%d" tiff:XResolution="300/1" tiff:YResolution="200/1"/>'


def turned(data, tag, rgb):
    """Turn an array as the standard words it: where row 0 and column 0 of the stored picture are.

    Deliberately another way than the package's own.
    """
    rows = data.ndim - 2 - rgb
    top, left = [
        ("top", "left"),
        ("top", "right"),
        ("bottom", "right"),
        ("bottom", "left"),
        ("left", "top"),
        ("right", "top"),
        ("right", "bottom"),
        ("left", "bottom"),
    ][tag - 1]
    if top in ("left", "right"):
        data = np.swapaxes(data, rows, rows + 1)
    if "bottom" in (top, left):
        data = np.flip(data, rows)
    return np.flip(data, rows + 1) if "right" in (top, left) else data


def exif_with(tag, **tags):
    exif = Image.Exif()
    exif[0x0112] = tag
    exif[0x011A], exif[0x011B], exif[0x0128] = 300.0, 200.0, 2
    exif.get_ifd(0x8769).update({0xA002: 24, 0xA003: 16, **tags})
    return exif.tobytes()


def save(path, tag, data=None):
    """Write a picture of 16 x 24 pixels that is stored with an orientation."""
    data = noise((16, 24, 3)) if data is None else data
    options = {"dpi": (300, 200), "exif": exif_with(tag)}
    if path.suffix == ".tif":
        tifffile.imwrite(
            path,
            data,
            photometric="rgb",
            resolution=(300, 200),
            extratags=[(274, 3, 1, tag, True), (700, 1, None, XMP % tag, True)],
        )
        return path
    if path.suffix == ".jpg":
        options |= {"xmp": XMP % tag, "quality": 95}
    Image.fromarray(data).save(path, **options)
    return path


@pytest.mark.parametrize("tag", range(1, 9))
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif"])
def test_pictures_are_read_as_pillow_turns_them(tmp_path, suffix, tag):
    path = save(tmp_path / f"wall{suffix}", tag)
    with Image.open(path) as image:
        wanted = np.asarray(ImageOps.exif_transpose(image))
    for picture in (read_picture(path), open_picture(path)):
        np.testing.assert_array_equal(np.asarray(picture.data), wanted)
        assert picture.orientation == tag
        assert [f"wall{suffix} has EXIF orientation {tag} (" in note for note in picture.notes] == (
            [] if tag == 1 else [True]
        )
    assert orientation(path) == tag
    stored, rgb, metadata = decode(path, turned_as=1)
    np.testing.assert_array_equal(turned(stored, tag, rgb), wanted)
    assert metadata.orientation == tag
    assert not metadata.notes


@FUZZ
@given(data=st.data())
def test_tiffs_of_every_layout_are_turned_lazily(tmp_path_factory, monkeypatch, data):
    path = tmp_path_factory.mktemp("turned") / "a.tif"
    tag = data.draw(st.integers(1, 8), "orientation")
    dtype = data.draw(st.sampled_from(["u1", "u2", "i2", "f4"]), "dtype")
    planes = data.draw(st.sampled_from([(), (3,)]), "planes")
    size = data.draw(st.tuples(st.integers(2, 50), st.integers(2, 50)), "size")
    channels = data.draw(st.sampled_from([None, 3, 4]), "channels")
    planar = channels is not None and data.draw(st.booleans(), "planar")
    layout = data.draw(st.sampled_from([{}, {"tile": (16, 32)}, {"rowsperstrip": 3}]), "layout")
    compression = data.draw(st.sampled_from([None, "deflate"]), "compression")
    # What is smaller than a band of columns goes through a temporary file.
    monkeypatch.setattr(
        lazy_tiff, "LARGEST_CACHE_BYTES", data.draw(st.sampled_from([0, 1 << 20]), "cache")
    )
    monkeypatch.setattr(column_blocks, "BLOCK", 8)
    samples = (channels,) if channels else ()
    stored = noise((*planes, *size, *samples), dtype)
    tifffile.imwrite(
        path,
        np.moveaxis(stored, -1, -3) if planar else stored,
        photometric="rgb" if channels else "minisblack",
        planarconfig=("separate" if planar else "contig") if channels else None,
        compression=compression,
        metadata=None,
        extratags=[(274, 3, 1, tag, True)],
        **layout,
    )
    rgb = channels is not None
    wanted = turned(stored, tag, rgb)
    lazy = open_picture(path)
    assert isinstance(lazy.data, LazyArray)
    assert lazy.data.shape == wanted.shape
    np.testing.assert_array_equal(lazy.data[...], wanted)
    np.testing.assert_array_equal(read_picture(path).data, wanted)
    rows = wanted.ndim - 2 - rgb
    key = (*[slice(None)] * rows, slice(1, None, 2), slice(-3, None, -1))
    np.testing.assert_array_equal(lazy.data[key], wanted[key])


LAYOUTS = pytest.mark.parametrize("layout", [{"tile": (16, 16)}, {"rowsperstrip": 8}])


@pytest.fixture(params=[0, 1 << 30])
def decoded(request, monkeypatch):
    """The tiles or strips that are decoded, where few or many of them are kept."""
    decoded = []
    decode_one = lazy_tiff._Segments._decoded

    def counted(self, segment):
        decoded.append(segment[1])
        return decode_one(self, segment)

    monkeypatch.setattr(lazy_tiff._Segments, "_decoded", counted)
    monkeypatch.setattr(lazy_tiff, "LARGEST_CACHE_BYTES", request.param)
    monkeypatch.setattr("napari_relic_inpaint.files.chunks.CACHE_BYTES", 0)
    monkeypatch.setattr(column_blocks, "BLOCK", 16)
    monkeypatch.setattr(streaming, "BAND_BYTES", 1)
    return decoded


@LAYOUTS
def test_bands_of_a_picture_on_its_side_decode_each_piece_once(tmp_path, decoded, layout):
    stored = noise((64, 96))
    tifffile.imwrite(
        tmp_path / "a.tif",
        stored,
        compression="deflate",
        extratags=[(274, 3, 1, 6, True)],
        **layout,
    )
    picture = open_picture(tmp_path / "a.tif")
    write_picture(tmp_path / "b.tif", picture.data, rgb=False, like=picture)
    assert sorted(decoded) == list(range(len(decoded)))
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "b.tif"), np.rot90(stored, -1))


@LAYOUTS
@pytest.mark.parametrize("tag", [3, 6, 7])
def test_bands_of_a_mask_of_the_stored_picture_decode_each_piece_once(
    tmp_path, decoded, layout, tag
):
    save(tmp_path / "wall.png", tag, noise((64, 96, 3)))
    drawn = np.zeros((64, 96), np.uint8)
    drawn[20:50, 10:90] = 255
    tifffile.imwrite(tmp_path / "mask.tif", drawn, compression="deflate", **layout)
    as_stored = MaskReading(as_stored=True)
    mask = open_mask_of(open_picture(tmp_path / "wall.png"), tmp_path / "mask.tif", as_stored).data
    decoded.clear()  # it has been looked at
    bands = [mask[row : row + 1] for row in range(mask.shape[0])]
    np.testing.assert_array_equal(np.concatenate(bands), turned(drawn, tag, rgb=False) > 0)
    assert len(set(decoded)) == len(decoded)


@pytest.mark.parametrize("tag", [0, 9, "abc", 3.0, (6, 6), None])
@pytest.mark.parametrize("suffix", [".tif", ".jpg", ".png"])
def test_tags_that_mean_nothing_turn_nothing(tmp_path, suffix, tag):
    path = tmp_path / f"a{suffix}"
    stored = np.zeros((16, 24), np.uint8)
    stored[:4] = 200
    kinds = {int: (3, 1), str: (2, None), float: (12, 1), tuple: (3, 2)}
    tags = [] if tag is None else [(274, *kinds[type(tag)], tag, True)]
    tifffile.imwrite(tmp_path / "tags.tif", stored, extratags=tags)
    if suffix == ".tif":
        path = tmp_path / "tags.tif"
    else:
        exif = read_picture(tmp_path / "tags.tif").metadata.exif
        Image.fromarray(stored).save(path, exif=b"Exif\0\0" + exif)
    assert orientation(path) == 1
    picture = read_picture(path)
    assert picture.orientation == 1
    assert not picture.notes
    np.testing.assert_allclose(picture.data, stored, atol=9)


def test_orientation_of_what_is_no_picture_is_1(tmp_path):
    (tmp_path / "text.jpg").write_text("hello")
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "short.tif").write_bytes(b"II*\0")
    (tmp_path / "short.jpg").write_bytes(b"\xff\xd8\xff")
    for path in (*tmp_path.iterdir(), tmp_path, tmp_path / "missing.png"):
        assert orientation(path) == 1


@pytest.mark.parametrize("tag", TURNED)
@pytest.mark.parametrize("source", [".jpg", ".png", ".tif"])
@pytest.mark.parametrize("target", [".jpg", ".png", ".tif"])
def test_what_is_written_is_upright_with_tags_that_say_so(tmp_path, source, target, tag):
    picture = read_picture(save(tmp_path / f"source{source}", tag))
    result = tmp_path / f"result{target}"
    write_picture(result, picture.data, rgb=True, like=picture)
    dpi = (200, 300) if tag > 4 else (300, 200)
    with Image.open(result) as image:
        exif = image.getexif()
        assert exif.get(0x0112, 1) == 1
        shown = np.asarray(ImageOps.exif_transpose(image))
        assert image.info["dpi"] == pytest.approx(dpi, abs=0.02)
        if 0x011A in exif:
            inches = 2.54 if exif[0x0128] == 3 else 1
            assert [exif[0x011A] * inches, exif[0x011B] * inches] == pytest.approx(dpi, abs=0.02)
        photo = exif.get_ifd(0x8769)
        if 0xA002 in photo:
            assert (photo[0xA003], photo[0xA002]) == picture.data.shape[:2]
    if target != ".jpg":
        np.testing.assert_array_equal(shown, picture.data)
    again = read_picture(result)
    assert again.orientation == 1
    if source != ".png":
        x, y = dpi
        text = b'tiff:Orientation="1" tiff:XResolution="%d/1" tiff:YResolution="%d/1"' % (x, y)
        assert text in again.metadata.xmp


def entry(code, kind, value, order):
    form = {1: "B", 2: "5s", 3: "H", 4: "L"}[kind]
    return Entry(code, kind, struct.pack(order + form, value))


@pytest.mark.parametrize("order", "<>")
def test_sides_of_different_types_are_swapped_in_place(order):
    exif = Exif(
        order,
        main=(entry(256, 4, 70000, order), entry(257, 3, 50, order), entry(274, 4, 6, order)),
        photo=(entry(0xA002, 3, 24, order), entry(0xA003, 4, 70001, order)),
    )
    block = upright_metadata(Metadata(exif=pack_exif(exif)), 6).exif
    wanted = Exif(
        order,
        main=(entry(256, 3, 50, order), entry(257, 4, 70000, order), entry(274, 3, 1, order)),
        photo=(entry(0xA002, 4, 70001, order), entry(0xA003, 3, 24, order)),
    )
    assert block == pack_exif(wanted)


@pytest.mark.parametrize("order", "<>")
def test_a_thumbnail_that_would_lie_wrong_is_left_out(tmp_path, order):
    block = bytearray(pack_exif(Exif(order, main=(entry(274, 3, 8, order),))))
    at = len(block)
    block += struct.pack(order + "HHHLLL", 1, 256, 4, 1, 160, 0)
    # After the header of 8 bytes, the count and the one tag
    block[22:26] = struct.pack(order + "L", at)
    Image.fromarray(noise((16, 24))).save(tmp_path / "a.jpg", exif=b"Exif\0\0" + bytes(block))
    with Image.open(tmp_path / "a.jpg") as image:
        assert image.getexif().get_ifd(ExifTags.IFD.IFD1) == {256: 160}
    picture = read_picture(tmp_path / "a.jpg")
    write_picture(tmp_path / "b.png", picture.data, rgb=False, like=picture)
    with Image.open(tmp_path / "b.png") as image:
        assert image.getexif().get_ifd(ExifTags.IFD.IFD1) == {}


def photoshop_note(number, content):
    body = content + b"\0" * (len(content) % 2)
    return b"8BIM" + struct.pack(">HHL", number, 0, len(content)) + body


def test_of_photoshops_notes_those_stay_that_do_not_lie_as_the_stored_pixels():
    def resolution(x, y):
        return photoshop_note(1005, struct.pack(">LHHLHH", x << 16, 1, 2, y << 16, 1, 2))

    captions, thumbnail = photoshop_note(1028, b"odd"), photoshop_note(1036, b"JPEG")
    notes = resolution(300, 200) + thumbnail + captions
    for tag, wanted in ((3, resolution(300, 200)), (6, resolution(200, 300))):
        kept = upright_metadata(Metadata(photoshop=notes), tag).photoshop
        assert kept == wanted + captions


@pytest.mark.parametrize("tag", range(1, 9))
def test_array_likes_are_turned_when_they_are_read(tag):
    dask_array = pytest.importorskip("dask.array")
    stored = noise((2, 5, 7, 3), np.uint16)
    lazy = upright(dask_array.from_array(stored, chunks=4), tag, rgb=True)
    np.testing.assert_array_equal(np.asarray(lazy), upright(stored, tag, rgb=True))
    np.testing.assert_array_equal(lazy[1, 2:4], turned(stored, tag, rgb=True)[1, 2:4])


def test_a_full_disk_is_one_sentence(tmp_path, monkeypatch):
    from napari_relic_inpaint.errors import FileError

    def full():
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(lazy_tiff, "LARGEST_CACHE_BYTES", 0)
    monkeypatch.setattr(column_blocks.tempfile, "TemporaryFile", full)
    tifffile.imwrite(tmp_path / "a.tif", noise((20, 30)), extratags=[(274, 3, 1, 6, True)])
    picture = open_picture(tmp_path / "a.tif")
    with pytest.raises(FileError, match=r"lacks .* GB \(No space left on device\).*TMPDIR"):
        picture.data[...]


def test_resolution_fractions_are_swapped_exactly(tmp_path):
    tifffile.imwrite(
        tmp_path / "a.tif",
        noise((4, 6)),
        resolution=((118110, 1000), (7, 3)),
        resolutionunit="CENTIMETER",
        extratags=[(274, 3, 1, 8, True)],
    )
    resolution = read_picture(tmp_path / "a.tif").metadata.resolution
    assert (resolution.x, resolution.y) == (Fraction(7, 3), Fraction(118110, 1000))


@pytest.mark.parametrize("tag", [2, 3, 6, 7])
@pytest.mark.parametrize("as_stored", [False, True])
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif"])
def test_what_a_viewer_restored_is_saved_upright(tmp_path, suffix, as_stored, tag):
    """napari's own reader does not turn pictures, others do."""
    source = save(tmp_path / f"wall{suffix}", tag)
    data, rgb, _ = decode(source, turned_as=1 if as_stored else None)
    damage = np.zeros(data.shape[:2], bool)
    damage[2:5, 3:9] = True
    result = restore(data, damage, rgb=rgb, method="telea")
    target = tmp_path / "saved.tif"
    steps = write_restored_steps(target, result.picture, result.record, rgb=rgb, source=source)
    notes = finish(steps)
    saved = read_picture(target)
    assert saved.orientation == 1
    wanted = turned(result.picture, tag, rgb) if as_stored else result.picture
    np.testing.assert_array_equal(saved.data, wanted)
    assert any("the result is saved upright" in note for note in notes) == as_stored
    dpi = (200, 300) if tag > 4 else (300, 200)
    assert saved.metadata.resolution.per_inch() == pytest.approx(dpi, abs=0.02)
    record = json.loads((tmp_path / "saved.tif.json").read_text())
    assert record["picture"]["orientation"] == tag
    assert record["picture"]["restored"] == ("as stored" if as_stored else "upright")
    assert record["picture"]["sha256"] == result.record["picture"]["sha256"]
    assert record["files"]["picture"] == source.name


@pytest.mark.parametrize("stored", [False, True])
def test_a_photograph_is_decoded_once_to_save_what_a_viewer_restored(tmp_path, monkeypatch, stored):
    source = save(tmp_path / "wall.jpg", 6)
    data, _, _ = decode(source, turned_as=1 if stored else None)
    damage = np.zeros(data.shape[:2], bool)
    damage[2:5, 3:9] = True
    result = restore(data, damage, rgb=True, method="telea")
    decoded = []
    plain = jpeg.read
    monkeypatch.setattr(jpeg, "read", lambda path: decoded.append(path) or plain(path))
    target = tmp_path / "saved.tif"
    finish(write_restored_steps(target, result.picture, result.record, rgb=True, source=source))
    assert decoded == [source]


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif"])
def test_a_mask_drawn_on_what_one_sees_meets_the_picture_on_the_command_line(
    tmp_path, relic, suffix
):
    source = save(tmp_path / f"wall{suffix}", 6)
    damage = np.zeros((24, 16), np.uint8)
    damage[2:5, 3:9] = 255
    Image.fromarray(damage).save(tmp_path / "mask.png")
    target = tmp_path / "restored.tif"
    options = ("-o", target, "--method", "telea")
    code, _, said = relic("restore", source, tmp_path / "mask.png", *options)
    assert code == 0
    assert "has EXIF orientation 6 (lying on its left side)" in said
    with Image.open(source) as image:
        seen = np.asarray(ImageOps.exif_transpose(image))
    changed = (read_picture(target).data != seen).any(-1)
    assert changed.any()
    assert not changed[damage == 0].any()
    record = json.loads((tmp_path / "restored.tif.json").read_text())
    assert record["picture"]["orientation"] == 6
    assert any("has EXIF orientation 6" in note for note in record["warnings"])
    _, _, said = relic("evaluate", target, source, "--damage", tmp_path / "mask.png")
    assert f"wall{suffix} has EXIF orientation 6" in said
