from itertools import pairwise

import numpy as np
import pytest
from scipy import ndimage

from napari_relic_inpaint.errors import InputError, Stopped
from napari_relic_inpaint.marking.proposals.cracks import (
    CrackOptions,
    propose_cracks,
    propose_cracks_steps,
)
from napari_relic_inpaint.steps import finish, stoppable

SHAPE = 160, 220
CORNERS = [(20, 30), (42, 37), (60, 66), (85, 70), (101, 99), (140, 108), (148, 140)]


def jagged(corners):
    """A line through corners that turns to and fro, as cracks do."""
    points = np.concatenate([np.linspace(a, b, 6, endpoint=False) for a, b in pairwise(corners)])
    return points + np.random.default_rng(5).normal(0, 1.5, points.shape)


CRACK = jagged(CORNERS)


def line(corners, width=1.2):
    """How much each pixel belongs to a line through corners, 0 to 1."""
    place = np.concatenate([np.linspace(a, b, 80) for a, b in pairwise(corners)])
    drawn = np.zeros(SHAPE, bool)
    drawn[tuple(np.rint(place).astype(int).T)] = True
    return np.clip(width + 0.5 - ndimage.distance_transform_edt(~drawn), 0, 1)


@pytest.fixture
def wall():
    """A wall with a little grain, a dark crack, and two fields of colour."""
    rng = np.random.default_rng(0)
    picture = np.empty((*SHAPE, 3), float)
    picture[:] = 190, 120, 90
    picture[:, 150:] = 90, 120, 150
    picture += 3 * rng.standard_normal(picture.shape)
    picture *= 1 - 0.75 * line(CRACK)[..., None]
    return np.clip(picture, 0, 255).astype(np.uint8)


def found_and_right(proposals, truth):
    """Shares of the crack that is proposed, and of proposed pixels that are near it."""
    labels = np.asarray(proposals) > 0
    near = ndimage.distance_transform_edt(~truth) <= 2
    return labels[truth].mean(), near[labels].mean()


def test_a_crack_is_proposed_and_the_border_of_colours_is_not(wall):
    proposals = propose_cracks(wall, rgb=True)
    found, right = found_and_right(proposals, line(CRACK) > 0.5)
    assert found > 0.85
    assert right > 0.98
    assert (proposals.scores >= 0.25).all()


def test_light_cracks_are_found_as_light_ones_only(wall):
    negative = 255 - wall
    light = propose_cracks(negative, rgb=True, options=CrackOptions(dark=False))
    assert found_and_right(light, line(CRACK) > 0.5)[0] > 0.85
    assert propose_cracks(negative, rgb=True, options=CrackOptions(light=False)).count == 0


def test_a_closed_contour_is_not_proposed_but_the_crack_across_it_is():
    rng = np.random.default_rng(1)
    down, right = np.indices(SHAPE)
    away = np.hypot(down - 70, right - 80)
    picture = np.where((away < 40)[..., None], (90, 140, 120), (190, 120, 90)).astype(float)
    contour = np.clip(2 - np.abs(away - 40), 0, 1)
    picture *= 1 - 0.75 * contour[..., None]
    cracked = picture * (1 - 0.75 * line(CRACK)[..., None])

    def proposed(picture):
        seen = np.clip(picture + 3 * rng.standard_normal(picture.shape), 0, 255).astype(np.uint8)
        options = CrackOptions(light=False)
        return np.asarray(propose_cracks(seen, rgb=True, options=options)) > 0

    assert proposed(picture)[contour > 0.5].mean() < 0.2
    assert proposed(cracked)[line(CRACK) > 0.5].mean() > 0.7


def test_nothing_marked_is_proposed(wall):
    marked = np.zeros(SHAPE, np.uint8)
    marked[60:100, 50:90] = 2
    labels = np.asarray(propose_cracks(wall, marked, rgb=True))
    assert labels.any()
    assert not labels[marked > 0].any()


def test_tiles_make_no_difference():
    picture = busy()
    whole = finish(propose_cracks_steps(picture, rgb=True))
    assert whole.count > 2
    for tile in (64, 100):
        parts = finish(propose_cracks_steps(picture, rgb=True, tile=tile))
        np.testing.assert_array_equal(np.asarray(parts), np.asarray(whole))
        np.testing.assert_allclose(parts.scores, whole.scores)


def busy():
    """A picture full of lines."""
    rng = np.random.default_rng(3)
    picture = np.repeat(ndimage.gaussian_filter(rng.standard_normal(SHAPE), 6)[..., None], 3, 2)
    picture = 140 + 200 * picture / np.abs(picture).max() * 0.3 + rng.normal(0, 2, picture.shape)
    for left in (10, 60, 110, 160):
        picture *= 1 - 0.75 * line(CRACK // (1, 3) + (0, left))[..., None]
    return np.clip(picture, 0, 255).astype(np.uint8)


def test_where_the_picture_is_moved_so_are_the_proposals():
    picture = busy()
    moved = np.pad(picture, ((13, 0), (7, 0), (0, 0)), mode="reflect")
    before = np.asarray(propose_cracks(picture, rgb=True)) > 0
    after = np.asarray(propose_cracks(moved, rgb=True))[13:, 7:] > 0
    # Away from the border that is new.
    np.testing.assert_array_equal(after[80:, 80:], before[80:, 80:])


def test_sixteen_bits_and_floats_see_what_eight_bits_see(wall):
    expected = np.asarray(propose_cracks(wall, rgb=True))
    assert expected.any()
    for other in (wall.astype(np.uint16) * 257, (wall / 255).astype(np.float32)):
        np.testing.assert_array_equal(np.asarray(propose_cracks(other, rgb=True)), expected)


def test_each_plane_of_a_grey_stack_has_its_own(wall):
    stack = np.stack([wall[..., 0], np.full(SHAPE, 128, np.uint8), wall[..., 0]])
    proposals = propose_cracks(stack, rgb=False)
    assert proposals.shape == stack.shape
    labels = np.asarray(proposals)
    assert not labels[1].any()
    np.testing.assert_array_equal(labels[0] > 0, labels[2] > 0)
    assert labels[2].max() == proposals.count > labels[0].max() > 0


def test_short_lines_are_left_out_on_request(wall):
    assert propose_cracks(wall, rgb=True, options=CrackOptions(shortest=500)).count == 0


def test_pixels_of_pieces_are_an_index():
    proposals = propose_cracks(busy(), rgb=True)
    labels = np.asarray(proposals)
    some = [1, proposals.count]
    chosen = np.zeros(SHAPE, bool)
    chosen[proposals.indices(some)] = True
    np.testing.assert_array_equal(chosen, np.isin(labels, some))
    np.testing.assert_array_equal(proposals.sizes, np.bincount(labels.ravel())[1:])


def test_values_that_are_no_numbers_are_no_cracks(wall):
    holed = wall.astype(np.float32) / 255
    holed[100:110, 20:200] = np.nan
    labels = np.asarray(propose_cracks(holed, rgb=True))
    assert not labels[100:110].any()
    assert labels[:95].any()


def test_a_search_can_be_stopped_between_tiles(wall):
    steps = stoppable(propose_cracks_steps(wall, rgb=True, tile=64), lambda: True)
    with pytest.raises(Stopped):
        finish(steps)


def test_progress_never_falls(wall):
    shares = [step.fraction for step in propose_cracks_steps(wall, rgb=True, tile=64)]
    assert shares == sorted(shares)
    assert shares[-1] == 1


@pytest.mark.parametrize(
    "options",
    [
        {"dark": False, "light": False},
        {"narrowest": 4, "widest": 3},
        {"narrowest": 0},
        {"widest": 1000},
        {"shortest": -1},
        {"least_score": 1.5},
    ],
)
def test_options_that_make_no_sense_are_refused(options):
    with pytest.raises(InputError):
        CrackOptions(**options)
