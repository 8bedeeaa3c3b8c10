"""Every loss against a value computed by hand."""

import math

import numpy as np
import pytest
import torch

from napari_relic_inpaint.measuring import metrics
from napari_relic_inpaint.networks import PatchDiscriminator
from training import losses
from training.presets import load_recipe
from training.stages.inpaint import loss_weights


def test_hinge_discriminator_counts_what_is_inside_the_margin():
    real, fake = torch.tensor([2.0, 0.5]), torch.tensor([-3.0, 1.0])
    # real: max(0, -1), max(0, 0.5) -> 0.25; fake: max(0, -2), max(0, 2) -> 1
    assert losses.hinge_discriminator(real, fake) == pytest.approx(1.25)


def test_hinge_generator_is_the_negative_mean():
    assert losses.hinge_generator(torch.tensor([1.0, 3.0])) == pytest.approx(-2)


def test_hinge_losses_of_weighted_patches_are_means_over_each_picture():
    real = torch.tensor([0.5, 9.0, 0.0, 0.0]).reshape(2, 1, 1, 2)
    fake = torch.tensor([1.0, 9.0, 2.0, -2.0]).reshape(2, 1, 1, 2)
    weights = torch.tensor([0.5, 0.0, 0.25, 0.75]).reshape(2, 1, 1, 2)
    # first picture: 0.5 + 2; second: 1 + (0.25 * 3 + 0.75 * 0)
    expected = (2.5 + 1.75) / 2
    assert losses.hinge_discriminator(real, fake, weights) == pytest.approx(expected)
    # first picture: 1; second: 0.25 * 2 + 0.75 * -2
    assert losses.hinge_generator(fake, weights) == pytest.approx(-(1 - 1) / 2)


@pytest.mark.parametrize("side", [24, 40, 41, 128])
def test_every_hole_pixel_counts_in_the_patch_above_it(side):
    scores, _ = PatchDiscriminator(4, 2)(torch.zeros(1, 4, side, side))
    hole = torch.zeros(1, 1, side, side)
    hole[..., 0, side - 1] = 1
    weights = losses.patch_weights(scores, hole)
    assert weights.shape == scores.shape
    assert (weights > 0).nonzero().tolist() == [[0, 0, 0, scores.shape[-1] - 1]]
    assert torch.equal(losses.patch_weights(scores, torch.ones_like(hole)), torch.ones_like(scores))


def test_texture_is_what_differs_from_the_local_mean():
    dot = torch.zeros(1, 1, 20, 20)
    dot[..., 10, 10] = 1
    # The mean over 81 pixels is 1 / 81 wherever the window reaches the dot, times 4.
    expected = torch.zeros_like(dot)
    expected[..., 6:15, 6:15] = -4 / 81
    expected[..., 10, 10] = 4 * 80 / 81
    torch.testing.assert_close(losses.texture(dot), expected)


def test_the_texture_that_is_learnt_from_is_the_one_that_is_measured():
    picture = np.random.default_rng(0).random((12, 15, 3))
    learnt = losses.texture(torch.from_numpy(picture).permute(2, 0, 1)[None])
    squared = (learnt / losses.TEXTURE_GAIN).square().mean((0, 1)).numpy()
    np.testing.assert_allclose(squared, metrics.texture_map(picture), rtol=1e-9)


def test_texture_does_not_know_the_brightness_not_even_at_the_border():
    picture = torch.rand(2, 3, 12, 15)
    torch.testing.assert_close(losses.texture(picture + 0.5), losses.texture(picture))
    torch.testing.assert_close(losses.texture(torch.ones(1, 3, 5, 5)), torch.zeros(1, 3, 5, 5))


def test_feature_matching_averages_layers_of_different_size():
    real = [torch.zeros(1, 1, 2, 2), torch.zeros(1, 4, 1, 1)]
    fake = [torch.full((1, 1, 2, 2), 3.0), torch.full((1, 4, 1, 1), -1.0)]
    assert losses.feature_matching(real, fake) == pytest.approx((3 + 1) / 2)


def test_feature_matching_does_not_train_towards_worse_real_features():
    real, fake = torch.ones(1, requires_grad=True), torch.zeros(1, requires_grad=True)
    losses.feature_matching([real], [fake]).backward()
    assert real.grad is None
    assert fake.grad == pytest.approx(-1)


def test_compose_takes_the_hole_from_the_prediction():
    hole = torch.tensor([0.0, 1.0])
    assert losses.compose(torch.tensor([5.0, 6.0]), torch.tensor([7.0, 8.0]), hole).tolist() == [
        5,
        8,
    ]


def test_detail_cuts_every_picture_at_its_own_corner():
    picture = torch.arange(2 * 2 * 5 * 6).reshape(2, 2, 5, 6).float()
    cut = losses.detail(picture, torch.tensor([[0, 1], [2, 3]]), 3)
    assert torch.equal(cut[0], picture[0, :, 0:3, 1:4])
    assert torch.equal(cut[1], picture[1, :, 2:5, 3:6])


def test_perceptual_sums_the_layers_mean_distances():
    truth = [torch.zeros(1, 2, 2, 2), torch.zeros(1, 1, 1, 1)]
    result = [torch.full((1, 2, 2, 2), 0.5), torch.full((1, 1, 1, 1), 2.0)]
    assert losses.perceptual(result, truth) == pytest.approx(2.5)


def test_gram_is_normalised_by_channels_and_pixels():
    features = torch.tensor([[1.0, 2.0], [3.0, 4.0]]).reshape(1, 2, 1, 2)
    # F F^T = [[5, 11], [11, 25]], C H W = 4
    assert losses.gram(features)[0].tolist() == [[1.25, 2.75], [2.75, 6.25]]


def test_style_compares_gram_matrices_not_places():
    features = torch.tensor([[1.0, 2.0], [3.0, 4.0]]).reshape(1, 2, 1, 2)
    assert losses.style([features.flip(3)], [features]) == 0
    # (1.25 + 2.75 + 2.75 + 6.25) / 4
    assert losses.style([features], [torch.zeros_like(features)]) == pytest.approx(3.25)


def test_hole_decibels_are_the_mean_hole_psnr_of_the_pictures():
    truth, result = torch.zeros(2, 3, 4, 4), torch.zeros(2, 3, 4, 4)
    hole = torch.zeros(2, 1, 4, 4)
    hole[0, :, 0, 0] = 1
    hole[1, :, :2] = 1
    result[0, :, 0, 0], result[1, :, :2] = 0.1, 0.5
    result[:, :, 3] = 1.0  # outside the holes: does not count
    decibels = [-10 * math.log10(e**2 + losses.IMPERCEPTIBLE**2) for e in (0.1, 0.5)]
    expected = -sum(decibels) / 2 / 10
    assert losses.hole_decibels(result, truth, hole).item() == pytest.approx(expected, rel=1e-5)


def test_hole_l1_gives_every_picture_the_same_weight():
    hole = torch.zeros(2, 1, 2, 2)
    hole[0, 0, 0, 0] = 1
    hole[1] = 1
    truth = torch.zeros(2, 3, 2, 2)
    result = torch.full_like(truth, 0.5)
    result[1] = 0.1
    assert losses.hole_l1(result, truth, hole) == pytest.approx((0.5 + 0.1) / 2)


def test_cross_entropy_weighs_edges_in_the_hole_only():
    logits = torch.zeros(1, 1, 1, 3)
    edges = torch.tensor([1.0, 0.0, 1.0]).reshape(1, 1, 1, 3)
    hole = torch.tensor([1.0, 1.0, 0.0]).reshape(1, 1, 1, 3)
    expected = (3 * math.log(2) + math.log(2)) / 2
    assert losses.hole_cross_entropy(logits, edges, hole, 3.0) == pytest.approx(expected)


def test_total_of_stage_1_is_equation_8():
    weights = load_recipe("paper", "edges").stage.losses.model_dump()
    values = {"adversarial": torch.tensor(2.0), "feature_matching": torch.tensor(0.3)}
    assert losses.total(losses.weighted(values, weights)) == pytest.approx(1 * 2 + 10 * 0.3)


def test_total_of_stage_2_is_equation_20():
    weights = loss_weights(load_recipe("paper", "inpaint").stage.losses)
    values = {
        "adversarial_global": torch.tensor(1.0),
        "adversarial_local": torch.tensor(2.0),
        "perceptual": torch.tensor(3.0),
        "style": torch.tensor(0.01),
    }
    expected = 0.1 * (0.8 * 1 + 0.2 * 2) + 0.1 * 3 + 250 * 0.01
    assert losses.total(losses.weighted(values, weights)) == pytest.approx(expected)
