"""The Restore widget while a run goes on."""

import numpy as np
import pytest
from restore_runs import TIMEOUT, layer, paint

from napari_relic_inpaint.widgets.layers import RECORD_KEY, full_data

pytestmark = pytest.mark.usefixtures("preferences")


@pytest.fixture
def halfway(qtbot, opened, held_run):
    """A run that waits while its layer shows the first painted window."""
    viewer, widget, _, mask = opened
    paint(mask, range(60, 90), range(10, 120), 1)
    widget.how.method.value = "telea"
    widget.detail.detail.value = "none"
    widget.job.run_button.native.click()
    qtbot.waitUntil(lambda: "wall restored (telea)" in viewer.layers, timeout=TIMEOUT)
    return viewer, widget, layer(viewer, "wall restored (telea)"), mask


def go_on(qtbot, widget, held_run):
    held_run.set()
    qtbot.waitUntil(lambda: not widget.job.running, timeout=TIMEOUT)


def test_the_result_appears_while_it_is_painted(qtbot, halfway, held_run, picture_data):
    viewer, widget, restored, mask = halfway
    hole = full_data(mask).astype(bool)
    half = restored.data.copy()
    np.testing.assert_array_equal(half[~hole], picture_data[~hole])
    assert widget.job.running
    assert viewer.layers.selection.active is mask
    assert mask.mode == "paint"
    go_on(qtbot, widget, held_run)
    assert layer(viewer, "wall restored (telea)") is restored
    done = (restored.data != picture_data).any(axis=-1)
    begun = (half != picture_data).any(axis=-1)
    assert 0 < begun.sum() < done.sum()
    assert not done[~hole].any()
    assert RECORD_KEY in restored.metadata


def test_cancel_halfway_removes_what_was_shown(qtbot, halfway, held_run):
    viewer, widget, *_ = halfway
    widget.job.cancel_button.native.click()
    go_on(qtbot, widget, held_run)
    assert [each.name for each in viewer.layers] == ["wall", "wall damage"]
    assert widget.job.message == "Stopped. Nothing was changed."


def test_cancel_halfway_leaves_the_result_of_the_run_before(qtbot, halfway, held_run):
    viewer, widget, restored, mask = halfway
    go_on(qtbot, widget, held_run)
    data, record = restored.data.copy(), dict(restored.metadata)
    held_run.clear()
    paint(mask, range(10, 20), range(5, 120), 1)
    widget.job.run_button.native.click()
    qtbot.waitUntil(lambda: not restored.metadata, timeout=TIMEOUT)
    assert (restored.data != data).any()
    widget.job.cancel_button.native.click()
    go_on(qtbot, widget, held_run)
    np.testing.assert_array_equal(restored.data, data)
    assert restored.metadata == record
    assert len(viewer.layers) == 3


def test_a_run_that_fails_halfway_leaves_nothing(qtbot, halfway, held_run, monkeypatch):
    viewer, widget, *_ = halfway

    def broken(*_):
        raise OSError("the disk is gone")

    monkeypatch.setattr("napari_relic_inpaint.windows.live.LiveArray.finish", broken)
    with qtbot.captureExceptions() as errors:
        go_on(qtbot, widget, held_run)
    assert "the disk is gone" in str(errors[0][1])
    assert [each.name for each in viewer.layers] == ["wall", "wall damage"]
    assert widget.job.message == "The run failed. Nothing was changed."


def test_a_layer_removed_halfway_comes_back_at_the_end(qtbot, halfway, held_run):
    viewer, widget, restored, _ = halfway
    viewer.layers.remove(restored)
    go_on(qtbot, widget, held_run)
    assert layer(viewer, "wall restored (telea)") is not restored


def test_closing_the_viewer_halfway_does_not_crash(qtbot, halfway, held_run):
    viewer, *_ = halfway
    viewer.close()
