import numpy as np
import pytest
import tifffile
import zarr
from drawn_masks import SHAPE, damage, photograph
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.files import (
    MaskReading,
    PictureFile,
    open_mask_of,
    open_picture,
    write_picture,
)
from napari_relic_inpaint.files.mask_size import Resized, is_copy_size
from napari_relic_inpaint.picture.lazy_array import LazyArray

DAMAGE = damage()
RED = (255, 0, 0)


def picture_of(data, path="picture.png"):
    return PictureFile(path, data, data.ndim == 3)


def mask_of(picture, path, **reading):
    return open_mask_of(picture_of(picture), path, MaskReading(**reading))


def painted(picture, colour=RED):
    copy = picture.copy()
    copy[DAMAGE] = colour
    return copy


def agreement(mask):
    return (mask & DAMAGE).sum() / (mask | DAMAGE).sum()


@given(st.integers(20, 3000), st.integers(20, 3000), st.floats(0.05, 0.97), st.data())
def test_reduced_copies_are_known_by_their_sizes_however_they_were_rounded(height, width, by, data):
    rounding = data.draw(st.sampled_from([np.floor, np.round, np.ceil]))
    small = tuple(max(int(rounding(by * side)), 1) for side in (height, width))
    if small[0] < height and small[1] < width:
        assert is_copy_size(small, (height, width))
        assert is_copy_size((height, width), small)


@pytest.mark.parametrize(
    "size", [(120, 179), (119, 180), (60, 92), (60, 88), (180, 120), (90, 90), (240, 350)]
)
def test_other_sizes_are_no_copies(size):
    assert not is_copy_size(size, SHAPE)


@given(
    st.tuples(st.integers(1, 9), st.integers(1, 9)),
    st.integers(1, 5),
    st.booleans(),
    st.integers(0, 10**6),
)
def test_growing_repeats_pixels_and_shrinking_loses_none(shape, factor, grow, seed):
    rng = np.random.default_rng(seed)
    small = rng.random((2, *shape)) > 0.6
    large = small.repeat(factor, axis=-2).repeat(factor, axis=-1)
    if grow:
        resized, expected = Resized(small, large.shape[-2:]), large
    else:
        speck = np.zeros_like(large)
        speck[..., ::factor, factor - 1 :: factor] = small
        resized, expected = Resized(speck, shape), small
    np.testing.assert_array_equal(resized[...], expected)
    key = (1, slice(1, None), slice(None, -1, 2))
    np.testing.assert_array_equal(resized[key], expected[key])


@pytest.mark.parametrize("kind", ["png", "tif", "zarr"])
def test_a_mask_drawn_on_a_reduced_copy_is_enlarged(tmp_path, kind):
    small = np.zeros((60, 90), np.uint8)
    small[20:30, 35:55] = small[5, 2:75] = 255
    path = tmp_path / f"a.{kind}"
    if kind == "tif":
        tifffile.imwrite(path, small, tile=(16, 16), compression="lzw")
    elif kind == "zarr":
        zarr.create_array(str(path), data=small, chunks=(16, 16))
    else:
        write_picture(path, small, rgb=False)
    mask = mask_of(photograph(), path)
    assert isinstance(mask.data, LazyArray)
    np.testing.assert_array_equal(mask.data[...], small.repeat(2, 0).repeat(2, 1) > 0)
    assert mask.notes == (
        f"a.{kind} is 60 x 90, the picture 120 x 180: taken for a mask that was drawn on a copy of "
        "another size, and enlarged.",
    )
    inverted = mask_of(photograph(), path, invert=True)
    np.testing.assert_array_equal(inverted.data[...], ~mask.data[...])


def test_a_mask_drawn_on_a_larger_copy_keeps_its_thin_lines(tmp_path):
    large = np.zeros((360, 540), np.uint8)
    large[31] = 7
    write_picture(tmp_path / "a.png", large, rgb=False)
    mask = mask_of(photograph(), tmp_path / "a.png", label=7)
    assert mask.data[10].all()
    assert mask.data[...].sum() == 180
    assert "and reduced" in mask.notes[0]


def test_a_mask_of_a_fitting_size_has_no_notes_and_any_other_is_left_as_it_is(tmp_path):
    write_picture(tmp_path / "a.png", DAMAGE * np.uint8(1), rgb=False)
    mask = mask_of(photograph(), tmp_path / "a.png")
    assert mask.notes == ()
    np.testing.assert_array_equal(mask.data, DAMAGE)
    assert mask_of(photograph(shape=(120, 170)), tmp_path / "a.png").data.shape == SHAPE


@pytest.mark.parametrize("colour", [RED, (255, 255, 255), (0, 0, 0), (0, 255, 0)])
def test_a_copy_that_was_painted_over_gives_the_difference(tmp_path, colour):
    picture = photograph()
    Image.fromarray(painted(picture, colour)).save(tmp_path / "a.png")
    mask = mask_of(picture, tmp_path / "a.png")
    np.testing.assert_array_equal(mask.data, DAMAGE)
    code = "#" + bytes(colour).hex()
    share = f"{100 * DAMAGE.mean():.2g} % of it changed, most of that painted in {code}"
    assert mask.notes == (
        f"a.png is a copy of the picture with {share}: what differs from the picture was taken for "
        "the damage.",
    )
    chosen = mask_of(picture, tmp_path / "a.png", colour=code)
    np.testing.assert_array_equal(chosen.data, DAMAGE)
    assert chosen.notes == ()
    for quality in (60, 75, 90, 95):
        Image.fromarray(painted(picture, colour)).save(tmp_path / "a.jpg", quality=quality)
        assert agreement(mask_of(picture, tmp_path / "a.jpg").data) > 0.9


def test_a_copy_is_known_whatever_the_depth_and_however_it_is_stored(tmp_path):
    picture = photograph()
    wide = picture.astype(np.uint16) * 257 + np.uint16(90)
    unit = picture / np.float32(255)
    grey = picture[..., 0]
    tifffile.imwrite(
        tmp_path / "a.tif", painted(picture), photometric="rgb", tile=(32, 32), compression="lzw"
    )
    for data in (picture, wide, unit):
        mask = mask_of(data, tmp_path / "a.tif").data
        assert isinstance(mask, LazyArray)
        np.testing.assert_array_equal(mask[...], DAMAGE)
    Image.fromarray(painted(np.stack([grey] * 3, -1))).save(tmp_path / "a.png")
    np.testing.assert_array_equal(mask_of(grey, tmp_path / "a.png").data, DAMAGE)
    opaque = np.dstack([picture, np.full(SHAPE, 255, np.uint8)])
    Image.fromarray(np.dstack([painted(picture), opaque[..., 3]])).save(tmp_path / "a.png")
    np.testing.assert_array_equal(mask_of(opaque, tmp_path / "a.png").data, DAMAGE)


def test_in_a_copy_the_eraser_marks_damage_and_so_does_a_see_through_brush(tmp_path):
    picture = photograph()
    erased = np.dstack([picture, np.where(DAMAGE, 0, 255).astype(np.uint8)])
    Image.fromarray(erased).save(tmp_path / "erased.png")
    np.testing.assert_array_equal(mask_of(picture, tmp_path / "erased.png").data, DAMAGE)
    through = np.where(DAMAGE[..., None], (picture + np.array(RED)) // 2, picture)
    Image.fromarray(through.astype(np.uint8)).save(tmp_path / "through.png")
    np.testing.assert_array_equal(mask_of(picture, tmp_path / "through.png").data, DAMAGE)


def test_the_picture_itself_is_no_mask(tmp_path):
    picture = photograph()
    Image.fromarray(picture).save(tmp_path / "a.png")
    for quality in (50, 75, 95):
        Image.fromarray(picture).save(tmp_path / f"{quality}.jpg", quality=quality)
    for path in tmp_path.iterdir():
        with pytest.raises(InputError, match=f"{path.name} is the picture itself"):
            mask_of(picture, path)
    with pytest.raises(InputError, match="is the picture itself"):
        mask_of(picture, tmp_path / "a.png", threshold=10)


def few_valued(kind):
    """A picture of at most 32 values or colours, as 4-bit scans and GIFs have."""
    picture = photograph()
    return picture[..., 0] // 17 * 17 if kind == "grey" else picture // 64 * 64


@pytest.mark.parametrize("kind", ["grey", "colour"])
def test_copies_of_a_picture_of_few_values_are_known(tmp_path, kind):
    picture = few_valued(kind)
    for suffix in ("png", "tif", "gif"):
        Image.fromarray(picture).save(tmp_path / f"a.{suffix}")
        with pytest.raises(InputError, match=f"a.{suffix} is the picture itself"):
            mask_of(picture, tmp_path / f"a.{suffix}")
    copy = painted(picture if kind == "colour" else np.stack([picture] * 3, -1))
    Image.fromarray(copy).save(tmp_path / "painted.png")
    mask = mask_of(picture, tmp_path / "painted.png")
    np.testing.assert_array_equal(mask.data, DAMAGE)
    assert "painted.png is a copy of the picture" in mask.notes[0]


@pytest.mark.parametrize("ink", [(0, 255), (255, 0), (40, 230), (20, 120), (255, 120)])
@pytest.mark.parametrize("value", [1, 20, 120, 255])
def test_a_mask_of_a_picture_of_few_values_is_no_copy(tmp_path, ink, value):
    written = photograph()[..., 0] > 120
    for picture in (np.where(written, *ink).astype(np.uint8), few_valued("grey")):
        write_picture(tmp_path / "a.png", DAMAGE * np.uint8(value), rgb=False, overwrite=True)
        mask = mask_of(picture, tmp_path / "a.png")
        np.testing.assert_array_equal(mask.data, DAMAGE)
        assert mask.notes == ()


def test_another_photograph_is_no_copy(tmp_path):
    Image.fromarray(photograph(seed=1)).save(tmp_path / "a.png")
    with pytest.raises(InputError, match="as many values as a photograph"):
        mask_of(photograph(), tmp_path / "a.png")


def test_a_painted_copy_of_another_size_is_refused_with_what_to_do(tmp_path):
    Image.fromarray(painted(photograph())).resize((90, 60)).save(tmp_path / "a.png")
    with pytest.raises(InputError, match="paint on a copy of the picture's own size"):
        mask_of(photograph(), tmp_path / "a.png")


def test_a_mask_on_a_bright_page_is_no_copy_of_it(tmp_path):
    page = np.full((*SHAPE, 3), 253, np.uint8)
    page[20:100:8, 20:160] = photograph()[20:100:8, 20:160]
    white = np.where(DAMAGE, 0, 255).astype(np.uint8)
    write_picture(tmp_path / "a.png", white, rgb=False)
    mask = mask_of(page, tmp_path / "a.png")
    np.testing.assert_array_equal(mask.data, ~DAMAGE)
    assert mask.notes == ()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_masks_made_on_the_stored_picture_are_turned_with_it(tmp_path, orientation):
    stored = photograph(shape=(48, 64))
    drawn = np.zeros((48, 64), bool)
    drawn[3:9, 5:30] = True
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(stored).save(tmp_path / "a.png", exif=exif)
    write_picture(tmp_path / "drawn.png", drawn * np.uint8(255), rgb=False)
    picture = open_picture(tmp_path / "a.png")
    mask = open_mask_of(picture, tmp_path / "drawn.png", MaskReading(as_stored=True)).data
    assert sorted(map(tuple, picture.data[mask])) == sorted(map(tuple, stored[drawn]))
    assert mask.shape == picture.data.shape[:2]
    if orientation > 4:
        with pytest.raises(
            InputError, match=r"48 x 64, the picture 64 x 48 .* MaskReading\(as_stored=True\)"
        ):
            open_mask_of(picture, tmp_path / "drawn.png")


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_upright_mask_of_a_square_picture_fits_whatever_its_tag(tmp_path, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(photograph(shape=(48, 48))).save(tmp_path / "a.png", exif=exif)
    drawn = np.zeros((48, 48), bool)
    drawn[3:9, 5:30] = True
    write_picture(tmp_path / "drawn.png", drawn * np.uint8(255), rgb=False)
    mask = open_mask_of(open_picture(tmp_path / "a.png"), tmp_path / "drawn.png")
    np.testing.assert_array_equal(mask.data, drawn)
    assert mask.notes == ()
