"""What the system refuses is a sentence and exit code 2, and leaves nothing half."""

import errno
import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from napari_relic_inpaint import cli, files
from napari_relic_inpaint.errors import ExistsError
from napari_relic_inpaint.files import write_picture
from napari_relic_inpaint.models import folders

posix = pytest.mark.skipif(os.name == "nt", reason="pipes, devices and links of POSIX")
LONGEST = 255


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A picture and its mask in the working directory."""
    monkeypatch.chdir(tmp_path)
    picture = np.random.default_rng(0).integers(0, 255, (24, 32, 3), np.uint8)
    write_picture("wall.png", picture, rgb=True)
    mask = np.zeros((24, 32), np.uint8)
    mask[5:9, 5:20] = 255
    write_picture("damage.png", mask, rgb=False)
    return tmp_path


@pytest.fixture
def refused(relic, here):
    """Run a command that is to be refused, and return its sentence."""

    def run(*arguments):
        before = sorted(here.iterdir())
        code, said, errors = relic(*arguments)
        assert (code, said) == (2, "")
        assert errors.startswith("Error: ")
        assert errors.count("\n") == 1
        assert sorted(here.iterdir()) == before
        return errors

    return run


def restore(picture="wall.png", damage="damage.png", out="out.png"):
    return "restore", picture, damage, "-o", out, "--method", "telea", "--overwrite"


def named(length, end):
    return "x" * (length - len(end)) + end


@pytest.mark.parametrize("end", [".png", ".zarr"])
@pytest.mark.parametrize("length", [LONGEST + 1, LONGEST, LONGEST - len(".json") + 1])
def test_a_name_that_is_too_long_also_for_the_record(refused, length, end):
    said = refused(*restore(out=named(length, end)))
    assert "File name too long" in said
    assert ("the record cannot go beside the result" in said) == (length <= LONGEST)


@posix
def test_the_longest_name_that_has_room_for_its_record(relic, here):
    out = named(LONGEST - len(".json"), ".png")
    assert relic(*restore(out=out))[0] == 0
    assert Path(out).exists()
    assert Path(out + ".json").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        restore(picture="x" * 300 + ".png"),
        restore(damage="x" * 300 + ".png"),
        restore(out="x" * 300 + "/out.png"),
        ("batch", "x" * 300 + ".png", "--damage", "damage.png", "-o", "out"),
        ("batch", "wall.png", "--damage", "x" * 300, "-o", "out"),
        ("batch", "wall.png", "--damage", "damage.png", "-o", "x" * 300),
        ("demo", "-o", "x" * 300),
        ("evaluate", "x" * 300, "wall.png"),
        ("evaluate", "wall.png", "wall.png", "--csv", "x" * 300 + ".csv"),
        ("models", "show", "x" * 300),
        ("models", "add", "x" * 300),
        ("models", "import", "x" * 300, "wall.png", "--name", "mine"),
        ("ratings", "summarise", "x" * 300),
    ],
    ids=lambda arguments: "-".join(str(part)[:9] for part in arguments[:4]),
)
@posix
def test_a_name_that_is_too_long_anywhere(refused, arguments):
    assert "File name too long" in refused(*arguments)


@posix
@pytest.mark.parametrize("role", ["picture", "damage", "out"])
@pytest.mark.parametrize("kind", ["pipe", "device", "loop", "folder"])
def test_what_is_no_file(refused, role, kind):
    path = Path("odd.png")
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to("/dev/zero" if kind == "device" else path)
    said = refused(*restore(**{role: path}))
    assert {
        "pipe": "odd.png is a pipe or device",
        "device": "odd.png is a pipe or device",
        "loop": "Too many levels of symbolic links",
        "folder": "odd.png is a folder",
    }[kind] in said


@posix
@pytest.mark.parametrize("kind", ["pipe", "device", "folder"])
def test_the_place_of_the_record_is_no_file(refused, kind):
    path = Path("out.png.json")
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to("/dev/null")
    assert "the record cannot go beside the result" in refused(*restore())


@posix
@pytest.mark.parametrize(
    "arguments",
    [
        ("evaluate", "odd.png", "wall.png"),
        ("evaluate", "wall.png", "wall.png", "--damage", "odd.png"),
        ("evaluate", "wall.png", "wall.png", "--csv", "odd.csv", "--overwrite"),
        ("ratings", "summarise", "odd.png"),
        ("models", "import", "odd.png", "odd.png", "--name", "mine"),
    ],
    ids="-".join,
)
def test_nothing_waits_for_a_pipe(refused, arguments):
    for name in ("odd.png", "odd.csv"):
        os.mkfifo(name)
    assert "is a pipe or device" in refused(*arguments)


@posix
def test_folders_in_a_loop(refused):
    Path("loop").symlink_to("loop")
    for arguments in (
        restore(out="loop/out.png"),
        ("batch", "wall.png", "--damage", "damage.png", "-o", "loop"),
        ("batch", "wall.png", "--damage", "damage.png", "-o", "loop/out"),
        ("demo", "-o", "loop"),
        ("models", "add", "loop"),
    ):
        assert "loop" in refused(*arguments)


@posix
@pytest.mark.parametrize("suffix", [".png", ".tif", ".zarr"])
@pytest.mark.parametrize("full", ["in the picture", "in the record"])
def test_a_full_disk_leaves_the_old_pair_or_none(relic, here, suffix, full, monkeypatch):
    """A limit on the size of files stands for the disk."""
    resource = pytest.importorskip("resource")
    limit = 1_000
    if full == "in the record":
        limit = 15_000
        long = SimpleNamespace(dumps=lambda content, **form: json.dumps(content) + " " * limit)
        monkeypatch.setattr(files.records, "json", long)
    before = sorted(here.iterdir())
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        code, said, errors = relic(*restore(out=f"out{suffix}"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (code, said) == (2, "")
    assert "the disk is full" in errors
    assert (".json" in errors) == (full == "in the record")
    assert errors.count("\n") == 1
    assert sorted(here.iterdir()) == before


def test_what_nobody_has_foreseen_is_a_sentence(refused, monkeypatch):
    def fail(*_):
        raise OSError(errno.EIO, "Input/output error", "wall.png")

    monkeypatch.setattr(files, "file_sha256", fail)
    assert "wall.png cannot be used (Input/output error)" in refused(*restore())


def test_what_exists_names_what_allows_it(relic, here):
    options = ("restore", "wall.png", "damage.png", "--method", "telea", "-o")
    for out in ("wall.zarr", "new.png"):
        assert relic(*options, out)[0] == 0
        code, _, errors = relic(*options, out)
        assert code == 2
        assert f"{out} exists already: choose another name or add --overwrite." in errors
    Path("new.png").unlink()
    assert "new.png.json exists already" in relic(*options, "new.png")[2]
    data = np.zeros((4, 4), np.uint8)
    with pytest.raises(ExistsError, match="choose another name or pass overwrite=True"):
        write_picture("wall.png", data, rgb=False)


@pytest.mark.skipif(sys.platform != "linux", reason="names are bytes on Linux only")
def test_names_that_are_not_utf_8(relic, here):
    picture, damage, out = map(os.fsdecode, (b"caf\xe9.png", b"d\xe9.png", b"r\xe9.tif"))
    Path("wall.png").rename(picture)
    Path("damage.png").rename(damage)
    code, said, _ = relic(*restore(picture, damage, out))
    assert code == 0
    assert r"r\udce9.tif" in said
    record = json.loads(Path(f"{out}.json").read_bytes())
    assert record["files"] == {"picture": picture, "damage": damage, "result": out}
    code, _, errors = relic("evaluate", out, picture, "--csv", "scores.csv")
    assert (code, errors) == (0, "")
    assert rb"r\udce9.tif" in Path("scores.csv").read_bytes()


@pytest.fixture
def homeless(monkeypatch):
    """A user without a name and without a home, as in containers and on clusters."""
    for name in ("HOME", "USERPROFILE", "XDG_DATA_HOME", "RELIC_INPAINT_MODELS"):
        monkeypatch.delenv(name, raising=False)

    def nobody(*_, **__):
        raise RuntimeError("could not determine the home directory")

    monkeypatch.setattr(folders.platformdirs, "user_data_path", nobody)


def test_without_a_home_the_models_of_the_package_are_there(relic, homeless):
    code, said, errors = relic("models", "list")
    assert code == 0
    assert "relic-base" in said
    assert errors.count("Note: Only the models of the package are used") == 1
    assert "set RELIC_INPAINT_MODELS to one, or HOME" in errors


def test_without_a_home_pictures_are_restored(relic, here, homeless):
    code, _, errors = relic("restore", "wall.png", "damage.png", "-o", "out.png", "--window", 64)
    assert code == 0
    assert errors.count("Note: Only the models of the package") == 1


def test_without_a_home_models_are_added_where_one_says(refused, relic, homeless, tiny_model, here):
    said = refused("models", "add", tiny_model, "--name", "mine")
    assert "set RELIC_INPAINT_MODELS to one, or HOME" in said
    os.environ["RELIC_INPAINT_MODELS"] = str(here / "models")
    try:
        assert relic("models", "add", tiny_model, "--name", "mine")[0] == 0
        assert "mine" in relic("models", "list")[1]
    finally:
        del os.environ["RELIC_INPAINT_MODELS"]
    assert [path.name for path in (here / "models").iterdir()] == ["mine"]


def test_a_folder_of_models_that_cannot_be_read(relic, monkeypatch, tmp_path):
    monkeypatch.setenv("RELIC_INPAINT_MODELS", str(tmp_path / ("x" * 300)))
    code, said, errors = relic("models", "list")
    assert code == 0
    assert "relic-base" in said
    assert "File name too long" in errors


def test_usage_errors_are_those_of_the_command_line_library(relic):
    for arguments in (("restore",), ("restore", "--no-such"), ("no-such",)):
        code, _, errors = relic(*arguments)
        assert code == 2
        assert errors.startswith("Usage: relic-inpaint")
    assert relic("restore", "--help")[0] == 0
    assert cli.ERROR_CODE == 2
