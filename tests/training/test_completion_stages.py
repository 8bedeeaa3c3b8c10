"""The training of GLCIC and of contextual attention, from the first step to a model."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from test_loop import COMPLETIONS, FROM_THE_START, fitted, python, rows, same, train, weights
from tiny import TINY, draw_picture

from napari_relic_inpaint import restore
from napari_relic_inpaint.files import read_picture, write_picture
from napari_relic_inpaint.models import completion
from training.batches import DamagedCrops, Part, PriorMix
from training.checkpoints import Checkpoints
from training.errors import TrainingError
from training.export import export_model
from training.losses import total
from training.pictures import Pictures, find_pictures
from training.presets import load_recipe
from training.preview import write_preview
from training.runs import Run
from training.stages import make_stage

both = pytest.mark.parametrize("stage", COMPLETIONS)
SCORED = ("hole_psnr", "psnr", "ssim", "texture", "hole_psnr_spline")


def batch_and_stage(folder, name, *settings):
    recipe = load_recipe("relic", name, [*TINY, "detail=32", *settings])
    torch.manual_seed(0)
    stage = make_stage(recipe, torch.device("cpu"), None)
    dataset = DamagedCrops(
        Pictures(find_pictures([str(folder)])),
        recipe.data,
        PriorMix(true=1, thinned=0, own=0, none=0),
        masks=None,
        detail=32,
        seed=0,
        part=Part(),
    )
    return dataset[0], stage


def changed(before, after):
    return any(not torch.equal(value, after[key]) for key, value in before.items())


def test_glcic_trains_in_three_phases(folder, tmp_path):
    phases = ("discriminator_from=1", "adversarial_from=2", "steps=3", "save_every=1")
    train(folder, tmp_path / "run", "glcic", *phases)
    states = [
        torch.load(path, weights_only=True)["networks"]
        for path in sorted((tmp_path / "run/checkpoints").glob("step-*.pt"))
    ]
    learned = [
        {name: changed(before[name], after[name]) for name in ("completion", "D")}
        for before, after in pairwise(states)
    ]
    weights_of_generator = [
        {k: v for k, v in state["completion"].items() if k.endswith(("weight", "bias"))}
        for state in states
    ]
    # The second step trains the discriminator alone, the third one both.
    assert learned[0]["D"] and not changed(*weights_of_generator[:2])
    assert learned[1]["D"] and changed(*weights_of_generator[1:])
    logged = [{k for k, v in row.items() if v} for row in rows(tmp_path / "run/log.csv")]
    terms = {"squared", "adversarial", "D"}
    assert [row & terms for row in logged] == [{"squared"}, {"D"}, terms]


def test_phases_have_an_order():
    with pytest.raises(TrainingError, match=r"discriminator_from \(5\) comes after adversarial"):
        load_recipe("relic", "glcic", ["discriminator_from=5", "adversarial_from=4"])


def test_glcic_keeps_the_mean_colour_of_its_pictures(tmp_path):
    folder = tmp_path / "red"
    folder.mkdir()
    for i, level in enumerate((180, 220)):
        colour = np.array([level, 20, 60], np.uint8)
        write_picture(folder / f"{i}.png", np.broadcast_to(colour, (64, 64, 3)).copy(), rgb=True)
    train(folder, tmp_path / "run", "glcic", "steps=1", "scale=[1.0,1.0]")
    colour = weights(tmp_path / "run")["completion"]["mean_colour"]
    assert colour.tolist() == pytest.approx([200 / 255, 20 / 255, 60 / 255], abs=0.03)
    train(folder, tmp_path / "run", "glcic", "steps=2", resume=True)
    assert torch.equal(weights(tmp_path / "run")["completion"]["mean_colour"], colour)


@both
def test_losses_see_the_hole_of_the_result_alone(folder, stage):
    batch, made = batch_and_stage(folder, stage, *FROM_THE_START[stage])
    _, outcome = made.generator_step(batch, 0)
    known = (batch.hole == 0).expand_as(batch.picture)
    assert torch.equal(outcome.picture[known], batch.picture[known])
    real, fake = outcome.judged
    assert torch.equal(real[known], fake[known])
    assert not torch.equal(real, fake)


@both
def test_frozen_discriminators_get_no_gradients_from_the_generator(folder, stage):
    batch, made = batch_and_stage(folder, stage, *FROM_THE_START[stage])
    terms, outcome = made.generator_step(batch, 0)
    total(terms).backward()
    assert all(p.grad is None for d in made.discriminators.values() for p in d.parameters())
    learning = [p.grad for p in made.generators["completion"].parameters()]
    assert all(gradient is not None and gradient.isfinite().all() for gradient in learning)
    made.generators["completion"].zero_grad(set_to_none=True)
    total(made.discriminator_step(batch, outcome, 0)).backward()
    assert all(p.grad is not None for d in made.discriminators.values() for p in d.parameters())
    assert all(p.grad is None for p in made.generators["completion"].parameters())


@both
def test_the_discriminators_come_later(folder, stage):
    batch, made = batch_and_stage(folder, stage)
    terms, outcome = made.generator_step(batch, 0)
    assert "adversarial" not in terms
    assert made.discriminator_step(batch, outcome, 0) == {}


def test_critics_are_exact_under_mixed_precision(folder):
    name = "contextual-attention"
    batch, stage = batch_and_stage(folder, name, *FROM_THE_START[name])
    with torch.autocast("cpu", torch.bfloat16):
        _, outcome = stage.generator_step(batch, 0)
        torch.manual_seed(1)
        mixed = stage.discriminator_step(batch, outcome, 0)
    torch.manual_seed(1)
    exact = stage.discriminator_step(batch, outcome, 0)
    assert {"critic_whole", "critic_detail", "penalty_whole", "penalty_detail"} == set(exact)
    for term, value in exact.items():
        assert torch.equal(mixed[term], value), term


@both
def test_mixed_precision_trains(folder, tmp_path, stage):
    settings = (*FROM_THE_START[stage], "steps=2", "precision=bf16-mixed", "crops=[64]")
    train(folder, tmp_path / "run", stage, *settings)
    for row in rows(tmp_path / "run/log.csv"):
        assert all(np.isfinite(float(value)) for value in row.values())


@both
def test_resume_is_bit_identical(folder, tmp_path, stage):
    # In a process of its own: what other tests leave behind in this one may change sums.
    trainer = (
        "import sys, test_loop, torch\n"
        "from pathlib import Path\n"
        "folder, out, stage, *settings = sys.argv[1:]\n"
        "settings = ('steps=4', 'save_every=2', *settings)\n"
        "test_loop.train(Path(folder), Path(out), stage, *settings)\n"
        "Path(out, 'checkpoints/step-00000004.pt').rename(Path(out, 'whole.pt'))\n"
        "torch.manual_seed(9)\n"
        "test_loop.train(Path(folder), Path(out), stage, *settings, resume=True)\n"
    )
    out = tmp_path / "run"
    done = python("-c", trainer, folder, out, stage, *FROM_THE_START[stage])
    assert done.returncode == 0, done.stderr
    whole, resumed = torch.load(out / "whole.pt", weights_only=True), Checkpoints(out).read_last()
    assert whole["step"] == resumed["step"] == 4
    assert same(whole["networks"], resumed["networks"])
    assert same(whole["averages"], resumed["averages"])


@both
def test_validation_export_preview_and_restoration(folder, large, tmp_path, stage):
    run = tmp_path / "run"
    train(folder, run, stage, "steps=2", "validate_every=1", "save_every=1", val=[large])
    scores = rows(run / "validation.csv")
    kinds = ("crack", "brush", "loss", "block")
    names = {f"{name}_{kind}" for name in SCORED for kind in kinds}
    assert set(scores[0]) == {"step", "score", *names}
    decisive = [float(scores[1][f"hole_psnr_{kind}"]) for kind in kinds]
    assert float(scores[1]["score"]) == pytest.approx(np.mean(decisive), rel=1e-4)
    # A row each of damaged, result and truth.
    assert read_picture(run / "samples/step-00000002.png").data.shape == (31 + 4 * 132, 3 * 132, 3)

    with pytest.raises(TrainingError, match="without edges"):
        export_model([str(run)], tmp_path / "none", edges_from="relic-base")
    card = export_model([str(run)], tmp_path / "mine", last=True)
    assert (card.method, card.network.width) == (stage, 4)
    loaded = completion.load(str(tmp_path / "mine"))
    averages = Checkpoints(run).read_last()["averages"]["completion"]
    for key, value in loaded.network.state_dict().items():
        assert torch.allclose(value, averages[key], atol=1e-3), key
    picture = draw_picture(9, 96)
    damage = np.zeros(picture.shape[:2], bool)
    damage[30:50, 30:50] = True
    result = restore(picture, damage, method=stage, model=str(tmp_path / "mine"))
    assert np.array_equal(result.picture[~damage], picture[~damage])

    write_preview([str(run)], tmp_path / "sheet.png", pairs=5, base="relic-base")
    assert read_picture(tmp_path / "sheet.png").data.shape == (31 + 5 * 260, 3 * 260, 3)


@both
def test_a_run_starts_from_another_one(folder, tmp_path, stage):
    train(folder, tmp_path / "first", stage, "steps=1")
    export_model([str(tmp_path / "first")], tmp_path / "model")
    for source in ("first", "model"):
        recipe = load_recipe("relic", stage, [*TINY, f"init_from={tmp_path / source}"])
        started = make_stage(recipe, torch.device("cpu"), None).generators["completion"]
        trained = Checkpoints(tmp_path / "first").read_last()["averages"]["completion"]
        for key, value in started.state_dict().items():
            assert torch.allclose(value, trained[key], atol=1e-3), key


@both
def test_foreign_weights_are_named(folder, tmp_path, stage):
    other = COMPLETIONS[1 - COMPLETIONS.index(stage)]
    train(folder, tmp_path / "other", other, "steps=1")
    for source in (tmp_path / "other", "relic-base"):
        recipe = load_recipe("relic", stage, [*TINY, f"init_from={source}"])
        with pytest.raises(TrainingError, match=f"another method than stage {stage}: set init_fr"):
            make_stage(recipe, torch.device("cpu"), None)
    edges = load_recipe("relic", "edges", [*TINY, f"init_from={tmp_path / 'other'}"])
    with pytest.raises(TrainingError, match="another method than stage edges"):
        make_stage(edges, torch.device("cpu"), None)
    train(folder, tmp_path / "run", stage, "steps=1")
    recipe = load_recipe("relic", stage, [*TINY, f"init_from={tmp_path / 'run'}", "width=5"])
    with pytest.raises(TrainingError, match="have width 4, the preset 5"):
        make_stage(recipe, torch.device("cpu"), None)


@pytest.mark.parametrize("mixed", [("glcic", "contextual-attention"), ("glcic", "relic-base")])
def test_a_model_holds_one_method(folder, tmp_path, mixed):
    sources = []
    for name in mixed:
        if name in COMPLETIONS:
            train(folder, tmp_path / name, name, "steps=1")
            name = str(tmp_path / name)  # noqa: PLW2901
        sources.append(name)
    for order in (sources, sources[::-1]):
        with pytest.raises(TrainingError, match="of several methods"):
            export_model(order, tmp_path / "model")


@both
def test_the_published_step(large, tmp_path, stage):
    # Crops and details as published; narrow networks, or it would take a minute.
    settings = ("steps=2", "batch=2", "width=8", "discriminator_width=8", "workers=0")
    run = Run(
        recipe=load_recipe("paper", stage, [*settings, "log_every=1", *FROM_THE_START[stage]]),
        data=(str(large),),
    )
    assert fitted(run, tmp_path / "run") == 0
    logged = rows(tmp_path / "run/log.csv")
    assert len(logged) == 2
    assert all(np.isfinite(float(value)) for row in logged for value in row.values())
