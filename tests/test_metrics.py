import math

import numpy as np
import pytest

from napari_relic_inpaint.metrics import edge_scores, hole_psnr, psnr, ssim


def test_psnr_of_a_known_error():
    truth = np.zeros((4, 4, 3))
    assert psnr(truth + 0.1, truth) == pytest.approx(20)
    assert psnr(truth, truth) == math.inf


def test_hole_psnr_is_psnr_plus_the_share_of_the_hole():
    rng = np.random.default_rng(0)
    truth = rng.random((16, 16, 3))
    hole = rng.random((16, 16)) < 0.3
    result = np.where(hole[..., None], rng.random((16, 16, 3)), truth)
    expected = psnr(result, truth) + 10 * math.log10(hole.mean())
    assert hole_psnr(result, truth, hole) == pytest.approx(expected)


def test_ssim_of_identical_and_of_opposite_pictures():
    truth = np.random.default_rng(0).random((32, 32, 3))
    assert ssim(truth, truth) == pytest.approx(1)
    assert ssim(1 - truth, truth) < 0


def test_edges_may_miss_by_a_pixel_and_count_in_the_hole_only():
    truth = np.zeros((9, 9), bool)
    truth[:, 4] = True
    hole = np.zeros((9, 9), bool)
    hole[3:6] = True
    completed = np.zeros((9, 9), bool)
    completed[3:5, 5] = True  # one pixel beside, two of three rows
    completed[4, 8] = True  # far away
    completed[0, 0] = True  # outside the hole
    scores = edge_scores(completed, truth, hole)
    assert scores.precision == pytest.approx(2 / 3)
    assert scores.recall == 1
    assert scores.f1 == pytest.approx(0.8)


def test_no_edges_at_all_have_no_precision():
    nothing, hole = np.zeros((5, 5), bool), np.ones((5, 5), bool)
    scores = edge_scores(nothing, nothing, hole)
    assert math.isnan(scores.precision) and math.isnan(scores.recall)
    assert scores.f1 == 0 or math.isnan(scores.f1)
