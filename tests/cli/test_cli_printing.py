"""What is only printed ends no run: names that cannot be encoded, pipes that close, full disks."""

import io
import os
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from napari_relic_inpaint import cli
from napari_relic_inpaint.files import write_picture

NAMES = ("café", "žluť", "壁画", "wall:smile:", "[red]")
FAILED = 1


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Pictures of all kinds of names, and a mask for all, in the working directory."""
    monkeypatch.chdir(tmp_path)
    Path("scans").mkdir()
    picture = np.random.default_rng(0).integers(0, 255, (24, 32, 3), np.uint8)
    for name in NAMES:
        write_picture(Path("scans", f"{name}.png"), picture, rgb=True)
    mask = np.zeros((24, 32), np.uint8)
    mask[5:9, 5:20] = 255
    write_picture("damage.png", mask, rgb=False)
    return tmp_path


def run(monkeypatch, stdout, *arguments, stderr=None):
    """Run the command line with streams of its own; return its exit code."""
    monkeypatch.setattr(sys, "argv", ["relic-inpaint", *map(str, arguments)])
    monkeypatch.setattr(sys, "stdout", stdout)
    monkeypatch.setattr(sys, "stderr", stderr or io.TextIOWrapper(io.BytesIO(), "utf-8"))
    with pytest.raises(SystemExit) as end:
        cli.main()
    return end.value.code


def batch(*more):
    return "batch", "scans", "--damage", "damage.png", "-o", "out", "--method", "telea", *more


def restored():
    return sorted(path.name.removesuffix("_restored.png") for path in Path("out").glob("*.png"))


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-8"])
def test_a_name_that_cannot_be_encoded_is_printed_with_replacements(here, monkeypatch, encoding):
    Path("scans/壁.png").write_bytes(b"no picture")
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding) for _ in range(2))
    assert run(monkeypatch, out, *batch(), stderr=err) == FAILED
    assert restored() == sorted(NAMES)
    said, errors = (stream.buffer.getvalue().decode(encoding) for stream in (out, err))
    for name in NAMES:
        shown = name.encode(encoding, "backslashreplace").decode(encoding)
        assert f"scans/{shown}.png: restored" in said
    assert "5 restored, 0 kept, 1 failed" in said
    shown = "壁".encode(encoding, "backslashreplace").decode(encoding)
    assert errors.count(f"scans/{shown}.png: ") == 2


@pytest.mark.skipif(os.name == "nt", reason="pipes of POSIX")
def test_a_pipe_that_closes_ends_no_batch(here, monkeypatch):
    """As of ``relic-inpaint batch ... | head -1``."""
    read, write = os.pipe()
    out = io.TextIOWrapper(os.fdopen(write, "wb"), "utf-8")
    reader = threading.Thread(target=lambda: (os.read(read, 1), os.close(read)))
    reader.start()
    try:
        assert run(monkeypatch, out, *batch()) == 0
        assert restored() == sorted(NAMES)
    finally:
        reader.join()
        out.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is full")
@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_report_that_cannot_be_written_ends_no_batch(here, monkeypatch, stream):
    err = io.TextIOWrapper(io.BytesIO(), "utf-8")
    spare = io.TextIOWrapper(io.BytesIO(), "utf-8")
    Path("scans/broken.png").write_bytes(b"no picture")
    with Path("/dev/full").open("w") as full:
        out, err = (full, spare) if stream == "stdout" else (spare, full)
        assert run(monkeypatch, out, *batch(), stderr=err) == FAILED
        assert restored() == sorted(NAMES)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is full")
def test_results_that_could_not_be_printed_are_told(here, monkeypatch):
    err = io.TextIOWrapper(io.BytesIO(), "utf-8")
    with Path("/dev/full").open("w") as full:
        code = run(monkeypatch, full, "evaluate", "damage.png", "damage.png", stderr=err)
    assert code == FAILED
    assert "not all results could be printed (No space left on device)" in (
        err.buffer.getvalue().decode()
    )


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_stream_that_is_not_there_ends_nothing(here, monkeypatch, stream):
    """As of a program without a console on Windows."""
    spare = io.TextIOWrapper(io.BytesIO(), "utf-8")
    monkeypatch.setattr(sys, "argv", ["relic-inpaint", *batch()])
    monkeypatch.setattr(sys, "stdout", spare)
    monkeypatch.setattr(sys, "stderr", spare)
    monkeypatch.setattr(sys, stream, None)
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 0
    assert restored() == sorted(NAMES)
