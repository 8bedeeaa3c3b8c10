"""Signals at random moments: whole pairs or nothing, and nothing unfinished."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from napari_relic_inpaint.files import file_sha256, write_picture

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")

if os.name != "nt":
    SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    KILL = signal.SIGKILL
MOMENTS = 20
PICTURES = ("apse.tif", "nave.png", "wall.png")


class ForkedCli:
    """Starts command lines without waiting for what they import."""

    def __init__(self):
        self._process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("forked_cli.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
        assert self._process.stdout.readline() == "ready\n"

    def run(self, folder, *arguments, number=None, after=0.0):
        """Run a command, signalled after so many seconds; return its exit code and the time."""
        print(json.dumps([str(folder), arguments]), file=self._process.stdin, flush=True)
        child = int(self._process.stdout.readline())
        start = time.monotonic()
        if number is not None:
            time.sleep(after)
            os.kill(child, number)
        print(file=self._process.stdin, flush=True)
        code = int(self._process.stdout.readline())
        return code, time.monotonic() - start

    def close(self):
        self._process.stdin.close()
        assert self._process.wait() == 0
        self._process.stdout.close()


@pytest.fixture(scope="module")
def forked_cli():
    made = ForkedCli()
    yield made
    made.close()


@pytest.fixture
def here(tmp_path):
    for folder in ("scans", "masks"):
        (tmp_path / folder).mkdir()
    mask = np.zeros((120, 160), np.uint8)
    mask[20:40, 30:90] = 255
    for seed, name in enumerate(PICTURES):
        picture = np.random.default_rng(seed).integers(0, 255, (120, 160, 3), np.uint8)
        write_picture(tmp_path / "scans" / name, picture, rgb=True)
        write_picture(tmp_path / "masks" / f"{Path(name).stem}.png", mask, rgb=False)
    return tmp_path


def moments(forked_cli, here, arguments, count, signals):
    """Yield signals, each with a moment during a run."""
    forked_cli.run(here, *arguments)
    code, lasts = forked_cli.run(here, *arguments)
    assert code == 0
    dice = random.Random(" ".join(arguments))
    for turn in range(count):
        yield signals[turn % len(signals)], dice.uniform(0, lasts)


def check_pair(result):
    """Check that picture and record are both there and belong together, or that none is."""
    record = result.with_name(result.name + ".json")
    assert result.exists() == record.exists()
    if record.exists():
        written = json.loads(record.read_bytes())
        assert written["file_sha256"]["result"] == file_sha256(result)


def unfinished(folder):
    return [path.name for path in folder.rglob(".relic-inpaint-*")]


def restore(out):
    return "restore", "scans/wall.png", "masks/wall.png", "-o", out, "--method", "telea"


BATCH = ("batch", "scans", "--damage", "masks", "-o", "out", "--method", "telea")


@pytest.mark.parametrize("out", ["out.png", "out.zarr"])
@pytest.mark.parametrize("there", [True, False], ids=["replaced", "new"])
def test_restore_stopped_at_any_moment_leaves_a_whole_pair_or_none(forked_cli, here, out, there):
    arguments = (*restore(out), "--overwrite")
    for number, after in moments(forked_cli, here, arguments, MOMENTS // 2, SIGNALS):
        if not there:
            for path in (here / out, here / f"{out}.json"):
                subprocess.run(["rm", "-rf", path], check=True)
        code, _ = forked_cli.run(here, *arguments, number=number, after=after)
        # It may have been done, or not have begun to listen.
        assert code in (128 + number, 0, -number)
        if code > 0:
            assert "Stopped; no file is half written." in (here / "said.txt").read_text()
        check_pair(here / out)
        if there:
            assert (here / out).exists()
        assert unfinished(here) == []


def test_a_batch_stopped_at_any_moment_goes_on_with_resume(forked_cli, here):
    arguments = (*BATCH, "--overwrite")
    for number, after in moments(forked_cli, here, arguments, MOMENTS, SIGNALS):
        code, _ = forked_cli.run(here, *arguments, number=number, after=after)
        assert code in (128 + number, 0, -number)
        assert unfinished(here) == []
        for result in (here / "out").glob("*_restored.*[fg]"):
            check_pair(result)
    assert forked_cli.run(here, *BATCH, "--resume")[0] == 0
    assert unfinished(here) == []
    for name in PICTURES:
        result = here / "out" / f"{Path(name).stem}_restored{Path(name).suffix}"
        assert result.exists()
        check_pair(result)


def test_a_batch_killed_at_any_moment_leaves_nothing_after_resume(forked_cli, here):
    for number, after in moments(forked_cli, here, (*BATCH, "--overwrite"), 8, [KILL]):
        forked_cli.run(here, *BATCH, "--overwrite", number=number, after=after)
        assert forked_cli.run(here, *BATCH, "--resume")[0] == 0, (here / "said.txt").read_text()
        assert unfinished(here) == []
        for name in PICTURES:
            result = here / "out" / f"{Path(name).stem}_restored{Path(name).suffix}"
            assert result.exists()
            check_pair(result)
