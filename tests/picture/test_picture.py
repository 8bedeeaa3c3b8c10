import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.picture import tiles
from napari_relic_inpaint.picture.lazy_planes import LazyPlanes
from napari_relic_inpaint.picture.picture import Picture, ValueRange, is_colour, shown

UNSIGNED = [np.uint8, np.uint16]
WHOLE = (slice(None), slice(None))


def value_range(dtype, darkest, brightest):
    scale = ValueRange.of(np.dtype(dtype), darkest, brightest)
    return scale.low, scale.high


@pytest.mark.parametrize(
    ("dtype", "darkest", "brightest", "expected"),
    [
        (np.uint8, 3, 40, (0, 255)),
        (np.uint16, 0, 9, (0, 255)),
        (np.uint16, 0, 255, (0, 255)),
        (np.uint16, 7, 4095, (0, 4095)),
        (np.uint16, 7, 4096, (0, 8191)),
        (np.uint16, 0, 65535, (0, 65535)),
        (np.float32, 0.2, 0.7, (0, 1)),
        (np.float64, 0, 1, (0, 1)),
        (np.float32, 0, 255, (0, 255)),
        (np.float32, -2, 5, (-2, 5)),
        (np.int16, 100, 900, (0, 900)),
        (np.int16, -100, 900, (-100, 900)),
        (np.int8, -7, -3, (-7, -3)),
    ],
)
def test_black_and_white_follow_from_the_dtype_and_the_known_values(
    dtype, darkest, brightest, expected
):
    assert value_range(dtype, darkest, brightest) == expected


@given(st.sampled_from([np.int16, np.float32, np.uint16, np.uint8]), st.integers(-200, 200))
def test_a_picture_of_one_value_still_has_a_range(dtype, value):
    value = abs(value) if np.dtype(dtype).kind == "u" else value
    low, high = value_range(dtype, value, value)
    assert low <= value <= high
    assert low < high


@pytest.mark.parametrize("dtype", UNSIGNED)
def test_every_integer_survives_the_way_to_float_and_back(dtype):
    values = np.arange(np.iinfo(dtype).max + 1, dtype=dtype)
    scale = ValueRange.of(values.dtype, 0, float(values.max()))
    unit = scale.to_unit(values)
    assert (unit.min(), unit.max()) == (0, 1)
    np.testing.assert_array_equal(scale.from_unit(unit, values.dtype), values)


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.integers(0, 100))
def test_floats_come_back_within_rounding(low, width, seed):
    values = low + width * np.random.default_rng(seed).random(50)
    scale = ValueRange(low, low + width)
    back = scale.from_unit(scale.to_unit(values), np.dtype(np.float64))
    np.testing.assert_allclose(back, values, atol=1e-6 * width + 1e-9 * abs(low))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int16, np.float32])
def test_fills_beyond_black_and_white_are_clipped(dtype):
    scale = ValueRange(0, 200)
    written = scale.from_unit(np.float32([-1, 0, 1, 7]), np.dtype(dtype))
    assert written.tolist() == [0, 0, 200, 200]
    assert written.dtype == dtype


@pytest.mark.parametrize(
    ("picture", "damage", "colour"),
    [
        ((8, 9), (8, 9), False),
        ((8, 9, 3), (8, 9), True),
        ((8, 9, 4), (8, 9), True),
        ((8, 9, 1), (8, 9), True),
        ((5, 8, 9), (8, 9), False),
        ((5, 8, 9), (5, 8, 9), False),
        ((5, 8, 9, 3), (8, 9), True),
        ((5, 8, 9, 3), (5, 8, 9), True),
        ((2, 5, 8, 9, 3), (2, 5, 8, 9), True),
        ((2, 5, 8, 9), (8, 9), False),
        ((3, 3, 3), (3, 3, 3), False),
        ((8, 9, 3), (9, 8), False),
    ],
)
def test_colour_is_told_from_the_shapes(picture, damage, colour):
    assert is_colour(np.empty(picture), np.empty(damage)) is colour


class WatchedMask(LazyPlanes):
    """A lazy mask that notes which rows were read."""

    def __init__(self, data):
        self._data, self.shape, self.dtype, self._axes = data, data.shape, data.dtype, 3
        self.rows = []

    def _read(self, index, area):
        self.rows.append((area[0].start, area[0].stop))
        return self._data[(*index, *area)]


@pytest.mark.parametrize(("unlike", "rows"), [(None, [(0, 4), (4, 8)] * 2), (2, [(0, 4)])])
def test_channels_of_a_lazy_mask_are_compared_in_bands(monkeypatch, unlike, rows):
    monkeypatch.setattr(tiles, "BAND_PIXELS", 40)
    damage = np.zeros((2, 8, 9, 3), np.uint8)
    damage[:, 3:6] = 255
    mask = WatchedMask(damage)
    if unlike is None:
        assert is_colour(np.empty(damage.shape), mask)
    else:
        damage[0, unlike, 5, 1] = 7
        with pytest.raises(InputError, match="both 2 x 8 x 9 x 3"):
            is_colour(np.empty(damage.shape), mask)
    assert mask.rows == rows


@pytest.mark.parametrize(
    ("shape", "rgb", "size", "stack", "colours"),
    [
        ((8, 9), False, (8, 9), (), 1),
        ((8, 9, 3), True, (8, 9), (), 3),
        ((8, 9, 5), True, (8, 9), (), 3),
        ((8, 9, 2), True, (8, 9), (), 1),
        ((8, 9, 1), True, (8, 9), (), 1),
        ((8, 9, 3), False, (9, 3), (8,), 1),
        ((2, 4, 8, 9, 4), True, (8, 9), (2, 4), 3),
    ],
)
def test_axes(shape, rgb, size, stack, colours):
    picture = Picture(np.zeros(shape, np.uint8), rgb=rgb)
    assert (picture.shape, picture.stack, picture.colours) == (size, stack, colours)
    assert picture.planes == list(np.ndindex(*stack))


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 6])
def test_reading_gives_rgb_with_an_empty_hole(channels):
    data = np.random.default_rng(0).integers(0, 256, (7, 8, channels), np.uint8)
    hole = data[..., 0] > 150
    picture = Picture(data, rgb=True)
    read = picture.read((), WHOLE, hole, ValueRange(-45, 255))
    assert read.shape == (7, 8, 3)
    assert read.dtype == np.float32
    colour = data[..., :3] if channels >= 3 else data[..., [0, 0, 0]]
    np.testing.assert_allclose(read, np.where(hole[..., None], 0, (colour + 45.0) / 300), atol=1e-6)


@given(
    st.sampled_from(["u1", ">u2", "<u2", "i2", ">f4", "f8", "f2"]),
    st.integers(0, 6),
    st.integers(0, 10**6),
)
def test_pasting_changes_the_colour_of_the_hole_and_nothing_else(dtype, channels, seed):
    rng = np.random.default_rng(seed)
    shape = (3, 6, 7, channels) if channels else (3, 6, 7)
    data = rng.integers(0, 101, shape).astype(dtype)
    hole = rng.random((6, 7)) > 0.5
    picture = Picture(data, rgb=bool(channels))
    result = picture.copy()
    assert result is not data
    grey_fill = np.repeat(rng.integers(0, 101, (int(hole.sum()), 1)), 3, axis=1)
    fill = (grey_fill / 100).astype(np.float32)
    picture.paste(result[1], hole, picture.values(fill, ValueRange(0, 100)))
    expected = data.copy()
    if channels:
        expected[1, hole, : picture.colours] = grey_fill[:, : picture.colours]
    else:
        expected[1, hole] = grey_fill[:, 0]
    assert result.dtype == data.dtype
    np.testing.assert_allclose(result.astype(float), expected.astype(float), rtol=1e-3)
    outside = np.ones(data.shape, bool)
    outside[(1, hole, slice(picture.colours)) if channels else (1, hole)] = False
    assert result[outside].tobytes() == data[outside].tobytes()


@pytest.mark.parametrize("dtype", [bool, complex, object, "U3", "M8[s]"])
def test_pictures_of_something_else_are_refused(dtype):
    with pytest.raises(InputError, match="convert it to 8 or 16 bit integers or to floats"):
        Picture(np.empty((5, 5), dtype), rgb=False)


@pytest.mark.parametrize(
    ("shape", "rgb", "said"),
    [
        ((), False, "a single number"),
        ((7,), False, "7"),
        ((7, 3), True, "7 x 3"),
        ((0, 5), False, "0 x 5"),
        ((5, 5, 0), True, "5 x 5 x 0"),
    ],
)
def test_arrays_without_rows_and_columns_are_refused(shape, rgb, said):
    with pytest.raises(InputError, match=f"this one is {said}$"):
        Picture(np.empty(shape), rgb=rgb)


def test_nested_lists_are_pictures():
    assert Picture([[1, 2], [3, 4]], rgb=False).shape == (2, 2)


def test_shapes_are_shown_as_users_read_them():
    assert shown(np.empty((480, 512, 3))) == "480 x 512 x 3"
