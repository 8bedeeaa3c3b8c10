import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from napari_relic_inpaint.marking.damage import synthetic_damage
from napari_relic_inpaint.smooth import membrane as fill
from napari_relic_inpaint.smooth.spline import tension_spline

SIDES = st.integers(1, 70)
SEEDS = st.integers(0, 10**6)


def holed(height: int, width: int, seed: int, channels: int = 3):
    """A noisy picture and a hole that leaves at least one pixel."""
    rng = np.random.default_rng(seed)
    picture = torch.from_numpy(rng.random((1, channels, height, width), np.float32))
    hole = rng.random((height, width)) < rng.choice([0.05, 0.5, 0.95])
    top, left = rng.integers(height), rng.integers(width)
    hole[top : top + rng.integers(1, height + 1), left : left + rng.integers(1, width + 1)] = True
    hole[rng.integers(height), rng.integers(width)] = False
    return picture, torch.from_numpy(hole)[None, None]


@given(SIDES, SIDES, SEEDS)
def test_known_pixels_stay_and_holes_stay_within_the_known_values(height, width, seed):
    picture, hole = holed(height, width, seed)
    filled = fill.membrane(picture, hole)
    assert filled.shape == picture.shape
    known = ~hole.expand_as(picture)
    assert torch.equal(filled[known], picture[known])
    for channel in range(3):
        values = picture[:, channel][~hole[:, 0]]
        assert filled[:, channel].min() >= values.min() - 1e-5
        assert filled[:, channel].max() <= values.max() + 1e-5


@given(SIDES, SIDES, SEEDS, st.floats(0, 1, width=32))
def test_constant_pictures_stay_constant(height, width, seed, value):
    _, hole = holed(height, width, seed)
    picture = torch.full((1, 3, height, width), value)
    assert torch.allclose(fill.membrane(picture, hole), picture, atol=1e-5)


@given(SIDES, SIDES, SEEDS)
def test_what_stands_in_the_hole_has_no_influence(height, width, seed):
    picture, hole = holed(height, width, seed)
    filled = fill.membrane(picture, hole)
    for value in (torch.rand_like(picture), float("nan"), float("inf")):
        spoilt = torch.where(hole, torch.as_tensor(value), picture)
        assert torch.equal(fill.membrane(spoilt, hole), filled)


@pytest.mark.parametrize("hole_as", [torch.bool, torch.float32, torch.uint8])
def test_the_hole_may_be_bool_or_numbers(hole_as):
    picture, hole = holed(20, 30, 1)
    assert torch.equal(fill.membrane(picture, hole.to(hole_as)), fill.membrane(picture, hole))


@pytest.mark.parametrize("side", [10, 33, 60])
@pytest.mark.parametrize("slope", [(1.0, 0.0), (0.0, 1.0), (0.7, -0.3)])
def test_ramps_are_filled_almost_linearly(side, slope):
    rows, columns = torch.meshgrid(torch.arange(101.0), torch.arange(117.0), indexing="ij")
    ramp = ((slope[0] * rows + slope[1] * columns) / 117)[None, None]
    hole = torch.zeros(1, 1, 101, 117, dtype=torch.bool)
    hole[..., 20 : 20 + side, 25 : 25 + side] = True
    drop = side * max(map(abs, slope)) / 117
    error = (fill.membrane(ramp, hole) - ramp).abs().max()
    assert error < 0.12 * drop


def test_a_small_hole_is_filled_harmonically():
    picture, _ = holed(40, 40, 3, channels=1)
    hole = torch.zeros(1, 1, 40, 40, dtype=torch.bool)
    hole[..., 20, 20] = True
    around = [picture[..., y, x] for y, x in ((19, 20), (21, 20), (20, 19), (20, 21))]
    filled = fill.membrane(picture, hole)[..., 20, 20]
    assert torch.allclose(filled, torch.stack(around).mean(0), atol=1e-6)


def test_pictures_of_a_batch_do_not_touch():
    first, first_hole = holed(37, 41, 1)
    second, second_hole = holed(37, 41, 2)
    both = fill.membrane(torch.cat((first, second)), torch.cat((first_hole, second_hole)))
    assert torch.allclose(both[:1], fill.membrane(first, first_hole), atol=1e-6)
    assert torch.allclose(both[1:], fill.membrane(second, second_hole), atol=1e-6)


@pytest.mark.parametrize("threads", [2, 3, 5])
def test_the_number_of_threads_changes_no_bit(threads):
    picture, hole = holed(96, 128, 4)
    before = torch.get_num_threads()
    alone = (filled := fill.membrane(picture, hole)), tension_spline(filled, hole)
    torch.set_num_threads(threads)
    try:
        shared = (filled := fill.membrane(picture, hole)), tension_spline(filled, hole)
    finally:
        torch.set_num_threads(before)
    for one, many in zip(alone, shared, strict=True):
        assert torch.equal(one, many)


@given(st.tuples(st.integers(1, 9), st.integers(1, 9)), SEEDS)
def test_pictures_are_doubled_bilinearly(shape, seed):
    values = torch.rand(2, 3, *shape, generator=torch.Generator().manual_seed(seed))
    expected = F.interpolate(values, scale_factor=2, mode="bilinear", align_corners=False)
    torch.testing.assert_close(fill.doubled(values), expected)


def test_without_a_hole_nothing_changes():
    picture, _ = holed(9, 5, 0)
    assert torch.equal(fill.membrane(picture, torch.zeros(1, 1, 9, 5)), picture)


def test_without_a_known_pixel_the_fill_is_zero():
    assert not fill.membrane(torch.rand(1, 3, 9, 5), torch.ones(1, 1, 9, 5)).any()


def reduced(picture: torch.Tensor, hole: torch.Tensor) -> torch.Tensor:
    """Masked averages of 16 x 16 px cells, filled."""
    known = (~hole).float()
    pad = (0, -picture.shape[-1] % 16, 0, -picture.shape[-2] % 16)
    share = F.avg_pool2d(F.pad(known, pad), 16)
    total = F.avg_pool2d(F.pad(picture * known, pad), 16)
    return fill.coarse_membrane(total / share.clamp_min(1e-9), share)


@given(
    st.tuples(st.integers(0, 12), st.integers(0, 12)),
    st.tuples(st.integers(1, 120), st.integers(1, 120)),
    st.sampled_from(["crack", "brush", "loss", "block"]),
    SEEDS,
)
def test_a_part_with_its_halo_comes_out_as_in_the_whole(start, size, kind, seed):
    shape = (301, 333)
    rng = np.random.default_rng(seed)
    picture = torch.from_numpy(rng.random((1, 3, *shape), np.float32))
    hole = torch.from_numpy(synthetic_damage(shape, kind, rng, block=170))[None, None]
    part, inner, cells = [], [], []
    for first, length, end in zip(start, size, shape, strict=True):
        stop = min(16 * first + length, end)
        low, high = max(16 * first - fill.HALO, 0), min(stop + fill.HALO, end)
        part.append(slice(low, high))
        inner.append(slice(16 * first - low, stop - low))
        cells.append(slice(low // 16, -(-high // 16)))
    whole = fill.membrane(picture, hole)[..., part[0], part[1]]
    partial = fill.membrane_from_coarse(
        picture[..., part[0], part[1]],
        hole[..., part[0], part[1]],
        reduced(picture, hole)[..., cells[0], cells[1]],
    )
    index = (..., inner[0], inner[1])
    assert torch.allclose(partial[index], whole[index], atol=1e-5)
