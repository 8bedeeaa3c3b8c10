"""The Restore widget on pictures that are not in memory."""

import dask.array as da
import numpy as np
import pytest
from restore_runs import layer, paint, run

from napari_relic_inpaint.widgets.layers import full_data

pytestmark = pytest.mark.usefixtures("preferences")


@pytest.fixture
def scan(make_napari_viewer, preferences, picture_data):
    """A multiscale picture and a mask, both of dask arrays, and the widget docked."""
    viewer = make_napari_viewer()
    picture = da.from_array(picture_data, chunks=32)
    viewer.add_image([picture, picture[::2, ::2]], rgb=True, name="scan")
    labels = np.zeros(picture_data.shape[:2], np.uint8)
    mask = viewer.add_labels(da.from_array(labels, chunks=32), name="damage")
    _, widget = viewer.window.add_plugin_dock_widget(
        "napari-relic-inpaint", "Restore damaged picture"
    )
    return viewer, widget, mask


def test_a_lazy_mask_is_counted_by_the_run(qtbot, scan, picture_data):
    viewer, widget, mask = scan
    assert widget.share.value == "counted when you restore"
    run(qtbot, widget)
    assert widget.job.message.startswith("Not possible: the damage mask is empty")
    assert len(viewer.layers) == 2
    labels = np.zeros(picture_data.shape[:2], np.uint8)
    labels[30:50, 40:60] = 1
    mask.data = da.from_array(labels, chunks=32)
    run(qtbot, widget)
    assert widget.share.value == "3.26% in the last run"
    restored, edges = layer(viewer, "scan restored"), layer(viewer, "scan edges")
    assert [level.shape for level in restored.data] == [(96, 128, 3), (48, 64, 3)]
    changed = (np.asarray(full_data(restored)) != picture_data).any(axis=-1)
    assert changed.any()
    assert not changed[labels == 0].any()
    assert isinstance(edges.data, np.ndarray)


def test_large_masks_are_not_counted_and_large_edges_not_shown(qtbot, scan, monkeypatch):
    viewer, widget, mask = scan
    for module in ("run_account", "counting", "run"):
        monkeypatch.setattr(f"napari_relic_inpaint.widgets.{module}.LARGE", 1000)
    viewer.layers.remove(mask)
    widget.new_mask.native.click()
    mask = widget.damage.value
    assert widget.share.value == "counted when you restore"
    paint(mask, range(30, 50), range(40, 60), 1)
    run(qtbot, widget)
    assert "Its edges have no layer" in widget.job.message
    assert "scan edges" not in viewer.layers
