from itertools import pairwise

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_relic_inpaint.picture.hole import HolePixels
from napari_relic_inpaint.windows.blend import Blend
from napari_relic_inpaint.windows.grid import Grid

SIZES = st.sampled_from([64, 96, 128, 160, 256])
SHAPES = st.tuples(st.integers(1, 700), st.integers(1, 700))


def random_hole(shape: tuple[int, int], seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    hole = np.zeros(shape, bool)
    for _ in range(rng.integers(1, 4)):
        top, left = rng.integers(shape[0]), rng.integers(shape[1])
        hole[top : top + rng.integers(1, 40), left : left + rng.integers(1, 40)] = True
    return hole


def damaged(grid: Grid, hole: np.ndarray):
    return grid.damaged(HolePixels.of(hole).any_in)


def all_windows(grid: Grid):
    return grid.damaged(lambda _: True)


@given(SHAPES, SIZES)
def test_the_weights_cover_every_pixel(shape, window):
    grid = Grid.over(shape, window)
    for spans, length in zip((grid.rows, grid.columns), shape, strict=True):
        cover = np.zeros(length)
        for span in spans:
            assert 0 <= span.start < span.stop <= length
            assert len(span.weights) == span.stop - span.start
            assert min(span.weights) >= 0
            cover[span.start : span.stop] += span.weights
        assert cover.min() > 0.1
    assert len(all_windows(grid)) == len(grid.rows) * len(grid.columns)


@given(SHAPES, SIZES)
def test_windows_of_a_large_picture_have_one_size_and_small_ones_hold_it_whole(shape, window):
    grid = Grid.over(shape, window)
    for spans, length, size in zip((grid.rows, grid.columns), shape, grid.size, strict=True):
        assert size % 16 == 0
        assert size <= window
        if length <= window:
            assert [(span.start, span.stop) for span in spans] == [(0, length)]
            assert size - 16 < length <= size
        else:
            assert {span.stop - span.start for span in spans} == {size} == {window}
            assert (spans[0].start, spans[-1].stop) == (0, length)


@given(st.integers(300, 700), SIZES)
def test_windows_fade_into_their_neighbours(length, window):
    spans = Grid.over((length, length), window).rows
    for first, second in pairwise(spans):
        assert first.weights[-1] == second.weights[0] == 0
    for span in spans:
        assert np.abs(np.diff(span.weights)).max(initial=0) < 1.5 / (window // 16 + 1)
        assert max(span.weights) == 1


@given(SHAPES, SIZES, st.integers(0, 1000))
def test_windows_that_disagree_are_blended_without_a_step(shape, window, seed):
    rng, grid = np.random.default_rng(seed), Grid.over(shape, window)
    pixels = HolePixels.of(np.ones(shape, bool))
    blend = Blend(pixels, 1)
    for w in all_windows(grid):
        blend.add(w, np.full((w.weights().size, 1), rng.random(), np.float32))
    blended = blend.mean().reshape(shape)
    for axis in (0, 1):
        assert np.abs(np.diff(blended, axis=axis)).max(initial=0) < 2 / (window // 16)


@given(SHAPES, SIZES, st.integers(0, 1000))
def test_exactly_the_windows_with_damage_in_their_active_area_run(shape, window, seed):
    grid, hole = Grid.over(shape, window), random_hole(shape, seed)
    expected = [w for w in all_windows(grid) if (w.weights() > 0)[hole[w.area]].any()]
    assert damaged(grid, hole) == expected
    assert expected


@given(SHAPES, SIZES, st.integers(0, 1000))
def test_more_damage_adds_windows_and_moves_none(shape, window, seed):
    grid, hole = Grid.over(shape, window), random_hole(shape, seed)
    more = hole | random_hole(shape, seed + 1)
    before, after = damaged(grid, hole), damaged(grid, more)
    assert [w for w in after if w in before] == before


@given(SHAPES, SIZES, st.integers(0, 1000))
def test_cells_are_disjoint_and_cover_the_windows(shape, window, seed):
    grid = Grid.over(shape, window)
    windows = damaged(grid, random_hole(shape, seed))
    count = np.zeros(shape, int)
    for cell in grid.cells(windows):
        assert count[cell].size > 0
        count[cell] += 1
    assert count.max() == 1
    for w in windows:
        assert (count[w.area] == 1).all()


def test_without_damage_nothing_runs():
    grid = Grid.over((300, 300), 64)
    assert damaged(grid, np.zeros((300, 300), bool)) == []
    assert list(grid.cells([])) == []


def test_damage_that_shares_a_window_shares_the_run():
    hole = np.zeros((3000, 4000), np.uint8)
    rng = np.random.default_rng(0)
    for start in rng.uniform((0, 0), (4000, 3000), (2000, 2)):
        stop = start + rng.uniform(-40, 40, 2)
        cv2.line(hole, start.astype(int).tolist(), stop.astype(int).tolist(), 1, 2)
    assert len(damaged(Grid.over(hole.shape, 256), hole > 0)) < 400


@pytest.mark.parametrize(("side", "windows"), [(1, 1), (30, 4), (250, 9)])
def test_small_damage_costs_few_windows(side, windows):
    hole = np.zeros((3000, 4000), bool)
    hole[1500 : 1500 + side, 2000 : 2000 + side] = True
    assert 1 <= len(damaged(Grid.over(hole.shape, 256), hole)) <= windows
