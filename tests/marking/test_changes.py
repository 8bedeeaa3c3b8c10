import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_relic_inpaint import InputError, Stopped, compare_damage
from napari_relic_inpaint.marking.classes import PRESET
from napari_relic_inpaint.picture import tiles


@pytest.fixture
def masks():
    before, after = np.zeros((2, 100, 120), np.uint8)
    before[10:20, 10:20], after[10:20, 10:20] = 1, 1  # the same
    before[10:20, 40:50], after[8:22, 40:50] = 1, 1  # grown by 40
    before[10:20, 70:80], after[10:15, 70:80] = 1, 1  # shrunk by 50
    before[40:50, 10:20] = 1  # gone
    after[40:50, 40:60] = 1  # new
    before[60:70, 10:20] = before[60:70, 30:40] = 2
    after[60:70, 10:40] = 2  # two grown together
    before[80:90, 10:20], after[80:90, 10:20] = 1, 2  # another class: one is gone, one is new
    return before, after


def test_every_piece_has_its_fate(masks):
    lacuna, crack, everything = compare_damage(*masks).rows
    assert (lacuna.new, lacuna.grown, lacuna.unchanged, lacuna.shrunk, lacuna.gone) == (
        1,
        1,
        1,
        1,
        2,
    )
    assert (lacuna.new_pixels, lacuna.grown_pixels, lacuna.unchanged_pixels) == (200, 40, 100)
    assert (lacuna.shrunk_pixels, lacuna.gone_pixels) == (50, 200)
    assert (lacuna.before_pixels, lacuna.after_pixels) == (500, 490)
    assert (crack.new, crack.grown, crack.grown_pixels, crack.gone) == (1, 1, 100, 0)
    assert everything.new == 2
    assert everything.after_pixels == np.count_nonzero(masks[1])


def test_outlines_that_differ_a_little_are_unchanged(masks):
    before, after = masks
    before[80:90, 60:90], after[80:90, 60:91] = 3, 3
    assert compare_damage(before, after).rows[2].unchanged == 1
    assert compare_damage(before, after, tolerance=0).rows[2].grown == 1


def test_areas_in_millimetres_and_names(masks):
    lacuna = compare_damage(*masks, classes=PRESET, pixel_size=0.1).rows[0]
    assert lacuna.name == "lacuna"
    assert lacuna.new_mm2 == pytest.approx(2)
    assert lacuna.before_mm2 == pytest.approx(5)
    assert math.isnan(compare_damage(*masks).rows[0].new_mm2)


@given(seed=st.integers(0, 10**6), rows=st.integers(1, 40))
def test_gains_and_losses_add_up_however_the_masks_are_read(seed, rows):
    rng = np.random.default_rng(seed)
    before, after = rng.choice([0, 0, 1, 2], (2, 2, 30, 20))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tiles, "BAND_PIXELS", rows * 20)
        table = compare_damage(before, after, tolerance=0, pixel_size=1)
    for row in table.rows:
        gained = row.new_pixels + row.grown_pixels - row.shrunk_pixels - row.gone_pixels
        assert row.after_pixels - row.before_pixels == gained
    assert table == compare_damage(before, after, tolerance=0, pixel_size=1)


def test_unlike_masks_and_tolerances_are_refused(masks):
    with pytest.raises(InputError, match=r"100 x 120.*99 x 120"):
        compare_damage(masks[0], masks[1][:99])
    with pytest.raises(InputError, match="tolerance"):
        compare_damage(*masks, tolerance=1)


def test_comparing_can_be_stopped(masks):
    with pytest.raises(Stopped):
        compare_damage(*masks, should_stop=lambda: True)
