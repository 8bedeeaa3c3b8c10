"""Contextual attention: what it copies, and that it is the layer of the publication."""

import pytest
import torch
from torch.nn import functional as F

from napari_relic_inpaint.networks.attention import ContextualAttention, wholly_known

attend = ContextualAttention()


def texture(side: int, period: int, channels: int = 8) -> torch.Tensor:
    """Features that repeat: ``(1, channels, side, side)``."""
    tile = torch.rand(1, channels, period, period, generator=torch.Generator().manual_seed(2))
    return 3 * tile.tile(1, 1, side // period, side // period)


def square(side: int, start: int, stop: int) -> torch.Tensor:
    hole = torch.zeros(1, 1, side, side)
    hole[..., start:stop, start:stop] = 1
    return hole


def as_published(features: torch.Tensor, hole: torch.Tensor) -> torch.Tensor:
    """The layer for one picture, with patches as filters of convolutions."""
    small = features[:, :, ::2, ::2]
    _, channels, rows, columns = small.shape
    filters = F.unfold(small, 3, padding=1)[0].T.reshape(-1, channels, 3, 3)
    filters = filters / filters.flatten(1).norm(dim=1).clamp_min(1e-4)[:, None, None, None]
    scores = F.conv2d(small, filters, padding=1)
    identity = torch.eye(3)[None, None]
    count = rows * columns
    first = F.conv2d(scores.reshape(1, 1, count, count), identity, padding=1)
    grid = first.reshape(rows, columns, rows, columns).permute(1, 0, 3, 2)
    second = F.conv2d(grid.reshape(1, 1, count, count), identity, padding=1)
    fused = second.reshape(columns, rows, columns, rows).permute(1, 0, 3, 2)
    known = F.max_pool2d(F.max_pool2d(hole, hole.shape[-1] // columns), 3, 1, 1).flatten() == 0
    weights = torch.zeros(count, count)
    weights[known] = (10 * fused.reshape(count, count)[known]).softmax(dim=0)
    raw = F.unfold(features, 4, padding=1, stride=2)[0].T.reshape(-1, channels, 4, 4)
    weights = weights.reshape(1, count, rows, columns)
    return F.conv_transpose2d(weights, raw, stride=2, padding=1) / 4


def test_it_is_the_published_layer():
    features = torch.rand(1, 3, 24, 16, generator=torch.Generator().manual_seed(0))
    hole = torch.zeros(1, 1, 96, 64)
    hole[..., 40:55, 3:30] = 1
    # Rows are places here and patches there.
    assert torch.allclose(attend(features, hole), as_published(features, hole), atol=1e-5)


def test_a_periodic_texture_is_copied_from_the_right_place():
    features, hole = texture(64, 16), square(256, 100, 140)
    inside = F.max_pool2d(hole, 4) > 0
    # What a coarse result leaves of the texture: a fainter one with noise.
    noise = torch.rand(features.shape, generator=torch.Generator().manual_seed(3))
    coarse = torch.where(inside, 0.5 * features + 0.75 + 0.5 * (noise - 0.5), features)
    rebuilt = attend(coarse, hole)
    inner = inside.expand_as(features)
    assert (rebuilt - features)[inner].abs().mean() < 0.05
    assert (coarse - features)[inner].abs().mean() > 0.3


def test_the_known_part_finds_itself():
    features = 3 * torch.rand(1, 16, 32, 32, generator=torch.Generator().manual_seed(0))
    rebuilt = attend(features, square(128, 0, 40))
    # Far from the hole and from the border, where fewer patches meet.
    assert torch.allclose(rebuilt[..., 16:30, 16:30], features[..., 16:30, 16:30], atol=1e-3)


def test_nothing_is_copied_from_the_hole():
    features, hole = torch.zeros(1, 4, 32, 32), square(128, 48, 80)
    inside = F.max_pool2d(hole, 4).expand_as(features) > 0
    features[inside] = torch.rand(int(inside.sum()), generator=torch.Generator().manual_seed(0))
    assert torch.equal(attend(features, hole), torch.zeros_like(features))


def test_every_picture_has_its_own_hole():
    features = torch.rand(3, 4, 32, 32, generator=torch.Generator().manual_seed(0))
    holes = torch.cat([square(128, *ends) for ends in ((0, 40), (60, 90), (100, 128))])
    alone = [attend(features[i : i + 1], holes[i : i + 1]) for i in range(3)]
    assert torch.allclose(attend(features, holes), torch.cat(alone), atol=1e-5)


@pytest.mark.parametrize("spacing", [8, 64])
def test_a_net_of_cracks_leaves_few_patches_or_none(spacing):
    features = torch.rand(1, 4, 32, 32, requires_grad=True)
    hole = torch.zeros(1, 1, 128, 128)
    hole[..., ::spacing] = 1
    rebuilt = attend(features, hole)
    rebuilt.square().sum().backward()
    assert torch.isfinite(features.grad).all()
    assert rebuilt.isfinite().all()
    assert bool(wholly_known(hole, 16, 16).any()) == bool(rebuilt.any())


def test_a_single_damaged_pixel_spoils_the_patches_that_hold_it():
    hole = torch.zeros(1, 1, 64, 64)
    hole[..., 35, 20] = 1
    known = wholly_known(hole, 8, 8).reshape(8, 8)
    expected = torch.ones(8, 8, dtype=torch.bool)
    expected[3:6, 1:4] = False
    assert torch.equal(known, expected)


def test_scores_stay_exact_at_half_the_precision():
    features = 10 * torch.rand(1, 16, 32, 32, generator=torch.Generator().manual_seed(0))
    hole = square(128, 40, 70)
    exact = attend(features.bfloat16().float(), hole)
    half = attend(features.bfloat16(), hole)
    assert half.dtype == torch.bfloat16
    assert (half.float() - exact).abs().max() < 0.1
    with torch.autocast("cpu", torch.bfloat16):
        assert (attend(features.bfloat16(), hole).float() - exact).abs().max() < 0.1


def test_a_window_of_512_runs():
    with torch.inference_mode():
        rebuilt = attend(torch.rand(1, 2, 128, 128), square(512, 100, 300))
    assert rebuilt.shape == (1, 2, 128, 128)
