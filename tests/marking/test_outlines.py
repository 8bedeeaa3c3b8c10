from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import ndimage
from skimage.draw import polygon2mask

from napari_relic_inpaint.marking.outlines import DrawnMask, ellipse, filled, mapped, thick, thin

SHAPE = (40, 50)
SAME = np.eye(2, 3)


def drawn(*runs, shape=SHAPE):
    return np.asarray(DrawnMask(shape, {(): list(runs)}))


def pixels(shape=SHAPE):
    return np.stack(np.indices(shape), axis=-1).astype(float)


def distance(points, line):
    """Of each pixel from a line of points."""
    nearest = np.full(points.shape[:2], np.inf)
    for start, end in pairwise(line):
        along = end - start
        part = np.clip((points - start) @ along / (along @ along), 0, 1)
        nearest = np.minimum(
            nearest, np.linalg.norm(points - start - part[..., None] * along, axis=-1)
        )
    return nearest


@st.composite
def points(draw, least=3):
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    return rng.uniform(-10, np.add(SHAPE, 10), (rng.integers(least, 9), 2))


@given(points())
@settings(max_examples=50, deadline=None)
def test_a_polygon_has_the_pixels_whose_centres_lie_in_it(corners):
    canvas = tuple(np.add(SHAPE, 20))
    expected = polygon2mask(canvas, corners + 10)
    # Thinner ones have their outlines, too.
    assume(expected.sum() > np.linalg.norm(np.ptp(corners, axis=0)))
    np.testing.assert_array_equal(drawn(filled(corners + 10), shape=canvas), expected)


def test_a_rectangle_covers_its_area_whichever_way_it_is_drawn():
    corners = np.array([(9.5, 19.5), (9.5, 29.5), (29.5, 29.5), (29.5, 19.5)])
    expected = np.zeros(SHAPE, bool)
    expected[10:30, 20:30] = True
    for order in (corners, corners[::-1], np.roll(corners, 1, axis=0)):
        np.testing.assert_array_equal(drawn(filled(order)), expected)
        np.testing.assert_array_equal(drawn(filled(order + 1e-9)), expected)


def test_a_polygon_that_overlaps_itself_has_a_hole():
    outer = np.array([(5, 5), (5, 35), (35, 35), (35, 5), (5, 5)])
    inner = np.array([(15, 15), (15, 25), (25, 25), (25, 15), (15, 15)])
    mask = drawn(filled(np.vstack((outer, inner)) + 0.5))
    assert mask[10, 10]
    assert not mask[20, 20]


def test_a_polygon_thinner_than_a_pixel_does_not_fall_through():
    sliver = np.array([(10.2, 5), (20.3, 45), (20.6, 45), (10.5, 5)])
    mask = drawn(filled(sliver))
    assert mask[:, 6:44].any(axis=0).all()
    assert mask.sum() < 100


def test_an_ellipse_fills_the_box_around_it():
    corners = np.array([(5, 10), (5, 40), (25, 40), (25, 10)]) + 0.25
    row, column = np.moveaxis(pixels() - (15.25, 25.25), -1, 0)
    inside = (row / 10) ** 2 + (column / 15) ** 2
    mask = drawn(filled(ellipse(corners)))
    np.testing.assert_array_equal(
        mask[abs(inside - 1) > 0.01], (inside < 1)[abs(inside - 1) > 0.01]
    )


@given(points(least=2), st.floats(0.2, 12))
@settings(max_examples=50, deadline=None)
def test_a_line_has_its_width_and_one_pixel_at_least(line, width):
    away = distance(pixels(), line)
    reach = max(width, 1) / 2
    mask = drawn(thick(line, width, SAME))
    assert mask[away < reach * 0.99].all()
    # Where it is thin, the pixels that its points lie in are damaged, too.
    assert not mask[away > max(reach, np.sqrt(0.5)) + 1e-5].any()


def test_a_width_is_meant_as_drawn():
    line = np.array([(2.0, 1.0), (2.0, 9.0)])
    to_pixels = np.array([[5.0, 0, 4], [0, 3.0, 2]])
    mask = drawn(thick(line, 2, to_pixels))
    # Around row 2 * 5 + 4, one unit of 5 pixels up and down.
    np.testing.assert_array_equal(np.flatnonzero(mask[:, 20]), range(9, 19))
    turn = np.array([[0.6, -0.8, 20], [0.8, 0.6, 10]])
    away = distance(pixels(), mapped(line, turn))
    mask = drawn(thick(line, 4, turn))
    assert mask[away < 1.99].all()
    assert not mask[away > 2.01].any()


@given(points(least=2))
@settings(max_examples=50, deadline=None)
def test_a_thin_line_has_no_gap(line):
    line = np.clip(line, 1, np.subtract(SHAPE, 2))
    mask = drawn(thin(line))
    assert ndimage.label(mask, np.ones((3, 3)))[1] == 1
    assert mask.sum() <= 2.5 * np.linalg.norm(np.diff(line, axis=0), axis=1).sum() + 2 * len(line)


def test_a_dot_between_four_pixels_is_one_of_them():
    assert drawn(thin(np.array([(7.5, 9.5)]))).sum() == 1


def test_parts_are_read_as_in_the_whole_and_what_lies_outside_is_left_out():
    rng = np.random.default_rng(0)
    runs = [filled(rng.uniform(-20, 70, (4, 2))) for _ in range(4)]
    runs.append(
        np.array([(39, 45, 50), (0, 0, 50), (1, 0, 3), (0, 49, 60), (-1, 3, 4), (40, 0, 9)])
    )
    mask = DrawnMask(SHAPE, {(): runs})
    whole = np.zeros(SHAPE, bool)
    for row, start, stop in np.concatenate(runs):
        if 0 <= row < SHAPE[0]:
            whole[row, max(start, 0) : max(stop, 0)] = True
    np.testing.assert_array_equal(mask[:], whole)
    assert mask.count() == whole.sum()
    for rows in (slice(0, 1), slice(1, 9), slice(38, 40), slice(7, 7)):
        for columns in (slice(0, 50), slice(0, 1), slice(20, 49)):
            np.testing.assert_array_equal(mask[rows, columns], whole[rows, columns])


@pytest.mark.parametrize(
    "runs", [[], [np.empty((0, 3), int)], [np.array([(99, 0, 9), (3, 60, 70)])]]
)
def test_nothing_is_drawn_of_what_is_not_there(runs):
    planes = {(1,): runs} if runs else {}
    assert not np.asarray(DrawnMask((2, *SHAPE), planes)).any()


def test_planes_are_drawn_apart():
    square = filled(np.array([(1, 1), (1, 9), (9, 9), (9, 1)]))
    mask = DrawnMask((3, *SHAPE), {(2,): [square]})
    assert not mask[:2].any()
    assert mask[2].sum() == mask.count() == 64
    assert DrawnMask((3, *SHAPE), {(3,): [square], (-1,): [square]}).count() == 0
