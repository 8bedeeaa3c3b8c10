"""No command writes what it reads, or one file twice, whatever is allowed to be replaced."""

import os
import shutil
from itertools import combinations, product
from pathlib import Path

import numpy as np
import pytest

from napari_relic_inpaint import samples
from napari_relic_inpaint.files import read_picture, write_picture, write_preset
from napari_relic_inpaint.marking.classes import PRESET
from napari_relic_inpaint.measuring.ratings import Rating, append


def same(first, second):
    """Give both paths one name."""
    return first, first


def linked(first, second):
    """Make the second path a link to the first."""
    if second.exists():
        second.unlink()
    second.symlink_to(first.name)
    return first, second


def hard_linked(first, second):
    """Give the first file the second name, too."""
    if second.exists():
        second.unlink()
    os.link(first, second)
    return first, second


WAYS = (same, linked, hard_linked)

READ = ("picture", "damage", "edges")
WRITTEN = ("out", "record", "saved")


def picture(path, seed=0, *, grey=False):
    values = np.random.default_rng(seed).integers(0, 255, (24, 32, 3), np.uint8)
    write_picture(path, values[..., 0] if grey else values, rgb=not grey, overwrite=True)
    return path


def mask(path):
    values = np.zeros((24, 32), np.uint8)
    values[5:9, 5:20] = 255
    write_picture(path, values, rgb=False, overwrite=True)
    return path


def contents():
    return {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}


def renamed(path, name):
    """Give a picture any name: what it is shows in its content."""
    return path.rename(name) if path.exists() else Path(name)


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def files(here):
    """The paths of a restoration by their role."""
    return {
        "picture": picture(Path("wall.png")),
        "damage": mask(Path("damage.png")),
        "edges": mask(Path("edges.png")),
        "out": Path("out.png"),
        "record": Path("out.png.json"),
        "saved": Path("saved.png"),
    }


CASES = [
    pytest.param(pair, way, id=f"{'-'.join(pair)}-{way.__name__}")
    for pair, way in product(combinations((*READ, *WRITTEN), 2), WAYS)
    # The record is named after the result, and names of one earlier result become two results.
    if not (
        set(pair) <= set(READ)
        or pair == ("out", "record")
        or (pair, way) == (("out", "saved"), hard_linked)
    )
]


@pytest.mark.parametrize(("roles", "way"), CASES)
def test_restore_keeps_its_files_apart(relic, files, tiny_model, roles, way):
    first, second = roles
    if "record" in roles:
        # The record's name follows from the other one's.
        other = first if second == "record" else second
        files[other] = renamed(files[other], "out.png.json")
        if other == "saved":
            # Of a name that is no picture's, so that a link leads from the one to the other.
            files["saved"] = Path("saved.png")
            files["record"].symlink_to("saved.png")
        elif way is not same:
            files[other] = files[other].rename("read.png")
            way(files[other], files["record"])
    else:
        files[first], files[second] = way(files[first], files[second])
    before = contents()
    code, said, errors = relic(
        *("restore", files["picture"], files["damage"], "-o", files["out"]),
        *("--edges", files["edges"], "--save-edges", files["saved"]),
        *("--model", tiny_model, "--overwrite"),
    )
    assert (code, said) == (2, "")
    assert "itself" in errors or "would be both" in errors
    assert errors.count("\n") == 1
    assert contents() == before


def test_two_names_of_one_earlier_result_become_two_results(relic, files, tiny_model):
    mask(files["out"])
    hard_linked(files["out"], files["saved"])
    code, _, errors = relic(
        *("restore", files["picture"], files["damage"], "-o", files["out"], "--overwrite"),
        *("--save-edges", files["saved"], "--model", tiny_model),
    )
    assert (code, errors) == (0, "")
    assert read_picture(files["out"]).data.shape == (24, 32, 3)
    assert read_picture(files["saved"]).data.shape == (24, 32)


def test_restore_keeps_apart_what_differs_in_case_only(relic, files, tiny_model):
    code, _, errors = relic(
        *("restore", files["picture"], files["damage"], "-o", "out.png", "--model", tiny_model),
        *("--save-edges", "OUT.png"),
    )
    assert code == 2
    assert "OUT.png would be both the restored picture and the picture of edges" in errors
    assert not Path("out.png").exists()


@pytest.mark.parametrize("name", ["edge.safetensors", "card.json"])
def test_restore_never_replaces_its_model(relic, files, tiny_model, name):
    Path("out.png").symlink_to(Path(tiny_model, name))
    before = Path(tiny_model, name).read_bytes()
    code, _, errors = relic(
        *("restore", files["picture"], files["damage"], "-o", "out.png", "--overwrite"),
        *("--model", tiny_model),
    )
    assert code == 2
    assert "out.png is a file of the model itself" in errors
    assert Path(tiny_model, name).read_bytes() == before


@pytest.mark.parametrize("read", ["picture", "damage"])
def test_a_zarr_folder_never_takes_what_lies_in_it(relic, files, read):
    picture(Path("out.zarr"))
    inside = Path("out.zarr", files[read].name)
    files[read] = files[read].rename(inside)
    before = contents()
    options = ("--method", "telea", "--overwrite")
    code, _, errors = relic(
        "restore", files["picture"], files["damage"], "-o", "out.zarr", *options
    )
    assert code == 2
    assert f"out.zarr contains the {'source picture' if read == 'picture' else 'damage mask'}" in (
        errors
    )
    assert contents() == before


@pytest.mark.parametrize("out", ["wall.zarr/out.png", "damage.zarr/0/out.png"])
def test_nothing_is_written_into_a_zarr_folder_that_is_read(relic, here, out):
    picture(Path("wall.zarr"))
    mask(Path("damage.zarr"))
    before = contents()
    code, _, errors = relic("restore", "wall.zarr", "damage.zarr", "-o", out, "--method", "telea")
    assert code == 2
    assert f"{out} lies in the" in errors
    assert contents() == before


def test_no_result_lies_in_another_one(relic, files, tiny_model):
    picture(Path("out.zarr"))
    before = contents()
    code, _, errors = relic(
        *("restore", files["picture"], files["damage"], "-o", "out.zarr", "--overwrite"),
        *("--save-edges", "out.zarr/edges.png", "--model", tiny_model),
    )
    assert code == 2
    assert "lies in the restored picture out.zarr" in errors
    assert contents() == before


@pytest.mark.parametrize(
    ("folders", "way"),
    # A picture in a folder is told by its suffix, and no table has that.
    [(False, same), *product((False, True), (linked, hard_linked))],
)
@pytest.mark.parametrize("role", [0, 1, 2])
def test_evaluate_keeps_its_table_apart(relic, here, role, way, folders):
    read = []
    for name in ("restored", "reference", "damage"):
        Path(name).mkdir()
        read.append(picture(Path(name, "wall.png"), grey=True))
    table = Path(read[role].parent, "scores.csv")
    if way is same:
        read[role] = table = read[role].rename(table)
    else:
        way(read[role], table)
    given = [path.parent for path in read] if folders else read
    before = contents()
    code, _, errors = relic(
        *("evaluate", *given[:2], "--damage", given[2], "--csv", table, "--overwrite")
    )
    assert code == 2
    assert "itself" in errors
    assert contents() == before


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("number", [0, 1])
def test_ratings_keep_their_table_apart(relic, here, number, way):
    marks = [Path("a.csv"), Path("b.csv")]
    for rater, path in zip("ab", marks, strict=True):
        append(path, [Rating("", rater, "wall", "1", "telea", 1, 3, 3, 3, "1")])
    _, table = way(marks[number], Path("means.csv"))
    before = contents()
    code, _, errors = relic("ratings", "summarise", *marks, "--csv", table, "--overwrite")
    assert code == 2
    assert f"{table} is a file of marks itself" in errors
    assert contents() == before


@pytest.mark.parametrize("way", [linked, hard_linked])
@pytest.mark.parametrize(
    "name", ["wall_restored.png", "wall_edges.png", "wall_restored.png.json", "manifest.csv"]
)
@pytest.mark.parametrize("read", ["scans/wall.png", "masks/wall.png"])
def test_a_batch_keeps_its_files_apart(relic, here, tiny_model, read, name, way):
    for folder in ("scans", "masks", "out"):
        Path(folder).mkdir()
    picture(Path("scans/wall.png"))
    mask(Path("masks/wall.png"))
    if way is linked:
        Path("out", name).symlink_to(Path("..", read))
    else:
        os.link(read, Path("out", name))
    before = contents()
    code, _, errors = relic(
        *("batch", "scans", "--damage", "masks", "-o", "out", "--model", tiny_model),
        *("--save-edges", "--overwrite"),
    )
    assert code == 2
    assert f"out/{name} is a picture or mask of this batch itself, {read}" in errors
    assert contents() == before


def test_links_among_pictures_do_not_lead_results_there(relic, here):
    """As data managers lay them out: names in one folder, files in another."""
    for folder in ("store", "scans", "masks"):
        Path(folder).mkdir()
    picture(Path("store/1234.png"))
    mask(Path("masks/wall.png"))
    Path("scans/wall.png").symlink_to(Path("../store/1234.png"))
    for out in ("scans", "store"):
        before = contents()
        code, _, errors = relic(
            *("batch", "scans", "--damage", "masks", "-o", out, "--method", "telea")
        )
        assert code == 2
        assert "choose another folder with -o" in errors
        assert contents() == before


@pytest.mark.parametrize("name", ["coins_restored.png", "coins_intact.png"])
def test_the_demo_never_replaces_its_own_sample(relic, here, name):
    Path("demo").mkdir()
    Path("demo", name).symlink_to(samples.path("coins").picture)
    before = samples.path("coins").picture.read_bytes()
    code, _, errors = relic("demo", "coins", "-o", "demo")
    assert code == 2
    assert "a file of the package itself" in errors
    assert samples.path("coins").picture.read_bytes() == before


def test_two_links_to_nothing_yet_are_one_result(relic, files, tiny_model):
    for name in ("out.png", "saved.png"):
        Path(name).symlink_to("made.png")
    code, _, errors = relic(
        *("restore", files["picture"], files["damage"], "-o", "out.png", "--model", tiny_model),
        *("--save-edges", "saved.png"),
    )
    assert code == 2
    assert "would be both" in errors
    assert not Path("made.png").exists()


COMMANDS = {
    "restore": (
        *("restore", "{picture}", "{damage}", "-o", "{out}", "--overwrite", "--model", "{model}"),
        *("--edges", "{edges}", "--save-edges", "{saved}", "--detail", "picture"),
        *("--copy-from", "{here}", "--never-from", "{nowhere}"),
        *("--save-sources", "{sources}", "--save-confidence", "{confidence}"),
    ),
    "restore to zarr": (
        *("restore", "{picture}", "{damage}", "-o", "{folder}", "--overwrite"),
        *("--edges", "{edges}", "--save-edges", "{saved}", "--model", "{model}"),
    ),
    "batch": (
        *("batch", "{picture}", "--damage", "{damage}", "-o", "{folder}", "--overwrite"),
        *("--save-edges", "--model", "{model}"),
    ),
    "batch of folders": (
        *("batch", "{scans}", "--damage", "{masks}", "-o", "{folder}", "--overwrite"),
        *("--method", "telea"),
    ),
    "evaluate": (
        *("evaluate", "{picture}", "{reference}", "--damage", "{damage}"),
        *("--csv", "{table}", "--overwrite"),
    ),
    "evaluate folders": (
        *("evaluate", "{scans}", "{references}", "--damage", "{masks}"),
        *("--csv", "{table}", "--overwrite"),
    ),
    "propose": ("propose", "{picture}", "-o", "{out}", "--overwrite"),
    "propose to zarr": ("propose", "{picture}", "-o", "{folder}", "--overwrite"),
    "damage": (
        *("damage", "{damage}", "--before", "{nowhere}", "--classes", "{preset}"),
        *("--csv", "{table}", "--overwrite"),
    ),
    "ratings": ("ratings", "summarise", "{marks}", "{further}", "--csv", "{table}", "--overwrite"),
    "models add": ("models", "add", "{model}", "--name", "{name}"),
    "models import": ("models", "import", "{edge}", "{inpaint}", "--name", "{name}"),
}


@pytest.fixture
def paths(here, tiny_model, monkeypatch):
    """A path for everything that a command can be given; what is read is there."""
    monkeypatch.setenv("RELIC_INPAINT_MODELS", "models")
    for folder in ("scans", "masks", "references"):
        Path(folder).mkdir()
    shutil.copytree(tiny_model, "models/mine")
    for name in ("a.csv", "b.csv"):
        append(Path(name), [Rating("", name, "wall", "1", "telea", 1, 3, 3, 3, "1")])
    picture(Path("scans/apse.png"), grey=True)
    mask(Path("masks/apse.png"))
    picture(Path("references/apse.png"), 1, grey=True)
    write_preset("preset.json", PRESET)
    read = {
        "preset": Path("preset.json"),
        "picture": picture(Path("wall.png"), grey=True),
        "reference": picture(Path("reference.png"), 1, grey=True),
        **{role: mask(Path(f"{role}.png")) for role in ("damage", "edges", "here", "nowhere")},
        "model": Path("models/mine"),
        "scans": Path("scans"),
        "masks": Path("masks"),
        "references": Path("references"),
        "marks": Path("a.csv"),
        "further": Path("b.csv"),
        "edge": Path("models/mine/edge.safetensors"),
        "inpaint": Path("models/mine/inpaint.safetensors"),
    }
    names = ("saved.png", "out.png", "sources.tif", "confidence.tif", "folder.zarr", "table.csv")
    return read, {Path(name).stem: Path(name) for name in names} | {"name": Path("other")}


def roles(command):
    return sorted(part.strip("{}") for part in COMMANDS[command] if part.startswith("{"))


@pytest.mark.parametrize("swapped", [False, True], ids=["", "swapped"])
@pytest.mark.parametrize(
    ("command", "first", "second"),
    [(command, *pair) for command in COMMANDS for pair in combinations(roles(command), 2)],
)
def test_no_command_loses_a_file_when_two_of_its_paths_are_equal(
    relic, paths, command, first, second, swapped
):
    read, written = paths
    if swapped:
        first, second = second, first
    every = read | written
    if first in written and second in read and every[second].is_file():
        # What is written says what it is by its name, what is read by its content.
        every[second] = every[second].rename(every[first])
    every[second] = every[first]
    before = contents()
    code, _, errors = relic(*(part.format_map(every) for part in COMMANDS[command]))
    after = contents()
    assert {path: after.get(path) for path in before} == before
    assert code in (0, 1, 2)
    if code == 2:
        assert "Error: " in errors
        assert after == before
    assert not [path for path in after if path.name.startswith(".relic-inpaint")]
