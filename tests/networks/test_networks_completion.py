"""The networks of the two methods to compare with: GLCIC and contextual attention."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from napari_relic_inpaint.networks import (
    ContextualAttentionCritic,
    ContextualAttentionGenerator,
    GlcicDiscriminator,
    GlcicGenerator,
)

GENERATORS = (GlcicGenerator, ContextualAttentionGenerator)
both = pytest.mark.parametrize("make", GENERATORS)


def parameters(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def damaged(height=32, width=48, batch=2, seed=0):
    """Picture and a hole of a few squares, other ones in each picture."""
    generator = torch.Generator().manual_seed(seed)
    picture = torch.rand(batch, 3, height, width, generator=generator)
    coarse = torch.rand(batch, 1, height // 8, width // 8, generator=generator) > 0.8
    coarse[:, :, 0, 0] = True
    return picture, nn.functional.interpolate(coarse.float(), scale_factor=8)


@pytest.mark.parametrize(
    ("make", "published"), [(GlcicGenerator, 6_069_155), (ContextualAttentionGenerator, 3_601_542)]
)
def test_generators_have_their_published_size(make, published):
    assert parameters(make()) == published


def test_small_widths_fit_in_a_wheel():
    for network in (GlcicGenerator(32), ContextualAttentionGenerator(24)):
        assert 2 * parameters(network) < 15e6


@both
@given(st.integers(1, 5), st.integers(1, 5), st.integers(1, 3), st.integers(1, 5))
def test_every_size_and_width_gives_a_picture(make, rows, columns, batch, width):
    network = make(width).eval()
    assert network.width == width
    height, breadth = 8 * rows, 8 * columns
    output = network(*damaged(height, breadth, batch))
    assert output.shape == (batch, 3, height, breadth)
    assert output.dtype == torch.float32
    assert output.min() >= 0
    assert output.max() <= 1


@both
def test_the_smallest_picture_is_one_multiple(make):
    side = make.size_multiple
    picture, hole = torch.rand(1, 3, side, side), torch.zeros(1, 1, side, side)
    hole[..., 0, 0] = 1
    assert make(4).eval()(picture, hole).isfinite().all()


@both
@given(st.integers(0, 1000))
def test_generators_are_blind_inside_the_hole(make, seed):
    torch.manual_seed(1)
    network = make(4).eval()
    picture, hole = damaged()
    other = torch.where(hole > 0, damaged(seed=seed + 1)[0], picture)
    nothing = torch.where(hole > 0, torch.nan, picture)
    before = network(picture, hole)
    assert torch.equal(before, network(other, hole))
    assert torch.equal(before, network(nothing, hole))
    assert not torch.equal(before, network(1 - picture, hole))


@both
def test_pictures_of_a_batch_do_not_mix(make):
    torch.manual_seed(0)
    network = make(4).eval()
    picture, hole = damaged(batch=3)
    alone = [network(picture[i : i + 1], hole[i : i + 1]) for i in range(3)]
    assert torch.allclose(network(picture, hole), torch.cat(alone), atol=1e-5)


@both
def test_half_the_precision_is_near_and_returns_float32(make):
    torch.manual_seed(0)
    network = make(4).eval()
    picture, hole = damaged()
    exact = network(picture, hole)
    network.bfloat16().to(memory_format=torch.channels_last)
    coarse = network(picture.to(memory_format=torch.channels_last), hole)
    assert coarse.dtype == torch.float32
    assert 0 < (coarse - exact).abs().mean() < 0.01


@both
def test_all_damaged_and_undamaged_pictures_give_finite_gradients(make):
    network = make(4)
    picture, hole = damaged()
    hole[0], hole[1] = 1, 0
    output = network(picture, hole)
    output.sum().backward()
    gradients = [parameter.grad for parameter in network.parameters()]
    assert output.isfinite().all()
    assert all(gradient is not None and gradient.isfinite().all() for gradient in gradients)


def test_glcic_sees_its_mean_colour_in_the_hole_and_keeps_it_with_the_weights():
    torch.manual_seed(0)
    network = GlcicGenerator(4).eval()
    network.mean_colour.copy_(torch.tensor([0.2, 0.4, 0.9]))
    picture, hole = damaged()
    painted = torch.where(hole > 0, torch.tensor([0.2, 0.4, 0.9])[:, None, None], picture)
    seen = []
    network.layers[0].register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    network(picture, hole)
    assert torch.equal(seen[0], torch.cat((painted, hole), dim=1))
    other = GlcicGenerator(4)
    other.load_state_dict(network.state_dict())
    assert other.mean_colour.tolist() == pytest.approx([0.2, 0.4, 0.9])


def test_glcic_uses_running_statistics_once_it_is_trained():
    torch.manual_seed(0)
    network = GlcicGenerator(4)
    before = network.eval()(*damaged())
    network.train()(*damaged(seed=1))
    assert not torch.equal(before, network.eval()(*damaged()))


def test_the_refinement_starts_from_the_composited_coarse_picture():
    torch.manual_seed(0)
    network = ContextualAttentionGenerator(4)
    picture, hole = damaged()
    coarse, refined = network.stages(picture, hole)
    assert torch.equal(refined, network(picture, hole))
    seen = []
    network.convolution_branch.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    network(picture, hole)
    filled = torch.where(hole > 0, coarse, picture)
    assert torch.allclose(seen[0][:, :3], 2 * filled - 1, atol=1e-6)
    assert torch.equal(seen[0][:, 3:], torch.cat((torch.ones_like(hole), hole), dim=1))


@pytest.mark.parametrize(("whole", "detail"), [(256, 128), (128, 128), (48, 32), (32, 32)])
def test_discriminators_take_any_crop_and_detail(whole, detail):
    pictures, details = torch.rand(2, 3, whole, whole), torch.rand(2, 3, detail, detail)
    assert GlcicDiscriminator(2)(pictures, details).shape == (2, 1)
    assert ContextualAttentionCritic("whole", 2)(pictures).shape == (2, 1)
    assert ContextualAttentionCritic("detail", 2)(details).shape == (2, 1)


def test_discriminators_have_their_published_size():
    # Five and six convolutions of 5 x 5, 1024 features each, one score.
    convolutions = 25 * (3 * 64 + 64 * 128 + 128 * 256 + 256 * 512 + 512 * 512)
    norms = 2 * (64 + 128 + 256 + 512 + 512)
    features = 4 * 4 * 512 * 1024 + 1024
    last = 25 * 512 * 512 + 2 * 512
    expected = 2 * (convolutions + norms + features) + last + 2 * 1024 + 1
    assert parameters(GlcicDiscriminator()) == expected
    # Four convolutions, one score.
    shared = 25 * (3 * 64 + 64 * 128 + 128 * 256) + 64 + 128 + 256
    whole = shared + 25 * 256 * 256 + 256 + 16 * 16 * 256 + 1
    detail = shared + 25 * 256 * 512 + 512 + 8 * 8 * 512 + 1
    assert parameters(ContextualAttentionCritic("whole")) == whole
    assert parameters(ContextualAttentionCritic("detail")) == detail


def test_the_joined_discriminator_looks_at_both_views():
    torch.manual_seed(0)
    network = GlcicDiscriminator(2).eval()
    picture, detail = torch.rand(1, 3, 64, 64), torch.rand(1, 3, 32, 32)
    before = network(picture, detail)
    assert not torch.equal(before, network(1 - picture, detail))
    assert not torch.equal(before, network(picture, 1 - detail))
