"""Projects that are damaged, partly missing, or made to do harm: nothing of it happens."""

import io
import json
import os
import pickle
import stat
import zipfile

import numpy as np
import pytest
import tifffile
from benches import all_same, bench_of, layer, reopen, same, save

from napari_relic_inpaint.errors import FileError
from napari_relic_inpaint.project.bench import Bench, BenchLayer
from napari_relic_inpaint.project.checking import check_project_steps
from napari_relic_inpaint.project.description import SavedLayer
from napari_relic_inpaint.project.fills import Blank
from napari_relic_inpaint.project.references import Copies
from napari_relic_inpaint.steps import finish


class Trap:
    """Makes a file when it is unpickled."""

    def __init__(self, path):
        self._path = path

    def __reduce__(self):
        return open, (str(self._path), "w")


@pytest.fixture
def project(tmp_path):
    path = tmp_path / "in" / "wall.relic"
    path.parent.mkdir()
    save(path, bench_of(path.parent))
    return path


@pytest.fixture
def packed(project):
    """The members of a good project in a .zip."""
    files = [file for file in sorted(project.rglob("*")) if file.is_file()]
    return {
        file.relative_to(project).as_posix(): file.read_bytes()
        for file in files
        if file.name != ".saving"
    }


def pack(path, members):
    """Write a .zip; members are name or ZipInfo and content."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def entry(name, **attributes):
    info = zipfile.ZipInfo("x")
    info.filename = name
    for key, value in attributes.items():
        setattr(info, key, value)
    return info


def link(name):
    return entry(name, create_system=3, external_attr=(stat.S_IFLNK | 0o777) << 16)


def device(name):
    return entry(name, create_system=3, external_attr=(stat.S_IFCHR | 0o666) << 16)


REFUSED = {
    "a path outside": ("../escaped.txt", b"x"),
    "a path outside of a folder": ("data/../../escaped.txt", b"x"),
    "a path outside with backslashes": ("..\\escaped.txt", b"x"),
    "an absolute path": ("/tmp/escaped-by-relic-test.txt", b"x"),
    "a drive letter": ("C:/escaped.txt", b"x"),
    "a drive letter with backslash": ("C:\\escaped.txt", b"x"),
    "a share": ("\\\\server\\share\\x", b"x"),
    "a link": (link("data/link.tif"), b"/etc/passwd"),
    "a link in the place of the folder": (link("data"), b"/etc"),
    "a device": (device("data/zero.tif"), b""),
    "the description twice": ("project.json", b"{}"),
    "a name twice, in capitals": ("PROJECT.json", b"{}"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_zip_that_no_project_would_be_is_refused(tmp_path, packed, kind):
    path = pack(tmp_path / "bad.zip", [*packed.items(), REFUSED[kind]])
    before = set(tmp_path.rglob("*"))
    with pytest.raises(FileError, match="refused"):
        reopen(path)
    assert set(tmp_path.rglob("*")) == before


def test_a_bomb_is_refused_by_what_it_says(tmp_path, packed):
    packed = {**packed, "data/bomb-0.tif": bytes(400_000_000)}
    with zipfile.ZipFile(tmp_path / "bad.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in packed.items():
            archive.writestr(name, content)
    with pytest.raises(FileError, match="says that it unpacks to 400 MB"):
        reopen(tmp_path / "bad.zip")


def test_a_bomb_that_lies_about_its_size_is_unpacked_no_further(tmp_path, packed, monkeypatch):
    name = next(name for name in packed if name.startswith("data/damage"))
    members = {**packed, name: bytes(5_000_000)}
    path = tmp_path / "bad.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for each, content in members.items():
            archive.writestr(each, content)
    size, lie = (5_000_000).to_bytes(4, "little"), len(packed[name]).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(size, lie))
    opened = reopen(path)
    unpacked = opened.folder / name
    assert unpacked.stat().st_size <= len(packed[name])
    assert any("damage" in note for note in opened.notes)
    assert len(opened.bench.layers) == 5


def test_a_description_that_unpacks_to_much_is_refused(tmp_path, packed):
    packed["project.json"] = b" " * 65 * 2**20 + packed["project.json"]
    with zipfile.ZipFile(tmp_path / "bad.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in packed.items():
            archive.writestr(name, content)
    with pytest.raises(FileError, match="refused"):
        reopen(tmp_path / "bad.zip")


@pytest.mark.parametrize("cut", [10, 3000, -30])
def test_a_zip_that_is_cut_off_is_refused(tmp_path, packed, cut):
    path = pack(tmp_path / "bad.zip", packed.items())
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(FileError):
        reopen(path)


def test_what_else_is_in_a_zip_stays_in_it(tmp_path, packed):
    others = [("evil.py", b"raise SystemExit"), ("data/run.exe/..x", b"x"), ("天.txt", b"x")]
    path = pack(tmp_path / "odd.zip", [*packed.items(), *others])
    opened = reopen(path)
    names = {file.relative_to(opened.folder).as_posix() for file in opened.folder.rglob("*.*")}
    assert names == set(packed) - {"README.txt"}


def test_pickles_are_not_opened(tmp_path, project, packed):
    trap = tmp_path / "executed"
    array = io.BytesIO()
    np.save(array, np.array([Trap(trap)], object), allow_pickle=True)
    for content in (pickle.dumps(Trap(trap)), array.getvalue()):
        for name in packed:
            if name.startswith("data/"):
                (project / name).write_bytes(content)
        opened = reopen(project)
        assert len(opened.notes) >= 4
        assert not trap.exists()
        (project / "project.json").write_bytes(content)
        with pytest.raises(FileError):
            reopen(project)
        (project / "project.json").write_bytes(packed["project.json"])


DEEP = b"[" * 100_000 + b"]" * 100_000
DESCRIPTIONS = {
    "empty": b"",
    "not UTF-8": "{}".encode("utf-16"),
    "cut off": b'{"kind": "relic-inpaint project", "format": 1, "lay',
    "a list": b"[]",
    "something else": b'{"kind": "package", "format": 1}',
    "nested deep": b'{"kind": "relic-inpaint project", "format": 1, "layers": %s}' % DEEP,
    "nested a little less deep": b'{"kind": "relic-inpaint project", "format": 1, "layers": %s}'
    % (b"[" * 500 + b"]" * 500),
    "a number of many digits": b'{"kind": "relic-inpaint project", "format": %s}' % (b"9" * 10_000),
    "NaN": b'{"kind": "relic-inpaint project", "format": NaN}',
    "no layers": b'{"kind": "relic-inpaint project", "format": 1}',
    "format 0": b'{"kind": "relic-inpaint project", "format": 0, "layers": []}',
    "format true": b'{"kind": "relic-inpaint project", "format": true, "layers": []}',
}


@pytest.mark.parametrize("kind", DESCRIPTIONS)
def test_a_bad_description_is_a_sentence_and_the_version_before_is_opened(project, kind):
    (project / "project.json").write_bytes(DESCRIPTIONS[kind])
    with pytest.raises(FileError):
        reopen(project)
    project = project.with_name("other.relic")
    save(project, bench_of(project.parent, 7))
    save(project, bench_of(project.parent, 8), overwrite=True)
    (project / "project.json").write_bytes(DESCRIPTIONS[kind])
    opened = reopen(project)
    assert "version saved before" in opened.notes[0]
    assert all_same(opened.bench, bench_of(project.parent, 7))
    # Saved over it, neither the damaged description nor what it spoke of is gone.
    files = set((project / "data").iterdir())
    save(project, opened.bench, overwrite=True)
    assert (project / "project-damaged.json").read_bytes() == DESCRIPTIONS[kind]
    assert files <= set((project / "data").iterdir())


def test_a_later_format_is_refused_with_a_sentence_and_not_replaced(project):
    described = json.loads((project / "project.json").read_text())
    (project / "project.json").write_text(json.dumps({**described, "format": 2}))
    for _ in range(2):
        with pytest.raises(FileError, match=r"later version .* update napari-relic-inpaint"):
            reopen(project)
        with pytest.raises(FileError, match="later version"):
            save(project, bench_of(project.parent), overwrite=True)


def changed(project, number, **changes):
    """Change what the description says of a layer."""
    described = json.loads((project / "project.json").read_text())
    for path, value in changes.items():
        place = described["layers"][number]
        *steps, last = path.split("__")
        for step in steps:
            place = place[int(step) if step.isdigit() else step]
        place[last] = value
    (project / "project.json").write_text(json.dumps(described))


BAD_LAYERS = {
    "a path outside": (1, {"content__levels__0__file": "../../etc/passwd"}),
    "an absolute path": (1, {"content__levels__0__file": "/etc/passwd"}),
    "another file": (1, {"content__levels__0__file": "data/none-0.tif"}),
    "another shape": (1, {"content__levels__0__shape": [2**40, 2**40]}),
    "a dtype of objects": (1, {"content__levels__0__dtype": "object"}),
    "another dtype": (1, {"content__levels__0__dtype": "float64"}),
    "no content": (1, {"content": None}),
    "another content": (1, {"content__form": "pickle"}),
    "another kind": (1, {"kind": "shapes"}),
    "a scale of words": (1, {"place__scale": ["wide", 1]}),
    "a fill of another shape": (2, {"content__fills__0__mask__shape": [50, 40]}),
    "values for a mask": (4, {"kind": "labels"}),
}


@pytest.mark.parametrize("kind", BAD_LAYERS)
def test_a_bad_layer_keeps_no_other_from_being_opened(project, kind):
    number, changes = BAD_LAYERS[kind]
    changed(project, number, **changes)
    opened = reopen(project)
    assert opened.notes
    good = [each for each in opened.bench.layers if isinstance(each, BenchLayer)]
    before = bench_of(project.parent).layers
    expected = [each for at, each in enumerate(before) if at != number]
    assert [each.description.name for each in good] == [e.description.name for e in expected]
    for one, other in zip(good, expected, strict=True):
        if one.description.source is not None or other.description.source is None:
            assert same(one, other)


def test_a_file_that_is_a_link_is_not_followed(tmp_path, project):
    secret = tmp_path / "secret.tif"
    target = next((project / "data").glob("damage-*"))
    target.replace(secret)
    target.symlink_to(secret)
    opened = reopen(project)
    assert isinstance(opened.bench.layers[1], SavedLayer)
    assert "is a link" in opened.notes[0]


def test_a_folder_that_is_a_link_is_not_followed_or_written_to(tmp_path, project):
    outside = tmp_path / "outside"
    (project / "data").replace(outside)
    (project / "data").symlink_to(outside)
    files = set(outside.iterdir())
    opened = reopen(project)
    assert all("link" in note for note in opened.notes[:1])
    with pytest.raises(FileError, match="is a link"):
        save(project, bench_of(project.parent, 9), overwrite=True)
    assert set(outside.iterdir()) == files


@pytest.mark.parametrize("name", ["project.json", "data/damage"])
def test_a_pipe_does_not_keep_anybody_waiting(project, name):
    path = project / name if name.endswith("json") else next((project / "data").glob("damage-*"))
    path.unlink()
    os.mkfifo(path)
    if name.endswith("json"):
        with pytest.raises(FileError):
            reopen(project)
    else:
        assert isinstance(reopen(project).bench.layers[1], SavedLayer)


def test_what_is_missing_is_said_and_kept_for_another_time(project):
    mask = next((project / "data").glob("damage-*"))
    content = mask.read_bytes()
    mask.unlink()
    opened = reopen(project)
    assert isinstance(opened.bench.layers[1], SavedLayer)
    assert "'damage' could not be opened" in opened.notes[0]
    save(
        project,
        opened.bench,
        based_on=opened.description.version,
        carried_from=opened.folder,
    )
    mask.write_bytes(content)
    again = reopen(project)
    assert again.notes == []
    assert all_same(again.bench, bench_of(project.parent))


@pytest.mark.parametrize("name", ["copy.relic", "copy.zip"])
def test_what_cannot_be_opened_goes_along_to_another_project(project, name):
    damage = next((project / "data").glob("damage-*"))
    content = damage.read_bytes()
    damage.write_bytes(bytes(len(content)))
    opened = reopen(project)
    assert isinstance(opened.bench.layers[1], SavedLayer)
    save(project.with_name(name), opened.bench, carried_from=opened.folder)
    assert isinstance(reopen(project.with_name(name)).bench.layers[1], SavedLayer)


def test_a_missing_picture_is_black_and_found_again(project):
    wall = project.with_name("wall.tif")
    away = project.parents[1] / "away.tif"
    wall.replace(away)
    opened = reopen(project)
    picture, _, result, *_ = opened.bench.layers
    assert isinstance(picture.data[0], Blank)
    assert not np.asarray(picture.data[0]).any()
    assert "is missing" in opened.notes[0]
    filled = np.asarray(result.data[0])
    damage = bench_of(project.parents[1]).layers[1].data[0] > 0
    assert (filled[damage] == 7).all() and not filled[~damage].any()
    save(project, opened.bench, based_on=opened.description.version)
    away.replace(wall)
    again = reopen(project)
    assert again.notes == []
    assert all_same(again.bench, bench_of(project.parent))


@pytest.mark.parametrize("place", ["wall.tif", "photographs/wall.tif", "renamed.tif"])
def test_a_picture_that_has_moved_is_found_beside_the_project(tmp_path, project, place):
    other = tmp_path / "elsewhere"
    (other / place).parent.mkdir(parents=True)
    project.with_name("wall.tif").replace(other / place)
    project.replace(other / "wall.relic")
    opened = reopen(other / "wall.relic")
    if place == "wall.tif":
        assert opened.notes == []
    else:
        assert str(other / place) in opened.notes[0]
    assert opened.bench.layers[0].file == other / place
    assert np.array_equal(opened.bench.layers[2].data[0], bench_of(other).layers[2].data[0])


def test_a_picture_that_has_changed_is_said(project):
    wall = project.with_name("wall.tif")
    pixels = tifffile.imread(wall)
    pixels[0, 0] += 1
    tifffile.imwrite(wall, pixels, photometric="rgb")
    opened = reopen(project)
    assert "has changed since" in opened.notes[0]
    np.testing.assert_array_equal(opened.bench.layers[0].data[0], pixels)
    tifffile.imwrite(wall, pixels[1:], photometric="rgb")
    opened = reopen(project)
    assert isinstance(opened.bench.layers[0].data[0], Blank)


def test_another_picture_of_the_same_size_is_not_taken(project):
    wall = project.with_name("wall.tif")
    pixels = tifffile.imread(wall)
    wall.unlink()
    tifffile.imwrite(project.with_name("other.tif"), pixels[::-1], photometric="rgb")
    assert isinstance(reopen(project).bench.layers[0].data[0], Blank)


def test_no_other_computer_is_asked_for_a_picture(project, monkeypatch):
    changed(project, 0, content__absolute="//server/share/wall.tif", content__relative="")
    asked = []
    monkeypatch.setattr(
        "napari_relic_inpaint.project.pictures._is_there",
        lambda path: asked.append(str(path)) or False,
    )
    opened = reopen(project)
    assert not any("server" in path for path in asked)
    assert isinstance(opened.bench.layers[0].data[0], Blank)


def test_check_says_what_is_wrong_with_which_file(project):
    good = finish(check_project_steps(project))
    assert good.sound
    assert {name for file in good.files for name in file.layers} == {
        "wall",
        "damage",
        "restored",
        "hypotheses",
        "edges",
    }
    damage = next((project / "data").glob("damage-*"))
    damage.write_bytes(bytes(damage.stat().st_size))
    next((project / "data").glob("edges-*")).unlink()
    bad = finish(check_project_steps(project))
    problems = {file.layers[0]: file.problem for file in bad.files if file.problem}
    assert problems.keys() == {"damage", "edges"}
    assert problems["damage"] == "changed"
    assert "is missing" in problems["edges"]


def test_labels_that_do_not_fit_in_memory_are_a_sentence(tmp_path, monkeypatch):
    labels = np.ones((60, 60), np.uint8)
    save(tmp_path / "a.relic", Bench([layer("labels", "damage", labels)]), pictures=Copies.NONE)
    free = type("Memory", (), {"available": 1000})()
    monkeypatch.setattr("napari_relic_inpaint.project.arrays.psutil.virtual_memory", lambda: free)
    opened = reopen(tmp_path / "a.relic")
    assert isinstance(opened.bench.layers[0], SavedLayer)
    assert "do not fit in memory" in opened.notes[0]
