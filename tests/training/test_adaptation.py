"""A model adapted to one's own pictures: compared with its parent, kept if it is better."""

import json
import math
import shlex
import signal
import sys

import pytest
from PIL import Image
from rich.console import Console
from rich.measure import Measurement
from test_collection import detailed

from napari_relic_inpaint.files import write_picture
from napari_relic_inpaint.marking.damage import KINDS
from napari_relic_inpaint.models.card import read_card
from training import adaptation, calibration, cli, loop, verdict
from training.collection import facts
from training.compare.results import Results
from training.compare.scoring import Score
from training.presets import load_recipe
from training.runs import read_run

TINY = ("discriminator_width=4", "crops=[32]", "batch=2", "compile=false", "precision=32-true")
SETTINGS = [part for setting in (*TINY, "workers=0") for part in ("--set", setting)]


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(adaptation, "PAIRS", 1)
    monkeypatch.setattr(calibration, "TRIED", 1)
    monkeypatch.setattr(adaptation.os, "cpu_count", lambda: 1)


@pytest.fixture
def adapt(tmp_path, tiny_model, monkeypatch, capsys):
    folder = tmp_path / "paintings"
    folder.mkdir()
    for i in range(4):
        write_picture(folder / f"{i}.png", detailed(i), rgb=True)

    def run(*more):
        arguments = ["adapt", str(folder), "--out", str(tmp_path / "mine"), "--minutes", "0.05"]
        where = ["--parent", tiny_model, "--accelerator", "cpu", *SETTINGS, *more]
        monkeypatch.setattr(sys, "argv", ["training", *arguments, *where])
        monkeypatch.setenv("COLUMNS", "10000")
        code = 0
        try:
            cli.main()
        except SystemExit as end:
            code = end.code or 0
        return code, "".join(capsys.readouterr())

    return run


def scores(child, parent=20.0, pictures=12):
    """Scores of a model and its parent, the same on every picture."""
    values = {"adapted": child, "parent": parent, "smooth fill": 18.0}
    values |= {"adapted, true edges": child + 2, "parent, true edges": parent + 2}
    rest = dict.fromkeys(("psnr", "ssim", "hole_ssim", "ciede2000", "texture"), 1.0)
    rest |= dict.fromkeys(("edge_precision", "edge_recall", "edge_f1"), 1.0)
    rest |= dict.fromkeys(("lpips", "vgg_distance"), math.nan)
    return Results(
        Score(
            pair=f"{kind}-{i:03}",
            kind=kind,
            file=f"{i}.png",
            share=0.2,
            contender=name,
            weights="",
            hole_psnr=value + i / 10,
            largest_change_outside=0,
            seconds=1,
            **rest,
        )
        for kind in KINDS
        for i in range(pictures)
        for name, value in values.items()
    )


def judged(child, **options):
    names = [verdict.SPLINE, verdict.PARENT, verdict.CHILD]
    names += [f"{name}, true edges" for name in names[1:]]
    return verdict._verdict(scores(child, **options), names, options.get("pictures", 12))


def test_the_verdict_says_by_how_much_and_whether_it_is_chance():
    better, worse = judged(20.5), judged(19.75)
    assert better.better and not worse.better
    assert "is better than its parent: +0.50 dB" in better.sentence
    assert "more than chance (95 % interval +0.50 to +0.50 dB)" in better.sentence
    assert "is not better than its parent: -0.25 dB" in worse.sentence
    assert set(better.above_parent.values()) == {0.5}
    console = Console(width=500)
    assert Measurement.get(console, console.options, better.table).maximum <= 80
    assert max(map(len, verdict.EXPLAINED.splitlines())) <= 80
    same = judged(20.004)
    assert not same.better and "less than 0.01 dB apart" in same.sentence
    assert "4 pictures are too few" in judged(20.5, pictures=4).sentence


def test_a_model_is_adapted_and_compared(adapt, tmp_path, monkeypatch):
    code, said = adapt()
    assert code == 0, said
    work = tmp_path / "mine-training"
    assert "is better than its parent" in said or "is not better than its parent" in said
    assert "dB" in said and all(kind in said for kind in KINDS)
    for name in ("sheet.png", "scores.csv", "inpaint/curve.png", "inpaint/check.png"):
        assert (work / name).is_file(), name
    with Image.open(work / "inpaint/curve.png") as curve:
        assert min(curve.size) > 500
    assert (tmp_path / "mine").exists() == ("is better" in said)

    # What was begun is not begun again, and a verdict alone decides what is kept.
    monkeypatch.setattr(adaptation, "judge", lambda *_, **__: judged(19.0))
    if (tmp_path / "mine").exists():
        (tmp_path / "mine").rename(tmp_path / "before")
    assert "add --resume" in adapt()[1]
    code, said = adapt("--resume")
    assert code == 0 and "It was not exported" in said
    assert not (tmp_path / "mine").exists()
    monkeypatch.setattr(adaptation, "judge", lambda *_, **__: judged(20.5))
    code, said = adapt("--resume")
    assert code == 0 and "relic-inpaint restore --model" in said
    (run,) = read_card(tmp_path / "mine").training
    assert (run.stage, run.parent, run.pictures) == ("inpaint", "tiny 1", 3)
    assert len(run.pictures_sha256) == 64 and run.steps > 0 and "processor" in run.device
    assert set(run.above_parent.values()) == {0.5} and set(run.scores) == set(KINDS)


def interrupted(monkeypatch, place, name):
    """End the command with SIGTERM when a function is called, and that the first time only."""
    function = getattr(place, name)

    def end(*arguments, **options):
        monkeypatch.setattr(place, name, function)
        signal.raise_signal(signal.SIGTERM)
        return function(*arguments, **options)

    monkeypatch.setattr(place, name, end)


@pytest.mark.parametrize(
    ("place", "name", "sentence"),
    [
        (facts, "read_picture", "stopped while it read the pictures;"),
        (calibration, "make_stage", "stopped while it measured how long a step takes;"),
        (loop, "load_batches", "stopped;"),
        (verdict, "score_all", "stopped while it compared; the training is done and kept;"),
    ],
)
def test_stopped_at_any_time_it_says_how_to_go_on(
    adapt, tmp_path, monkeypatch, place, name, sentence
):
    better = judged(20.5)
    monkeypatch.setattr(verdict, "_verdict", lambda *_: better)
    monkeypatch.setattr(adaptation, "write_comparison", lambda *_: None)
    interrupted(monkeypatch, place, name)
    code, said = adapt("--set", "steps=2")
    assert code == 128 + signal.SIGTERM, said
    assert sentence in said and not (tmp_path / "mine").exists()
    command = shlex.join(["python", "-m", "training", *sys.argv[1:], "--resume"])
    assert f"go on with: {command}" in said
    code, said = adapt("--set", "steps=2", "--resume")
    assert code == 0 and "better than its parent" in said
    # What the minutes make of a run was found out, though it was stopped while that was measured.
    fitted = read_run(tmp_path / "mine-training/inpaint").recipe.training
    assert fitted.validate_every < load_recipe("relic", "inpaint").training.validate_every


def test_the_edges_are_adapted_if_asked_and_each_stage_takes_the_settings_that_it_has(
    adapt, tmp_path, monkeypatch
):
    monkeypatch.setattr(adaptation, "judge", lambda *_, **__: judged(20.5))
    settings = ("edge_weight=7", "true=0.25", "edges.learning_rate=1e-5", "steps=2")
    code, said = adapt("--edges", *(part for one in settings for part in ("--set", one)))
    assert code == 0, said
    edges, inpaint = (
        read_run(tmp_path / "mine-training" / stage).recipe.stage for stage in ("edges", "inpaint")
    )
    assert (edges.losses.edge_weight, edges.learning_rate) == (7, 1e-5)
    assert (inpaint.priors.true, inpaint.learning_rate) == (0.25, adaptation.RATE)
    cards = read_card(tmp_path / "mine").training
    assert [card.stage for card in cards] == ["edges", "inpaint"]
    lists = [
        json.loads((tmp_path / f"mine-training/{stage}/pictures.json").read_text())
        for stage in ("edges", "inpaint")
    ]
    assert lists[0]["sha256"] == lists[1]["sha256"]


@pytest.mark.parametrize("setting", ["edge_weigth=7", "edge_weight=-7", "priors.true=-1"])
def test_a_bad_setting_ends_it_before_any_stage_trains(adapt, tmp_path, setting):
    code, said = adapt("--edges", "--set", setting)
    assert code == 1 and setting.split("=")[0] in said
    assert not (tmp_path / "mine-training/edges/run.json").exists()


def test_a_model_of_another_method_is_refused(adapt):
    code, said = adapt("--parent", "glcic-base")
    assert code == 1 and "only models of the two-stage method" in said
