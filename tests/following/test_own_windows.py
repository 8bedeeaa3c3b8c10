import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from napari_relic_inpaint.following.own_windows import own_windows
from napari_relic_inpaint.picture.hole import HolePixels

SIDES = st.integers(1, 400)


@given(SIDES, SIDES, st.sampled_from([32, 64, 256]), st.integers(0, 10**6))
def test_all_new_damage_lies_in_windows(height, width, window, seed):
    rng = np.random.default_rng(seed)
    new = np.zeros((height, width), bool)
    for _ in range(rng.integers(1, 4)):
        top, left = rng.integers(height), rng.integers(width)
        new[top : top + rng.integers(1, 200), left : left + rng.integers(1, 200)] = True
    covered = np.zeros_like(new)
    for area in own_windows(HolePixels.of(new), window):
        part = covered[area]
        assert 0 < part.shape[0] <= window
        assert 0 < part.shape[1] <= window
        covered[area] = True
    assert covered[new].all()


@given(st.integers(0, 1500), st.integers(0, 1500))
def test_a_stroke_has_one_window(row, column):
    new = np.zeros((2000, 2000), bool)
    new[row : row + 32, column : column + 156] = True
    (window,) = own_windows(HolePixels.of(new), 256)
    assert new[window].sum() == 32 * 156
