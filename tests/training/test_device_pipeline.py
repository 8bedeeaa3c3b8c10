"""Batches made on the device: the same crops, damage, edges and losses as from workers."""

import numpy as np
import pytest
import torch
from test_loop import same, train
from tiny import TINY, draw_picture

from napari_relic_inpaint.edges import canny_edges, grey
from napari_relic_inpaint.marking.damage import KINDS, synthetic_damage
from napari_relic_inpaint.smooth.membrane import membrane
from napari_relic_inpaint.smooth.spline import tension_spline
from training.batches import Part
from training.checkpoints import Checkpoints
from training.collection.gathering import gathered
from training.collection.record import read_list
from training.device import prepare as preparation
from training.device.canny import canny, spread
from training.device.prepare import made_on_device, place_pictures, prepare
from training.device.scales import LEVELS, copies
from training.errors import TrainingError
from training.fit import make_dataset
from training.interruption import Interruption
from training.presets import load_recipe
from training.runs import Run, RunFiles
from training.stages import make_stage

CPU = torch.device("cpu")
COMPARED = ("picture", "grey", "hole", "edges", "prior", "own", "corner", "prefill")


@pytest.fixture(autouse=True)
def few_masks(monkeypatch):
    monkeypatch.setattr(preparation, "COUNT", 64)


def tensor(plane):
    return torch.from_numpy(plane.astype(np.float32))[None, None]


@pytest.mark.parametrize("kind", [None, *KINDS])
@pytest.mark.parametrize("sigma", [1.5, 2.0])
def test_edges_are_those_of_scikit_image(kind, sigma):
    luminance = grey(draw_picture(3, 160) / 255).astype(np.float32)
    luminance += np.random.default_rng(0).normal(0, 0.01, luminance.shape).astype(np.float32)
    hole = None
    if kind is not None:
        hole = synthetic_damage(luminance.shape, kind, np.random.default_rng(1))
    expected = canny_edges(luminance, hole, sigma=sigma)
    found = canny(tensor(luminance), None if hole is None else tensor(hole), sigma=sigma)
    found = found[0, 0].numpy() > 0
    assert expected.sum() > 300
    assert (expected & found).sum() >= 0.995 * (expected | found).sum()


def test_edges_are_followed_to_their_ends():
    path = np.zeros((3, 200), bool)
    path[1] = True
    start = np.zeros_like(path)
    start[1, 0] = True
    assert torch.equal(spread(tensor(start), tensor(path)), tensor(path))


def sources(folder, out, *settings, stage="inpaint"):
    """Both ways to make the batches of a run."""
    options = [*TINY, "detail=32", "own=0", "steps=40", "pipeline=device", *settings]
    recipe = load_recipe("relic", stage, options)
    run = Run(recipe=recipe, data=(str(folder),))
    with Interruption() as interruption:
        gathered(run, out, interruption, goes_on=False)
    pictures = read_list(RunFiles(out).pictures)
    said = []
    made = prepare(recipe, pictures, Part(), CPU, lambda: False, said.append)
    return recipe, made, make_dataset(recipe, pictures), said


def test_crops_and_damage_have_the_same_statistics(folder, tmp_path):
    mix = ("priors.true=1", "priors.thinned=1", "priors.none=1", "priors.own=1")
    _, made, workers, said = sources(folder, tmp_path, "crops=[64]", "batch=3", *mix)
    ours = list(made.load(0, 40))
    theirs = [workers[step] for step in range(40)]
    assert "at 4 scales" in said[0] and "kept there" in said[0]
    for name, tolerance in {"picture": 0.06, "hole": 0.05, "edges": 0.02, "prior": 0.03}.items():
        first, second = (torch.cat([getattr(b, name) for b in s]) for s in (ours, theirs))
        assert first.shape == second.shape and first.dtype == second.dtype
        assert abs(first.mean() - second.mean()) < tolerance, name
        assert abs(first.std() - second.std()) < 2 * tolerance, name
    for batch in ours:
        assert set(batch.hole.unique().tolist()) == {0, 1}
        luminance = batch.grey[0, 0].numpy()
        np.testing.assert_allclose(
            luminance, grey(batch.picture[0].permute(1, 2, 0).numpy()), atol=1e-5
        )
        rows, columns = batch.corner.T
        centres = zip(batch.hole[:, 0], rows.tolist(), columns.tolist(), strict=True)
        assert all(hole[r : r + 32, c : c + 32].any() for hole, r, c in centres)
        assert not (batch.prior * batch.hole * (1 - batch.edges)).any()
        assert not (batch.prior * batch.hole)[batch.own].any()
    shares = torch.cat([b.own for b in ours]).float().mean()
    assert 0.12 < shares < 0.4


def test_a_batch_is_a_function_of_the_seed_and_the_step(folder, tmp_path):
    _, made, _, _ = sources(folder, tmp_path / "one", "crops=[32, 64]", "batch=1")
    whole = list(made.load(0, 20))
    assert {len(b) * b.hole.shape[-1] ** 2 for b in whole} == {64 * 64}
    (later,) = made.load(13, 14)
    assert all(torch.equal(getattr(whole[13], n), getattr(later, n)) for n in COMPARED)
    _, other, _, _ = sources(folder, tmp_path / "two", "crops=[32, 64]", "batch=1", "seed=1")
    assert not torch.equal(next(other.load(0, 1)).hole, whole[0].hole)
    assert not torch.equal(whole[0].picture, whole[1].picture[: len(whole[0])])


@pytest.mark.parametrize("form", ["spline", "membrane"])
def test_the_same_batch_has_the_same_losses(folder, tmp_path, form):
    recipe, made, _, _ = sources(folder, tmp_path, f"hole_form={form}", "adversarial_from=0")
    (batch,) = made.load(0, 1)
    smooth = membrane(batch.picture, batch.hole)
    expected = tension_spline(smooth, batch.hole) if form == "spline" else smooth
    assert torch.equal(batch.prefill, expected)
    torch.manual_seed(0)
    stage = make_stage(recipe, CPU, None)
    for network in stage.discriminators.values():
        network.eval()  # spectral norms move with each look in training
    terms, _ = stage.generator_step(batch, 0)
    batch.prefill = None  # as from workers: the stage fills the hole
    again, _ = stage.generator_step(batch, 0)
    assert {"l1", "decibels", "adversarial_global"} <= terms.keys() == again.keys()
    assert all(torch.equal(terms[name], again[name]) for name in terms)


def test_a_run_goes_on_with_the_same_random_numbers(folder, tmp_path):
    settings = ("own=0", "adversarial_from=0", "pipeline=device", "save_every=1")
    train(folder, tmp_path / "whole", "inpaint", *settings, "steps=4", "decay=none")
    train(folder, tmp_path / "halves", "inpaint", *settings, "steps=2", "decay=none")
    train(folder, tmp_path / "halves", "inpaint", *settings, "steps=4", "decay=none", resume=True)
    whole, halves = (Checkpoints(tmp_path / name).read_last() for name in ("whole", "halves"))
    assert whole["step"] == halves["step"] == 4
    assert same(whole["networks"], halves["networks"])


def test_what_does_not_fit_is_streamed_or_left_to_workers_and_said():
    card = torch.device("cuda")
    place, said = place_pictures(10**9, card, 8 * 10**9, 8 * 10**9, asked=False)
    assert place == "device" and "1.0 GB at 4 scales, of 8.0 GB" in said
    place, said = place_pictures(6 * 10**9, card, 8 * 10**9, 32 * 10**9, asked=False)
    assert place == "memory" and "6.0 GB" in said and "8.0 GB" in said and "32.0 GB" in said
    place, said = place_pictures(6 * 10**10, card, 8 * 10**9, 32 * 10**9, asked=False)
    assert place is None and "60.0 GB" in said
    with pytest.raises(TrainingError, match="pipeline=workers"):
        place_pictures(6 * 10**10, card, 8 * 10**9, 32 * 10**9, asked=True)


def test_auto_is_the_device_on_cards_alone():
    auto, refined = (
        load_recipe("relic", "inpaint", ["pipeline=auto", *more])
        for more in ([], ["refined=0.2", "hole_form=membrane"])
    )
    card = torch.device("cuda")
    assert made_on_device(auto, card) and not made_on_device(auto, CPU)
    assert not made_on_device(refined, card)
    asked = load_recipe(
        "relic", "inpaint", ["pipeline=device", "refined=0.2", "hole_form=membrane"]
    )
    with pytest.raises(TrainingError, match="pipeline=workers or refined=0"):
        made_on_device(asked, CPU)


def test_small_pictures_are_kept_as_large_as_crops_need_and_no_larger():
    options = load_recipe("relic", "edges", ["crops=[128,256]", "scale=[0.7,1.25]"]).data
    kept = copies([(1000, 600), (210, 400), (110, 300), (90, 300)], options)
    assert [sum(copy.picture == n for copy in kept) for n in range(4)] == [*[LEVELS] * 3, 0]
    heights = [[c.height for c in kept if c.picture == n] for n in range(3)]
    assert min(heights[0]) >= 700 and max(heights[0]) <= 1250 and len(set(heights[0])) == LEVELS
    assert min(heights[1]) == 256 and max(heights[1]) <= 263
    assert min(heights[2]) == 128 and max(heights[2]) <= 138
