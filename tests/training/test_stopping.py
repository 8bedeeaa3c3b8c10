"""Trainings as processes, ended at any moment: nothing is lost and nothing mixed up."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from test_loop import python, rows, same
from tiny import TINY

from training.checkpoints import Checkpoints

ROOT = Path(__file__).parents[2]
PATIENCE = 120
QUICK = ("steps=10", "save_every=2", "adversarial_from=0", "own=0", "detail=32", "log_every=5")
SETTINGS = [part for setting in (*TINY, *QUICK) for part in ("--set", setting)]


PARENT = """\
import os, time
from multiprocessing import get_context
from training.interruption import end_with_parent

def work():
    end_with_parent()
    print(os.getpid(), flush=True)
    time.sleep(1000)

if __name__ == "__main__":
    worker = get_context("spawn").Process(target=work)
    worker.start()
    worker.join()
"""


class Trainer:
    """The process of ``trainer.py``."""

    def __init__(self):
        paths = (ROOT / "src", ROOT, ROOT / "tests/training")
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join(map(str, paths)),
            "OMP_NUM_THREADS": "1",
        }
        command = [sys.executable, Path(__file__).with_name("trainer.py")]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, text=True, bufsize=1, env=environment
        )
        assert self._line() == "ready"

    def start(self, said, *arguments):
        self.process.stdin.write(json.dumps([str(said), [str(a) for a in arguments]]) + "\n")
        return int(self._line())

    def wait(self):
        self.process.stdin.write("\n")
        return int(self._line())

    def run(self, said, *arguments):
        self.start(said, *arguments)
        return self.wait()

    def _line(self):
        return self.process.stdout.readline().strip()

    def close(self):
        self.process.stdin.close()
        self.process.wait(PATIENCE)


@pytest.fixture(scope="module")
def trainer():
    trainer = Trainer()
    yield trainer
    trainer.close()


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    from tiny import draw_picture

    from napari_relic_inpaint.files import write_picture

    folder = tmp_path_factory.mktemp("pictures")
    for i in range(4):
        write_picture(folder / f"{i}.png", draw_picture(i), rgb=True)
    return folder


def fit(pictures, out, *more):
    start = ["fit", "inpaint", "--data", pictures, "--out", out, "--accelerator", "cpu"]
    return [*start, *SETTINGS, *more]


@pytest.fixture(scope="module")
def undisturbed(trainer, pictures, tmp_path_factory):
    """The last checkpoint of a run that nobody stops, and how long it takes."""
    folder = tmp_path_factory.mktemp("undisturbed")
    started = time.perf_counter()
    assert trainer.run(folder / "said.txt", *fit(pictures, folder / "run")) == 0
    return Checkpoints(folder / "run").read_last(), time.perf_counter() - started


def until(true, what):
    """Wait for something that happens in another process."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, what
        time.sleep(0.005)


@pytest.mark.parametrize("seed", range(20))
def test_ended_at_any_moment_it_goes_on_bit_for_bit(trainer, pictures, undisturbed, tmp_path, seed):
    last, duration = undisturbed
    draw = random.Random(seed)
    number = (signal.SIGTERM, signal.SIGKILL)[seed % 2]
    out, said = tmp_path / "run", tmp_path / "said.txt"
    child = trainer.start(said, *fit(pictures, out))
    time.sleep(draw.uniform(0, duration))
    os.killpg(child, number)
    code = trainer.wait()
    steps = Checkpoints(out).steps()
    if number == signal.SIGTERM and code:
        # Before there is a handler, nothing was begun.
        assert code in (128 + number, -number), said.read_text()
        assert "Traceback" not in said.read_text()
        if "which is saved" in said.read_text():
            assert f"stopped after step {steps[-1]}" in said.read_text()
    assert trainer.run(said, *fit(pictures, out, "--resume")) == 0, said.read_text()
    again = Checkpoints(out).read_last()
    assert again["step"] == last["step"] == 10
    assert same(again["networks"], last["networks"])
    assert same(again["averages"], last["averages"])
    assert [row["step"] for row in rows(out / "log.csv")] == [
        str(step) for step in sorted({5, 10, *_stops(out, steps, number)})
    ]


def _stops(out, steps, number):
    """Return the steps that were logged since a signal ended the run there."""
    return steps[-1:] if number == signal.SIGTERM else []


def workers(child):
    return [
        process
        for process in psutil.Process(child).children(recursive=True)
        if "spawn_main" in " ".join(process.cmdline())
    ]


def test_a_signal_to_the_group_leaves_the_workers_to_the_trainer(
    trainer, pictures, undisturbed, tmp_path
):
    last, _ = undisturbed
    out, said = tmp_path / "run", tmp_path / "said.txt"
    child = trainer.start(said, *fit(pictures, out, "--set", "workers=1"))
    until(lambda: Checkpoints(out).steps(), "no checkpoint came")
    (worker,) = workers(child)
    os.killpg(child, signal.SIGTERM)
    assert trainer.wait() == 128 + signal.SIGTERM, said.read_text()
    assert "which is saved" in said.read_text() and "Traceback" not in said.read_text()
    until(lambda: not worker.is_running(), "the worker has outlived the run")
    assert trainer.run(said, *fit(pictures, out, "--resume", "--set", "workers=0")) == 0
    assert same(Checkpoints(out).read_last()["networks"], last["networks"])


def test_a_worker_that_is_killed_ends_the_run_with_a_save(trainer, pictures, tmp_path):
    out, said = tmp_path / "run", tmp_path / "said.txt"
    child = trainer.start(said, *fit(pictures, out, "--set", "workers=1", "--set", "steps=100000"))
    until(lambda: Checkpoints(out).steps(), "no checkpoint came")
    (worker,) = workers(child)
    worker.kill()
    assert trainer.wait() == 1
    text = said.read_text()
    assert "lack of memory" in text and "Traceback" not in text
    step = Checkpoints(out).steps()[-1]
    assert f"Step {step:,} is saved: --resume goes on from there" in text


def ended(process):
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_workers_end_with_a_parent_that_is_killed(tmp_path):
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT)))}
    parent = subprocess.Popen(
        [sys.executable, script], stdout=subprocess.PIPE, text=True, env=environment
    )
    worker = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.wait()
    try:
        until(lambda: ended(worker), "the worker has outlived its parent")
    finally:
        if not ended(worker):
            worker.kill()


def test_a_second_run_in_one_folder_is_refused(trainer, pictures, tmp_path):
    out, said = tmp_path / "run", tmp_path / "said.txt"
    child = trainer.start(said, *fit(pictures, out, "--set", "steps=100000"))
    until(lambda: Checkpoints(out).steps(), "no checkpoint came")
    for more in ([], ["--resume"]):
        refused = python("-m", "training", *fit(pictures, out, *more))
        assert refused.returncode == 1
        assert f"is in use by process {child} on " in refused.stderr
    os.killpg(child, signal.SIGKILL)
    trainer.wait()
    # A dead one holds nothing.
    assert trainer.run(said, *fit(pictures, out, "--resume")) == 0
