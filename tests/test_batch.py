import csv
import hashlib
import json
import shutil
import sys
from contextlib import closing
from inspect import signature
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_relic_inpaint import cli
from napari_relic_inpaint.batch import Outcome, make_plan, run, work
from napari_relic_inpaint.batch.manifest import COLUMNS, Manifest
from napari_relic_inpaint.cli.batch import batch
from napari_relic_inpaint.cli.restore import restore
from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.files import open_mask, read_picture, write_picture
from napari_relic_inpaint.settings import FIELDS, Settings

MEMBRANE = Settings(method="membrane")
NAMES = ("apse.tif", "nave.png", "wall.png")


def draw(path, seed, *, dtype=np.uint8):
    rng = np.random.default_rng(seed)
    picture = rng.integers(0, np.iinfo(dtype).max, (40, 48, 3), dtype, endpoint=True)
    write_picture(path, picture, rgb=True, overwrite=True)
    return picture


def draw_mask(path, row=10):
    mask = np.zeros((40, 48), np.uint8)
    mask[row : row + 6, 8:20], mask[30:34, 30:40] = 1, 2
    write_picture(path, mask, rgb=False, overwrite=True)
    return mask


@pytest.fixture
def gallery(tmp_path, monkeypatch):
    """The folders ``scans`` and ``masks`` with three pictures, in the working directory."""
    monkeypatch.chdir(tmp_path)
    for folder in ("scans", "masks"):
        Path(folder).mkdir()
    for seed, name in enumerate(NAMES):
        picture = Path("scans", name)
        draw(picture, seed, dtype=np.uint16 if picture.suffix == ".tif" else np.uint8)
        draw_mask(Path("masks", f"{picture.stem}_damage.png"), row=5 + seed)
    return tmp_path


@pytest.fixture
def restored(gallery, relic):
    """The gallery with its results in ``out``."""
    code, *_ = relic("batch", "scans", "--damage", "masks", "-o", "out", "--method", "membrane")
    assert code == 0
    return Path("out")


def rows(folder="out"):
    with Path(folder, "manifest.csv").open(newline="") as stream:
        return {row["picture"]: row for row in csv.DictReader(stream)}


def contents(folder):
    return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


def sha256(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def resume(relic, *options):
    arguments = ("scans", "--damage", "masks", "-o", "out", "--resume", "--method", "membrane")
    return relic("batch", *arguments, *options)


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
        assert result.read_bytes() == single.read_bytes()
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
    def fragile(path, *arguments):
        if Path(path).name.startswith("nave"):
            raise ZeroDivisionError("by zero")
        return open_mask(path, *arguments)

    monkeypatch.setattr(work.files, "open_mask", fragile)
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
def test_a_name_that_no_table_can_hold_is_told_before_starting(gallery, relic):
    shutil.copy("scans/nave.png", b"scans/caf\xe9.png")
    options = ("--damage", "masks/nave_damage.png", "-o", "out", "--method", "membrane")
    code, _, errors = relic("batch", "scans", *options)
    assert code == 2
    assert "rename it" in errors
    assert not Path("out").exists()


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


def test_resuming_keeps_what_is_done(restored, relic):
    before = {path: path.stat().st_mtime_ns for path in restored.iterdir()}
    nave = restored / "nave_restored.png"
    content = nave.read_bytes()
    nave.unlink()
    nave.with_name(nave.name + ".json").unlink()
    code, said, errors = resume(relic)
    assert (code, errors) == (0, "")
    assert "1 restored, 2 kept, 0 failed" in said
    assert nave.read_bytes() == content
    for name in ("apse_restored.tif", "wall_restored.png", "wall_restored.png.json"):
        assert (restored / name).stat().st_mtime_ns == before[restored / name]
    assert {name: row["status"] for name, row in rows().items()} == {
        "scans/apse.tif": "kept",
        "scans/nave.png": "restored",
        "scans/wall.png": "kept",
    }
    assert rows()["scans/wall.png"]["result_sha256"] == sha256("out/wall_restored.png")


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path):
    path.write_bytes(b"")


@pytest.mark.parametrize("spoil", [cut, empty, Path.unlink])
@pytest.mark.parametrize("name", ["nave_restored.png", "apse_restored.tif"])
def test_resuming_restores_a_spoilt_result_anew(restored, relic, name, spoil):
    content = (restored / name).read_bytes()
    spoil(restored / name)
    code, said, _ = resume(relic)
    assert code == 0
    assert "1 restored, 2 kept" in said
    assert f"restored anew, since {name} is" in said
    assert (restored / name).read_bytes() == content


def test_resuming_restores_a_spoilt_jpeg_anew(gallery, relic):
    Path("photos").mkdir()
    draw(Path("photos/wall.jpg"), 0)
    options = ("--damage", "masks", "-o", "out", "--method", "membrane")
    code, _, notes = relic("batch", "photos", *options)
    assert code == 0
    assert "JPEG" in notes
    result = Path("out/wall_restored.jpg")
    content = result.read_bytes()
    cut(result)
    code, said, _ = relic("batch", "photos", *options, "--resume")
    assert code == 0
    assert "1 restored, 0 kept" in said
    assert result.read_bytes() == content


@pytest.mark.parametrize("content", [None, b"", b"[]", b"{}", b'{"file_sha256": {}}'])
def test_resuming_trusts_no_result_without_its_record(restored, relic, content):
    record = restored / "wall_restored.png.json"
    if content is None:
        record.unlink()
    else:
        record.write_bytes(content)
    code, said, _ = resume(relic)
    assert code == 0
    assert "scans/wall.png: restored anew, since its record is missing or damaged" in said
    assert json.loads(record.read_text())["file_sha256"]["result"]


def other_picture():
    draw(Path("scans/wall.png"), 99)


def other_mask():
    draw_mask(Path("masks/wall_damage.png"), row=20)


@pytest.mark.parametrize(
    ("change", "reason"), [(other_picture, "the picture changed"), (other_mask, "the damage mask")]
)
def test_resuming_restores_anew_what_has_another_source(restored, relic, change, reason):
    before = (restored / "wall_restored.png").read_bytes()
    change()
    code, said, _ = resume(relic)
    assert code == 0
    assert "1 restored, 2 kept" in said
    assert f"scans/wall.png: restored anew, since {reason}" in said
    assert (restored / "wall_restored.png").read_bytes() != before


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--label", "2"], "another label counted as damage"),
        (["--method", "telea"], "method was membrane, not telea"),
        (["--window", "128"], "window was 256, not 128"),
    ],
)
def test_resuming_restores_anew_what_has_other_settings(restored, relic, options, reason):
    code, said, _ = resume(relic, *options)
    assert code == 0
    assert "3 restored, 0 kept" in said
    assert said.count(f"restored anew, since {reason}") == 3
    assert "0 restored, 3 kept" in resume(relic, *options)[1]


def test_settings_without_effect_on_the_result_keep_it(restored, relic):
    code, said, _ = resume(relic, "--device", "cpu", "--batch", "3")
    assert code == 0
    assert "0 restored, 3 kept" in said


def test_a_model_is_told_by_its_weights_not_by_its_name(gallery, relic, tiny_model, tmp_path):
    options = ("batch", "scans", "--damage", "masks", "-o", "out", "--window", 64)
    assert relic(*options, "--model", tiny_model)[0] == 0
    shutil.copytree(tiny_model, tmp_path / "copy")
    _, said, _ = relic(*options, "--resume", "--model", "copy")
    assert "0 restored, 3 kept" in said
    card = json.loads((tmp_path / "copy/card.json").read_text())
    (tmp_path / "copy/card.json").write_text(json.dumps({**card, "version": "2"}))
    _, said, _ = relic(*options, "--resume", "--model", "copy")
    assert "3 restored, 0 kept" in said
    assert "another model was used" in said


def test_resuming_restores_anew_when_edges_are_wanted_now(gallery, relic, tiny_model):
    options = ("--damage", "masks", "-o", "out", "--model", tiny_model, "--window", 64, "--resume")
    assert "3 restored" in relic("batch", "scans", *options)[1]
    assert "since nave_edges.png is missing" in relic("batch", "scans", *options, "--save-edges")[1]
    assert "0 restored, 3 kept" in relic("batch", "scans", *options, "--save-edges")[1]


def test_resuming_never_replaces_a_result_that_somebody_retouched(restored, relic):
    retouched = restored / "wall_restored.png"
    write_picture(retouched, np.zeros((40, 48, 3), np.uint8), rgb=True, overwrite=True)
    content = retouched.read_bytes()
    code, said, errors = resume(relic, "--window", "128")
    assert code == 1
    assert "2 restored, 0 kept, 1 failed" in said
    assert "was changed after it was restored" in errors
    assert retouched.read_bytes() == content


def test_an_ended_run_has_the_rows_of_what_is_done_and_can_be_resumed(gallery, relic):
    plan = make_plan(["scans"], "masks", Path("out"))
    with closing(run(plan, MEMBRANE)) as outcomes:
        first = next(outcomes)
        # Written before it is told, so that not even a crash loses it.
        assert list(rows()) == [str(first.picture)]
    assert list(rows()) == [str(first.picture)]
    assert {path.name for path in Path("out").iterdir()} == {
        "manifest.csv",
        first.result.name,
        first.result.name + ".json",
    }
    assert "2 restored, 1 kept" in resume(relic)[1]
    assert len(rows()) == 3


def test_ctrl_c_leaves_nothing_half_and_says_how_to_go_on(gallery, relic, monkeypatch):
    write = work.files.write_json

    def interrupted(path, *arguments, **options):
        if Path(path).name.startswith("nave"):
            raise KeyboardInterrupt
        write(path, *arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(work.files, "write_json", interrupted)
        options = ("--damage", "masks", "-o", "out", "--method", "membrane")
        code, _, errors = relic("batch", "scans", *options)
    assert code == cli.INTERRUPTED_CODE
    assert "1 of 3 pictures are done" in errors
    assert "--resume" in errors
    assert list(rows()) == ["scans/apse.tif"]
    code, said, _ = resume(relic)
    assert code == 0
    assert "2 restored, 1 kept" in said
    assert "scans/nave.png: restored anew, since its record is missing" in said


def test_a_manifest_keeps_the_rows_of_earlier_runs(restored, relic):
    Path("more").mkdir()
    draw(Path("more/yard.png"), 3)
    before = rows()
    options = ("--damage", "masks/wall_damage.png", "-o", "out", "--method", "membrane")
    assert relic("batch", "more", *options)[0] == 0
    assert rows().items() >= before.items()
    assert list(rows())[-1] == "more/yard.png"


@pytest.mark.parametrize("content", [b"", b"my,own,list\r\n1,2,3\r\n", b"\xff\xfe\x00"])
def test_another_manifest_is_never_touched(gallery, relic, content):
    Path("out").mkdir()
    Path("out/manifest.csv").write_bytes(content)
    options = ("--damage", "masks", "-o", "out", "--method", "membrane", "--overwrite")
    code, _, errors = relic("batch", "scans", *options)
    assert code == 2
    assert "is not the manifest of a batch" in errors
    assert contents("out") == {"manifest.csv": content}


def test_a_row_that_a_crash_cut_short_is_left_out(restored):
    path = restored / "manifest.csv"
    whole = rows()
    path.write_bytes(path.read_bytes()[:-150])
    with Manifest(restored):
        pass
    assert rows() == dict(list(whole.items())[:2])


@given(
    st.lists(st.tuples(st.text("ab,\"'\n é;", min_size=1), st.text()), max_size=4).map(
        lambda pairs: [(name, error.replace("\r", "").replace("\0", "")) for name, error in pairs]
    )
)
def test_a_manifest_gives_back_any_names_and_errors(pairs):
    with TemporaryDirectory() as folder:
        with Manifest(Path(folder)) as manifest:
            for name, error in pairs:
                manifest.add(Outcome(Path(name), "failed", error=error))
        with Manifest(Path(folder)):
            pass
        last = {str(Path(name)): error for name, error in pairs}
        assert {name: row["error"] for name, row in rows(folder).items()} == last
        with Path(folder, "manifest.csv").open(newline="") as stream:
            assert tuple(next(csv.reader(stream))) == COLUMNS


def test_several_workers_need_distributed(gallery, relic, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    options = ("--damage", "masks", "-o", "out", "--method", "membrane", "--workers", "2")
    code, _, errors = relic("batch", "scans", *options)
    assert code == 2
    assert 'pip install "napari-relic-inpaint[cluster]"' in errors


def test_a_batch_has_every_setting_of_a_single_run():
    assert set(signature(restore).parameters) & set(FIELDS) <= set(signature(batch).parameters)
