import json
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from napari_relic_inpaint import restore, restore_steps
from napari_relic_inpaint.models.card import CARD_FILE
from napari_relic_inpaint.models.weights import save
from napari_relic_inpaint.picture.hole import HolePixels
from napari_relic_inpaint.picture.picture import Picture, ValueRange
from napari_relic_inpaint.windows.coarser import (
    HalvedSource,
    halved,
    halved_edges,
    take_over,
)
from napari_relic_inpaint.windows.plane import PictureSource, Plane

SHAPES = st.tuples(st.integers(1, 90), st.integers(1, 90))
SEEDS = st.integers(0, 10**6)


def plane_of(picture: np.ndarray, hole: np.ndarray, window: int = 64) -> Plane:
    source = PictureSource(Picture(picture, rgb=True), (), ValueRange(0, 1))
    coarse = torch.zeros(1, 3, *(-(-n // 16) for n in hole.shape))
    return Plane(source, HolePixels.of(hole), coarse=coarse, window=window)


def everything(shape: tuple[int, int]) -> tuple[slice, slice]:
    return slice(0, shape[0]), slice(0, shape[1])


# --- half the scale ---


@given(SHAPES, SEEDS)
def test_half_the_scale_has_the_mean_of_four_known_pixels(shape, seed):
    rng = np.random.default_rng(seed)
    picture = rng.random((*shape, 3)).astype(np.float32)
    hole = rng.random(shape) < 0.2
    plane = plane_of(picture, hole)
    half = halved(plane, np.ones(len(plane.pixels), bool))
    assert half.shape == (-(-shape[0] // 2), -(-shape[1] // 2))
    odd = [(0, n % 2) for n in shape]
    blocks = np.pad(picture, [*odd, (0, 0)], mode="edge").reshape(half.shape[0], 2, -1, 2, 3)
    holes = np.pad(hole, odd, mode="edge").reshape(half.shape[0], 2, -1, 2).any((1, 3))
    area = everything(half.shape)
    np.testing.assert_array_equal(half.pixels.mask(area), holes)
    read = half.read(area)
    np.testing.assert_allclose(read[~holes], blocks.mean((1, 3))[~holes], atol=1e-6)
    assert not read[holes].any()
    top, left = (int(rng.integers(n)) for n in half.shape)
    part = slice(top, half.shape[0]), slice(left, half.shape[1])
    np.testing.assert_array_equal(half.read(part), read[part])


@given(SHAPES, SEEDS)
def test_drawn_edges_are_there_at_half_the_scale(shape, seed):
    rng = np.random.default_rng(seed)
    hole = rng.random(shape) < 0.5
    plane = plane_of(rng.random((*shape, 3)).astype(np.float32), hole)
    drawn = rng.random(len(plane.pixels)) < 0.3
    half = halved(plane, drawn)
    edges = halved_edges(plane.pixels, drawn, half.pixels)
    rows, columns = np.divmod(plane.pixels.positions[drawn], shape[1])
    expected = np.zeros(half.shape, bool)
    expected[rows // 2, columns // 2] = True
    np.testing.assert_array_equal(expected[half.pixels.mask(everything(half.shape))], edges)
    assert not expected[~half.pixels.mask(everything(half.shape))].any()


@given(st.tuples(st.integers(2, 700), st.integers(2, 90)), SEEDS)
def test_what_is_taken_over_lies_where_it_was(shape, seed):
    """A picture of a plane, linear in both directions, is the same at every scale."""
    rng = np.random.default_rng(seed)
    rows, columns = np.indices(shape)
    picture = np.stack([0.1 + 0.0005 * rows + 0.003 * columns] * 3, axis=-1).astype(np.float32)
    hole = rng.random(shape) < 0.3
    plane = plane_of(picture, hole)
    wide = rng.random(len(plane.pixels)) < 0.5
    half = halved(plane, wide)
    half.hole_edges[:] = True
    centres = [2 * part + 0.5 for part in np.divmod(half.pixels.positions, half.shape[1])]
    colours = np.stack([0.1 + 0.0005 * centres[0] + 0.003 * centres[1]] * 3, axis=-1)
    take_over(plane, wide, half, colours.astype(np.float32))
    np.testing.assert_allclose(plane.prefill[wide], picture[hole][wide], atol=0.006)
    inner = (rows > 1) & (columns > 1) & (rows < shape[0] - 2) & (columns < shape[1] - 2)
    inner = inner[hole] & wide
    np.testing.assert_allclose(plane.prefill[inner], picture[hole][inner], atol=1e-4)
    assert plane.hole_edges[wide].all()
    assert not plane.prefill[~wide].any()
    assert not plane.hole_edges[~wide].any()


def test_the_source_at_half_the_scale_has_the_pictures_type():
    plane = plane_of(np.zeros((8, 8, 3), np.float64), np.eye(8, dtype=bool))
    assert HalvedSource(plane).dtype == np.float64


# --- restored with it ---


@pytest.fixture(scope="module")
def layered_model(tmp_path_factory, tiny_networks, tiny_model):
    """The tiny model, said to be trained for two coarser levels."""
    folder = tmp_path_factory.mktemp("models") / "layered"
    fields = json.loads((Path(tiny_model) / CARD_FILE).read_text())
    fields = {k: v for k, v in fields.items() if k not in ("edge", "inpaint")}
    save(fields | {"coarser_levels": 2, "widest_hole": 100}, *tiny_networks, folder)
    return str(folder)


@pytest.fixture(scope="module")
def case():
    """A picture with a hole of twice a window's width, a small one and a crack."""
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 255, (260, 270, 3)).astype(np.uint8)
    hole = np.zeros((260, 270), bool)
    hole[30:160, 40:170] = hole[250:255, 255:260] = hole[180, 10:200] = True
    return picture, hole


def test_wide_holes_start_from_a_smaller_scale(layered_model, case):
    picture, hole = case
    options = {"model": layered_model, "device": "cpu", "window": 64}
    fine = restore(picture, hole, **options, coarse_to_fine=False)
    both = restore(picture, hole, **options)
    changed = (both.picture != fine.picture).any(axis=-1)
    assert changed[60:130, 70:140].mean() > 0.5
    assert not changed[240:, 240:].any()
    np.testing.assert_array_equal(both.picture[~hole], picture[~hole])
    assert sum(both.record["network_runs"].values()) > sum(fine.record["network_runs"].values())
    assert both.record["settings"]["coarse_to_fine"] is True
    again = restore(picture, hole, **options)
    np.testing.assert_array_equal(again.picture, both.picture)


def test_a_model_not_trained_for_it_stays_at_one_scale(tiny_model, case):
    options = {"model": tiny_model, "device": "cpu", "window": 64}
    pictures = [restore(*case, **options, coarse_to_fine=way).picture for way in (True, False)]
    np.testing.assert_array_equal(*pictures)


def test_what_stands_in_a_wide_hole_has_no_influence(layered_model, case):
    picture, hole = case
    options = {"model": layered_model, "device": "cpu", "window": 64}
    other = picture.copy()
    other[hole] = 255 - other[hole]
    np.testing.assert_array_equal(
        restore(other, hole, **options).picture[hole],
        restore(picture, hole, **options).picture[hole],
    )


def test_drawn_edges_steer_wide_holes_too(layered_model, case):
    picture, hole = case
    options = {"model": layered_model, "device": "cpu", "window": 64}
    first = restore(picture, hole, **options)
    edges = np.zeros(hole.shape, bool)
    edges[100, 40:170] = True
    drawn = restore(picture, hole, edges=edges, **options)
    np.testing.assert_array_equal(drawn.edges.astype(bool)[hole], edges[hole])
    changed = (drawn.picture != first.picture).any(axis=-1)
    assert changed[hole].any()
    assert not changed[~hole].any()


def test_where_windows_see_nothing_known_the_smooth_fill_stays(tiny_model):
    picture = np.random.default_rng(3).integers(0, 256, (256, 256, 3), np.uint8)
    hole = np.zeros((256, 256), bool)
    hole[16:240, 16:240] = True
    options = {"device": "cpu", "window": 64, "detail": "none"}
    painted = restore(picture, hole, model=tiny_model, **options).picture
    smooth = restore(picture, hole, method="membrane", detail="none").picture
    # No window with known pixels reaches in there, but up to 64 px deep it could be painted.
    inside = slice(72, 160), slice(72, 160)
    np.testing.assert_array_equal(painted[inside], smooth[inside])
    assert (painted != smooth).any()


def test_progress_never_falls(layered_model, case):
    steps = list(restore_steps(*case, model=layered_model, device="cpu", window=64))
    fractions = [step.fraction for step in steps]
    assert fractions == sorted(fractions)
    assert fractions[-1] == pytest.approx(1)
    assert all(0 <= step.done <= step.total for step in steps)
    assert "sketching wide holes" in {step.stage for step in steps}


def test_holes_wider_than_what_was_measured_are_said(layered_model, case):
    picture, hole = case
    options = {"model": layered_model, "device": "cpu", "window": 64}
    record = restore(picture, hole, **options).record
    assert record["damage"]["widest"] == 129
    assert any("wider than 100 pixels" in sentence for sentence in record["warnings"])
    small = np.zeros_like(hole)
    small[50:80, 50:80] = True
    record = restore(picture, small, **options).record
    assert record["damage"]["widest"] == 29
    assert record["warnings"] == []
