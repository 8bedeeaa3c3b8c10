import numpy as np
import pytest

from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.marking.proposals.lacunae import (
    LacunaOptions,
    propose_lacuna,
    propose_similar,
    propose_similar_steps,
)
from napari_relic_inpaint.steps import finish

SHAPE = 120, 150
PLASTER = 200, 190, 170


@pytest.fixture
def wall():
    """A red wall with two places of plaster and a white one, 8 bits."""
    rng = np.random.default_rng(0)
    picture = np.empty((*SHAPE, 3), np.uint8)
    picture[:] = 150, 60, 40
    picture[20:50, 30:60] = PLASTER
    picture[70:100, 100:140] = PLASTER
    picture[80:110, 10:40] = 255
    return np.clip(picture + rng.integers(-4, 5, picture.shape), 0, 255).astype(np.uint8)


def area(top, bottom, left, right):
    mask = np.zeros(SHAPE, bool)
    mask[top:bottom, left:right] = True
    return mask


def alike(labels, mask):
    """Whether labels are a mask to within a pixel at its border."""
    return np.count_nonzero((np.asarray(labels) > 0) ^ mask) < 0.12 * mask.sum()


def test_the_lacuna_pointed_at_is_proposed_and_no_other(wall):
    found = propose_lacuna(wall, (35, 45), rgb=True)
    assert found.count == 1
    assert alike(found, area(20, 50, 30, 60))


def test_what_looks_like_it_is_proposed_piece_by_piece(wall):
    found = propose_similar(wall, (35, 45), rgb=True)
    assert found.count == 2
    assert alike(found, area(20, 50, 30, 60) | area(70, 100, 100, 140))
    assert (found.scores > 0.5).all()
    assert list(found.sizes) == [np.count_nonzero(np.asarray(found) == n) for n in (1, 2)]


def test_only_what_is_at_least_as_large_is_proposed(wall):
    found = propose_similar(wall, (35, 45), rgb=True, options=LacunaOptions(smallest=1000))
    assert alike(found, area(70, 100, 100, 140))


def test_nothing_marked_is_proposed(wall):
    marked = np.zeros(SHAPE, np.uint8)
    marked[:, :45] = 3
    found = np.asarray(propose_similar(wall, (35, 55), marked, rgb=True))
    assert found[:, 45:].any()
    assert not found[:, :45].any()


def test_where_the_user_has_marked_there_is_no_lacuna_to_point_at(wall):
    marked = area(10, 60, 20, 70)
    assert propose_lacuna(wall, (35, 45), marked, rgb=True).count == 0
    assert propose_similar(wall, (35, 45), marked, rgb=True).count == 0


@pytest.mark.parametrize("band", [7, 32])
def test_bands_make_no_difference(wall, band):
    whole = np.asarray(propose_similar(wall, (35, 45), rgb=True))
    steps = propose_similar_steps(wall, (35, 45), rgb=True, band=band)
    np.testing.assert_array_equal(np.asarray(finish(steps)), whole)


def test_a_lacuna_larger_than_the_first_look_is_proposed_whole():
    picture = np.full((40, 1400), 90, np.uint8)
    picture[10:30, 20:1380] = 200
    found = np.asarray(propose_lacuna(picture, (20, 700), rgb=False))
    assert found[20].nonzero()[0][[0, -1]] == pytest.approx([20, 1379], abs=1)


def test_sixteen_bits_and_floats_see_what_eight_bits_see(wall):
    expected = np.asarray(propose_similar(wall, (35, 45), rgb=True))
    for other in (wall.astype(np.uint16) * 257, (wall / 255).astype(np.float32)):
        found = np.asarray(propose_similar(other, (35, 45), rgb=True))
        np.testing.assert_array_equal(found, expected)


def test_all_planes_of_a_stack_are_searched(wall):
    stack = np.stack([wall, np.roll(wall, 9, axis=1)])
    found = propose_similar(stack, (0, 35, 45), rgb=True)
    assert found.shape == (2, *SHAPE)
    labels = np.asarray(found)
    assert set(np.unique(labels[0])) == {0, 1, 2}
    assert set(np.unique(labels[1])) == {0, 3, 4}


def test_a_place_outside_the_picture_is_refused(wall):
    with pytest.raises(InputError, match="120 x 150"):
        propose_lacuna(wall, (120, 3), rgb=True)


@pytest.mark.parametrize("options", [{"tolerance": 0}, {"smallest": 0}, {"least_score": 2}])
def test_options_that_make_no_sense_are_refused(options):
    with pytest.raises(InputError):
        LacunaOptions(**options)
