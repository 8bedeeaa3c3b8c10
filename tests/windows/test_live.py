from functools import partial

import dask.array as da
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from napari_relic_inpaint import Retouching
from napari_relic_inpaint.marking.damage import synthetic_damage
from napari_relic_inpaint.marking.label_mask import LabelMask
from napari_relic_inpaint.picture.hole import HolePixels
from napari_relic_inpaint.picture.lazy_planes import PlaneFill, RestoredPicture
from napari_relic_inpaint.picture.picture import Picture
from napari_relic_inpaint.picture.pyramid import ReducedPicture
from napari_relic_inpaint.steps import finish
from napari_relic_inpaint.windows.live import LiveArray, LiveLevels

DTYPES = ("u1", ">u2", "i4", "f4")


@pytest.fixture(scope="module")
def retouching(tiny_model):
    return partial(Retouching, model=tiny_model, device="cpu", window=64)


def painted_picture(rng, shape, *, colour, dtype, done=1.0):
    """A picture with a fill of which a share is painted; returns it, and where it is."""
    channels = [4] if colour else []
    source = Picture(rng.integers(0, 100, (*shape, *channels)).astype(dtype), rgb=colour)
    hole = rng.random(shape) > 0.7
    hole[rng.integers(shape[0]), rng.integers(shape[1])] = True
    fill = PlaneFill(source, HolePixels.of(hole))
    fill.values[...] = rng.integers(100, 200, fill.values.shape)
    fill.painted[...] = rng.random(len(fill.painted)) < done
    restored = RestoredPicture(source)
    restored.add((), fill)
    hole[hole] = fill.painted
    return restored, hole


@given(
    st.integers(3, 30),
    st.integers(3, 30),
    st.sampled_from((2, 3)),
    st.sampled_from(("up", "down")),
    st.booleans(),
    st.sampled_from(DTYPES),
    st.integers(0, 10**6),
)
def test_a_lower_level_shows_the_mean_of_the_fill_and_is_exact_elsewhere(
    height, width, factor, rounded, colour, dtype, seed
):
    rng = np.random.default_rng(seed)
    shape = height, width
    reduced = tuple(-(-n // factor) if rounded == "up" else max(n // factor, 1) for n in shape)
    # In a few pixels no factor can be told from another.
    assume(all(round(n / few) == factor for n, few in zip(shape, reduced, strict=True)))
    finer, hole = painted_picture(rng, shape, colour=colour, dtype=dtype, done=0.8)
    channels = [4] if colour else []
    own = rng.integers(0, 100, (*reduced, *channels)).astype(dtype)
    level = ReducedPicture(Picture(own, rgb=colour), finer)
    level.update_all()

    colours = 3 if colour else 1
    fine, expected = np.asarray(finer), own.copy()
    for row, column in np.ndindex(*reduced):
        rows, columns = (
            slice(at * factor, None if at == last - 1 else (at + 1) * factor)
            for at, last in zip((row, column), reduced, strict=True)
        )
        inside = fine[rows, columns][hole[rows, columns]]
        if len(inside):
            mean = inside.reshape(len(inside), -1)[:, :colours].mean(axis=0, dtype=float)
            mean = mean if dtype == "f4" else np.rint(mean)
            expected[row, column, ...] = np.append(mean, own[row, column, 3]) if colour else mean[0]
    np.testing.assert_array_equal(np.asarray(level), expected)
    assert level.dtype == own.dtype


@given(st.integers(8, 40), st.integers(8, 40), st.integers(2, 8), st.integers(0, 10**6))
def test_levels_of_any_ratio_change_near_the_damage_only(height, width, side, seed):
    rng = np.random.default_rng(seed)
    finer, hole = painted_picture(rng, (height, width), colour=False, dtype="u1")
    own = np.zeros((side, side), "u1")
    level = ReducedPicture(Picture(own, rgb=False), finer)
    level.update_all()
    changed = np.asarray(level) != own
    assert changed.any()
    for row, column in np.argwhere(changed):
        top, left = int(row * height / side), int(column * width / side)
        rows, columns = (int(np.ceil(n / side)) for n in (height, width))
        near = hole[max(top - 1, 0) : top + rows + 2, max(left - 1, 0) : left + columns + 2]
        assert near.any()


@given(st.integers(0, 10**6))
def test_piece_by_piece_a_level_becomes_what_it_is_at_once(seed):
    rng = np.random.default_rng(seed)
    finer, _ = painted_picture(rng, (37, 41), colour=True, dtype="u1", done=0.0)
    fill = finer.fills[()]
    own = Picture(rng.integers(0, 100, (19, 20, 4)).astype("u1"), rgb=True)
    level = ReducedPicture(own, finer)
    for numbers in np.array_split(rng.permutation(len(fill.pixels)), 5):
        fill.painted[numbers] = True
        level.update((), fill.pixels.bounds(numbers))
    whole = ReducedPicture(own, finer)
    whole.update_all()
    np.testing.assert_array_equal(np.asarray(level), np.asarray(whole))


def wall(shape=(150, 170), stack=()):
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 250, (*stack, *shape, 3)).astype(np.uint8)
    damage = synthetic_damage(shape, "brush", rng, share=0.1)
    return picture, damage


def halved(array):
    return [array[..., ::2, ::2, :], array[..., ::4, ::4, :], array[..., ::8, ::8, :]]


@pytest.mark.parametrize("method", ["two-stage", "membrane"])
def test_an_array_fills_in_and_ends_as_the_restored_picture(retouching, tiny_model, method):
    picture, damage = wall()
    work = retouching(picture, damage, method=method)
    live = LiveArray(work.picture)
    (shown,) = live.levels
    for step in work.steps():
        if step.changed is not None:
            live.update(step.changed)
            np.testing.assert_array_equal(shown[step.changed], work.picture[step.changed])
        np.testing.assert_array_equal(shown[~damage], picture[~damage])
    live.finish()
    np.testing.assert_array_equal(shown, np.asarray(work.picture))
    assert live.levels[0] is shown
    assert not np.shares_memory(shown, picture)


@pytest.mark.parametrize("method", ["two-stage", "membrane"])
@pytest.mark.parametrize("stack", [(), (2,)])
def test_all_levels_fill_in_and_end_as_one_picture(retouching, method, stack):
    picture, damage = wall(stack=stack)
    lower = halved(picture)
    work = retouching(da.from_array(picture, chunks=64), damage, rgb=True, method=method)
    live = LiveLevels(work.picture, [da.from_array(level, chunks=32) for level in lower])
    levels = list(live.levels)
    halfway = None
    for step in work.steps():
        if step.changed is not None:
            live.update(step.changed)
            if step.done == step.total // 2:
                halfway = [np.array(level) for level in levels]
    live.finish()
    assert all(level is before for level, before in zip(live.levels, levels, strict=True))
    assert levels[0] is work.picture
    damaged = damage
    for level, own, half in zip(levels[1:], lower, halfway[1:] if halfway else lower, strict=True):
        # A pixel of a level is damaged if one that it covers is.
        damaged = np.pad(damaged, [(0, n % 2) for n in damaged.shape])
        damaged = damaged.reshape(damaged.shape[0] // 2, 2, -1, 2).any(axis=(1, 3))
        for seen in (np.asarray(level), half):
            np.testing.assert_array_equal(seen[..., ~damaged, :], own[..., ~damaged, :])
        assert level.shape == own.shape
        assert (np.asarray(level)[..., damaged, :] != own[..., damaged, :]).any(-1).mean() > 0.9
        if halfway:
            assert 0 < (half != own).any(-1).sum() < (np.asarray(level) != own).any(-1).sum()


def test_the_smallest_level_of_a_single_picture_is_an_array(retouching):
    for stack in ((), (2,)):
        picture, damage = wall(stack=stack)
        live = LiveLevels(retouching(picture, damage, rgb=True).picture, halved(picture))
        assert isinstance(live.levels[-1], np.ndarray) == (not stack)


def test_levels_that_reduce_the_stack_are_left_out(retouching):
    picture, damage = wall(stack=(4,))
    work = retouching(picture, damage, rgb=True)
    live = LiveLevels(work.picture, [picture[:, ::2, ::2], picture[::2, ::4, ::4]])
    assert [level.shape[:-1] for level in live.levels] == [(4, 150, 170), (4, 75, 85)]
    assert len(LiveLevels(work.picture).levels) == 1


def test_a_label_of_a_lazy_mask_is_damage(retouching):
    picture, damage = wall()
    labels = damage.astype(np.int32) * 2
    labels[100:110, :10] = 5
    masks = [LabelMask(da.from_array(labels, chunks=40), 2), labels == 2]
    np.testing.assert_array_equal(*map(np.asarray, masks))
    first, second = (retouching(picture, mask) for mask in masks)
    for work in (first, second):
        finish(work.steps())
    np.testing.assert_array_equal(np.asarray(first.picture), np.asarray(second.picture))
    assert first.record["damage"] == second.record["damage"]
