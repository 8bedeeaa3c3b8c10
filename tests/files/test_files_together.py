"""A picture and its record: both appear, or neither, whatever happens meanwhile."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from described_pictures import leftovers

from napari_relic_inpaint.errors import ExistsError, FileError
from napari_relic_inpaint.files import write_json
from napari_relic_inpaint.files.atomic import Together, replacing
from napari_relic_inpaint.files.leftovers import OLD, PART, new_name
from napari_relic_inpaint.files.uninterrupted import uninterrupted


@pytest.fixture
def pair(tmp_path):
    """The paths of a picture and its record, and of another record."""
    return tmp_path / "wall.png", tmp_path / "wall.png.json"


def write(pair, content, *, overwrite=True, meanwhile=lambda: None):
    with Together() as together:
        for path in pair:
            with together.file(path, overwrite, 3) as stream:
                stream.write(content)
            assert together.content(path).read_bytes() == content
        meanwhile()


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_a_pair_appears_and_is_replaced_as_one(pair, tmp_path):
    for content in (b"old", b"new"):
        write(pair, content)
        assert contents(tmp_path) == {path.name: content for path in pair}
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, GeneratorExit])
@pytest.mark.parametrize("there", [True, False])
def test_an_error_leaves_the_old_pair_or_none(pair, tmp_path, error, there):
    if there:
        write(pair, b"old")
    before = contents(tmp_path)

    def fail():
        raise error

    with pytest.raises(error):
        write(pair, b"new", meanwhile=fail)
    assert contents(tmp_path) == before
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("there", [True, False])
def test_what_cannot_take_its_place_takes_the_others_back(pair, tmp_path, number, there):
    """Somebody makes a folder of the name while the picture is painted."""
    if there:
        write([pair[1 - number]], b"old")
    before = contents(tmp_path)
    with pytest.raises(FileError, match="is something else by now"):
        write(pair, b"new", meanwhile=pair[number].mkdir)
    assert contents(tmp_path) == before
    assert pair[number].is_dir()
    assert leftovers(tmp_path) == []


def test_what_appears_meanwhile_is_not_replaced_without_leave(pair, tmp_path):
    with pytest.raises(ExistsError):
        write(pair, b"new", overwrite=False, meanwhile=lambda: pair[1].write_bytes(b"theirs"))
    assert contents(tmp_path) == {pair[1].name: b"theirs"}
    assert leftovers(tmp_path) == []


def test_a_zarr_folder_and_its_record_are_replaced_as_one(tmp_path):
    folder, record = tmp_path / "wall.zarr", tmp_path / "wall.zarr.json"

    def restore(content, meanwhile=lambda: None):
        with Together() as together:
            with together.folder(folder, True, 3) as inside:
                (inside / "chunk").write_text(content)
            write_json(record, {"is": content}, overwrite=True, together=together)
            meanwhile()

    def whole(content):
        return (folder / "chunk").read_text() == content and content in record.read_text()

    restore("old")
    assert whole("old")
    restore("new")
    assert whole("new")
    record.unlink()
    with pytest.raises(FileError):
        restore("newer", record.mkdir)
    assert (folder / "chunk").read_text() == "new"
    assert leftovers(tmp_path) == []


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_waits_until_the_block_is_done(number):
    done, came = [], []

    def handler(*_):
        came.append(list(done))
        raise KeyboardInterrupt

    before = signal.signal(number, handler)
    try:
        with pytest.raises(KeyboardInterrupt), uninterrupted():
            os.kill(os.getpid(), number)
            done.append("first")
            with uninterrupted():
                done.append("second")
        assert came == [["first", "second"]]
        assert signal.getsignal(number) is handler
    finally:
        signal.signal(number, before)


@pytest.fixture
def stopped():
    """Signals that were handled, each by raising what ends a process."""
    came = []

    def handler(number, _):
        came.append(number)
        raise KeyboardInterrupt

    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, handler) for number in numbers]
    yield came
    for number, previous in zip(numbers, before, strict=True):
        signal.signal(number, previous)


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_a_signal_before_it_can_be_put_off_leaves_nothing(pair, tmp_path, monkeypatch, stopped):
    plain = signal.getsignal

    def getsignal(number):
        signal.raise_signal(signal.SIGTERM)
        return plain(number)

    def meanwhile():
        monkeypatch.setattr(signal, "getsignal", getsignal)

    with pytest.raises(KeyboardInterrupt):
        write(pair, b"new", meanwhile=meanwhile)
    assert stopped == [signal.SIGTERM]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_a_signal_while_handlers_come_back_leaves_none_deaf(monkeypatch, stopped):
    plain, handler = signal.signal, signal.getsignal(signal.SIGINT)

    def bring_back(number, new):
        plain(number, new)
        if number == signal.SIGINT and new is handler:
            signal.raise_signal(number)

    monkeypatch.setattr(signal, "signal", bring_back)
    with pytest.raises(KeyboardInterrupt), uninterrupted():
        pass
    monkeypatch.undo()
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGTERM)
    assert stopped == [signal.SIGINT, signal.SIGTERM]


@pytest.fixture
def dead():
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def of(pid, end, computer=None):
    parts = new_name().split("-")
    parts[-2] = str(pid)
    parts[2] = computer or parts[2]
    return "-".join(parts) + end


def test_what_dead_processes_left_is_removed_and_nothing_else(tmp_path, dead):
    file, folder = tmp_path / of(dead, PART), tmp_path / of(dead, PART)
    file.touch()
    folder.mkdir()
    (folder / "chunk").touch()
    kept = [
        tmp_path / name
        for name in (
            of(os.getppid(), PART),
            of(dead, PART, computer="0" * 8),
            of(os.getppid(), OLD),
            ".relic-inpaint-mine.part",
            "somebody.part",
        )
    ]
    for path in kept:
        path.touch()
    with replacing(tmp_path / "marks.csv", overwrite=True, size=1) as stream:
        stream.write(b"1")
    assert sorted(tmp_path.iterdir()) == sorted([*kept, tmp_path / "marks.csv"])


def test_a_folder_is_searched_for_them_once(tmp_path, monkeypatch):
    listed = []
    plain = Path.iterdir
    monkeypatch.setattr(Path, "iterdir", lambda folder: listed.append(folder) or plain(folder))
    for number in range(3):
        write((tmp_path / f"{number}.png", tmp_path / f"{number}.png.json"), b"new")
    assert listed == [tmp_path]


@pytest.mark.parametrize("taken", [True, False])
def test_what_a_dead_process_was_replacing_comes_back_unless_its_place_is_taken(
    tmp_path, dead, taken
):
    """Both or none, since the record is of that picture only."""
    old = tmp_path / of(dead, OLD)
    old.mkdir()
    for name in ("wall.png", "wall.png.json"):
        (old / name).write_bytes(b"old")
    expected = {"wall.png": b"old", "wall.png.json": b"old"}
    if taken:
        (tmp_path / "wall.png").write_bytes(b"new")
        expected = {"wall.png": b"new"}
    with replacing(tmp_path / "other.csv", overwrite=True, size=1):
        pass
    assert contents(tmp_path) == expected | {"other.csv": b""}
    assert not old.exists()
