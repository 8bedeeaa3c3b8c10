import json
import os
import shutil
import sys
from inspect import signature
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from galleries import NAMES, contents, draw, draw_mask, rows, sha256
from hypothesis import given
from hypothesis import strategies as st

from napari_relic_inpaint.batch import make_plan, work
from napari_relic_inpaint.cli.batch import batch
from napari_relic_inpaint.cli.restore import restore
from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.files import open_mask_of, read_picture, write_picture
from napari_relic_inpaint.settings import FIELDS


@pytest.mark.parametrize("damage", ["masks", "masks/{name}_damage.png", "masks/nave_damage.png"])
@pytest.mark.parametrize("pictures", ["scans", "scans/*.*", "files"])
def test_a_batch_makes_what_single_runs_make(gallery, relic, tiny_model, pictures, damage):
    given = [f"scans/{name}" for name in NAMES] if pictures == "files" else [pictures]
    options = ("--model", tiny_model, "--window", 64)
    code, said, errors = relic("batch", *given, "--damage", damage, "-o", "out/deep", *options)
    assert (code, errors) == (0, "")
    table = rows("out/deep")
    for name in NAMES:
        picture = Path("scans", name)
        mask = damage if damage.endswith("nave_damage.png") else f"masks/{picture.stem}_damage.png"
        result = Path("out/deep", f"{picture.stem}_restored{picture.suffix}")
        single = Path(f"single{picture.suffix}")
        assert relic("restore", picture, mask, "-o", single, *options, "--overwrite")[0] == 0
        # The metadata name the time.
        np.testing.assert_array_equal(read_picture(result).data, read_picture(single).data)
        record = json.loads(result.with_name(result.name + ".json").read_text())
        assert record["files"]["damage"] == Path(mask).name
        row = table[str(picture)]
        assert (row["status"], row["result"], row["error"]) == ("restored", result.name, "")
        assert float(row["share"]) == pytest.approx(record["damage"]["share"], abs=1e-6)
        assert row["picture_sha256"] == sha256(picture)
        assert row["result_sha256"] == sha256(result)
        assert f"{picture}: restored: {record['damage']['share']:.2%}" in said
    assert len(table) == len(NAMES)


def test_a_record_names_the_hash_of_each_file(restored):
    record = json.loads((restored / "nave_restored.png.json").read_text())
    assert record["file_sha256"] == {
        "picture": sha256("scans/nave.png"),
        "damage": sha256("masks/nave_damage.png"),
        "result": sha256("out/nave_restored.png"),
    }


def test_pictures_after_one_that_fails_are_restored(gallery, relic):
    Path("scans/nave.png").write_bytes(Path("scans/nave.png").read_bytes()[:200])
    write_picture(
        "masks/wall_damage.png", np.eye(40, 47, dtype=np.uint8), rgb=False, overwrite=True
    )
    draw(Path("scans/yard.png"), 9)
    draw(Path("scans/zoo.png"), 9)
    draw_mask(Path("masks/zoo.png"))
    options = ("--damage", "masks", "-o", "out", "--method", "membrane")
    code, said, errors = relic("batch", "scans", *options)
    assert code == 1
    assert "2 restored, 0 kept, 3 failed" in said
    sentences = {"nave": "damaged or cut off", "wall": "40 x 47", "yard": "no damage mask in masks"}
    table = rows()
    for name, sentence in sentences.items():
        row = table[f"scans/{name}.png"]
        assert row["status"] == "failed"
        assert sentence in row["error"]
        # Once as it happens, and again at the end.
        assert errors.count(f"scans/{name}.png: ") == 2
        assert not Path(f"out/{name}_restored.png").exists()
    assert errors.rstrip().splitlines()[-1].startswith("Error: ")
    assert Path("out/apse_restored.tif").exists()
    assert Path("out/zoo_restored.png").exists()


def test_a_mistake_in_a_method_costs_one_picture(gallery, relic, monkeypatch):
    def fragile(picture, path, *arguments):
        if Path(path).name.startswith("nave"):
            raise ZeroDivisionError("by zero")
        return open_mask_of(picture, path, *arguments)

    monkeypatch.setattr(work.files, "open_mask_of", fragile)
    options = ("--damage", "masks", "-o", "out", "--method", "membrane")
    code, said, errors = relic("batch", "scans", *options)
    assert code == 1
    assert "2 restored, 0 kept, 1 failed" in said
    assert "scans/nave.png: an unexpected ZeroDivisionError ended it (by zero)" in errors


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (["nowhere", "--damage", "masks"], "nowhere: it does not exist"),
        (["nowhere/*.png", "--damage", "masks"], "no pictures in nowhere/*.png"),
        (["masks", "--damage", "nowhere"], "nowhere does not exist"),
        (["scans", "--damage", "masks/{name}.png"], "masks/apse.png does not exist"),
        (["scans", "--damage", "scans"], "is its own mask"),
        (["scans", "--damage", "masks", "--method", "magic"], "there is no method 'magic'"),
        (["scans", "--damage", "masks", "--model", "none"], "there is no model 'none'"),
        (["scans", "--damage", "masks", "--window", "100"], "window cannot be 100"),
        (["scans", "--damage", "masks", "--resume", "--overwrite"], "give one of the two"),
        (
            ["scans", "--damage", "masks", "--workers", "2", "--scheduler", "tcp://nowhere:1"],
            "give either workers or a scheduler",
        ),
        (["scans", "--damage", "masks", "--save-edges", "--method", "telea"], "no edges to save"),
    ],
)
def test_what_cannot_start_is_said_and_writes_nothing(gallery, relic, given, sentence):
    code, _, errors = relic("batch", *given, "-o", "out")
    assert code == 2
    assert sentence in errors
    assert not Path("out").exists()


@pytest.mark.parametrize("place", ["scans", "./masks/../scans", "masks"])
def test_results_never_go_among_pictures_or_masks(gallery, relic, place):
    before = contents("scans"), contents("masks")
    arguments = ("batch", "scans", "--damage", "masks", "-o", place, "--overwrite")
    code, _, errors = relic(*arguments)
    assert code == 2
    assert "choose another folder with -o" in errors
    assert (contents("scans"), contents("masks")) == before


def test_a_link_does_not_lead_to_a_source(gallery, relic):
    Path("out").mkdir()
    Path("out/nave_restored.png").symlink_to(Path("scans/wall.png").absolute())
    before = contents("scans")
    options = ("--damage", "masks", "-o", "out", "--overwrite", "--method", "membrane")
    code, _, errors = relic("batch", "scans", *options)
    assert code == 2
    assert "is a picture or mask of this batch" in errors
    assert contents("scans") == before


@pytest.mark.parametrize("other", ["nave.png", "nave.tif", "Nave.png"])
def test_two_pictures_of_one_name_are_told_before_starting(gallery, relic, other):
    Path("more").mkdir()
    draw(Path("more", other), 5)
    options = ("--damage", "masks/nave_damage.png", "-o", "out", "--method", "membrane")
    code, _, errors = relic("batch", "scans", "more", *options)
    assert code == 2
    assert f"scans/nave.png and more/{other} would both become" in errors
    assert not Path("out").exists()


@given(st.sets(st.text("aAbß._-é", min_size=1, max_size=4), min_size=1, max_size=6))
def test_no_two_results_ever_share_a_name(names):
    with TemporaryDirectory() as folder:
        pictures = [Path(folder, f"p{name}.png") for name in sorted(names)]
        for path in pictures:
            path.touch()
        mask = Path(folder, "mask.png")
        mask.touch()
        try:
            plan = make_plan(map(str, pictures), str(mask), Path(folder, "out"), save_edges=True)
        except InputError:
            assert len({name.casefold() for name in names}) < len(names)
            return
        assert [job.picture for job in plan.jobs] == pictures
        written = [path for job in plan.jobs for path in (*job.outputs.values(), job.record)]
        assert len({str(path).casefold() for path in written}) == 3 * len(names)


def test_zarr_folders_are_pictures_and_masks(gallery, relic):
    """Their records hold the hash of all that is in them."""
    Path("tiles").mkdir()
    picture = draw(Path("tiles/dome.zarr"), 4)
    mask = draw_mask(Path("masks/dome.zarr"))
    options = ("--damage", "masks", "-o", "out", "--method", "membrane")
    assert relic("batch", "tiles", *options)[0] == 0
    restored = read_picture("out/dome_restored.zarr").data
    np.testing.assert_array_equal(restored[mask == 0], picture[mask == 0])
    assert (restored != picture).any()
    assert "0 restored, 1 kept" in relic("batch", "tiles", *options, "--resume")[1]
    chunk = max(Path("out/dome_restored.zarr").rglob("*"), key=lambda path: path.stat().st_size)
    chunk.write_bytes(chunk.read_bytes()[:50])
    code, said, _ = relic("batch", "tiles/dome.zarr", *options, "--resume")
    assert code == 0
    assert "dome_restored.zarr is damaged or cut off" in said
    np.testing.assert_array_equal(read_picture("out/dome_restored.zarr").data, restored)


def test_masks_beside_their_pictures_are_no_pictures(gallery, relic):
    for mask in Path("masks").iterdir():
        shutil.copy(mask, "scans")
    options = ("--damage", "scans/{name}_damage.png", "-o", "out", "--method", "membrane")
    code, said, errors = relic("batch", "scans", *options)
    assert code == 0
    assert "3 restored" in said
    assert "3 of the files given are masks" in errors


@pytest.mark.skipif(sys.platform != "linux", reason="names are bytes on Linux only")
def test_a_name_that_is_not_utf_8_is_restored_and_recorded(gallery, relic):
    shutil.copy("scans/nave.png", b"scans/caf\xe9.png")
    options = ("--damage", "masks/nave_damage.png", "-o", "out", "--method", "membrane")
    code, said, _ = relic("batch", "scans", *options)
    assert code == 0
    assert "4 restored" in said
    assert r"scans/caf\udce9.png: restored" in said
    record = json.loads(Path(os.fsdecode(b"out/caf\xe9_restored.png.json")).read_bytes())
    assert os.fsencode(record["files"]["picture"]) == b"caf\xe9.png"
    assert rows()[r"scans/caf\udce9.png"]["result"] == r"caf\udce9_restored.png"
    assert "0 restored, 4 kept" in relic("batch", "scans", *options, "--resume")[1]
    assert len(rows()) == 4


def test_a_mask_of_a_neighbour_is_not_taken(gallery, relic):
    draw(Path("scans/wall_12.png"), 7)
    Path("masks/wall_damage.png").rename("masks/wall_12_damage.png")
    options = ("--damage", "masks", "-o", "out", "--method", "membrane")
    code, _, errors = relic("batch", "scans/wall.png", *options)
    assert code == 2
    assert "no damage mask" in errors


def test_edges_are_saved_beside_the_results(gallery, relic, tiny_model):
    options = ("--damage", "masks", "-o", "out", "--model", tiny_model, "--window", 64)
    code, *_ = relic("batch", "scans", *options, "--save-edges")
    assert code == 0
    for name in NAMES:
        edges = read_picture(Path("out", f"{Path(name).stem}_edges.png")).data
        assert edges.shape == (40, 48)
        assert set(np.unique(edges)) <= {0, 255}


def test_existing_results_are_refused_or_replaced(restored, relic):
    (restored / "nave_restored.png").write_bytes(b"precious")
    before = contents(restored)
    options = ("--damage", "masks", "-o", "out", "--method", "membrane")
    code, _, errors = relic("batch", "scans", *options)
    assert code == 2
    assert "exist already in out" in errors
    assert contents(restored) == before
    assert relic("batch", "scans", *options, "--overwrite")[0] == 0
    assert read_picture(restored / "nave_restored.png").data.shape == (40, 48, 3)


def test_several_workers_need_distributed(gallery, relic, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    options = ("--damage", "masks", "-o", "out", "--method", "membrane", "--workers", "2")
    code, _, errors = relic("batch", "scans", *options)
    assert code == 2
    assert 'pip install "napari-relic-inpaint[cluster]"' in errors


def test_a_batch_has_every_setting_of_a_single_run():
    assert set(signature(restore).parameters) & set(FIELDS) <= set(signature(batch).parameters)
