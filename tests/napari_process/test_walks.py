"""The ways that users go, in napari's own process, started as they start it."""

import json
import signal

import numpy as np
import pytest
import tifffile
from PIL import Image

PLUGIN = "napari-relic-inpaint"
RESTORE = "Restore damaged picture"
DAMAGE = "Mark and measure damage"
SHOW = "Show honestly"


@pytest.fixture
def colours():
    """A slope of colours under some noise."""
    rows, columns = np.mgrid[:160, :240]
    noise = np.random.default_rng(0).integers(0, 30, (160, 240, 3))
    slope = np.stack([rows, columns * 0.8, 200 - rows], axis=-1)
    return (slope + noise).astype(np.uint8)


def test_triton_ends_napari(napari):
    """The control: what the tests below would show if something of ours loaded Triton."""
    code, _, said = napari("import_triton")
    assert code == -signal.SIGSEGV, said


def check_saved(found, saved, before):
    """What was painted has changed, and nothing else; the record is there."""
    damage = np.array(found["damage"]) != 0
    assert 100 < np.count_nonzero(damage) < 10_000
    after = tifffile.imread(saved)
    np.testing.assert_array_equal(after[~damage], before[~damage])
    assert (after[damage] != before[damage]).any(axis=-1).mean() > 0.9
    assert saved.with_name(saved.name + ".json").is_file()


def test_a_picture_is_marked_restored_and_saved(napari, colours, tmp_path, monkeypatch):
    wall, saved = tmp_path / "wall.png", tmp_path / "restored.tif"
    Image.fromarray(colours).save(wall)
    monkeypatch.setenv("WALK_SAVE", str(saved))
    code, found, said = napari("mark_restore_save", wall, "-w", PLUGIN, RESTORE)
    assert code == 0, said
    check_saved(found, saved, colours)


def test_a_loss_gets_its_detail_from_the_picture(napari, colours, tmp_path):
    """What compiles the search must get along with what draws the canvas."""
    wall = tmp_path / "wall.png"
    Image.fromarray(colours).save(wall)
    code, found, said = napari("restore_with_detail", wall, "-w", PLUGIN, RESTORE)
    assert code == 0, said
    assert "copied from row" in found["status"]
    intact = np.array(found["damage"]) == 0
    np.testing.assert_array_equal(np.array(found["restored"])[intact], colours[intact])


def test_the_painting_is_seen_before_its_detail_which_can_be_cancelled(
    napari, tmp_path, monkeypatch
):
    monkeypatch.setenv("WALK_SAVE", str(tmp_path / "nothing compiled yet"))
    code, found, said = napari("cancel_detail")
    assert code == 0, said
    assert found["painted"] > 0.8


def test_a_photograph_on_its_side_is_turned_restored_and_saved(
    napari, colours, tmp_path, monkeypatch
):
    phone, saved = tmp_path / "phone.png", tmp_path / "restored.tif"
    exif = Image.Exif()
    exif[274] = 6  # to be turned by 90 degrees clockwise
    Image.fromarray(colours).save(phone, exif=exif)
    monkeypatch.setenv("WALK_SAVE", str(saved))
    code, found, said = napari("turn_restore_save", phone, "-w", PLUGIN, RESTORE)
    assert code == 0, said
    check_saved(found, saved, np.rot90(colours, -1))


def test_a_sample_is_restored_measured_and_rated(napari, tmp_path, monkeypatch):
    marks = tmp_path / "marks.csv"
    monkeypatch.setenv("WALK_SAVE", str(marks))
    code, found, said = napari("sample_to_ratings")
    assert code == 0, said
    assert found["loaded before"] == []
    assert marks.read_text().count("A. Rater") == 2


def test_damage_is_marked_measured_and_proposed(napari, colours, tmp_path):
    wall = tmp_path / "wall.png"
    Image.fromarray(colours).save(wall)
    code, found, said = napari("mark_and_measure", wall, "-w", PLUGIN, DAMAGE)
    assert code == 0, said
    assert 100 < np.count_nonzero(np.array(found["damage"])) < 10_000
    assert found["loaded"] == []


def test_closing_napari_ends_a_run(napari):
    code, _, said = napari("close_during_run")
    assert code == 0, said


def test_the_picture_follows_what_is_painted_and_undone(napari, colours, tmp_path):
    wall = tmp_path / "wall.png"
    Image.fromarray(colours).save(wall)
    code, found, said = napari("restore_while_painting", wall, "-w", PLUGIN, RESTORE)
    assert code == 0, said
    damage, restored = np.array(found["damage"]) != 0, np.array(found["restored"])
    np.testing.assert_array_equal(restored[~damage], colours[~damage])
    assert (restored[damage] != colours[damage]).any(axis=-1).mean() > 0.9
    np.testing.assert_array_equal(np.array(found["undone"]), restored)
    assert found["left as before"]
    assert found["right as after"]
    assert min(found["differs on both sides"]) > 100


def test_from_proposals_to_the_table_of_damage(napari, colours, tmp_path, monkeypatch):
    """What is proposed is taken by a click, corrected, restored while it is painted, and listed."""
    crack = np.zeros(colours.shape[:2], bool)
    rows = np.rint(70 + 8 * np.sin(np.arange(40, 200) / 9) + np.arange(40, 200) % 7 / 3).astype(int)
    for column, row in zip(range(40, 200), rows, strict=True):
        crack[row : row + 3, column] = True
    wall, saved = tmp_path / "wall.png", tmp_path / "table.csv"
    cracked = np.where(crack[..., None], colours // 4, colours)
    Image.fromarray(cracked).save(wall)
    monkeypatch.setenv("WALK_CRACK", f"{rows[60] + 1} 100")
    monkeypatch.setenv("WALK_SAVE", str(saved))
    code, found, said = napari("proposals_to_table", wall, "-w", PLUGIN, DAMAGE)
    assert code == 0, said
    taken, damage = (np.array(found[name]) != 0 for name in ("taken", "corrected"))
    assert np.count_nonzero(taken & crack) > 0.5 * np.count_nonzero(taken)
    assert np.count_nonzero(damage & ~taken) > 100
    restored = np.array(found["restored"])
    np.testing.assert_array_equal(restored[~damage], cracked[~damage])
    assert (restored[damage] != cracked[damage]).any(axis=-1).mean() > 0.9
    assert found["seen as it was"]
    assert len(saved.read_text().splitlines()) > 2


def test_fills_are_shown_by_class_and_saved(napari, colours, tmp_path, monkeypatch):
    wall, saved = tmp_path / "wall.png", tmp_path / "shown.tif"
    Image.fromarray(colours).save(wall, dpi=(300, 300))
    monkeypatch.setenv("WALK_SAVE", str(saved))
    code, found, said = napari("show_honestly", wall, "-w", PLUGIN, SHOW)
    assert code == 0, said
    damage, written = np.array(found["damage"]), tifffile.imread(saved)
    np.testing.assert_array_equal(written, np.array(found["layer"]))
    np.testing.assert_array_equal(written[damage == 0], colours[damage == 0])
    assert (written[damage > 0] != colours[damage > 0]).any(axis=-1).mean() > 0.5
    assert json.loads(saved.with_name("shown.tif.json").read_text())["kind"] == "display rendering"
    assert found["loaded"] == []


def test_a_killed_napari_loses_nothing(napari, colours, tmp_path, monkeypatch):
    wall, project = tmp_path / "wall.png", tmp_path / "wall.relic"
    Image.fromarray(colours).save(wall)
    monkeypatch.setenv("WALK_SAVE", str(project))
    code, before, said = napari("save_and_be_killed", wall, "-w", PLUGIN, RESTORE)
    assert code == -signal.SIGKILL, said
    assert np.count_nonzero(before["wall damage"]) > 100
    code, after, said = napari("recover")
    assert code == 0, said
    # Saved was what had been restored, recovered what was painted after it.
    saved = after["saved"]
    assert saved["wall restored"] == before["wall restored"]
    assert saved["records"] == after["recovered"]["records"] == before["records"]
    assert np.count_nonzero(saved["wall damage"]) < np.count_nonzero(before["wall damage"])
    assert len(after["offered"]) == 1
    assert after["recovered"] == before
    assert not list((tmp_path / "state" / "unsaved").glob("*.json"))


def test_the_whole_way_through_the_workbench_outlives_napari(napari, tmp_path, monkeypatch):
    """Sample, proposals, restoration, hypotheses, choice, display, note, report, project."""
    monkeypatch.setenv("WALK_SAVE", str(tmp_path))
    code, before, said = napari("sample_to_project")
    assert code == -signal.SIGKILL, said
    assert before["loaded"] == []
    report = (tmp_path / "coins.html").read_text()
    assert "After the rim of the coin beside it &lt;b&gt;" in report
    code, after, said = napari("reopen_project")
    assert code == 0, said
    assert after["bench"] == before["bench"]
    kept = [metadata for *_, metadata in after["bench"].values()]
    (noted,) = (each["relic_inpaint_notes"] for each in kept if "relic_inpaint_notes" in each)
    assert [note["author"] for note in noted] == ["A. Conservator"]
    assert any(len(each.get("relic_inpaint_hypotheses", ())) == 2 for each in kept)
    assert any(each.get("relic_inpaint", {}).get("choices") for each in kept)
    assert any(each.get("relic_inpaint_display") for each in kept)
