"""Half as many bits: what is painted stays what it was, as far as anyone sees."""

import numpy as np
import pytest
import torch

from napari_relic_inpaint import samples
from napari_relic_inpaint.marking.damage import synthetic_damage
from napari_relic_inpaint.methods.runners import make_runners
from napari_relic_inpaint.networks import EdgeGenerator, InpaintGenerator
from napari_relic_inpaint.restoration import restore
from napari_relic_inpaint.settings import make_settings

CUDA = torch.cuda.is_available()
ON_CARD = pytest.mark.skipif(not CUDA, reason="no card here")


# Processors emulate at least one of the two, at thirty times the cost.
@pytest.mark.parametrize(
    ("precision", "device"),
    [
        ("float16", "cpu"),
        pytest.param("float16", "cuda", marks=ON_CARD),
        pytest.param("bfloat16", "cuda", marks=ON_CARD),
    ],
)
def test_the_bundled_model_paints_the_same_in_half_precision(precision, device):
    side = 64 if device == "cpu" else 512
    picture = samples.load("fresco").reference[80 : 80 + side, 80 : 80 + side]
    damage = synthetic_damage((side, side), "brush", np.random.default_rng(1))
    options = {"device": device, "window": 64 if device == "cpu" else 256, "detail": "none"}
    exact = restore(picture, damage, precision="float32", **options)
    half = restore(picture, damage, precision=precision, **options)
    levels = np.abs(exact.picture.astype(int) - half.picture)[damage]
    assert levels.mean() <= 0.5
    assert (levels.max(axis=-1) <= 2).mean() >= 0.999
    assert np.array_equal(exact.edges, half.edges)
    assert np.array_equal(half.picture[~damage], picture[~damage])
    assert half.record["device"]["precision"] == precision


def test_what_is_decided_by_a_threshold_is_computed_in_full():
    edge, inpaint = EdgeGenerator(4, 1), InpaintGenerator(4, 1)
    settings = make_settings(device="cpu", precision="bfloat16")
    first, second = make_runners(settings, None, edge, inpaint, thresholded={edge})
    assert (first.identity, second.identity) == ("cpu float32", "cpu bfloat16")


@ON_CARD
def test_a_card_paints_the_same_bytes_again():
    picture = samples.load("fresco").reference[:512, :512]
    damage = synthetic_damage((512, 512), "brush", np.random.default_rng(1))
    first, second = (restore(picture, damage, device="cuda", detail="none") for _ in range(2))
    assert np.array_equal(first.picture, second.picture)
