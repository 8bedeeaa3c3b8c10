"""Whole runs with tiny networks: all stages, resume, signals, several processes, full disks."""

import csv
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from lightning_fabric import Fabric
from tiny import TINY
from typer.testing import CliRunner

from napari_relic_inpaint import FileError
from napari_relic_inpaint.files import read_picture
from training import validation
from training.checkpoints import Checkpoints
from training.cli import app
from training.collection.gathering import gathered
from training.collection.record import read_list
from training.ending import Ending
from training.errors import DivergedError, TrainingError
from training.fit import fit
from training.interruption import Interruption
from training.optimisation import Optimisation
from training.presets import load_recipe
from training.recipe import STAGES
from training.runs import Run, RunFiles
from training.stages.inpaint import Painting

ROOT = Path(__file__).parents[2]

QUICK = ("own=0", "adversarial_from=0")

COMPLETIONS = ("glcic", "contextual-attention")
FROM_THE_START = {
    "edges": ("adversarial_from=0",),
    "inpaint": QUICK,
    "texture": ("own=0", "perceptual=0", "style=0"),
    "joint": ("losses.adversarial_from=0", "edge_losses.adversarial_from=0", "own=1"),
    "glcic": ("adversarial_from=0", "discriminator_from=0"),
    "contextual-attention": ("adversarial_from=0",),
}
"""Settings that let the discriminators of a stage take part in its first step."""


def train(folder, out, stage="inpaint", *settings, resume=False, val=(), preset="relic"):
    options = settings if stage == "edges" else ("detail=32", *settings)
    run = Run(
        recipe=load_recipe(preset, stage, [*TINY, *options]),
        data=(str(folder),),
        val=tuple(map(str, val)),
    )
    return fitted(run, out, resume=resume)


def fitted(run, out, *, resume=False):
    """Train, and return the signal that ended it."""
    fabric = Fabric(accelerator="cpu", devices=1)
    with Interruption() as interruption:
        if fabric.is_global_zero:
            gathered(run, out, interruption, goes_on=resume)
        fabric.barrier()
        pictures = read_list(RunFiles(out).pictures)
        return fit(run, out, pictures, fabric, interruption).signal


def weights(out):
    return Checkpoints(out).read_last()["networks"]


def same(first, second):
    return all(
        torch.equal(value, second[name][key])
        for name, state in first.items()
        for key, value in state.items()
    )


def rows(path):
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_trains_all_its_networks(folder, tmp_path, stage):
    settings = ("steps=2", "save_every=1", *FROM_THE_START[stage])
    assert train(folder, tmp_path / "run", stage, *settings) == 0
    checkpoints = Checkpoints(tmp_path / "run")
    assert checkpoints.steps() == [1, 2]
    first = torch.load(tmp_path / "run/checkpoints/step-00000001.pt", weights_only=True)["networks"]
    second = weights(tmp_path / "run")
    expected = {
        "edges": {"edge", "D1"},
        "inpaint": {"inpaint", "D2", "D3"},
        "texture": {"inpaint", "D2", "D3"},
        "joint": {"edge", "inpaint", "D1", "D2", "D3"},
        "glcic": {"completion", "D"},
        "contextual-attention": {"completion", "critic_whole", "critic_detail"},
    }
    assert set(second) == expected[stage]
    for name, state in second.items():
        assert any(not torch.equal(state[key], first[name][key]) for key in state), name
    assert len(rows(tmp_path / "run/log.csv")) == 2
    assert read_picture(tmp_path / "run/samples/step-00000002.png").data.ndim == 3


def test_the_papers_step(large, vgg_file):
    # Batch 4 of 256 x 256, D2, D3 and the style loss; narrow networks, or it would take a minute.
    settings = ("width=8", "discriminator_width=8", "workers=0")
    run = Run(
        recipe=load_recipe("paper", "inpaint", ["steps=2", "log_every=1", *settings]),
        data=(str(large),),
        perceptual_weights=vgg_file,
    )
    out = large.parent / "paper"
    assert fitted(run, out) == 0
    logged = rows(out / "log.csv")
    assert len(logged) == 2
    terms = ("adversarial_global", "adversarial_local", "perceptual", "style", "D2", "D3")
    assert all(np.isfinite(float(row[term])) for row in logged for term in terms)
    assert "l1" not in logged[0]


def test_edges_are_scored_while_they_are_trained(folder, tmp_path):
    train(folder, tmp_path / "run", "edges", "steps=1")
    logged = rows(tmp_path / "run/log.csv")[0]
    assert {"edge_precision", "edge_recall", "edge_f1", "waiting_share"} <= set(logged)


def test_resume_after_sigkill_is_bit_identical(folder, tmp_path):
    settings = ("steps=6", "save_every=2", *QUICK)
    # Each run in a process of its own, as users run them: what other tests leave behind in this
    # one (threads, caches) may change the order of sums. They are forked where PyTorch is ready.
    trainer = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "import test_loop\n"
        "from training.optimisation import Optimisation\n"
        "before = Optimisation.take_step\n"
        "def step(self, *rest):\n"
        "    if self.step == 3: os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return before(self, *rest)\n"
        "folder, out, *settings = sys.argv[1:]\n"
        "def train(name, resume=False, killed=False):\n"
        "    child = os.fork()\n"
        "    if child: return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])\n"
        "    if killed: Optimisation.take_step = step\n"
        "    run = Path(out, name)\n"
        "    test_loop.train(Path(folder), run, 'inpaint', *settings, resume=resume)\n"
        "    os._exit(0)\n"
        "assert train('whole') == 0\n"
        "assert train('killed', killed=True) == -signal.SIGKILL\n"
        "assert test_loop.Checkpoints(Path(out, 'killed')).steps() == [2]\n"
        "assert train('killed', resume=True) == 0\n"
    )
    done = python("-c", trainer, folder, tmp_path, *settings)
    assert done.returncode == 0, done.stderr
    whole, resumed = (Checkpoints(tmp_path / name).read_last() for name in ("whole", "killed"))
    assert same(whole["networks"], resumed["networks"])
    assert same(whole["averages"], resumed["averages"])
    for name in ("l1", "D2"):
        columns = [
            [r[name] for r in rows(tmp_path / run / "log.csv")] for run in ("whole", "killed")
        ]
        assert columns[0] == columns[1]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_finish_the_step_and_save(folder, tmp_path, monkeypatch, number):
    before = Optimisation.take_step

    def step(self, *rest):
        if self.step == 1:
            os.kill(os.getpid(), number)
        return before(self, *rest)

    monkeypatch.setattr(Optimisation, "take_step", step)
    handler = signal.getsignal(number)
    assert train(folder, tmp_path / "run", "inpaint", "steps=5", *QUICK) == number
    assert Checkpoints(tmp_path / "run").steps() == [2]
    assert signal.getsignal(number) is handler


def test_a_signal_while_it_validates_saves_at_once_and_validates_later(
    folder, large, tmp_path, monkeypatch
):
    before = validation._score

    def score(*rest):
        if steps.append(None) or len(steps) == 2:
            os.kill(os.getpid(), signal.SIGTERM)
        return before(*rest)

    steps: list[None] = []
    settings = ("steps=3", "validate_every=1", *QUICK)
    monkeypatch.setattr(validation, "_score", score)
    assert train(folder, tmp_path / "run", "inpaint", *settings, val=[large]) == signal.SIGTERM
    assert Checkpoints(tmp_path / "run").steps() == [1]
    assert [row["step"] for row in rows(tmp_path / "run/validation.csv")] == ["0"]
    assert not train(folder, tmp_path / "run", "inpaint", *settings, val=[large], resume=True)
    validated = [row["step"] for row in rows(tmp_path / "run/validation.csv")]
    assert validated == ["0", "1", "2", "3"]


def test_the_command_line_says_how_to_resume(folder, tmp_path, monkeypatch):
    monkeypatch.setattr("training.fit.fit", lambda *_, **__: Ending(signal.SIGTERM, 3))
    out = tmp_path / "run"
    arguments = ["fit", "edges", "--data", str(folder), "--out", str(out), "--accelerator", "cpu"]
    sets = [part for setting in TINY for part in ("--set", setting)]
    result = CliRunner().invoke(app, [*arguments, *sets])
    assert result.exit_code == 128 + signal.SIGTERM
    assert f"training fit edges --out {out} --resume" in result.output.replace("\n", "")


def test_two_processes_are_one_on_the_joined_batch(folder, tmp_path):
    settings = ("steps=2", *QUICK)
    train(folder, tmp_path / "one", "inpaint", *settings)
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "import torch, test_loop, training.loop as loop\n"
        "from lightning_fabric import Fabric\n"
        "fabric = Fabric(accelerator='cpu', devices=2, strategy='ddp')\n"
        "fabric.launch()\n"
        "test_loop.Fabric = lambda **_: fabric\n"
        "save = loop.Loop.run\n"
        "def run(self, *rest):\n"
        "    result = save(self, *rest)\n"
        "    state = {n: g.state_dict() for n, g in self._stage.generators.items()}\n"
        "    torch.save(state, Path(sys.argv[2]) / f'rank{fabric.global_rank}.pt')\n"
        "    return result\n"
        "loop.Loop.run = run\n"
        "test_loop.train(Path(sys.argv[1]), Path(sys.argv[2]), 'inpaint', *sys.argv[3:])\n"
    )
    path = tmp_path / "two.py"
    path.write_text(script)
    done = python(path, folder, tmp_path / "two", *settings)
    assert done.returncode == 0, done.stderr
    ranks = [torch.load(tmp_path / f"two/rank{rank}.pt", weights_only=True) for rank in (0, 1)]
    assert same(*ranks)
    single = weights(tmp_path / "one")["inpaint"]
    for key, value in ranks[0]["inpaint"].items():
        # Adam's first steps turn rounding of tiny gradients into steps of their sign.
        assert torch.allclose(value, single[key], atol=1e-3), key
    for one, two in zip(
        rows(tmp_path / "one/log.csv"), rows(tmp_path / "two/log.csv"), strict=True
    ):
        for term in ("l1", "D2", "D3"):
            assert float(one[term]) == pytest.approx(float(two[term]), rel=2e-3)


def test_a_loss_that_is_not_finite_stops_the_run_and_is_named(folder, tmp_path, monkeypatch):
    before = Painting.generator_step

    def broken(self, batch, step, completed=None):
        terms, outcome = before(self, batch, step, completed)
        return {**terms, "style": terms["l1"] * float("nan")}, outcome

    monkeypatch.setattr(Painting, "generator_step", broken)
    named = r"step 0: the loss term 'style' is nan: take a lower .*No step was saved yet"
    with pytest.raises(DivergedError, match=named):
        train(folder, tmp_path / "run", "inpaint", "steps=2", *QUICK)


def test_a_full_disk_leaves_the_last_checkpoint(folder, tmp_path):
    checkpoints = Checkpoints(tmp_path)
    checkpoints.write({"step": 1, "weights": torch.zeros(10)}, best=False)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(FileError, match="disk is full"):
            checkpoints.write({"step": 2, "weights": torch.zeros(100_000)}, best=False)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert checkpoints.steps() == [1]
    assert checkpoints.read_last()["weights"].shape == (10,)
    assert [path.name for path in (tmp_path / "checkpoints").iterdir()] == ["step-00000001.pt"]


def test_the_last_three_and_the_best_are_kept(tmp_path):
    checkpoints = Checkpoints(tmp_path)
    for step in range(1, 6):
        checkpoints.write({"step": step}, best=step == 2)
    assert checkpoints.steps() == [3, 4, 5]
    assert checkpoints.read_best_or_last()["step"] == 2
    assert checkpoints.read_best_or_last(last=True)["step"] == 5


def test_a_checkpoint_with_code_in_it_is_refused(tmp_path):
    (tmp_path / "checkpoints").mkdir()
    torch.save({"step": Path}, tmp_path / "checkpoints/step-00000001.pt")
    with pytest.raises(TrainingError, match="cannot be read"):
        Checkpoints(tmp_path).read_last()


def python(*arguments):
    paths = (ROOT / "src", ROOT, ROOT / "tests/training")
    # One thread as in this process: the number of threads changes the order of sums.
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(map(str, paths)),
        "OMP_NUM_THREADS": "1",
    }
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
