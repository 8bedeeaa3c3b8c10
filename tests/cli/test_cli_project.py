"""``relic-inpaint project``: on projects that were saved in napari."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "project"))

from benches import all_same, bench_of, reopen, save


@pytest.fixture
def project(tmp_path):
    save(tmp_path / "wall.relic", bench_of(tmp_path))
    return tmp_path / "wall.relic"


def test_a_sound_project(relic, project):
    code, said, _ = relic("project", "check", project, "--hashes")
    assert code == 0
    assert "5 layers" in said and "3 fills" in said and "as saved" in said
    assert "Everything is as it was saved." in said
    assert f"  {project.with_name('wall.tif')}" in said


def test_what_is_wrong_is_said_and_the_exit_code_tells(relic, project):
    project.with_name("wall.tif").unlink()
    next((project / "data").glob("damage-*")).unlink()
    code, said, _ = relic("project", "check", project)
    assert code == 1
    assert "missing" in said and "as saved" in said


def test_what_is_no_project_is_a_sentence(relic, tmp_path):
    code, _, errors = relic("project", "check", tmp_path)
    assert code == 2
    assert "is no project" in errors


def test_a_project_goes_into_a_zip_with_its_pictures_and_back(relic, project, tmp_path):
    packed = tmp_path / "sent" / "wall.relic.zip"
    packed.parent.mkdir()
    code, said, _ = relic("project", "copy", project, packed, "--with-pictures")
    assert code == 0 and "Copied 5 layers" in said
    bench = bench_of(tmp_path)
    project.with_name("wall.tif").unlink()
    back = tmp_path / "back.relic"
    assert relic("project", "copy", packed, back)[0] == 0
    opened = reopen(back)
    assert opened.notes == []
    assert all_same(opened.bench, bench)
    code, _, errors = relic("project", "copy", packed, back)
    assert code != 0 and "--overwrite" in errors
