import pytest
import torch
from edgeconnect_replica import LegacyEdge, LegacyInpaint
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from napari_relic_inpaint.networks import (
    EdgeGenerator,
    InpaintGenerator,
    PatchDiscriminator,
    fold_spectral_norm,
)
from napari_relic_inpaint.networks.layers import ChannelNorm

SIDES = st.integers(4, 10).map(lambda n: 4 * n)


def parameters(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def views(height: int = 24, width: int = 32, seed: int = 0, colours: int = 1, batch: int = 2):
    """Picture, edges and hole."""
    generator = torch.Generator().manual_seed(seed)
    random = [
        torch.rand(batch, channels, height, width, generator=generator)
        for channels in (colours, 1, 1)
    ]
    return random[0], (random[1] > 0.8).float(), (random[2] > 0.6).float()


def shaken(network: nn.Module) -> nn.Module:
    generator = torch.Generator().manual_seed(3)
    for parameter in network.parameters():
        nn.init.normal_(parameter, 0.0, 0.3, generator=generator)
    return network


@pytest.mark.parametrize("spectral_norm", [False, True])
def test_edge_generator_has_the_papers_size(spectral_norm):
    assert parameters(EdgeGenerator(spectral_norm=spectral_norm)) == 10_761_089


def test_inpaint_generator_has_the_papers_size():
    assert parameters(InpaintGenerator(hole_form="white")) == 10_774_595


def test_membrane_form_adds_one_input_channel():
    more = parameters(InpaintGenerator(8, hole_form="membrane"))
    assert more - parameters(InpaintGenerator(8, hole_form="white")) == 8 * 7 * 7


def test_edge_keys_are_edgeconnects_with_the_norm_folded():
    legacy = LegacyEdge(2, 8).state_dict()
    assert len(legacy) == 70
    folded = {
        key.replace("weight_orig", "weight"): tuple(value.shape)
        for key, value in legacy.items()
        if not key.endswith(("_u", "_v"))
    }
    ours = EdgeGenerator(2).state_dict()
    assert folded == {key: tuple(value.shape) for key, value in ours.items()}
    assert not any("conv_block" in key and key.endswith("bias") for key in ours)


def test_inpaint_keys_are_edgeconnects():
    legacy = LegacyInpaint(2, 8).state_dict()
    ours = InpaintGenerator(2, hole_form="white").state_dict()
    assert len(ours) == 44
    assert {k: v.shape for k, v in ours.items()} == {k: v.shape for k, v in legacy.items()}


def test_spectral_norm_leaves_out_the_last_convolution_only():
    keys = EdgeGenerator(2, 1, spectral_norm=True).state_dict()
    normed = {key.split(".parametrizations")[0] for key in keys if "parametrizations" in key}
    assert normed == {
        *(f"encoder.{i}" for i in (1, 4, 7)),
        *(f"middle.0.conv_block.{i}" for i in (1, 5)),
        *(f"decoder.{i}" for i in (0, 3)),
    }


@given(SIDES, SIDES, st.integers(1, 3))
def test_edge_generator_gives_a_probability_per_pixel(height, width, batch):
    network = shaken(EdgeGenerator(2, 1))
    output = network(*views(height, width, batch=batch))
    assert output.shape == (batch, 1, height, width)
    assert output.min() >= 0
    assert output.max() <= 1
    assert output.std() > 0


@given(SIDES, SIDES, st.sampled_from(["white", "membrane", "spline"]))
def test_inpaint_generator_gives_colours(height, width, hole_form):
    network = shaken(InpaintGenerator(2, 1, hole_form=hole_form))
    picture, edges, hole = views(height, width, colours=3)
    output = network(picture, edges, hole)
    assert output.shape == picture.shape
    # The spline goes beyond the colours around the hole, by less than their whole range.
    low, high = {"white": (0, 1), "membrane": (-1, 2), "spline": (-2, 3)}[hole_form]
    assert output.min() >= low
    assert output.max() <= high
    assert (output - picture).std() > 0


def test_membrane_form_starts_at_the_prefill():
    picture, edges, hole = views(colours=3)
    assert torch.equal(InpaintGenerator(4, 2)(picture, edges, hole), picture)


@given(st.integers(0, 1000))
def test_edge_generator_is_blind_inside_the_hole(seed):
    network = shaken(EdgeGenerator(2, 1))
    grey, edges, hole = views()
    other_grey, other_edges, _ = views(seed=seed + 1)
    before = network(grey, edges, hole)
    after = network(
        torch.where(hole > 0, other_grey, grey), torch.where(hole > 0, other_edges, edges), hole
    )
    assert torch.equal(before, after)
    assert not torch.equal(before, network(other_grey, other_edges, hole))


def test_white_form_is_blind_inside_the_hole():
    network = shaken(InpaintGenerator(2, 1, hole_form="white"))
    picture, edges, hole = views(colours=3)
    other = torch.where(hole > 0, torch.rand_like(picture), picture)
    assert torch.equal(network(picture, edges, hole), network(other, edges, hole))


@pytest.mark.parametrize("hole_form", ["white", "membrane", "spline"])
def test_edges_inside_the_hole_steer_the_colours(hole_form):
    network = shaken(InpaintGenerator(2, 1, hole_form=hole_form))
    picture, edges, hole = views(colours=3)
    other = torch.where(hole > 0, 1 - edges, edges)
    assert not torch.allclose(network(picture, edges, hole), network(picture, other, hole))


@given(st.integers(1, 5), SIDES, st.floats(-3, 3), st.floats(0.1, 10))
def test_channel_norm_is_the_same_in_training_and_inference(channels, side, mean, deviation):
    x = mean + deviation * torch.randn(2, channels, side, side)
    norm = ChannelNorm()
    training = norm(x)
    with torch.no_grad():
        inference = norm(x)
    assert torch.allclose(training, inference, atol=1e-4)
    assert torch.allclose(training.mean((2, 3)), torch.zeros(2, channels), atol=1e-4)
    assert torch.allclose(training.std((2, 3), correction=0), torch.ones(2, channels), atol=1e-2)


def test_folding_spectral_norm_keeps_the_outputs():
    network = shaken(EdgeGenerator(4, 2, spectral_norm=True)).eval()
    folded = fold_spectral_norm(network)
    assert set(folded.state_dict()) == set(EdgeGenerator(4, 2).state_dict())
    inputs = views()
    assert torch.allclose(folded(*inputs), network(*inputs), atol=1e-5)


def test_folding_leaves_the_network_as_it_was():
    network = EdgeGenerator(2, 1, spectral_norm=True).train()
    before = list(network.state_dict())
    fold_spectral_norm(network)
    assert network.training
    assert list(network.state_dict()) == before


def test_folding_a_bare_network_copies_it():
    network = shaken(EdgeGenerator(2, 1)).eval()
    folded = fold_spectral_norm(network)
    assert folded is not network
    assert torch.equal(folded(*views()), network(*views()))


def test_networks_compute_in_the_precision_of_their_weights_and_return_float32():
    network = shaken(EdgeGenerator(2, 1)).eval()
    inputs = views()
    exact = network(*inputs)
    coarse = network.bfloat16()(*inputs)
    assert coarse.dtype == torch.float32
    assert 0 < (coarse - exact).abs().mean() < 0.1


@pytest.mark.parametrize("in_channels", [2, 4])
def test_discriminator_scores_patches_and_returns_its_five_layers(in_channels):
    network = PatchDiscriminator(in_channels, width=4)
    logits, features = network(torch.rand(2, in_channels, 48, 64))
    assert logits.shape == (2, 1, 48 // 8 - 2, 64 // 8 - 2)
    assert [feature.shape[1] for feature in features] == [4, 8, 16, 32, 1]
    assert torch.equal(features[-1], logits)


def test_discriminator_gives_raw_scores():
    network = shaken(PatchDiscriminator(2, width=4))
    logits, _ = network(10 * torch.randn(4, 2, 64, 64))
    assert logits.min() < 0
    assert logits.max() > 0


def test_discriminator_has_no_bias_and_is_normed_throughout():
    network = PatchDiscriminator(4, width=4)
    assert not any(key.endswith("bias") for key in network.state_dict())
    convolutions = [m for m in network.modules() if isinstance(m, nn.Conv2d)]
    assert len(convolutions) == 5
    for convolution in convolutions:
        for _ in range(30):
            weight = convolution.weight.detach()  # each use in training mode is a power iteration
        assert torch.linalg.matrix_norm(weight.flatten(1), 2) == pytest.approx(1, rel=0.05)


def test_discriminator_sees_70_pixels():
    network = shaken(PatchDiscriminator(2, width=2)).double()
    x = torch.rand(1, 2, 160, 160, dtype=torch.double, requires_grad=True)
    network(x)[0][0, 0, 9, 9].backward()
    seen = (x.grad != 0).any(dim=1)[0]
    assert seen.any(dim=0).sum() == 70
    assert seen.any(dim=1).sum() == 70
