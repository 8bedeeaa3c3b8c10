"""Which mask is whose, and which result is whose, by name."""

import shutil
import sys
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from galleries import draw, draw_mask, rows

from napari_relic_inpaint.batch import make_plan
from napari_relic_inpaint.files import read_picture

MEMBRANE = ("-o", "out", "--method", "membrane")

linux = pytest.mark.skipif(sys.platform != "linux", reason="disks elsewhere ignore case")


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """Folders ``p`` and ``m`` for pictures and masks, in the working directory."""
    monkeypatch.chdir(tmp_path)
    for name in "pm":
        Path(name).mkdir()


def plan(**options):
    return make_plan(["p"], "m", Path("out"), **options)


def test_the_case_of_letters_does_not_matter(folders):
    for name in ("p/Wall.PNG", "p/wall_3.png", "m/WALL_damage.png", "m/wall_3.png"):
        Path(name).touch()
    assert {job.picture.name: job.damage.name for job in plan().jobs} == {
        "Wall.PNG": "WALL_damage.png",
        "wall_3.png": "wall_3.png",
    }


def test_a_mask_goes_to_the_picture_of_its_name_in_other_letters(folders, relic):
    draw(Path("p/wall.png"), 0)
    draw(Path("p/Wall_3.png"), 1)
    draw_mask(Path("m/wall_3.png"))
    code, said, errors = relic("batch", "p", "--damage", "m", *MEMBRANE)
    assert code == 1
    assert "1 restored, 0 kept, 1 failed" in said
    assert "p/wall.png: it has no damage mask in m" in errors
    assert not Path("out/wall_restored.png").exists()
    assert Path("out/Wall_3_restored.png").exists()


def test_the_ways_to_write_an_accent_do_not_matter(folders):
    for form, folder in (("NFC", "p"), ("NFD", "m")):
        Path(folder, unicodedata.normalize(form, "café.png")).touch()
    (job,) = plan().jobs
    assert job.damage.parent == Path("m")


@linux
def test_a_mask_that_fits_two_pictures_is_refused_with_both_names(folders):
    """The second one is not to be restored now."""
    for name in ("p/wall.png", "p/Wall.png", "p/nave.png", "m/wall_damage.png", "m/nave.png"):
        Path(name).touch()
    made = make_plan(["p/wall.png", "p/nave.png"], "m", Path("out"))
    assert [job.picture.name for job in made.jobs] == ["nave.png"]
    (failure,) = made.failures
    assert "m/wall_damage.png could be that of p/Wall.png as well" in failure.error
    assert failure.picture == Path("p/wall.png")


def test_a_preview_in_another_format_is_no_second_picture(folders):
    for name in ("p/wall.tif", "p/wall.jpg", "m/wall_damage.png"):
        Path(name).touch()
    (job,) = make_plan(["p/*.tif"], "m", Path("out")).jobs
    assert job.damage == Path("m/wall_damage.png")


@linux
@pytest.mark.parametrize("folder", ["restored", "reference", "damage"])
def test_evaluate_refuses_what_fits_two(folders, relic, folder):
    for name in ("restored", "reference", "damage"):
        Path(name).mkdir()
        draw_mask(Path(name, "wall.png"))
    draw_mask(Path(folder, "WALL_1.png" if folder == "restored" else "WALL.png"))
    code, _, errors = relic("evaluate", "restored", "reference", "--damage", "damage")
    if folder == "reference":
        assert code == 1
        assert "could belong to reference/WALL.png and reference/wall.png" in errors
    elif folder == "damage":
        assert code == 1
        assert "restored/wall.png has 2 damage masks in damage" in errors
    else:
        assert code == 0


def test_each_link_to_one_file_has_its_result(folders, relic):
    """As data managers lay out what has the same content."""
    draw(Path("store.png"), 0)
    for name in ("apse", "nave", "wall"):
        Path(f"p/{name}.png").symlink_to("../store.png")
        draw_mask(Path(f"m/{name}.png"), row={"apse": 2, "nave": 8, "wall": 14}[name])
    code, said, _ = relic("batch", "p", "--damage", "m", *MEMBRANE)
    assert code == 0
    assert "3 restored" in said
    assert sorted(rows()) == ["p/apse.png", "p/nave.png", "p/wall.png"]
    results = [read_picture(f"out/{name}_restored.png").data for name in ("apse", "nave", "wall")]
    assert not any(np.array_equal(results[n], results[n - 1]) for n in range(3))


def test_one_picture_given_in_two_ways_is_one(folders):
    draw(Path("p/wall.png"), 0)
    shutil.copy("p/wall.png", "m/wall.png")
    Path("again").symlink_to("p")
    made = make_plan(["p", "p/wall.png", "p/../p/w*.png", "again"], "m", Path("out"))
    assert [job.picture for job in made.jobs] == [Path("p/wall.png")]
