import json
import shutil
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from galleries import draw, draw_mask, resume, rows, sha256

from napari_relic_inpaint import cli
from napari_relic_inpaint.batch import make_plan, run, work
from napari_relic_inpaint.files import read_picture, write_picture
from napari_relic_inpaint.settings import Settings

MEMBRANE = Settings(method="membrane")


def test_resuming_keeps_what_is_done(restored, relic):
    before = {path: path.stat().st_mtime_ns for path in restored.iterdir()}
    nave = restored / "nave_restored.png"
    content = read_picture(nave).data
    nave.unlink()
    nave.with_name(nave.name + ".json").unlink()
    code, said, errors = resume(relic)
    assert (code, errors) == (0, "")
    assert "1 restored, 2 kept, 0 failed" in said
    np.testing.assert_array_equal(read_picture(nave).data, content)
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
    content = read_picture(restored / name).data
    spoil(restored / name)
    code, said, _ = resume(relic)
    assert code == 0
    assert "1 restored, 2 kept" in said
    assert f"restored anew, since {name} is" in said
    np.testing.assert_array_equal(read_picture(restored / name).data, content)


def test_resuming_restores_a_spoilt_jpeg_anew(gallery, relic):
    Path("photos").mkdir()
    draw(Path("photos/wall.jpg"), 0)
    options = ("--damage", "masks", "-o", "out", "--method", "membrane")
    code, _, notes = relic("batch", "photos", *options)
    assert code == 0
    assert "JPEG" in notes
    result = Path("out/wall_restored.jpg")
    content = read_picture(result).data
    cut(result)
    code, said, _ = relic("batch", "photos", *options, "--resume")
    assert code == 0
    assert "1 restored, 0 kept" in said
    np.testing.assert_array_equal(read_picture(result).data, content)


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


def test_resuming_says_that_an_older_version_made_a_result(restored, relic):
    path = restored / "wall_restored.png.json"
    record = json.loads(path.read_text())
    record["label"] = record.pop("mask")["label"]
    path.write_text(json.dumps(record))
    code, said, _ = resume(relic)
    assert code == 0
    assert "scans/wall.png: restored anew, since an older version made it" in said
    assert "1 restored, 2 kept" in said


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


def without_settings(restored, *names):
    """Make records say as little as those of versions that knew no such settings."""
    for path in restored.glob("*.json"):
        record = json.loads(path.read_text())
        for name in names:
            del record["settings"][name]
        path.write_text(json.dumps(record))


def test_records_from_before_a_setting_count_as_what_was_done_then(restored, relic):
    without_settings(restored, "edge_threshold", "precision")
    assert "0 restored, 3 kept" in resume(relic)[1]
    _, said, _ = resume(relic, "--edge-threshold", "0.5")
    assert said.count("restored anew, since edge_threshold was 0.0, not 0.5") == 3


def test_records_from_before_detail_are_of_results_without(restored, relic):
    without_settings(restored, "detail")
    assert "3 restored, 0 kept" in resume(relic)[1]


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
    # A picture is there with its record or not at all.
    whole = {"apse_restored.tif", "apse_restored.tif.json", "manifest.csv"}
    assert {path.name for path in Path("out").iterdir()} == whole
    code, said, _ = resume(relic)
    assert code == 0
    assert "2 restored, 1 kept" in said
