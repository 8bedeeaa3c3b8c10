"""Restore while I paint: the picture follows the mask, and nothing else changes."""

import dask.array as da
import numpy as np
import pytest
from restore_runs import TIMEOUT, layer, paint, run

from napari_relic_inpaint import restore
from napari_relic_inpaint.widgets.layers import RECORD_KEY, full_data

pytestmark = pytest.mark.usefixtures("preferences")


def settled(qtbot, widget, act):
    """Do something, and wait until the picture is as the mask says."""
    with qtbot.waitSignal(widget.painting.settled, timeout=TIMEOUT):
        act()


def switch(widget, on=True):
    widget.painting.switch.value = on


def fresh(picture_data, mask, preferences):
    return restore(
        picture_data, full_data(mask), rgb=True, model=preferences.model, device="cpu", window=64
    )


def test_strokes_and_undo_are_followed(qtbot, opened, picture_data, preferences):
    viewer, widget, picture, mask = opened
    settled(qtbot, widget, lambda: switch(widget))
    restored = layer(viewer, "wall restored")
    for act in (
        lambda: paint(mask, range(60, 80), range(90, 110), 1),
        lambda: paint(mask, range(35, 45), range(40, 60), 0),
        mask.undo,
    ):
        settled(qtbot, widget, act)
        expected = fresh(picture_data, mask, preferences)
        np.testing.assert_array_equal(restored.data, expected.picture)
        record = restored.metadata[RECORD_KEY]
        assert record["damage"] == expected.record["damage"]
    np.testing.assert_array_equal(picture.data, picture_data)
    assert [each.name for each in viewer.layers] == ["wall", "wall damage", "wall restored"]


def test_restore_takes_what_was_painted(qtbot, opened):
    viewer, widget, _, _ = opened
    settled(qtbot, widget, lambda: switch(widget))
    before = layer(viewer, "wall restored").data.copy()
    run(qtbot, widget)
    assert "The painting is that of an earlier run" in widget.job.message
    np.testing.assert_array_equal(layer(viewer, "wall restored").data, before)
    assert "wall edges" in viewer.layers


def test_what_was_painted_is_finished_when_it_is_turned_off(qtbot, opened):
    viewer, widget, _, mask = opened
    settled(qtbot, widget, lambda: switch(widget))
    paint(mask, range(60, 80), range(90, 110), 1)
    settled(qtbot, widget, lambda: switch(widget, on=False))
    restored = layer(viewer, "wall restored").data.copy()
    assert (restored[70, 100] != layer(viewer, "wall").data[70, 100]).any()
    qtbot.waitUntil(lambda: not widget.painting.running, timeout=TIMEOUT)
    paint(mask, range(10, 20), range(10, 20), 1)
    assert not widget.painting._timer.isActive()


def test_another_method_begins_anew(qtbot, opened):
    viewer, widget, _, _ = opened
    settled(qtbot, widget, lambda: switch(widget))

    def choose():
        widget.how.method.value = "spline"

    settled(qtbot, widget, choose)
    assert layer(viewer, "wall restored (spline)").metadata[RECORD_KEY]


def test_lazy_pictures_are_followed_by_windows(qtbot, make_napari_viewer, preferences):
    data = np.random.default_rng(0).integers(0, 255, (200, 240, 3), dtype=np.uint8)
    viewer = make_napari_viewer()
    viewer.add_image(
        [da.from_array(data, chunks=(64, 64, 3)), da.from_array(data[::2, ::2], chunks=64)],
        rgb=True,
        multiscale=True,
        name="wall",
    )
    _, widget = viewer.window.add_plugin_dock_widget(
        "napari-relic-inpaint", "Restore damaged picture"
    )
    widget.new_mask.native.click()
    settled(qtbot, widget, lambda: switch(widget))
    mask = widget.damage.value
    settled(qtbot, widget, lambda: paint(mask, range(60, 80), range(90, 110), 1))
    expected = fresh(data, mask, preferences)
    np.testing.assert_array_equal(
        np.asarray(layer(viewer, "wall restored").data[0]), expected.picture
    )


def test_a_mask_over_everything_is_refused_in_words(qtbot, opened, picture_data):
    _, widget, _, mask = opened
    settled(qtbot, widget, lambda: switch(widget))
    paint(mask, range(96), range(128), 1)
    qtbot.waitUntil(lambda: "every pixel" in widget.painting.status.value, timeout=TIMEOUT)
    settled(qtbot, widget, mask.undo)
