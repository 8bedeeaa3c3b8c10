import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_relic_inpaint.picture.bitmap import Bitmap
from napari_relic_inpaint.picture.hole import HolePixels, position_type

SHAPES = st.tuples(st.integers(1, 60), st.integers(1, 60))


def rectangle(rng: np.random.Generator, shape: tuple[int, int]) -> tuple[slice, slice]:
    starts = [int(rng.integers(length)) for length in shape]
    stops = [int(rng.integers(a + 1, length + 1)) for a, length in zip(starts, shape, strict=True)]
    return slice(starts[0], stops[0]), slice(starts[1], stops[1])


@given(SHAPES, st.integers(0, 10**6), st.sampled_from([0.0, 0.02, 0.5, 1.0]))
def test_a_list_of_pixels_says_what_the_mask_says(shape, seed, share):
    rng = np.random.default_rng(seed)
    hole = rng.random(shape) < share
    pixels = HolePixels.of(hole)
    assert len(pixels) == hole.sum()
    area = rectangle(rng, shape)
    mask, numbers = pixels.numbers(area)
    np.testing.assert_array_equal(mask, hole[area])
    assert pixels.any_in(area) == hole[area].any()
    values = rng.random(len(pixels))
    spread = np.zeros(shape)
    spread[hole] = values
    np.testing.assert_array_equal(values[numbers], spread[area][mask])
    if len(numbers):
        around = pixels.bounds(numbers)
        shown = np.zeros(shape, bool)
        shown[area] = hole[area]
        assert shown[around].sum() == mask.sum()
        assert all(shown[around].any(axis=axis)[[0, -1]].all() for axis in (0, 1))


@pytest.mark.parametrize(
    ("shape", "dtype"), [((2**16, 2**16 - 1), np.uint32), ((2**16, 2**17), np.int64)]
)
def test_positions_take_no_more_room_than_they_need(shape, dtype):
    assert position_type(shape) is dtype
    last = np.array([shape[0] * shape[1] - 1], dtype)
    pixels = HolePixels(shape, last)
    corner = slice(shape[0] - 2, shape[0]), slice(shape[1] - 3, shape[1])
    assert pixels.mask(corner).tolist() == [[False] * 3, [False, False, True]]
    assert pixels.bounds(np.array([0])) == (
        slice(shape[0] - 1, shape[0]),
        slice(shape[1] - 1, shape[1]),
    )


@given(SHAPES, st.integers(0, 10**6))
def test_a_bitmap_keeps_what_is_written_and_nothing_else(shape, seed):
    rng = np.random.default_rng(seed)
    bitmap, expected = Bitmap(shape), np.zeros(shape, bool)
    for _ in range(5):
        area = rectangle(rng, shape)
        expected[area] = rng.random(expected[area].shape) < 0.5
        bitmap[area] = expected[area]
        area = rectangle(rng, shape)
        np.testing.assert_array_equal(bitmap[area], expected[area])
