"""Going on with a run: what is taken from it, what changes, and what contradicts it."""

import shutil
import sys
from collections import namedtuple

import pytest
from test_loop import rows
from tiny import TINY

from training import cli
from training.checkpoints import Checkpoints
from training.disk import check_room
from training.duration import Forecast
from training.errors import TrainingError
from training.fit import notes
from training.lock import locked
from training.presets import load_recipe

QUICK = ("steps=2", "own=0", "detail=32")
SETTINGS = [part for setting in (*TINY, *QUICK) for part in ("--set", setting)]


@pytest.fixture
def train(folder, tmp_path, monkeypatch, capsys):
    """Run ``fit inpaint`` in a folder; returns the exit code and all that was said."""

    def run(*more, settings=SETTINGS, data=("--data", str(folder))):
        out = ("--out", str(tmp_path / "run"), "--accelerator", "cpu")
        arguments = ["training", "fit", "inpaint", *out, *data, *settings, *map(str, more)]
        monkeypatch.setattr(sys, "argv", arguments)
        code = 0
        try:
            cli.main()
        except SystemExit as end:
            code = end.code or 0
        return code, "".join(capsys.readouterr())

    return run


@pytest.fixture
def trained(train):
    assert train()[0] == 0


@pytest.mark.usefixtures("trained")
def test_a_finished_run_says_so_and_how_to_train_on(train, tmp_path):
    code, said = train("--resume")
    assert code == 0 and "is finished" in said
    assert "--resume --set steps=4" in said and f"--set init_from={tmp_path / 'run'}" in said
    code, said = train("--resume", "--set", "steps=3", settings=())
    assert code == 0 and "inpaint.steps is 3, it was 2" in said
    assert "the learning rate falls towards the new end" in said
    assert Checkpoints(tmp_path / "run").steps()[-1] == 3
    assert len(rows(tmp_path / "run/log.csv")) == 3


@pytest.mark.usefixtures("trained")
@pytest.mark.parametrize(
    ("contradiction", "message"),
    [
        (("--preset", "paper"), "was started with --preset relic, not with --preset paper"),
        (("--data", "/elsewhere"), "not with --data"),
        (("--val", "/elsewhere"), "was started with no --val, not with --val /elsewhere"),
        (("--masks", "/elsewhere"), "was started with no --masks"),
        (("--val-share", "0.2"), "was started with no --val-share"),
        (("--set", "width=8"), "model.width=4, which cannot become 8"),
        (("--set", "seed=5"), "training.seed=0, which cannot become 5"),
        (("--set", "optimiser=adam"), "training.optimiser=muon, which cannot become adam"),
    ],
)
def test_what_contradicts_a_run_is_refused(train, contradiction, message):
    code, said = train("--resume", *contradiction, data=(), settings=())
    assert code == 1 and message in said
    assert "choose another --out" in said


@pytest.mark.usefixtures("trained")
def test_texture_in_the_unit_of_older_versions_is_not_mixed_with_todays(train, tmp_path):
    table = tmp_path / "run/validation.csv"
    table.write_text("step,score,texture_own_crack,texture_intact_crack\n2,20.5,0.02,0.05\n")
    code, said = train("--resume", "--set", "steps=3", settings=())
    assert code == 0 and "the texture of the steps until 2 is left out" in said
    assert rows(table) == [{"step": "2", "score": "20.5"}]
    table.write_text("step,score,texture_own_crack\n3,20.5,0.9\n")
    code, said = train("--resume", "--set", "steps=4", settings=())
    assert code == 0 and "is left out" not in said
    assert rows(table) == [{"step": "3", "score": "20.5", "texture_own_crack": "0.9"}]


@pytest.mark.usefixtures("trained")
def test_a_run_is_not_started_over(train):
    code, said = train()
    assert code == 1 and "holds a run already: add --resume" in said


def test_resume_starts_a_run_that_is_not_there_yet(train, tmp_path):
    code, said = train("--resume", data=(), settings=())
    assert code == 1 and "name the pictures" in said
    code, said = train("--resume")
    assert code == 0 and "holds no run yet: this one starts" in said
    assert Checkpoints(tmp_path / "run").steps() == [2]


def test_a_lock_is_gone_with_its_block(tmp_path):
    with (
        locked(tmp_path),
        pytest.raises(TrainingError, match="in use by process"),
        locked(tmp_path),
    ):
        pass
    with locked(tmp_path):
        pass


def test_a_run_that_will_not_fit_on_the_disk_is_refused(tmp_path, monkeypatch):
    recipe = load_recipe("relic", "inpaint")
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**12))
    assert "1000.0 GB are free" in check_room(tmp_path, recipe, 10**8)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(4 * 10**8))
    with pytest.raises(TrainingError, match=r"only 400 MB are free.*sample_every"):
        check_room(tmp_path, recipe, 10**8)


def test_a_run_of_months_is_told_early():
    forecast = Forecast(300_000, 0)
    for _ in range(6):
        forecast.add(17.0, 256)
    said = forecast.warning(6, "cpu")
    assert "59 days" in said and "17.0 s on this cpu" in said and "--accelerator cuda" in said
    assert forecast.warning(7, "cpu") is None


def test_a_run_of_hours_is_not_warned_of():
    forecast = Forecast(1000, 0)
    for _ in range(6):
        forecast.add(17.0, 256)
    assert forecast.warning(6, "cpu") is None
    assert forecast.left(6, 0) == pytest.approx(994 * 17)
    timed = Forecast(10**6, 600)
    timed.add(1, 128)
    assert timed.left(1, 100) == 500


def test_the_first_step_of_each_size_is_no_measure():
    forecast = Forecast(100, 0)
    for seconds, size in ((90, 128), (1, 128), (80, 256), (1, 256)):
        forecast.add(seconds, size)
    assert forecast.left(90, 0) == 10


def test_a_warm_up_longer_than_the_run_is_said():
    (said,) = notes(load_recipe("relic", "edges", ["steps=50"]))
    assert "warm-up of 100 steps" in said


def test_minutes_end_a_run(train, tmp_path):
    code, _ = train("--set", "steps=1000000", "--set", "minutes=0.02")
    assert code == 0
    step = Checkpoints(tmp_path / "run").steps()[-1]
    assert 0 < step < 10**6
    assert "is finished" in train("--resume", settings=())[1]
