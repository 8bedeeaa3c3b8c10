import dataclasses
import math
import subprocess
import sys
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from napari_relic_inpaint import Stopped, evaluate
from napari_relic_inpaint.edges import canny_edges, grey
from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.measuring import evaluation, metrics
from napari_relic_inpaint.measuring.evaluation import SCORES, Row, evaluate_steps, mean_row

SEEDS = st.integers(0, 10**6)


def scene(shape, seed=0):
    """Soft patches of colour in [0, 1] with some edges."""
    noise = np.random.default_rng(seed).standard_normal(shape)
    sigma = (3, 3, 0)[: len(shape)]
    return np.clip(0.5 + 2 * ndimage.gaussian_filter(noise, sigma), 0, 1)


def as_type(unit, dtype):
    """Store a picture in [0, 1] in a type: whole range for integers."""
    if dtype[-2] == "f":
        return unit.astype(dtype)
    return np.rint(unit * np.iinfo(dtype).max).astype(dtype)


def labels_for(shape):
    labels = np.zeros(shape, np.uint8)
    labels[10:25, 8:30], labels[30:40, 40:48], labels[2:4, 2:50] = 1, 3, 7
    return labels


@pytest.fixture
def case():
    """Reference of 8 bits, labels, and a restoration that differs inside the damage only."""
    reference = as_type(scene((50, 60, 3)), "u1")
    labels = labels_for((50, 60))
    painted = as_type(scene((50, 60, 3), seed=1), "u1")
    restored = np.where(labels[..., None] > 0, painted, reference)
    return restored, reference, labels


@pytest.fixture
def small_tiles(monkeypatch):
    """Tiles so small that the last ones are a single row and column."""
    monkeypatch.setattr(evaluation, "TILE", 33)


def scores(row):
    """All scores but LPIPS, which is measured on request alone."""
    assert math.isnan(row.lpips)
    return {name: getattr(row, name) for name in SCORES if name != "lpips"}


def without_the(row, *names):
    return {name: value for name, value in scores(row).items() if name not in names}


# ---------------------------------------------------------------------------------- the scores


@given(
    seed=SEEDS,
    dtype=st.sampled_from(["u1", "f4", "f8"]),
    channels=st.sampled_from([None, 3, 4]),
    size=st.tuples(st.integers(11, 40), st.integers(11, 40)),
)
def test_the_scores_are_those_of_the_metrics(seed, dtype, channels, size):
    shape = size if channels is None else (*size, channels)
    reference, painted = (as_type(scene(shape, s), dtype) for s in (seed, seed + 1))
    hole = scene(size, seed + 2) > 0.5
    hole[0, 0], hole[-1, -1] = True, False
    restored = reference.copy()
    restored[hole] = painted[hole]
    (row,) = evaluate(restored, reference, hole, rgb=channels is not None).rows
    a, b = (p if channels is None else p[..., :3] for p in (restored, reference))
    units = [p / (255 if dtype == "u1" else 1.0) for p in (a, b)]
    found, true = (canny_edges(u if u.ndim == 2 else grey(u), sigma=2) for u in units)
    expected = Row(
        "all damage",
        int(hole.sum()),
        metrics.psnr(a, b),
        metrics.ssim(a, b),
        metrics.hole_psnr(a, b, hole),
        metrics.hole_ssim(a, b, hole),
        metrics.ciede2000(a, b, hole),
        metrics.texture(a, b, hole),
        math.nan,
        *metrics.edge_scores(found, true, hole),
        metrics.largest_change_outside(a, b, hole),
    )
    assert (row.area, row.pixels) == (expected.area, expected.pixels)
    assert scores(row) == pytest.approx(scores(expected), nan_ok=True, abs=1e-5, rel=1e-5)
    assert row.largest_change_outside == 0


@pytest.mark.parametrize("shape", [(100, 133), (34, 67), (133, 12)])
@pytest.mark.parametrize("damaged_tiles", ["all", "one"])
def test_tiles_leave_no_trace(shape, damaged_tiles, monkeypatch):
    reference, restored = (as_type(scene((*shape, 3), seed), "u1") for seed in (0, 1))
    hole = scene(shape, 2) > 0.5
    if damaged_tiles == "one":
        hole[33:] = hole[:, 33:] = False
    whole = evaluate(restored, reference, hole)
    monkeypatch.setattr(evaluation, "TILE", 33)
    tiled = evaluate(restored, reference, hole)
    edges = "edge_precision", "edge_recall", "edge_f1"
    assert without_the(tiled.rows[0], *edges) == pytest.approx(without_the(whole.rows[0], *edges))
    np.testing.assert_allclose(tiled.difference, whole.difference, atol=1e-5)
    # Weak edges are followed as far as a tile's context reaches.
    assert tiled.rows[0].edge_f1 == pytest.approx(whole.rows[0].edge_f1, abs=0.02)


def test_each_class_of_damage_has_a_row(case):
    restored, reference, labels = case
    rows = evaluate(restored, reference, labels).rows
    assert [row.area for row in rows] == ["all damage", "class 1", "class 3", "class 7"]
    assert [row.pixels for row in rows] == [330 + 80 + 96, 330, 80, 96]
    for row, label in zip(rows[1:], (1, 3, 7), strict=True):
        hole = labels == label
        assert row.hole_psnr == pytest.approx(metrics.hole_psnr(restored, reference, hole))
        assert row.hole_ssim == pytest.approx(metrics.hole_ssim(restored, reference, hole))
        assert row.ciede2000 == pytest.approx(
            metrics.ciede2000(restored, reference, hole), rel=1e-5
        )
        assert (row.psnr, row.ssim) == (rows[0].psnr, rows[0].ssim)
        assert row.largest_change_outside == 0
    assert evaluate(restored, reference, labels, classes=False).rows == rows[:1]


@pytest.mark.usefixtures("small_tiles")
def test_classes_that_lie_in_different_tiles_are_all_found(case):
    areas = [row.area for row in evaluate(*case).rows]
    assert areas == ["all damage", "class 1", "class 3", "class 7"]


@pytest.mark.parametrize("channels", [1, 3])
def test_a_mask_of_equal_channels_is_one_mask(case, channels):
    """As ``cv2.imread`` gives it; rows are no planes."""
    restored, reference, damage = case
    stacked = np.repeat((damage > 0)[..., None], channels, axis=-1)
    expected = evaluate(restored, reference, damage > 0).rows
    assert repr(evaluate(restored, reference, stacked).rows) == repr(expected)


def test_a_mask_of_unlike_channels_is_refused(case):
    restored, reference, damage = case
    unlike = np.stack([damage > 0, damage > 0, damage == 0], axis=-1)
    with pytest.raises(InputError, match="mask of one channel"):
        evaluate(restored, reference, unlike)


def test_a_mask_of_one_value_has_one_row(case):
    restored, reference, labels = case
    expected = evaluate(restored, reference, labels, classes=False).rows
    for mask in (labels > 0, (labels > 0) * np.uint8(255), (labels > 0).astype(np.float32)):
        assert evaluate(restored, reference, mask).rows == expected


def test_a_mask_with_soft_borders_has_no_classes(case):
    restored, reference, _ = case
    soft = np.arange(50 * 60, dtype=np.uint16).reshape(50, 60) % 200
    result = evaluate(restored, reference, soft)
    assert [row.area for row in result.rows] == ["all damage"]
    assert "soft borders" in result.notes[0]


def test_without_damage_the_whole_picture_is_scored(case):
    restored, reference, _ = case
    result = evaluate(restored, reference)
    (row,) = result.rows
    assert (row.area, row.pixels) == ("whole picture", 50 * 60)
    assert row.psnr == pytest.approx(metrics.psnr(restored, reference))
    assert row.ciede2000 == pytest.approx(metrics.ciede2000(restored, reference), rel=1e-5)
    assert row.edge_f1 > 0
    assert math.isnan(row.hole_psnr) and math.isnan(row.hole_ssim)
    assert math.isnan(row.largest_change_outside)
    assert np.isfinite(result.difference).all()


def test_an_empty_mask_has_no_scores_inside_it(case):
    restored, reference, labels = case
    result = evaluate(restored, reference, labels * 0)
    (row,) = result.rows
    assert row.pixels == 0
    assert math.isnan(row.hole_psnr) and math.isnan(row.ciede2000) and math.isnan(row.edge_f1)
    assert row.largest_change_outside > 0
    assert "empty" in result.notes[0]


def test_a_reference_without_texture_has_no_share_of_it(case):
    restored, reference, labels = case
    row = evaluate(restored, np.full_like(reference, 70), labels).rows[0]
    assert math.isnan(row.texture)
    assert row.hole_psnr > 0


def test_what_changed_outside_the_damage_is_found(case):
    restored, reference, labels = case
    restored[45, 5, 1] = reference[45, 5, 1] + np.uint8(9)
    assert evaluate(restored, reference, labels).rows[0].largest_change_outside in (9, 247)


def test_the_difference_is_a_map_of_the_damage(case):
    restored, reference, labels = case
    difference = evaluate(restored, reference, labels).difference
    assert difference.dtype == np.float32
    np.testing.assert_allclose(
        difference, metrics.ciede2000_map(restored, reference, labels > 0), rtol=1e-3, atol=1e-4
    )


def test_a_stack_is_scored_as_one_picture():
    reference = as_type(scene((40, 90, 3)), "u1").reshape(40, 3, 30, 3).swapaxes(0, 1)
    restored = reference.copy()
    restored[1, 5:9, 5:9] ^= 0x1F
    per_plane = np.zeros((3, 40, 30), bool)
    per_plane[1, 5:9, 5:9] = True
    result = evaluate(restored, reference, per_plane)
    (row,) = result.rows
    assert row.pixels == 16
    assert row.hole_psnr == pytest.approx(
        metrics.hole_psnr(restored[1], reference[1], per_plane[1])
    )
    assert row.psnr == pytest.approx(row.hole_psnr - 10 * math.log10(16 / 3600))
    assert row.ssim == pytest.approx(
        np.mean([metrics.ssim(a, b) for a, b in zip(restored, reference, strict=True)])
    )
    assert result.difference.shape == (3, 40, 30)
    common = evaluate(restored, reference, per_plane[1], rgb=True).rows[0]
    assert common.pixels == 48
    assert common.hole_psnr == pytest.approx(row.hole_psnr + 10 * math.log10(3))


def test_a_picture_narrower_than_the_window_of_ssim_has_the_other_scores():
    reference, restored = (as_type(scene((8, 50, 3), seed), "u1") for seed in (0, 1))
    row = evaluate(restored, reference, np.ones((8, 50), bool)).rows[0]
    assert math.isnan(row.ssim) and math.isnan(row.hole_ssim)
    assert row.psnr == row.hole_psnr
    assert row.ciede2000 > 0


# ------------------------------------------------------------------------------- unlike pictures


@pytest.mark.parametrize("dtype", ["u1", "u2", ">u2", "f4", "f8"])
@pytest.mark.parametrize("other", ["u1", ">u2", "f4"])
def test_the_same_picture_in_two_types_is_the_same_picture(dtype, other):
    levels = np.rint(scene((20, 24, 3)) * 255) / 255
    levels[0, :2] = [[0], [1]]
    result = evaluate(as_type(levels, dtype), as_type(levels, other), np.eye(20, 24) > 0)
    row = result.rows[0]
    assert row.hole_psnr > 140
    assert row.hole_ssim == pytest.approx(1)
    assert row.ciede2000 == pytest.approx(0, abs=1e-3)
    alike = np.dtype(dtype).newbyteorder("=") == np.dtype(other).newbyteorder("=")
    same = alike or {dtype, other} <= {"f4", "f8"}
    assert ("counted as black to white" in "".join(result.notes)) != same


def test_the_change_outside_is_in_the_values_of_the_reference():
    reference = as_type(scene((20, 24, 3)), "u1")
    restored = reference.astype(np.uint16) * 257
    restored[5, 5] = restored[5, 5] // 257 * 257 ^ (16 * 257)
    row = evaluate(restored, reference, np.eye(20, 24, k=9)).rows[0]
    assert row.largest_change_outside == pytest.approx(16, abs=1e-3)


def test_few_bits_in_a_wider_type_are_told_from_the_reference():
    unit = scene((20, 24, 3))
    unit[0, 0] = 1
    reference = np.rint(unit * 4095).astype(np.uint16)
    restored = np.full_like(reference, 2047)
    result = evaluate(restored, reference)
    assert result.rows[0].psnr == pytest.approx(metrics.psnr(restored, reference, data_range=4095))
    assert "0 to 4095 counted as black to white" in result.notes[0]


def test_floats_share_one_range():
    reference = 300 * scene((20, 24, 3)).astype(np.float32)
    reference[0, 0] = 300
    restored = (reference * 0.5).astype(np.float64)
    result = evaluate(restored, reference)
    assert result.rows[0].psnr == pytest.approx(
        metrics.psnr(restored, reference, data_range=300), rel=1e-5
    )
    assert result.rows[0].ssim == pytest.approx(
        metrics.ssim(restored, reference, data_range=300), rel=1e-5
    )
    assert "0 to 300" in result.notes[0]


def test_a_result_far_beyond_the_reference_is_suspicious():
    reference = scene((20, 24, 3))
    (note,) = evaluate(reference * 20, reference).notes
    assert "same scale" in note


FORMS = {
    "uint8": lambda grey: grey.astype(np.uint8),
    "uint16": lambda grey: (grey * 257).astype(np.uint16),
    "uint16 of 8 bits": lambda grey: grey.astype(np.uint16),
    "float 0 to 1": lambda grey: grey / 255,
    "float 0 to 255": lambda grey: grey.astype(np.float32),
    "int32": lambda grey: grey.astype(np.int32),
    "uint32 of 16 bits": lambda grey: (grey * 257).astype(np.uint32),
}
"""The same grey values of 0 to 255, as files and programs have them."""


# Two scales of one unsigned type cannot be told apart.
PAIRS = [pair for pair in product(FORMS, FORMS) if {*pair} != {"uint16", "uint16 of 8 bits"}]


@pytest.mark.parametrize(("form", "other"), PAIRS)
@pytest.mark.parametrize("brightest", [120, 200, 255])
def test_the_scores_do_not_depend_on_the_type(form, other, brightest):
    reference = np.rint(scene((20, 24, 3)) * brightest)
    restored = reference.copy()
    hole = np.eye(20, 24) > 0
    restored[hole] = np.rint(scene((20, 3), seed=1) * brightest)
    pair = FORMS[form](restored), FORMS[other](reference)
    expected = evaluate(restored.astype(np.uint8), reference.astype(np.uint8), hole).rows[0]
    row = evaluate(*pair, hole).rows[0]
    changed = "largest_change_outside"
    assert without_the(row, changed) == pytest.approx(without_the(expected, changed), rel=1e-3)
    assert row.largest_change_outside == pytest.approx(0, abs=0.02)


def test_scales_that_cannot_be_told_are_asked_for():
    reference = as_type(scene((20, 24, 3)), "u1")
    percent = reference / np.float64(2550)
    with pytest.raises(InputError, match=r"float64 from 0\S* to 0\.1, .* uint8 .*data_range"):
        evaluate(percent, reference)
    with pytest.raises(InputError, match="data_range cannot be 0"):
        evaluate(reference, reference, data_range=0)
    black = evaluate(np.zeros((20, 24, 3)), reference).rows[0]
    assert black.psnr == pytest.approx(metrics.psnr(np.zeros_like(reference), reference))


def test_the_white_of_both_can_be_given():
    reference = as_type(scene((20, 24, 3)), "u1")
    restored = (reference * 0.1).astype(np.float32)
    row = evaluate(restored, reference, data_range=255).rows[0]
    assert row.psnr == pytest.approx(
        metrics.psnr(restored, reference.astype(np.float32), data_range=255), rel=1e-4
    )


@pytest.mark.parametrize("dtype", ["u1", "u2", "f8"])
def test_grey_and_colour_are_compared_in_grey(dtype):
    grey_picture = as_type(scene((20, 24)), dtype)
    colour = np.stack([grey_picture] * 3, axis=-1)
    hole = np.eye(20, 24) > 0
    for restored, reference, name in [
        (grey_picture, colour, "restored picture"),
        (colour, grey_picture, "reference"),
    ]:
        result = evaluate(restored, reference, hole)
        assert f"The {name} is grey" in result.notes[-1]
        assert result.rows[0].hole_psnr == math.inf
        assert result.rows[0].largest_change_outside == 0
    changed = colour.copy()
    changed[5, 5] = changed[5, 5] // 2
    assert evaluate(changed, grey_picture, hole).rows[0].psnr < 80


def test_transparency_is_ignored_and_said(case):
    restored, reference, labels = case
    alpha = np.random.default_rng(0).integers(0, 255, (50, 60, 1), np.uint8)
    with_alpha = np.concatenate([restored, alpha], axis=-1)
    result = evaluate(with_alpha, reference, labels)
    assert result.rows == evaluate(restored, reference, labels).rows
    assert len(result.notes) == 1
    assert "transparency" in result.notes[0]


@pytest.mark.parametrize(
    ("restored", "reference", "damage", "sentence"),
    [
        ((20, 24, 3), (20, 25, 3), None, "20 x 24 x 3, the reference 20 x 25 x 3"),
        ((20, 24), (24, 20), None, "20 x 24, the reference 24 x 20"),
        ((2, 20, 24, 3), (20, 24, 3), None, "2 x 20 x 24 x 3, the reference 20 x 24 x 3"),
        ((20, 24, 3), (20, 24, 3), (20, 25), "damage is 20 x 25, the picture 20 x 24 x 3"),
    ],
)
def test_sizes_that_differ_are_named(restored, reference, damage, sentence):
    mask = None if damage is None else np.ones(damage, bool)
    with pytest.raises(InputError, match=sentence):
        evaluate(np.zeros(restored), np.zeros(reference), mask)


def test_values_that_are_no_numbers_are_refused(case):
    restored, reference, labels = case
    broken = restored.astype(np.float32)
    broken[7, 8, 1] = np.nan
    with pytest.raises(InputError, match="restored picture has NaN or infinite values, 1 of them"):
        evaluate(broken, reference, labels)
    with pytest.raises(InputError, match="the reference has NaN"):
        evaluate(reference, broken, labels)


# --------------------------------------------------------------------------- watching and stopping


@pytest.mark.usefixtures("small_tiles")
def test_the_steps_never_fall_and_end_at_one(case):
    steps = list(evaluate_steps(*case))
    fractions = [step.fraction for step in steps]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1
    assert {step.stage for step in steps} == {"reading", "comparing"}


@pytest.mark.usefixtures("small_tiles")
def test_it_stops_when_asked(case):
    asked = iter([False] * 6 + [True])
    with pytest.raises(Stopped, match="stopped"):
        evaluate(*case, should_stop=lambda: next(asked))


def test_it_needs_neither_torch_nor_qt():
    code = (
        "import sys; from napari_relic_inpaint import evaluate;"
        "print({'torch', 'napari', 'qtpy'} & sys.modules.keys())"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"


# --------------------------------------------------------------------------------------- the mean


def test_the_mean_of_rows_leaves_out_what_is_missing(case):
    row = evaluate(*case).rows[0]
    other = dataclasses.replace(row, psnr=math.inf, hole_psnr=row.hole_psnr + 2, edge_f1=math.nan)
    mean = mean_row([row, other], "all damage")
    assert mean.pixels == 2 * row.pixels
    assert mean.psnr == math.inf
    assert mean.hole_psnr == pytest.approx(row.hole_psnr + 1)
    assert mean.edge_f1 == row.edge_f1
    assert math.isnan(mean_row([dataclasses.replace(row, edge_f1=math.nan)], "x").edge_f1)
