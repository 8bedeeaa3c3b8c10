import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from napari_relic_inpaint.marking.shaping import fill_holes, grow, remove_specks, shrink

SEEDS = st.integers(0, 10**6)
SHAPES = st.tuples(st.integers(1, 60), st.integers(1, 60))
WAYS = [grow, shrink, fill_holes, remove_specks]


def blotches(shape, seed):
    rng = np.random.default_rng(seed)
    return ndimage.zoom(rng.choice([0, 0, 1, 2, 9], (20, 20)), 3, order=0)[: shape[0], : shape[1]]


@pytest.mark.parametrize("way", WAYS)
@given(shape=SHAPES, seed=SEEDS, label=st.sampled_from([None, 1, 2]), amount=st.floats(0.5, 9))
def test_other_classes_never_change(way, shape, seed, label, amount):
    before = blotches(shape, seed)
    kept = before.copy()
    after = way(before, label, amount)
    np.testing.assert_array_equal(before, kept)
    changed = before != after
    # Only from nothing to a class, or from a class to nothing.
    assert (before[changed] * after[changed] == 0).all()
    if label is not None:
        assert set(np.concatenate((before[changed], after[changed])).tolist()) <= {0, label}


@given(shape=SHAPES, seed=SEEDS, amount=st.integers(1, 6))
def test_a_class_grows_over_all_intact_pixels_that_are_as_near(shape, seed, amount):
    before = blotches(shape, seed)
    apart = ndimage.distance_transform_edt(before != 1) if (before == 1).any() else np.inf
    expected = np.where((before == 0) & (apart <= amount), 1, before)
    np.testing.assert_array_equal(grow(before, 1, amount), expected)


@given(shape=SHAPES, seed=SEEDS, amount=st.integers(1, 6))
def test_damage_shrinks_where_something_intact_is_next_to_it(shape, seed, amount):
    before = blotches(shape, seed)
    depth = ndimage.distance_transform_edt(before) if (before == 0).any() else np.inf
    expected = np.where(depth <= amount, 0, before)
    np.testing.assert_array_equal(shrink(before, None, amount), expected)


def test_between_two_classes_each_grows_to_the_middle():
    labels = np.zeros((5, 12), np.uint8)
    labels[:, 0], labels[:, 11] = 1, 2
    assert grow(labels, None, 10)[2].tolist() == [1] * 6 + [2] * 6


def test_holes_are_filled_up_to_a_size_and_islands_stay():
    labels = np.zeros((40, 60), np.uint8)
    labels[5:35, 5:55] = 1
    labels[10:13, 10:13] = 0  # 9 pixels
    labels[20:30, 20:30] = 0  # 96 pixels around an island
    labels[24:26, 24:26] = 2
    labels[5:20, 40:45] = 0  # open to the outside
    small = fill_holes(labels, 1, 4)
    assert (small[10:13, 10:13] == 1).all()
    assert (small[20, 20:30] == 0).all()
    filled = fill_holes(labels, 1, 100)
    assert (filled[20:30, 20:30] == 1).sum() == 96
    assert (filled[24:26, 24:26] == 2).all()
    assert (filled[5:20, 40:45] == 0).all()
    assert (fill_holes(labels, None, 100)[21, 21], fill_holes(labels, None, 100)[10, 40]) == (1, 0)


def test_specks_are_removed_up_to_a_size():
    labels = np.zeros((40, 40), np.uint8)
    labels[5:8, 5:8], labels[20:25, 20:25], labels[30, 30] = 1, 1, 2
    assert np.unique(remove_specks(labels, 1, 4)).tolist() == [0, 1, 2]
    assert (remove_specks(labels, 1, 4) == 1).sum() == 25
    assert (remove_specks(labels, None, 4) != 0).sum() == 25
