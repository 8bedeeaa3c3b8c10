"""Signals at random moments: whole pairs or nothing, and nothing unfinished."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import defaultdict
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from napari_relic_inpaint.files import file_sha256, write_picture
from napari_relic_inpaint.models import folders

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")

if os.name != "nt":
    SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    KILL = signal.SIGKILL
MOMENTS = 20
CODES = defaultdict(set)
"""The exit codes that signals at random moments gave."""

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

    def run(self, folder, *arguments, number=None, when=lambda: None):
        """Run a command, signalled when something returns; return its exit code and the time."""
        print(json.dumps([str(folder), arguments]), file=self._process.stdin, flush=True)
        child = int(self._process.stdout.readline())
        start = time.monotonic()
        if number is not None:
            when()
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
    # Of twenty moments for each command, many lie between the first line and the last.
    assert all(128 + number in codes for number, codes in CODES.items())


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
        yield signals[turn % len(signals)], partial(time.sleep, dice.uniform(0, lasts))


def check_pair(result):
    """Check that picture and record are both there and belong together, or that none is."""
    record = result.with_name(result.name + ".json")
    assert result.exists() == record.exists()
    if record.exists():
        written = json.loads(record.read_bytes())
        assert written["file_sha256"]["result"] == file_sha256(result)


def check_code(code, number, here):
    """Check that the code names the signal, unless it came too early or too late to be heard."""
    assert code in (128 + number, 0, -number)
    if code > 0:
        assert "Stopped" in (here / "said.txt").read_text()
    CODES[number].add(code)


def unfinished(folder):
    return [path.name for path in folder.rglob(".relic-inpaint-*")]


def content(path):
    """Return the bytes of a file, or of all files in a folder by their names."""
    if path.is_dir():
        return {each.relative_to(path): each.read_bytes() for each in path.rglob("*.*")}
    return path.read_bytes()


QUICK = ("--method", "telea", "--detail", "none")


def restore(out):
    return "restore", "scans/wall.png", "masks/wall.png", "-o", out, *QUICK


BATCH = ("batch", "scans", "--damage", "masks", "-o", "out", *QUICK)


@pytest.mark.parametrize("out", ["out.png", "out.zarr"])
@pytest.mark.parametrize("there", [True, False], ids=["replaced", "new"])
def test_restore_stopped_at_any_moment_leaves_a_whole_pair_or_none(forked_cli, here, out, there):
    arguments = (*restore(out), "--overwrite")
    for number, after in moments(forked_cli, here, arguments, MOMENTS // 2, SIGNALS):
        if not there:
            for path in (here / out, here / f"{out}.json"):
                subprocess.run(["rm", "-rf", path], check=True)
        code, _ = forked_cli.run(here, *arguments, number=number, when=after)
        check_code(code, number, here)
        check_pair(here / out)
        if there:
            assert (here / out).exists()
        assert unfinished(here) == []


def test_a_batch_stopped_at_any_moment_goes_on_with_resume(forked_cli, here):
    arguments = (*BATCH, "--overwrite")
    for number, after in moments(forked_cli, here, arguments, MOMENTS, SIGNALS):
        code, _ = forked_cli.run(here, *arguments, number=number, when=after)
        check_code(code, number, here)
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
        forked_cli.run(here, *BATCH, "--overwrite", number=number, when=after)
        assert forked_cli.run(here, *BATCH, "--resume")[0] == 0, (here / "said.txt").read_text()
        assert unfinished(here) == []
        for name in PICTURES:
            result = here / "out" / f"{Path(name).stem}_restored{Path(name).suffix}"
            assert result.exists()
            check_pair(result)


WRITING = {
    "propose": ("made.png", "propose", "scans/wall.png", "-o"),
    "propose to zarr": ("made.zarr", "propose", "scans/wall.png", "-o"),
    "damage": ("made.csv", "damage", "masks/wall.png", "--csv"),
    "evaluate": ("made.csv", "evaluate", "scans/wall.png", "scans/nave.png", "--csv"),
}


@pytest.mark.parametrize("command", WRITING)
def test_what_is_written_is_whole_or_not_there_whenever_it_is_stopped(forked_cli, here, command):
    name, *arguments = WRITING[command]
    arguments += [name, "--overwrite"]
    made = here / name
    forked_cli.run(here, *arguments)
    whole = content(made)
    for number, after in moments(forked_cli, here, arguments, MOMENTS // 2, SIGNALS):
        there = made.exists()
        code, _ = forked_cli.run(here, *arguments, number=number, when=after)
        check_code(code, number, here)
        assert unfinished(here) == []
        if there or code == 0:
            assert content(made) == whole
            # What follows is stopped where there is nothing yet.
            subprocess.run(["rm", "-rf", made], check=True)
        elif made.exists():
            assert content(made) == whole


def appears(folder, pattern):
    """Wait until a run has made a file."""
    end = time.monotonic() + 60
    while not list(folder.glob(pattern)):
        assert time.monotonic() < end
        os.sched_yield()


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("overwrite", [(), ("--overwrite",)])
def test_a_batch_that_is_stopped_gives_the_code_of_the_signal_and_goes_on(
    forked_cli, here, number, overwrite
):
    for copy in range(60):  # so that much is left to do whenever the signal comes
        for folder in ("scans", "masks"):
            (here / folder / f"wall{copy}.png").symlink_to("wall.png")
    first = partial(appears, here / "out", "*_restored.png")
    code, _ = forked_cli.run(here, *BATCH, *overwrite, number=number, when=first)
    assert code == 128 + number
    done = len(list((here / "out").glob("*_restored.*[fg]")))
    assert 0 < done < 63
    said = (here / "said.txt").read_text()
    assert "of 63 pictures are done, and no file is half written" in said
    assert ("--resume instead of --overwrite" in said) == bool(overwrite)
    assert unfinished(here) == []
    assert forked_cli.run(here, *BATCH, "--resume")[0] == 0
    assert f"{63 - done} restored, {done} kept" in (here / "said.txt").read_text()


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("out", ["large.png", "large.tif", "large.zarr"])
def test_a_restoration_that_is_stopped_while_it_writes_gives_the_code_of_the_signal(
    forked_cli, here, number, out
):
    noise = np.random.default_rng(0).integers(0, 255, (3000, 3000, 3), np.uint8)
    write_picture(here / "scans" / "large.tif", noise, rgb=True)
    mask = np.zeros(noise.shape[:2], np.uint8)
    mask[20:40, 30:90] = 255
    write_picture(here / "masks" / "large.png", mask, rgb=False)
    arguments = ("scans/large.tif", "masks/large.png", "-o", out, *QUICK)
    begun = partial(appears, here, ".relic-inpaint-*")
    code, _ = forked_cli.run(here, "restore", *arguments, number=number, when=begun)
    assert code == 128 + number
    assert "Stopped; no file is half written." in (here / "said.txt").read_text()
    assert not (here / out).exists()
    assert not (here / f"{out}.json").exists()
    assert unfinished(here) == []


STOPPED_BY_AN_IMPORT = """
import os, sys

class Stop:
    def find_spec(self, name, *_):
        if name == sys.argv[1]:
            os.kill(os.getpid(), int(sys.argv[2]))

sys.meta_path.insert(0, Stop())
from napari_relic_inpaint.cli import main
main()
"""


@pytest.mark.parametrize("module", ["typer", "numpy", "napari_relic_inpaint.cli.ratings"])
@pytest.mark.parametrize("number", SIGNALS)
def test_what_is_stopped_while_it_imports_ends_with_the_code_of_the_signal(number, module):
    command = [sys.executable, "-c", STOPPED_BY_AN_IMPORT, module, str(int(number))]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 128 + number
    assert (ended.stdout, ended.stderr) == ("", "Stopped; nothing was begun.\n")


def test_a_stop_that_a_library_takes_for_a_failed_import_is_a_stop(relic, monkeypatch):
    def cards():
        try:
            signal.raise_signal(signal.SIGTERM)
        except KeyboardInterrupt:
            raise ImportError from None

    monkeypatch.setattr(folders, "cards", cards)
    code, _, errors = relic("models", "list")
    assert code == 128 + signal.SIGTERM
    assert errors == "Stopped; no file is half written.\n"
