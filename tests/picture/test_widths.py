import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage
from skimage.morphology import disk

from napari_relic_inpaint.marking.damage import synthetic_damage
from napari_relic_inpaint.picture.hole import HolePixels
from napari_relic_inpaint.picture.widths import (
    DEEPEST,
    depth,
    where_disk_fits,
    where_square_fits,
    widest,
)


def opening(hole: np.ndarray, footprint: np.ndarray) -> np.ndarray:
    """The opening of a hole with hole beyond its border; the footprint's centre stays inside."""
    centres = ndimage.binary_erosion(hole, footprint, border_value=1)
    return ndimage.binary_dilation(centres, footprint)


@pytest.mark.parametrize("seed", range(4))
def test_a_disk_fits_where_the_opening_is(seed):
    rng = np.random.default_rng(seed)
    hole = synthetic_damage((700, 600), "loss", rng) | synthetic_damage((700, 600), "crack", rng)
    wide = np.zeros(hole.shape, bool)
    wide[hole] = where_disk_fits(HolePixels.of(hole), 32)
    assert 0 < wide.sum() < hole.sum()
    np.testing.assert_array_equal(wide, opening(hole, disk(16)))


@given(st.tuples(st.integers(1, 80), st.integers(1, 80)), st.integers(0, 10**6))
def test_a_square_fits_where_the_opening_is(shape, seed):
    rng = np.random.default_rng(seed)
    hole = ndimage.binary_dilation(rng.random(shape) < 0.05, np.ones((4, 5)))
    wide = np.zeros(hole.shape, bool)
    wide[hole] = where_square_fits(HolePixels.of(hole), 7)
    np.testing.assert_array_equal(wide, opening(hole, np.ones((7, 7))))


def test_squares_over_the_joints_of_tiles_are_found():
    hole = np.zeros((1100, 1100), bool)
    hole[508:515, 509:516] = hole[1021:1028, 300:307] = hole[700, :] = True
    wide = np.zeros(hole.shape, bool)
    wide[hole] = where_square_fits(HolePixels.of(hole), 7)
    hole[700] = False
    np.testing.assert_array_equal(wide, hole)


def test_cracks_are_nowhere_wide():
    hole = synthetic_damage((400, 400), "crack", np.random.default_rng(0))
    hole[100:128, 100:128] = True
    assert not where_disk_fits(HolePixels.of(hole), 64).any()
    assert not where_square_fits(HolePixels.of(np.eye(50, dtype=bool)), 7).any()


@given(st.tuples(st.integers(1, 90), st.integers(2, 90)), st.integers(0, 10**6))
def test_depth_is_the_distance_to_the_nearest_known_pixel(shape, seed):
    rng = np.random.default_rng(seed)
    hole = ndimage.binary_dilation(rng.random(shape) < 0.02, np.ones((9, 9)))
    hole[rng.integers(shape[0]), rng.integers(shape[1])] = False
    expected = np.minimum(ndimage.distance_transform_edt(hole), 5)
    np.testing.assert_allclose(depth(HolePixels.of(hole), 5), expected[hole], atol=1e-4)


def full_cells(hole, cell=16):
    """Which cells have no known pixel in them."""
    padded = np.pad(hole, [(0, -side % cell) for side in hole.shape], constant_values=True)
    rows, columns = (side // cell for side in padded.shape)
    return padded.reshape(rows, cell, columns, cell).all(axis=(1, 3))


def disk_in(hole):
    return widest(HolePixels.of(hole), full_cells(hole), 16)


@given(
    st.tuples(st.integers(1, 700), st.integers(1, 700)),
    st.sampled_from(["crack", "brush", "loss", "block"]),
    st.integers(0, 10**6),
)
def test_a_hole_is_as_wide_as_the_largest_disk_in_it(shape, kind, seed):
    hole = synthetic_damage(shape, kind, np.random.default_rng(seed))
    # Beyond the borders of the picture everything is intact: a disk has to fit inside it.
    deepest = ndimage.distance_transform_edt(np.pad(hole, 1)).max()
    assert disk_in(hole) == round(max(2 * deepest - 1, 1))


@pytest.mark.parametrize("side", [1, 2, 3, 15, 16, 17, 48, 49, 300, 600])
def test_a_square_is_as_wide_as_its_side_to_within_a_pixel(side):
    hole = np.zeros((1100, 1100), bool)
    assert disk_in(hole) == 0
    hole[490 : 490 + side, 5 : 5 + side] = True
    assert side - 1 <= disk_in(hole) <= side


def test_very_wide_holes_are_measured_by_cells():
    hole = np.zeros((2 * DEEPEST + 200, 2 * DEEPEST + 200), bool)
    hole[40:-40, 40:-40] = True
    assert abs(disk_in(hole) - (2 * DEEPEST + 120)) <= 32
