import math

import dask.array as da
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from napari_relic_inpaint import InputError, Stopped, measure_damage
from napari_relic_inpaint.marking.classes import PRESET, DamageClass
from napari_relic_inpaint.marking.damage_table import measure_damage_steps
from napari_relic_inpaint.opencv import cv2
from napari_relic_inpaint.picture import tiles

SEEDS = st.integers(0, 10**6)
TOUCHING = np.ones((3, 3))
AREA, LINES = DamageClass(1, "area", "#000000"), DamageClass(2, "line", "#000000", lines=True)


def drawn(angle, width, length=400):
    """Draw the pixels whose centres lie in a bar."""
    rows, columns = np.mgrid[: length + 200, : length + 200] - 100
    slope = np.array([math.cos(math.radians(angle)), math.sin(math.radians(angle))])
    along, across = columns * slope[0] + rows * slope[1], rows * slope[0] - columns * slope[1]
    bar = (along >= 0) & (along < length) & (across > -width / 2) & (across <= width / 2)
    return np.where(bar, np.uint8(2), np.uint8(0))


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.int64, np.float32])
@given(shape=st.tuples(st.integers(1, 60), st.integers(1, 60)), seed=SEEDS, rows=st.integers(1, 70))
def test_pieces_are_those_of_scipy_however_the_mask_is_read(dtype, shape, seed, rows):
    labels = np.random.default_rng(seed).choice([0, 0, 0, 1, 3, 200], shape).astype(dtype)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tiles, "BAND_PIXELS", rows * shape[1])
        table = measure_damage(labels)
    *rows, everything = table.rows
    assert [row.label for row in rows] == sorted(set(labels.ravel().tolist()) - {0})
    for row in rows:
        pieces, count = ndimage.label(labels == row.label, TOUCHING)
        assert (row.pieces, row.pixels) == (count, (labels == row.label).sum())
        assert row.largest == np.bincount(pieces[pieces > 0]).max()
        assert row.share == pytest.approx(row.pixels / labels.size)
        assert row.length * row.width == pytest.approx(row.pixels)
    assert everything.pixels == np.count_nonzero(labels)
    assert everything.pieces == sum(row.pieces for row in rows)


@pytest.mark.parametrize("angle", [0, 7, 22, 31, 45, 60, 90])
@pytest.mark.parametrize("width", [3, 8, 25])
def test_a_line_is_as_long_and_wide_as_it_was_drawn(angle, width):
    line = measure_damage(drawn(angle, width)).rows[0]
    assert line.length == pytest.approx(400, rel=0.04)
    assert line.width == pytest.approx(width, rel=0.08, abs=0.6)


def test_lines_of_one_pixel_are_as_long_as_their_pixels():
    labels = np.zeros((60, 60), np.uint8)
    labels[5, 5:50] = 1
    labels[:, 55] = 2
    np.fill_diagonal(labels[10:40, 10:40], 3)
    labels[58, 0] = labels[50, 0] = 4
    across, down, slanting, dots, _ = measure_damage(labels).rows
    assert (across.length, across.width) == (45, 1)
    assert (down.length, down.width) == (60, 1)
    assert slanting.length == pytest.approx(29 * math.sqrt(2), abs=1)
    assert (dots.pieces, dots.length) == (2, 2)


def test_classes_beside_each_other_are_measured_as_if_they_were_alone():
    labels = np.zeros((60, 200), np.uint8)
    labels[20:30, 20:180], labels[30:40, 20:180] = 1, 2
    for row in measure_damage(labels, pixel_size=1).rows[:2]:
        alone = np.where(labels == row.label, labels, 0)
        assert row == measure_damage(alone, pixel_size=1).rows[0]


def test_a_ring_has_no_ends():
    labels = np.zeros((300, 300), np.uint8)
    cv2.circle(labels, (150, 150), 100, 1, 7)
    assert measure_damage(labels).rows[0].length == pytest.approx(2 * np.pi * 100, rel=0.04)


def test_areas_have_no_length_and_named_classes_have_a_row_without_a_pixel():
    labels = np.zeros((50, 50), np.uint8)
    labels[10:20, 10:30] = 1
    area, line, everything = measure_damage(labels, classes=(LINES, AREA)).rows
    assert (area.name, area.pixels) == ("area", 200)
    assert math.isnan(area.length)
    assert (line.name, line.pieces, line.pixels, line.length) == ("line", 0, 0, 0)
    assert everything.name == "all damage"


def test_millimetres_follow_the_size_of_a_pixel():
    labels = drawn(0, 6)
    line = measure_damage(labels, classes=PRESET, pixel_size=(0.5, 0.5)).rows[1]
    assert line.area_mm2 == line.pixels / 4
    assert line.largest_mm2 == line.largest / 4
    assert line.length_mm == line.length / 2
    assert line.width_mm == line.width / 2
    assert measure_damage(labels, pixel_size=(2, 0.5)).rows[0].area_mm2 == line.pixels
    assert math.isnan(measure_damage(labels).rows[0].area_mm2)


@pytest.mark.parametrize("make", [np.asarray, da.from_array])
def test_planes_of_a_stack_count_together(make):
    plane = drawn(20, 5)
    one, two = (measure_damage(x).rows[0] for x in (plane, make(np.stack([plane, plane]))))
    assert (two.pieces, two.pixels, two.largest) == (2, 2 * one.pixels, one.largest)
    assert two.length == pytest.approx(2 * one.length)
    assert two.share == pytest.approx(one.share)


def test_true_is_class_one_and_nothing_is_a_table_too():
    (row, _) = measure_damage(np.ones((3, 4), bool)).rows
    assert (row.label, row.pixels) == (1, 12)
    (everything,) = measure_damage(np.zeros((3, 4), int)).rows
    assert (everything.pixels, everything.pieces, everything.largest) == (0, 0, 0)


@pytest.mark.parametrize(
    ("labels", "options", "said"),
    [
        (np.zeros(4), {}, "shape"),
        (np.zeros((0, 4)), {}, "shape"),
        (np.full((2, 2), 0.5), {}, "0.5"),
        (np.full((2, 2), np.nan), {}, "NaN"),
        (np.full((2, 2), -1), {}, "-1"),
        (np.full((2, 2), "a"), {}, "numbers"),
        (np.zeros((2, 2)), {"pixel_size": 0}, "0 x 0 mm"),
        (np.zeros((2, 2)), {"pixel_size": np.inf}, "inf"),
        (np.zeros((2, 2)), {"classes": (AREA, AREA)}, "same label"),
    ],
)
def test_what_cannot_be_measured_is_said_in_a_sentence(labels, options, said):
    with pytest.raises(InputError, match=said):
        measure_damage(labels, **options)


def test_it_tells_how_far_it_is_and_can_be_stopped():
    fractions = [step.fraction for step in measure_damage_steps(np.stack([drawn(10, 20)] * 2))]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1
    asked = iter([False] * 3)
    with pytest.raises(Stopped):
        measure_damage(drawn(10, 20), should_stop=lambda: next(asked, True))
