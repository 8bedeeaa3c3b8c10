import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_relic_inpaint.picture.surroundings import quiet

SLOPES = st.tuples(st.floats(0.1, 1.0), st.floats(0.1, 1.0))


def slope(across: float, down: float) -> np.ndarray:
    """A plain gradient, 8 bits, 96 x 128."""
    rows, columns = np.mgrid[:96, :128]
    return np.stack([down * rows, across * columns, 90 - down * rows / 2], -1).astype(np.uint8)


@given(slopes=SLOPES, top=st.integers(0, 60), left=st.integers(0, 90), side=st.integers(4, 36))
def test_a_plain_gradient_is_filled_smoothly(tiny_restore, slopes, top, left, side):
    picture = slope(*slopes)
    damage = np.zeros(picture.shape[:2], bool)
    damage[top : top + side, left : left + side] = True
    painted = tiny_restore(picture, damage, detail="none").picture
    # What the tiny model starts from.
    smooth = tiny_restore(picture, damage, method="membrane", model="auto", detail="none").picture
    assert np.abs(painted.astype(int) - smooth).max() <= 1


def test_the_bundled_model_is_no_worse_than_a_spline_in_the_corner_of_a_gradient(tiny_restore):
    picture = slope(0.8, 0.9)
    damage = np.zeros(picture.shape[:2], bool)
    damage[:40, :40] = True
    off = {}
    for method in ("two-stage", "spline"):
        result = tiny_restore(picture, damage, method=method, model="auto", window=128).picture
        off[method] = np.abs(result.astype(int) - picture).max()
    assert off["two-stage"] <= off["spline"] + 1


@pytest.mark.parametrize("noise", [3, 6, 20])
def test_texture_around_a_hole_is_noticed(noise):
    rng = np.random.default_rng(0)
    picture = (slope(0.5, 0.5) + rng.normal(0, noise, (96, 128, 3))).astype(np.float32) / 255
    hole = np.zeros((96, 128), bool)
    hole[20:50, 30:70] = True
    picture[hole] = 0.5
    assert not quiet(picture, hole).any()


def test_only_the_smooth_part_of_a_picture_is_quiet():
    picture = slope(0.5, 0.5).astype(np.float32) / 255
    picture[:, 64:] += np.random.default_rng(0).normal(0, 0.05, (96, 64, 3)).astype(np.float32)
    hole = np.zeros((96, 128), bool)
    hole[40:56, 8:24] = hole[40:56, 104:120] = True
    still = quiet(picture, hole)
    assert (still[40:56, 8:24] == 1).all()
    assert (still[40:56, 104:120] == 0).all()


def test_where_nothing_can_be_told_nothing_is_quiet():
    hole = np.ones((32, 32), bool)
    hole[::8] = False
    assert not quiet(np.zeros((32, 32, 3), np.float32), hole).any()
