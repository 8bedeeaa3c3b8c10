import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.metrics import structural_similarity

from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.measuring.metrics import (
    ciede2000,
    ciede2000_map,
    edge_scores,
    edgeconnect_ssim,
    hole_psnr,
    hole_ssim,
    largest_change_outside,
    psnr,
    ssim,
    ssim_map,
    texture,
)

SEEDS = st.integers(0, 10**6)
DTYPES = ["u1", "u2", ">u2", "i2", "f4", "f8"]
C1 = 0.01**2  # the constant of SSIM that keeps dark flat areas from dividing by zero


def picture(shape, dtype, seed=0):
    values = np.random.default_rng(seed).random(shape)
    return (values if dtype[-2] == "f" else values * np.iinfo(dtype).max).astype(dtype)


def flat(value, shape=(16, 16)):
    return np.full(shape, value, np.float64)


def hole_at(*pixels, shape=(16, 16)):
    hole = np.zeros(shape, bool)
    for pixel in pixels:
        hole[pixel] = True
    return hole


def textured(result, truth, **options):
    return texture(result, truth, np.ones(truth.shape[:2], bool), **options)


# ------------------------------------------------------------------ peak signal-to-noise ratio


@pytest.mark.parametrize(
    ("dtype", "error"), [("u1", 51), ("u2", 13107), (">u2", 13107), ("f4", 0.2), ("f8", 0.2)]
)
def test_psnr_of_an_error_of_a_fifth_of_the_range_is_14_db(dtype, error):
    truth = np.zeros((4, 4, 3), dtype)
    expected = pytest.approx(20 * math.log10(5), rel=1e-6)
    assert psnr(truth + np.array(error, dtype), truth) == expected
    assert psnr(truth, truth + np.array(error, dtype)) == expected


def test_the_data_range_can_be_given():
    truth = np.zeros((4, 4), np.uint16)
    assert psnr(truth + 1, truth, data_range=10) == pytest.approx(20)
    assert hole_psnr(truth + 1, truth, truth == 0, data_range=10) == pytest.approx(20)


@pytest.mark.parametrize("score", [psnr, ssim, ciede2000, edgeconnect_ssim, textured])
@pytest.mark.parametrize(
    ("brightest", "dtype"), [(255, "f4"), (100, "f8"), (255, "i4"), (65535, "u4")]
)
def test_values_on_an_unknown_scale_need_a_data_range(score, brightest, dtype):
    truth = (np.linspace(0, brightest, 60 * 60).reshape(60, 60)).astype(dtype)
    with pytest.raises(InputError, match="data_range"):
        score(truth, truth)
    assert np.isfinite(score(truth + 1, truth, data_range=brightest))


@given(
    seed=SEEDS,
    dtype=st.sampled_from(DTYPES),
    shape=st.sampled_from([(9, 12), (9, 12, 1), (9, 12, 3), (1, 2, 3)]),
    share=st.floats(0.01, 1),
)
def test_hole_psnr_is_psnr_plus_the_share_of_the_hole(seed, dtype, shape, share):
    truth, painted = picture(shape, dtype, seed), picture(shape, dtype, seed + 1)
    hole = np.random.default_rng(seed).random(shape[:2]) < share
    hole[0, 0] = True
    result = truth.copy()
    result[hole] = painted[hole]
    expected = psnr(result, truth) + 10 * math.log10(hole.mean())
    assert hole_psnr(result, truth, hole) == pytest.approx(expected)


# ------------------------------------------------------------------------ structural similarity


def test_ssim_of_flat_pictures_is_that_of_their_brightness():
    expected = (2 * 0.2 * 0.6 + C1) / (0.2**2 + 0.6**2 + C1)
    assert ssim(flat(0.2), flat(0.6)) == pytest.approx(expected)
    assert hole_ssim(flat(0.2), flat(0.6), hole_at((0, 0))) == pytest.approx(expected)
    assert edgeconnect_ssim(flat(0.2, (51, 51)), flat(0.6, (51, 51))) == pytest.approx(expected)


def test_ssim_of_a_pixel_is_the_formula_over_its_window():
    result, truth = np.random.default_rng(0).random((2, 11, 11))
    steps = np.arange(-5, 6)
    weights = np.exp(-(steps**2) / (2 * 1.5**2))
    weights = np.outer(weights, weights) / weights.sum() ** 2
    a, b = (np.sum(weights * values) for values in (result, truth))
    aa, bb, ab = (
        np.sum(weights * x * y) - m * n
        for x, y, m, n in [
            (result, result, a, a),
            (truth, truth, b, b),
            (result, truth, a, b),
        ]
    )
    c2 = 0.03**2
    expected = (2 * a * b + C1) * (2 * ab + c2) / ((a * a + b * b + C1) * (aa + bb + c2))
    assert ssim_map(result, truth)[5, 5] == pytest.approx(expected)
    assert ssim(result, truth) == pytest.approx(expected)  # the only window that fits


def test_ssim_is_the_mean_of_the_channels():
    result, truth = np.random.default_rng(0).random((2, 20, 24, 3))
    channels = [ssim(result[..., c], truth[..., c]) for c in range(3)]
    assert ssim(result, truth) == pytest.approx(np.mean(channels))


def test_the_hole_counts_at_the_border_where_the_picture_does_not():
    truth = np.random.default_rng(0).random((32, 32))
    result = truth.copy()
    result[0, 0] = 1 - truth[0, 0]
    assert ssim(result, truth) == pytest.approx(1)
    assert hole_ssim(result, truth, hole_at((0, 0), shape=(32, 32))) < 0.9


def test_ssim_of_opposite_pictures_is_negative():
    truth = np.random.default_rng(0).random((32, 32, 3))
    assert ssim(1 - truth, truth) < 0


@pytest.mark.parametrize("shape", [(10, 40), (40, 10), (1, 1), (10, 40, 3)])
def test_a_picture_narrower_than_the_window_has_no_ssim(shape):
    truth = np.ones(shape)
    assert math.isnan(ssim(truth, truth))
    assert math.isnan(hole_ssim(truth, truth, np.ones(shape[:2], bool)))
    assert math.isnan(edgeconnect_ssim(truth, truth))


def test_edgeconnects_ssim_is_of_the_luminance_in_a_wide_flat_window():
    result, truth = np.random.default_rng(0).random((2, 60, 70, 3))
    luminance = [p @ [0.2125, 0.7154, 0.0721] for p in (result, truth)]
    expected = structural_similarity(*luminance, win_size=51, data_range=1.0)
    assert edgeconnect_ssim(result, truth) == pytest.approx(expected)
    assert edgeconnect_ssim(result[..., 0], truth[..., 0]) != pytest.approx(expected)


# ----------------------------------------------------------------------------- colour difference


def lightness(value):
    """L* of a grey of sRGB, by the definition."""
    linear = ((value + 0.055) / 1.055) ** 2.4
    return 116 * linear ** (1 / 3) - 16


def test_ciede2000_of_greys_is_their_difference_of_lightness_weighed():
    assert ciede2000(flat(0.0), flat(1.0)) == pytest.approx(100, rel=1e-4)
    dark, light = lightness(0.5), lightness(0.7)
    middle = ((dark + light) / 2 - 50) ** 2
    expected = (light - dark) / (1 + 0.015 * middle / math.sqrt(20 + middle))
    assert ciede2000(flat(0.5), flat(0.7)) == pytest.approx(expected, rel=1e-4)


def test_ciede2000_tells_colours_of_one_lightness_apart():
    red, grey = np.zeros((2, 2, 3)), np.full((2, 2, 3), 0.5)
    red[...] = [0.83, 0.3, 0.3]
    assert ciede2000(red, grey) > 20


def test_nothing_is_blacker_than_black_or_whiter_than_white():
    assert ciede2000(flat(1.5), flat(1.0)) == 0
    assert ciede2000(flat(-0.5), flat(0.0)) == 0


def test_only_the_hole_has_a_colour_difference():
    result, truth = np.random.default_rng(0).random((2, 8, 9, 3))
    hole = hole_at((2, 3), (7, 8), shape=(8, 9))
    inside = ciede2000_map(result, truth, hole)
    everywhere = ciede2000_map(result, truth)
    assert np.isnan(inside[~hole]).all()
    np.testing.assert_allclose(inside[hole], everywhere[hole])
    assert ciede2000(result, truth, hole) == pytest.approx(everywhere[hole].mean())
    assert ciede2000(result, truth) == pytest.approx(everywhere.mean())


def test_grey_is_colour_with_equal_channels_and_transparency_has_no_colour():
    result, truth = np.random.default_rng(0).random((2, 6, 6))
    expected = ciede2000(*(np.stack([p] * 3, axis=-1) for p in (result, truth)))
    assert ciede2000(result, truth) == pytest.approx(expected)
    transparent = (
        np.stack([p] * 3 + [other], axis=-1) for p, other in ((result, 0 * truth), (truth, truth))
    )
    assert ciede2000(*transparent) == pytest.approx(expected)


# -------------------------------------------------------------------------------- changes outside


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_largest_change_outside_is_in_the_pictures_values(dtype):
    original = np.full((4, 5, 3), 100, dtype)
    result = original.copy()
    result[1, 1], result[3, 4, 2] = 0, 93
    assert largest_change_outside(result, original, hole_at((1, 1), shape=(4, 5))) == 7
    both = hole_at((1, 1), (3, 4), shape=(4, 5))
    assert largest_change_outside(result, original, both) == 0
    assert math.isnan(largest_change_outside(result, original, np.ones((4, 5), bool)))


# ------------------------------------------------------------------------------------------ edges


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


def test_no_edges_at_all_have_no_scores():
    nothing, hole = np.zeros((5, 5), bool), np.ones((5, 5), bool)
    assert all(math.isnan(score) for score in edge_scores(nothing, nothing, hole))


def test_finding_none_of_the_edges_is_the_worst_score_and_not_a_missing_one():
    nothing, everywhere = np.zeros((5, 5), bool), np.ones((5, 5), bool)
    found_none = edge_scores(nothing, everywhere, everywhere)
    assert math.isnan(found_none.precision)
    assert (found_none.recall, found_none.f1) == (0, 0)
    invented = edge_scores(everywhere, nothing, everywhere)
    assert math.isnan(invented.recall)
    assert (invented.precision, invented.f1) == (0, 0)


# --------------------------------------------------------------------------------------- texture


@given(seed=SEEDS, gain=st.floats(0, 1.5), brightness=st.floats(-0.2, 0.2))
def test_texture_is_a_share_and_knows_no_brightness(seed, gain, brightness):
    truth = np.random.default_rng(seed).random((20, 23, 3))
    result = 0.5 + gain * (truth - 0.5) + brightness
    hole = np.random.default_rng(seed + 1).random((20, 23)) > 0.5
    assert texture(result, truth, hole) == pytest.approx(gain, abs=1e-6)


def test_texture_is_the_root_mean_square_beside_the_mean_of_nine_pixels():
    truth, result = flat(0, (30, 30)), flat(0, (30, 30))
    truth[15, 15], result[15, 15] = 1, 0.5
    hole = np.zeros((30, 30), bool)
    hole[15, 15] = hole[15, 19] = hole[15, 20] = True
    assert texture(result, truth, hole) == pytest.approx(0.5)
    # Four pixels off the window still holds the dot, five pixels off it does not.
    result = flat(0, (30, 30))
    result[15, 23] = 1
    assert texture(result, truth, hole) == pytest.approx(
        math.sqrt(2 / 81**2) / math.sqrt((80**2 + 1) / 81**2)
    )


def test_texture_in_the_wrong_place_is_texture():
    truth = np.random.default_rng(0).random((64, 64))
    hole = np.zeros((64, 64), bool)
    hole[16:48, 16:48] = True
    result = truth.copy()
    result[16:48, 16:48] = truth[17:49, 14:46]
    assert texture(result, truth, hole) == pytest.approx(1, abs=0.05)
    assert hole_psnr(result, truth, hole) < 9
    smooth = truth.copy()
    smooth[hole] = 0.5
    assert texture(smooth, truth, hole) < 0.5


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("dtype", ["u1", "u2", "f4", "f8"])
def test_there_is_no_share_of_no_texture(dtype):
    """A computed ramp, rounded to the levels of its type, is flat for the eye."""
    ramp = np.linspace(0.2, 0.4, 40 * 40).reshape(40, 40)
    truth = (ramp if dtype[0] == "f" else np.rint(ramp * np.iinfo(dtype).max)).astype(dtype)
    hole = np.zeros((40, 40), bool)
    hole[10:30, 10:30] = True
    assert math.isnan(texture(picture((40, 40), dtype), truth, hole))
    assert texture(truth, picture((40, 40), dtype), hole) < 0.05


# -------------------------------------------------------------------------------- the odd inputs


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(52, 53), (52, 53, 3), (52, 53, 4)])
def test_identical_pictures_have_the_best_scores(dtype, shape):
    truth = picture(shape, dtype)
    hole = hole_at((5, 6), shape=shape[:2])
    assert psnr(truth, truth) == hole_psnr(truth, truth, hole) == math.inf
    assert ssim(truth, truth) == hole_ssim(truth, truth, hole) == pytest.approx(1)
    assert edgeconnect_ssim(truth, truth) == pytest.approx(1)
    assert ciede2000(truth, truth) == ciede2000(truth, truth, hole) == 0
    assert texture(truth, truth, hole) == 1
    assert largest_change_outside(truth, truth, hole) == 0


def test_a_hole_of_one_pixel_has_scores():
    truth = np.random.default_rng(0).random((16, 16, 3))
    result = truth.copy()
    result[3, 4] = [0, 0.1, 1.0]
    hole = hole_at((3, 4))
    error = np.mean((result[3, 4] - truth[3, 4]) ** 2)
    assert hole_psnr(result, truth, hole) == pytest.approx(-10 * math.log10(error))
    assert hole_ssim(result, truth, hole) == pytest.approx(ssim_map(result, truth)[3, 4])
    assert ciede2000(result, truth, hole) == pytest.approx(ciede2000_map(result, truth)[3, 4])


@pytest.mark.filterwarnings("error")
def test_an_empty_hole_has_no_scores():
    result, truth = np.random.default_rng(0).random((2, 16, 16, 3))
    nowhere = np.zeros((16, 16), bool)
    for score in (hole_psnr, hole_ssim, ciede2000, texture):
        assert math.isnan(score(result, truth, nowhere))
    assert largest_change_outside(result, truth, nowhere) == pytest.approx(
        np.abs(result - truth).max()
    )


@pytest.mark.parametrize(
    ("result", "truth", "options", "sentence"),
    [
        (np.zeros((4, 5)), np.zeros((5, 4)), {}, "4 x 5, the truth 5 x 4"),
        (np.zeros((4, 5, 3)), np.zeros((4, 5)), {}, "4 x 5 x 3, the truth 4 x 5"),
        (np.zeros((4, 5), np.uint8), np.zeros((4, 5), np.uint16), {}, "uint8 and one of uint16"),
        (np.zeros((4, 5)), np.zeros((4, 5), np.uint8), {}, "no data range in common"),
        (np.zeros((4, 5)), np.zeros((4, 5)), {"data_range": 0}, "data_range cannot be 0"),
        (np.zeros((4, 5)), np.zeros((4, 5)), {"data_range": math.nan}, "data_range cannot be nan"),
    ],
)
def test_pictures_that_cannot_be_compared_are_named(result, truth, options, sentence):
    for score in (psnr, ssim, edgeconnect_ssim, ciede2000):
        with pytest.raises(InputError, match=sentence):
            score(result, truth, **options)


def test_a_hole_that_does_not_fit_is_named():
    truth = np.zeros((16, 16))
    for score in (hole_psnr, hole_ssim, ciede2000, largest_change_outside):
        with pytest.raises(InputError, match="16 x 15, the picture 16 x 16"):
            score(truth, truth, np.zeros((16, 15), bool))
        with pytest.raises(InputError, match="not of uint8"):
            score(truth, truth, np.zeros((16, 16), np.uint8))
