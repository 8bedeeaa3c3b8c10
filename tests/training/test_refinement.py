import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tiny import TINY

from napari_relic_inpaint.edges import COMPLETED_WIDTH
from napari_relic_inpaint.marking.damage import KINDS, synthetic_damage
from napari_relic_inpaint.picture.hole import HolePixels
from napari_relic_inpaint.picture.widths import where_square_fits
from training.batches import DamagedCrops, Part
from training.errors import TrainingError
from training.losses import total
from training.pictures import Pictures, find_pictures
from training.presets import load_recipe
from training.refinement import halved, place_crop, wide_hole
from training.stages import make_stage
from training.stages.inpaint import completed_area

SETTINGS = (*TINY, "hole_form=membrane", "scale=[1,1]", "detail=32", "thinned=0", "none=0")


def batch_of(folder, *settings, stage="inpaint"):
    recipe = load_recipe("relic", stage, [*SETTINGS, "refined=1", *settings])
    dataset = DamagedCrops(
        Pictures(find_pictures([str(folder)])),
        recipe.data,
        recipe.stage.priors,
        masks=None,
        detail=32,
        refined=recipe.stage.refined,
        seed=1,
        part=Part(),
    )
    torch.manual_seed(0)
    return dataset[0], make_stage(recipe, torch.device("cpu"), None)


def test_a_crop_lies_in_its_surroundings_at_half_the_scale(folder):
    batch, _ = batch_of(folder, "own=0")
    coarse = batch.coarse
    assert coarse.picture.shape == batch.picture.shape
    for i, (row, column) in enumerate(batch.place.tolist()):
        crop, hole = batch.picture[i], batch.hole[i, 0]
        # Only pixels of the surroundings that lie wholly in the crop can be compared.
        top, left = row % 2, column % 2
        size = hole.shape[-1] - 2
        inner = (slice(top, top + size), slice(left, left + size))
        half = size // 2
        place = tuple(
            slice(start, start + half) for start in ((row + top) // 2, (column + left) // 2)
        )
        mean = torch.nn.functional.avg_pool2d(crop[(slice(None), *inner)], 2)
        torch.testing.assert_close(mean, coarse.picture[i][(slice(None), *place)])
        any_hole = torch.nn.functional.max_pool2d(hole[inner][None], 2)[0]
        assert torch.equal(any_hole, coarse.hole[i, 0][place])


@pytest.mark.parametrize("own", [0, 1])
def test_a_crop_starts_from_the_enlarged_result_of_its_surroundings(folder, own):
    batch, stage = batch_of(folder, f"own={own}", f"true={1 - own}", stage="joint")
    painting = stage._painting
    seen = []
    painting._paint = lambda start, edges, hole: (
        seen.append((start, edges)) or torch.full_like(start, 0.25 if len(seen) == 1 else 0.5)
    )
    stage.generator_step(batch, 0)
    (_, coarse_edges), (start, edges) = seen
    hole = batch.hole.bool()
    inside = hole & (torch.nn.functional.max_pool2d(1 - batch.hole, 5, 1, 2) == 0)
    assert inside.any()
    # Away from the border nothing but the result of the surroundings is left to start from.
    assert (start.permute(0, 2, 3, 1)[inside[:, 0]] == 0.25).all()
    assert torch.equal(start[~hole.expand_as(start)], batch.picture[~hole.expand_as(start)])
    if own:
        enlarged = coarse_edges.repeat_interleave(2, 2).repeat_interleave(2, 3)
        for i, (row, column) in enumerate(batch.place.tolist()):
            size = hole.shape[-1]
            cut = enlarged[i, 0, row : row + size, column : column + size]
            assert torch.equal(edges[i, 0][hole[i, 0]], cut[hole[i, 0]])
    else:
        assert torch.equal(edges[hole], batch.edges[hole])


@pytest.mark.parametrize("stage", ["inpaint", "joint"])
def test_nothing_inside_the_holes_reaches_the_networks(folder, stage):
    own = ["own=1", "true=0"] if stage == "joint" else ["own=0"]
    batch, made = batch_of(folder, *own, stage=stage)
    if stage == "inpaint":
        batch.prior *= 1 - batch.hole
        batch.coarse.prior *= 1 - batch.coarse.hole
    _, outcome = made.generator_step(batch, 0)
    before = made.shown(outcome).picture
    for part in (batch, batch.coarse):
        noise = torch.rand_like(part.picture)
        part.picture = torch.where(part.hole > 0, noise, part.picture)
        part.grey = torch.where(part.hole > 0, noise[:, :1], part.grey)
    _, outcome = made.generator_step(batch, 0)
    assert torch.equal(made.shown(outcome).picture, before)


def test_refining_trains_the_second_network(folder):
    batch, stage = batch_of(folder, "own=0")
    terms, _ = stage.generator_step(batch, 0)
    total(terms).backward()
    assert all(p.grad is not None for p in stage.generators["inpaint"].parameters())


@pytest.mark.parametrize("hole_form", ["white", "spline"])
def test_only_a_membrane_can_be_refined(hole_form):
    with pytest.raises(TrainingError, match="--set: refined needs the hole_form membrane"):
        load_recipe("relic", "inpaint", [f"hole_form={hole_form}", "refined=0.5"])


@given(st.integers(0, 1000))
def test_a_crop_of_a_wide_hole_is_damaged(seed):
    rng = np.random.default_rng(seed)
    hole = wide_hole(rng, 64)
    row, column = place_crop(rng, hole)
    assert hole[row : row + 32, column : column + 32].any()
    assert hole.any()
    assert not hole.all()


def test_a_reduced_pixel_is_known_where_all_four_are():
    picture = np.arange(48, dtype=np.float32).reshape(4, 4, 3)
    hole = np.zeros((4, 4), bool)
    hole[0, 1] = True
    reduced, coarse = halved(picture, hole)
    np.testing.assert_array_equal(coarse, [[True, False], [False, False]])
    np.testing.assert_allclose(reduced[1, 1], picture[2:, 2:].mean((0, 1)))
    assert reduced.dtype == np.float32


@pytest.mark.parametrize("kind", KINDS)
def test_edges_are_completed_where_they_are_at_restoration(kind):
    hole = synthetic_damage((96, 80), kind, np.random.default_rng(2), block=30)
    completed = completed_area(torch.from_numpy(hole[None, None].astype(np.float32)))[0, 0].numpy()
    np.testing.assert_array_equal(
        completed[hole], where_square_fits(HolePixels.of(hole), COMPLETED_WIDTH)
    )
    assert not completed[~hole].any()
    share = completed.sum() / hole.sum()
    assert share < 0.3 if kind == "crack" else share > 0.5
