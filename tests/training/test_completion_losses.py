"""Every loss of GLCIC and of contextual attention against a value computed by hand."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from training import completion_losses as losses
from training.losses import total, weighted
from training.presets import load_recipe


def hole_of(*rows: str) -> torch.Tensor:
    """A picture's hole, ``(1, 1, H, W)``, drawn with # and dots."""
    return torch.tensor([[float(pixel == "#") for pixel in row] for row in rows])[None, None]


def test_squared_error_gives_every_picture_the_same_weight():
    hole = torch.cat((hole_of("#.", ".."), hole_of("##", "##")))
    truth = torch.zeros(2, 3, 2, 2)
    result = torch.full_like(truth, 0.5)
    result[1] = 0.1
    assert losses.hole_mse(result, truth, hole) == pytest.approx((0.25 + 0.01) / 2)


def test_cross_entropy_of_the_discriminator():
    real, fake = torch.tensor([[0.0], [math.log(3)]]), torch.tensor([[math.log(4)]])
    # D(real) = 1/2 and 3/4, D(fake) = 4/5
    expected = (math.log(2) + math.log(4 / 3)) / 2 + math.log(5)
    assert losses.cross_entropy_discriminator(real, fake) == pytest.approx(expected)


def test_cross_entropy_of_the_generator():
    # D(fake) = 1/2 and 1/4
    fake = torch.tensor([[0.0], [-math.log(3)]])
    assert losses.cross_entropy_generator(fake) == pytest.approx((math.log(2) + math.log(4)) / 2)


def test_discount_falls_with_the_distance_from_the_known_pixels():
    hole = torch.cat((hole_of(".####"), hole_of(".###.")))
    discount = losses.spatial_discount(hole, 0.5)
    assert discount.shape == hole.shape
    assert discount.flatten(1).tolist() == [[1, 0.5, 0.25, 0.125, 0.0625], [1, 0.5, 0.25, 0.5, 1]]


def test_discount_measures_straight_distances():
    hole = hole_of("##", "#.")
    assert losses.spatial_discount(hole, 0.9)[0, 0, 0, 0] == pytest.approx(0.9 ** math.sqrt(2))


def test_discounted_l1_is_a_mean_over_the_hole():
    hole = hole_of(".##")
    truth, result = torch.zeros(1, 3, 1, 3), torch.ones(1, 3, 1, 3)
    result[..., 2] = 3
    discount = losses.spatial_discount(hole, 0.5)
    assert losses.discounted_l1(result, truth, hole, discount) == pytest.approx(
        (0.5 * 1 + 0.25 * 3) / 2
    )


def test_known_l1_leaves_out_the_hole():
    hole = hole_of("#..")
    truth, result = torch.zeros(1, 3, 1, 3), torch.zeros(1, 3, 1, 3)
    result[..., 0], result[..., 1] = 9, 1
    assert losses.known_l1(result, truth, hole) == pytest.approx(0.5)


def test_wasserstein_losses_are_differences_of_means():
    real, fake = torch.tensor([[1.0], [5.0]]), torch.tensor([[2.0], [-4.0]])
    assert losses.wasserstein_critic(real, fake) == pytest.approx(-1 - 3)
    assert losses.wasserstein_generator(fake) == pytest.approx(1)


class Slope(nn.Module):
    """Scores whose slope is a number: the sum of the pixels, times it."""

    def __init__(self, slope: float) -> None:
        super().__init__()
        self.slope = nn.Parameter(torch.tensor(slope))

    def forward(self, picture: torch.Tensor) -> torch.Tensor:
        return self.slope * picture.flatten(1).sum(1, keepdim=True)


def test_gradient_penalty_sees_the_hole_alone():
    hole = hole_of("##..", "##..")
    critic = Slope(2.0)
    picture = torch.zeros(1, 3, 2, 4)
    penalty = losses.gradient_penalty(critic, picture, picture, hole, torch.full((1, 1, 1, 1), 0.5))
    # A slope of 2 at 12 values: |slope| = 2 * sqrt(12)
    norm = 2 * math.sqrt(12)
    assert penalty.item() == pytest.approx((norm - 1) ** 2)
    penalty.backward()
    assert critic.slope.grad == pytest.approx(2 * (norm - 1) * math.sqrt(12))


def test_gradient_penalty_is_zero_at_slope_one():
    hole = hole_of("#")
    picture = torch.zeros(1, 1, 1, 1)
    penalty = losses.gradient_penalty(Slope(1.0), picture, picture, hole, hole)
    assert penalty.item() == pytest.approx(0)


def test_gradient_penalty_is_taken_between_real_and_fake():
    seen = []

    def critic(picture: torch.Tensor) -> torch.Tensor:
        seen.append(picture.detach().clone())
        return picture.square().sum()

    real, fake = torch.full((1, 1, 1, 1), 4.0), torch.zeros(1, 1, 1, 1)
    share = torch.full((1, 1, 1, 1), 0.75)
    penalty = losses.gradient_penalty(critic, real, fake, hole_of("#"), share)
    assert seen[0].item() == 3
    assert penalty.item() == pytest.approx((2 * 3 - 1) ** 2)


def test_totals_have_the_published_weights():
    weights = load_recipe("paper", "glcic").stage.losses.model_dump()
    values = {"squared": torch.tensor(0.1), "adversarial": torch.tensor(2.0)}
    assert total(weighted(values, weights)) == pytest.approx(0.1 + 4e-4 * 2)
    weights = load_recipe("paper", "contextual-attention").stage.losses.model_dump()
    names = ("coarse_hole", "coarse_known", "refined_hole", "refined_known", "adversarial")
    values = {name: torch.tensor(float(i + 1)) for i, name in enumerate(names)}
    expected = np.dot([1.44, 1.44, 1.2, 1.2, 0.001], [1, 2, 3, 4, 5])
    assert total(weighted(values, weights)) == pytest.approx(expected)
