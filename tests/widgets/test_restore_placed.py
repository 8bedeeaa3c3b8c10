"""The Restore widget on damage that lies elsewhere than the picture, or is outlined."""

import numpy as np
import pytest
from restore_runs import TIMEOUT, layer, run

from napari_relic_inpaint.widgets.layers import RECORD_KEY
from napari_relic_inpaint.widgets.restore import (
    SELECTED_LABEL,
)

pytestmark = pytest.mark.usefixtures("preferences")


def test_a_turned_half_size_mask_painted_by_hand_is_restored_in_the_right_place(
    qtbot, opened, picture_data
):
    viewer, widget, picture, _ = opened
    turned = viewer.add_labels(
        np.zeros((60, 60), np.uint8),
        name="losses",
        scale=(1, 1),
        rotate=30,
        translate=(10, 5),
        units=("mm", "mm"),
    )
    turned.brush_size = 4
    widget.damage.value = turned
    assert widget.job.message == "Paint the damage on 'losses' first."
    stroke = [turned.world_to_data(picture.data_to_world((48, at))) for at in range(60, 90, 2)]
    for point in stroke:
        turned.paint(point, 1)
    qtbot.waitUntil(lambda: widget.job.run_button.enabled, timeout=TIMEOUT)
    assert widget.job.message.startswith(
        "'losses' does not lie exactly over 'wall' (60 x 60 pixels, "
    )
    assert "each 2 times as large, turned by 30 degrees, moved)" in widget.job.message
    run(qtbot, widget)
    changed = (layer(viewer, "wall restored").data != picture_data).any(axis=-1)
    rows, columns = np.nonzero(changed)
    assert 40 <= rows.min() <= 45
    assert 51 <= rows.max() <= 56
    assert 52 <= columns.min() <= 57
    assert 91 <= columns.max() <= 96
    record = layer(viewer, "wall restored").metadata[RECORD_KEY]
    assert record["damage"]["pixels"] >= changed.sum()
    assert record["damage"]["placed"]["note"] in widget.job.message
    assert widget.share.value == f"{record['damage']['share']:.2%}"


def test_a_mask_that_is_moved_over_the_picture_is_counted_anew(qtbot, opened):
    _, widget, picture, mask = opened
    mask.translate = (0, 50)
    qtbot.waitUntil(lambda: widget.share.value == "0.00%", timeout=TIMEOUT)
    mask.translate = (0, 32)
    qtbot.waitUntil(lambda: widget.share.value == "3.26%", timeout=TIMEOUT)
    assert "does not lie exactly over" in widget.job.message
    picture.translate = (0, 32)
    qtbot.waitUntil(lambda: widget.job.message == "", timeout=TIMEOUT)
    assert widget.share.value == "3.26%"


def test_outlined_damage_is_followed_and_restored(qtbot, opened, picture_data):
    viewer, widget, picture, _ = opened
    shapes = viewer.add_shapes(name="outline", scale=picture.scale, units=picture.units)
    assert shapes in widget.damage.choices
    widget.damage.value = shapes
    assert widget.job.message == "Outline the damage on 'outline' first."
    corners = np.array([(29.5, 39.5), (29.5, 59.5), (49.5, 59.5), (49.5, 39.5)])
    shapes.add_polygons(corners)
    qtbot.waitUntil(lambda: widget.share.value == "3.26%", timeout=TIMEOUT)
    shapes.add_rectangles(corners + np.array((25, 30)))
    qtbot.waitUntil(lambda: widget.share.value == "6.51%", timeout=TIMEOUT)
    widget.counted.value = SELECTED_LABEL
    shapes.selected_data = set()
    qtbot.waitUntil(lambda: widget.share.value == "0.00%", timeout=TIMEOUT)
    assert widget.job.message == "Select what counts as damage on 'outline' first."
    shapes.selected_data = {0}
    qtbot.waitUntil(lambda: widget.share.value == "3.26%", timeout=TIMEOUT)
    run(qtbot, widget)
    changed = (layer(viewer, "wall restored").data != picture_data).any(axis=-1)
    hole = np.zeros(changed.shape, bool)
    hole[30:50, 40:60] = True
    assert changed.any()
    assert not changed[~hole].any()
    path = viewer.add_shapes(
        [np.array([(30.0, 50), (50.0, 50)])],
        shape_type="path",
        name="line",
        scale=picture.scale,
        units=picture.units,
    )
    widget.edges.value = path
    run(qtbot, widget)
    edges = layer(viewer, "wall restored").metadata[RECORD_KEY]["edges"]
    assert edges["source"] == "drawn"
    assert edges["placed"]["note"] == "1 shape of 'line', drawn on the picture's pixels."


def test_masks_on_other_pixels_are_counted_while_painted_if_that_is_quick(opened, monkeypatch):
    _, widget, _, mask = opened
    monkeypatch.setattr("napari_relic_inpaint.widgets.counting.LARGE", 96 * 128)
    widget.reset_choices()
    assert widget.share.value == "3.26%"
    mask.translate = (0, 32)
    widget.reset_choices()
    assert widget.share.value == "counted when you restore"


def test_a_much_finer_mask_is_not_counted_at_every_stroke(opened, monkeypatch):
    viewer, widget, picture, _ = opened
    monkeypatch.setattr("napari_relic_inpaint.widgets.counting.LARGE", 10 * 96 * 128)
    scale = np.array(picture.scale) / 2
    finer = np.ones((96, 130), np.uint8)
    widget.damage.value = viewer.add_labels(finer, scale=scale, units=picture.units)
    assert widget.share.value == "counted when you restore"


def test_outlined_damage_of_large_pictures_is_counted(opened, monkeypatch):
    viewer, widget, picture, _ = opened
    monkeypatch.setattr("napari_relic_inpaint.widgets.counting.LARGE", 1)
    corners = np.array([(29.5, 39.5), (29.5, 59.5), (49.5, 59.5), (49.5, 39.5)])
    shapes = viewer.add_shapes(corners, scale=picture.scale, units=picture.units)
    widget.damage.value = shapes
    assert widget.share.value == "3.26%"


def test_shapes_beside_the_picture_are_said_to_lie_there(opened):
    viewer, widget, picture, _ = opened
    corners = np.array([(29.5, 239.5), (29.5, 259.5), (49.5, 259.5), (49.5, 239.5)])
    shapes = viewer.add_shapes(corners, name="outline", scale=picture.scale, units=picture.units)
    widget.damage.value = shapes
    assert widget.job.message == (
        "The shapes of 'outline' lie beside the picture: move them over the damage."
    )
