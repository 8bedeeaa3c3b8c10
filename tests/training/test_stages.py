"""What a stage starts from, and what its networks and discriminators see."""

import pytest
import torch
from test_loop import QUICK, train
from tiny import TINY

from napari_relic_inpaint.networks import fold_spectral_norm
from training.batches import DamagedCrops, Part
from training.errors import TrainingError
from training.losses import texture, total
from training.pictures import Pictures, find_pictures
from training.presets import load_recipe
from training.sources import edge_generator, generators_from
from training.stages import make_stage


def test_the_bundled_model_warm_starts_a_spectrally_normalised_g1():
    recipe = load_recipe("relic", "edges")
    bundled = generators_from("relic-base")["edge"]
    warm = fold_spectral_norm(edge_generator(recipe.model, bundled))
    grey, edges, hole = (torch.rand(1, 1, 64, 64) for _ in range(3))
    hole = (hole > 0.5).float()
    with torch.no_grad():
        assert torch.allclose(warm(grey, edges, hole), bundled(grey, edges, hole), atol=0.02)


def test_stage_2_needs_a_g1_for_own_edges(folder, tmp_path):
    with pytest.raises(TrainingError, match="there is no G1"):
        train(folder, tmp_path / "run", "inpaint", "steps=1")


def test_missing_perceptual_weights_are_an_error_before_the_first_step(folder, tmp_path):
    settings = ["style=1", *QUICK]
    recipe = load_recipe("relic", "inpaint", [*TINY, *settings])
    with pytest.raises(TrainingError, match=r"none\.safetensors cannot be read"):
        make_stage(recipe, torch.device("cpu"), tmp_path / "none.safetensors")


def first_step(folder, *settings):
    recipe = load_recipe("relic", "inpaint", [*TINY, *QUICK, "detail=32", *settings])
    stage = make_stage(recipe, torch.device("cpu"), None)
    dataset = DamagedCrops(
        Pictures(find_pictures([str(folder)])),
        recipe.data,
        recipe.stage.priors,
        masks=None,
        detail=32,
        seed=0,
        part=Part(),
    )
    batch = dataset[0]
    return stage, batch, *stage.generator_step(batch, 0)


@pytest.mark.parametrize("seen", ["picture", "texture"])
def test_discriminators_see_pictures_or_their_texture_and_always_the_edges(folder, seen):
    _, batch, _, outcome = first_step(folder, f"seen={seen}")
    real, fake = outcome.judged
    assert torch.equal(real[:, 3:], outcome.edges)
    assert torch.equal(fake[:, 3:], outcome.edges)
    expected = (batch.picture, outcome.picture)
    if seen == "texture":
        expected = tuple(texture(picture) for picture in expected)
    assert torch.equal(real[:, :3], expected[0])
    assert torch.equal(fake[:, :3], expected[1])


def test_frozen_discriminators_get_no_gradients_from_the_generators(folder):
    stage, _, terms, _ = first_step(folder)
    total(terms).backward()
    assert all(p.grad is None for d in stage.discriminators.values() for p in d.parameters())
    assert any(p.grad is not None for p in stage.generators["inpaint"].parameters())
