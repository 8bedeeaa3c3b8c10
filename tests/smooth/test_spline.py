from unittest.mock import patch

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from napari_relic_inpaint.marking.damage import KINDS, synthetic_damage
from napari_relic_inpaint.smooth import membrane as fill
from napari_relic_inpaint.smooth.spline import FAR, RIM, STIFFNESS, tension_spline

SIDES = st.integers(2, 70)
SEEDS = st.integers(0, 10**6)


def damaged(height: int, width: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """A smooth picture and damage of any kind."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width] / 40
    turned = rng.uniform(-1, 1, (3, 2)) @ np.stack((y.ravel(), x.ravel()))
    picture = 0.5 + 0.4 * np.sin(turned + rng.uniform(0, 6, (3, 1))).reshape(3, height, width)
    hole = synthetic_damage((height, width), KINDS[seed % 4], rng, block=min(height, width) // 2)
    return torch.from_numpy(picture)[None].float(), torch.from_numpy(hole)[None, None].float()


def filled(picture: torch.Tensor, hole: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    membrane = fill.membrane(picture, hole)
    return membrane, tension_spline(membrane, hole)


@given(SIDES, SIDES, SEEDS)
def test_known_pixels_stay(height, width, seed):
    picture, hole = damaged(height, width, seed)
    _, spline = filled(picture, hole)
    known = (hole == 0).expand_as(picture)
    assert torch.equal(spline[known], picture[known])
    assert torch.isfinite(spline).all()


@given(SIDES, SIDES, SEEDS, st.floats(0, 1, width=32))
def test_flat_pictures_stay_flat(height, width, seed, value):
    _, hole = damaged(height, width, seed)
    picture = torch.full((1, 3, height, width), value)
    torch.testing.assert_close(filled(picture, hole)[1], picture, atol=1e-4, rtol=0)


# In squares, slopes that go on for too long can do harm.
@given(st.integers(40, 70), st.integers(40, 70), SEEDS.filter(lambda seed: seed % 4 != 3))
def test_slopes_go_on_in_the_hole(height, width, seed):
    picture, hole = damaged(height, width, seed)
    membrane, spline = filled(picture, hole)
    before, after = (((result - picture) ** 2).mean() for result in (membrane, spline))
    assert after < before


def test_it_solves_its_equation_in_narrow_holes():
    rng = np.random.default_rng(3)
    hole = torch.from_numpy(synthetic_damage((48, 48), "crack", rng))[None, None].float()
    picture = torch.from_numpy(rng.random((1, 1, 48, 48), np.float32))
    unknown = hole.flatten().bool()
    # The operator as a matrix: its answer to every single pixel.
    pixels = torch.eye(48 * 48).view(-1, 1, 48, 48)
    around = torch.nn.functional.pad(pixels, (1, 1, 1, 1), mode="replicate")
    kernel = torch.tensor([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]])[None, None]
    laplacian = torch.nn.functional.conv2d(around, kernel).flatten(1)
    operator = laplacian @ laplacian - laplacian / STIFFNESS**2
    known = picture.flatten() * ~unknown
    exact = torch.linalg.solve(operator[unknown][:, unknown], -(operator @ known)[unknown])
    membrane, spline = filled(picture, hole)
    far, near = ((p.flatten()[unknown] - exact).abs().mean() for p in (membrane, spline))
    assert near < far / 8


@given(SEEDS)
def test_a_batch_is_filled_as_its_pictures(seed):
    pairs = [damaged(32, 48, seed + i) for i in range(2)]
    pictures, holes = (torch.cat(column) for column in zip(*pairs, strict=True))
    both = filled(pictures, holes)[1]
    for i, pair in enumerate(pairs):
        torch.testing.assert_close(both[i : i + 1], filled(*pair)[1], atol=1e-5, rtol=0)


def test_a_fill_stays_where_the_hole_goes_on_beyond_the_window():
    hole = torch.ones(1, 1, 120, 100)
    hole[..., :8, :] = 0
    start = torch.rand(1, 3, 120, 100)
    spline = tension_spline(start, hole)
    assert torch.equal(spline[..., -RIM:, :], start[..., -RIM:, :])
    assert torch.equal(spline[..., 8 + FAR :, :RIM], start[..., 8 + FAR :, :RIM])
    # Near what is known it does not matter where the window ends.
    assert not torch.isclose(spline[..., 9 : 8 + FAR, 0], start[..., 9 : 8 + FAR, 0]).any()


@given(SIDES, SIDES, SEEDS, st.integers(1, 2))
def test_it_is_the_same_to_the_bit_with_all_that_lies_around(height, width, seed, count):
    pairs = [damaged(height, width, seed + number) for number in range(count)]
    picture, hole = (torch.cat(part) for part in zip(*pairs, strict=True))
    membrane, spline = filled(picture, hole)
    with patch("napari_relic_inpaint.smooth.spline._around", return_value=(slice(None),) * 2):
        whole = tension_spline(membrane, hole)
    assert torch.equal(spline, whole)
