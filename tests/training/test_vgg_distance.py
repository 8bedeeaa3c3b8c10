import numpy as np
import pytest
import torch
from scipy import ndimage
from tiny import draw_picture
from torch.nn import functional as F

from training.perceptual import load_perceptual
from training.vgg_distance import load, vgg_distance


@pytest.fixture(scope="module")
def vgg(vgg_file):
    return load(vgg_file)


@pytest.fixture
def truth():
    return (draw_picture(3, 64) / 255).astype(np.float32)


def middle(shape=(64, 64)):
    hole = np.zeros(shape, bool)
    hole[20:43, 18:39] = True
    return hole


def test_it_is_the_mean_over_the_hole_of_what_differs_between_unit_vectors(vgg, truth):
    hole, result = middle(), truth.copy()
    result[hole] = 0.3
    with torch.no_grad():
        layers = [
            vgg(torch.from_numpy(picture).permute(2, 0, 1)[None]) for picture in (result, truth)
        ]
    expected = 0.0
    for one, other in zip(*layers, strict=True):
        side = one.shape[-1]
        share = hole.reshape(side, 64 // side, side, 64 // side).mean((1, 3))
        a, b = (x[0].double().numpy() for x in (one, other))
        a, b = (x / np.maximum(np.sqrt((x**2).sum(0)), 1e-12) for x in (a, b))
        expected += (share * ((a - b) ** 2).sum(0)).sum() / share.sum()
    assert vgg_distance(vgg, result, truth, hole) == pytest.approx(expected, rel=1e-4)


def test_what_is_the_same_has_no_distance_and_nothing_else_does(vgg, truth):
    hole = middle()
    assert vgg_distance(vgg, truth, truth, hole) == 0
    far = truth.copy()
    far[:4] = 1 - far[:4]
    assert vgg_distance(vgg, far, truth, hole) == 0  # out of sight from the hole
    far[hole] = 1 - far[hole]
    assert 0 < vgg_distance(vgg, far, truth, hole) <= 6


def test_the_scale_of_the_layers_makes_no_difference(vgg_file, truth):
    """Weights for 0 to 255 and those for 0 to 1 give the same distance."""
    plain, scaled = load_perceptual(vgg_file), load_perceptual(vgg_file)
    first, second = (scaled.convolutions[n] for n in ("0", "2"))
    with torch.no_grad():
        first.weight.mul_(7)
        first.bias.mul_(7)
        second.weight.div_(7)
    result = np.clip(truth + 0.2, 0, 1)
    distances = [vgg_distance(network, result, truth, middle()) for network in (plain, scaled)]
    assert distances[0] == pytest.approx(distances[1], rel=1e-4)


def test_it_prefers_texture_out_of_place_to_none():
    """An oriented filter bank in place of VGG sees grain; PSNR sees that it is elsewhere."""
    bank = torch.tensor([[[1.0, -1]], [[-1.0, 1]], [[0.5, 0.5]]])[:, None]

    def answers(picture):
        return [F.relu(F.conv2d(picture.mean(1, keepdim=True), bank))]

    grain = np.random.default_rng(0).random((64, 64, 1)).repeat(3, 2)
    hole = middle()[:, :-1]
    smooth, moved = grain.copy(), grain.copy()
    smooth[20:43, 18:39] = ndimage.uniform_filter(grain, (9, 9, 1))[20:43, 18:39]
    moved[20:43, 18:39] = np.roll(grain, 20, axis=0)[20:43, 18:39]
    squared = [((picture - grain) ** 2).mean() for picture in (smooth, moved)]
    assert squared[0] < squared[1]
    seen = [vgg_distance(answers, picture, grain, hole) for picture in (smooth, moved)]
    assert seen[1] < seen[0]
