"""From a file that lies on its side to a saved result, in the Restore widget."""

from types import SimpleNamespace

import numpy as np
import pytest
import tifffile
from qtpy.QtWidgets import QFileDialog

from napari_relic_inpaint.widgets.layers import full_data

TIMEOUT = 60_000
RIGHT_TOP, UPSIDE_DOWN = 6, 3
HOLE = slice(20, 30), slice(40, 60)


@pytest.fixture(autouse=True)
def preferences(monkeypatch, tiny_model):
    """Preferences of these tests' own: the real ones are the user's."""
    chosen = SimpleNamespace(model=tiny_model, device="cpu", window=64, batch=2)
    monkeypatch.setattr(
        "napari_relic_inpaint.widgets.method_fields.get_plugin_settings",
        lambda _: SimpleNamespace(restore=chosen),
    )


@pytest.fixture
def stored():
    return np.random.default_rng(0).integers(0, 2**16, (64, 80, 3), dtype=np.uint16)


@pytest.fixture
def opened(make_napari_viewer, tmp_path, stored):
    """A file that napari has opened as it is stored, a mask painted on it, and the widget."""

    def open_file(orientation):
        path = tmp_path / "wall.tif"
        tag = (274, "H", 1, orientation, True)
        tifffile.imwrite(path, stored, photometric="rgb", extratags=[tag], resolution=(300, 600))
        viewer = make_napari_viewer()
        (picture,) = viewer.open(path, plugin="napari")
        mask = viewer.add_labels(np.zeros(stored.shape[:2], np.uint8), name="damage")
        mask.data[HOLE] = 1
        _, widget = viewer.window.add_plugin_dock_widget(
            "napari-relic-inpaint", "Restore damaged picture"
        )
        return viewer, widget, picture, mask

    return open_file


def press(qtbot, job):
    job.run_button.native.click()
    qtbot.waitUntil(lambda: not job.running, timeout=TIMEOUT)


def saved(qtbot, widget, monkeypatch, path):
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    monkeypatch.setattr("napari_relic_inpaint.widgets.saving.update_save_history", lambda *_: None)
    press(qtbot, widget.saving)
    assert "Saved as" in widget.saving.message
    with tifffile.TiffFile(path) as tif:
        tags = tif.pages[0].tags
        assert 274 not in tags or tags[274].value == 1
        return tif.asarray(), tags["XResolution"].value[0], tags["YResolution"].value[0]


def turned(data):
    return np.rot90(data, -1)


@pytest.mark.parametrize("turn", [False, True])
def test_what_is_saved_is_upright_turned_or_not(qtbot, opened, stored, monkeypatch, tmp_path, turn):
    _, widget, picture, mask = opened(RIGHT_TOP)
    assert not widget.upright.native.isHidden()
    assert "EXIF orientation 6" in widget.upright.message
    hole = turned(mask.data) != 0
    if turn:
        widget.upright.button.native.click()
        assert widget.job.message == "'wall' lies upright now, and with it 'damage'."
        assert widget.upright.native.isHidden()
        np.testing.assert_array_equal(picture.data, turned(stored))
        assert widget.share.value == "3.91%"
    press(qtbot, widget.job)
    pixels, across, down = saved(qtbot, widget, monkeypatch, tmp_path / "saved.tif")
    np.testing.assert_array_equal(pixels[~hole], turned(stored)[~hole])
    assert (pixels[hole] != turned(stored)[hole]).any()
    assert (across, down) == (600, 300)


def test_earlier_results_and_drawn_edges_follow(qtbot, opened, stored):
    viewer, widget, _, mask = opened(RIGHT_TOP)
    press(qtbot, widget.job)
    restored, edges = viewer.layers["wall restored"], viewer.layers["wall edges"]
    before = edges.data.copy()
    widget.upright.button.native.click()
    assert "and with it 'damage', 'wall edges'" in widget.job.message
    assert "so that 'wall restored' follows" in widget.job.message
    np.testing.assert_array_equal(edges.data, turned(before))
    press(qtbot, widget.job)
    assert len(viewer.layers) == 5
    hole = full_data(mask) != 0
    np.testing.assert_array_equal(restored.data[~hole], turned(stored)[~hole])
    assert edges.data.shape == turned(before).shape


def test_only_a_picture_that_is_not_upright_is_told_about(opened, stored):
    viewer, widget, picture, _ = opened(UPSIDE_DOWN)
    other = viewer.add_image(stored, rgb=True, name="upright")
    widget.picture.value = other
    assert widget.upright.native.isHidden()
    widget.picture.value = picture
    assert not widget.upright.native.isHidden()


def test_a_picture_is_not_turned_during_a_run(qtbot, opened, stored, held_run):
    _, widget, picture, _ = opened(UPSIDE_DOWN)
    widget.job.run_button.native.click()
    widget.upright.button.native.click()
    assert "when the run is done" in widget.upright.message
    np.testing.assert_array_equal(picture.data, stored)
    held_run.set()
    qtbot.waitUntil(lambda: not widget.job.running, timeout=TIMEOUT)
    widget.upright.button.native.click()
    np.testing.assert_array_equal(picture.data, stored[::-1, ::-1])
