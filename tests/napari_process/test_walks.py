"""The ways that users go, in napari's own process, started as they start it."""

import signal

import numpy as np
import pytest
import tifffile
from PIL import Image

PLUGIN = "napari-relic-inpaint"
RESTORE = "Restore damaged picture"


@pytest.fixture
def wall(tmp_path):
    """A picture file: a slope of colours under some noise."""
    rows, columns = np.mgrid[:160, :240]
    noise = np.random.default_rng(0).integers(0, 30, (160, 240, 3))
    colours = np.stack([rows, columns * 0.8, 200 - rows], axis=-1)
    path = tmp_path / "wall.png"
    Image.fromarray((colours + noise).astype(np.uint8)).save(path)
    return path


def test_triton_ends_napari(napari):
    """The control: what the tests below would show if something of ours loaded Triton."""
    code, _, said = napari("import_triton")
    assert code == -signal.SIGSEGV, said


def test_a_picture_is_marked_restored_and_saved(napari, wall, tmp_path, monkeypatch):
    saved = tmp_path / "restored.tif"
    monkeypatch.setenv("WALK_SAVE", str(saved))
    code, found, said = napari("mark_restore_save", wall, "-w", PLUGIN, RESTORE)
    assert code == 0, said
    damage = np.array(found["damage"]) != 0
    assert 100 < np.count_nonzero(damage) < 10_000
    before, after = np.asarray(Image.open(wall)), tifffile.imread(saved)
    np.testing.assert_array_equal(after[~damage], before[~damage])
    assert (after[damage] != before[damage]).any(axis=-1).mean() > 0.9
    assert saved.with_name("restored.tif.json").is_file()


def test_a_sample_is_restored_measured_and_rated(napari, tmp_path, monkeypatch):
    marks = tmp_path / "marks.csv"
    monkeypatch.setenv("WALK_SAVE", str(marks))
    code, found, said = napari("sample_to_ratings")
    assert code == 0, said
    assert found["loaded before"] == []
    assert marks.read_text().count("A. Rater") == 2


def test_closing_napari_ends_a_run(napari):
    code, _, said = napari("close_during_run")
    assert code == 0, said
