import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from napari_relic_inpaint.edges import CANNY_REACH, canny_edges, compose, grey

SEEDS = st.integers(0, 10**6)


def scene(shape: tuple[int, int], seed: int = 0) -> np.ndarray:
    """Flat patches with hard borders."""
    rng = np.random.default_rng(seed)
    blurred = ndimage.gaussian_filter(rng.standard_normal(shape), 6)
    return (blurred > 0).astype(np.float64) * 0.8 + 0.1


def blotches(shape: tuple[int, int], seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return ndimage.gaussian_filter(rng.standard_normal(shape), rng.uniform(0.5, 4)) > 0.05


@given(SEEDS, st.integers(20, 80), st.integers(20, 80))
def test_neither_hole_nor_its_ring_yields_edges(seed, height, width):
    hole = blotches((height, width), seed)
    edges = canny_edges(scene((height, width), seed), hole)
    assert edges.dtype == bool
    assert not edges[ndimage.binary_dilation(hole, np.ones((3, 3)))].any()


@given(SEEDS, st.sampled_from(["noise", np.nan, np.inf]))
def test_what_stands_in_the_hole_has_no_influence(seed, content):
    luminance, hole = scene((60, 70), seed), blotches((60, 70), seed + 1)
    noise = np.random.default_rng(seed).normal(0, 9, luminance.shape)
    spoilt = np.where(hole, noise if content == "noise" else content, luminance)
    before = canny_edges(np.where(hole, 0, luminance), hole)
    np.testing.assert_array_equal(canny_edges(spoilt, hole), before)


def test_edges_far_from_the_hole_are_those_of_the_whole_picture():
    luminance = scene((120, 140))
    hole = np.zeros(luminance.shape, bool)
    hole[50:60, 60:75] = True
    far = ndimage.distance_transform_edt(~hole) > CANNY_REACH
    whole = canny_edges(luminance)
    np.testing.assert_array_equal(canny_edges(luminance, hole)[far], whole[far])
    assert whole[far].sum() > 100


def test_a_step_gives_one_line():
    step = np.zeros((40, 40))
    step[:, 20:] = 1
    edges = canny_edges(step)
    assert edges[8:-8].any(axis=1).all()
    assert set(np.flatnonzero(edges.any(axis=0))) <= {19, 20}


def test_the_border_of_a_hole_is_no_edge():
    hole = blotches((60, 60), 4)
    assert not canny_edges(np.full((60, 60), 0.7), hole).any()


def test_a_larger_sigma_sees_less():
    noisy = scene((80, 80)) + np.random.default_rng(0).normal(0, 0.3, (80, 80))
    assert canny_edges(noisy, sigma=1).sum() > canny_edges(noisy, sigma=3).sum() > 0


@given(SEEDS)
def test_composition_takes_completed_edges_in_the_hole_only(seed):
    known, completed, hole = np.random.default_rng(seed).random((3, 9, 11)) > 0.5
    composed = compose(known, completed, hole)
    np.testing.assert_array_equal(composed[hole], completed[hole])
    np.testing.assert_array_equal(composed[~hole], known[~hole])


@pytest.mark.parametrize("shape", [(5, 7, 3), (9, 3), (2, 5, 7, 3)])
def test_luminance_weighs_green_most_and_keeps_grey(shape):
    value = np.random.default_rng(0).random((*shape[:-1], 1))
    np.testing.assert_allclose(grey(np.broadcast_to(value, shape)), value[..., 0], atol=1e-12)
    red, green, blue = (float(grey(np.eye(3)[[i]])[0]) for i in range(3))
    assert green > red > blue > 0
