"""Runs that the clock ends, and the texture they can be exported with."""

import time

import numpy as np
import pytest
import torch
from test_loop import fitted, rows
from tiny import TINY, draw_picture

from napari_relic_inpaint import restore
from napari_relic_inpaint.models.card import read_card
from training import loop
from training.checkpoints import Checkpoints
from training.device import prepare as preparation
from training.errors import TrainingError
from training.export import export_model
from training.presets import by_clock, change, load_recipe
from training.recipe import ENDLESS
from training.runs import Run
from training.sources import generators_from

MINUTES = 0.03


@pytest.fixture(autouse=True)
def few_masks(monkeypatch):
    monkeypatch.setattr(preparation, "COUNT", 32)


def timed(folder, out, stage, *settings, vgg=None):
    recipe = load_recipe("relic", stage, [*TINY, *settings])
    recipe = change(recipe, by_clock(recipe, MINUTES))
    run = Run(recipe=recipe, data=(str(folder),), perceptual_weights=vgg)
    assert fitted(run, out) == 0
    return recipe


@pytest.mark.parametrize("pipeline", ["workers", "device"])
def test_each_stage_by_the_clock_exported_and_used(folder, tmp_path, vgg_file, pipeline):
    one = f"pipeline={pipeline}"
    started = time.perf_counter()
    timed(folder, tmp_path / "edges", "edges", one)
    first = f'init_from=["{tmp_path / "edges"}"]'
    timed(folder, tmp_path / "inpaint", "inpaint", one, "detail=32", first)
    both = f'init_from=["{tmp_path / "edges"}", "{tmp_path / "inpaint"}"]'
    timed(folder, tmp_path / "texture", "texture", one, "detail=32", both, vgg=vgg_file)
    assert time.perf_counter() - started >= 3 * 60 * MINUTES
    logged = rows(tmp_path / "texture/log.csv")[0]
    terms = ("feature_matching", "perceptual", "style", "adversarial_global", "D2", "D3")
    assert all(np.isfinite(float(logged[term])) for term in terms)
    assert "D2" not in rows(tmp_path / "inpaint/log.csv")[0]  # never means never
    runs = [str(tmp_path / name) for name in ("edges", "inpaint", "texture")]
    plain, textured = (generators_from(run)["inpaint"].state_dict() for run in runs[1:])
    for share in (0.0, 0.25, 1.0):
        card = export_model(runs, tmp_path / f"model-{share}", texture=share)
        assert card.texture_share == read_card(tmp_path / f"model-{share}").texture_share == share
        model = generators_from(str(tmp_path / f"model-{share}"))["inpaint"].state_dict()
        for name, weight in model.items():
            expected = torch.lerp(plain[name], textured[name], share)
            torch.testing.assert_close(weight, expected, atol=1e-3, rtol=1e-3)
    assert any(not torch.equal(plain[name], textured[name]) for name in plain)
    assert '"texture_share"' not in export_card(runs, tmp_path / "last")
    picture, damage = draw_picture(9, 96), np.zeros((96, 96), bool)
    damage[30:50, 30:50] = True
    result = restore(picture, damage, model=str(tmp_path / "model-0.25"), device="cpu").picture
    assert np.array_equal(result[~damage], picture[~damage])
    with pytest.raises(TrainingError, match="is a run of stage texture"):
        export_model(runs[:2], tmp_path / "none", texture=0.5)


def export_card(runs, folder):
    export_model(runs, folder)
    return (folder / "card.json").read_text()


def test_what_a_run_never_lets_in_stays_out():
    recipe = load_recipe("relic", "inpaint")
    clocked = change(recipe, by_clock(recipe, 10))
    assert clocked.endless and not recipe.endless
    assert clocked.training.minutes == 10
    assert clocked.stage.losses.adversarial_from == ENDLESS
    assert clocked.stage.losses.perceptual_from == 0
    edges = load_recipe("relic", "edges")
    assert change(edges, by_clock(edges, 10)).stage.losses.adversarial_from == 16_000


def test_a_run_by_the_clock_is_saved_in_time(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "SAVED_EVERY", 0)
    timed(folder, tmp_path / "run", "edges", "save_every=1000000")
    assert len(Checkpoints(tmp_path / "run").steps()) > 1
