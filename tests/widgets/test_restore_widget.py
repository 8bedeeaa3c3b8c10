"""The Restore widget: what a run adds and leaves, and what is not done again."""

import json

import numpy as np
import pytest
from napari._app_model import get_app_model
from restore_runs import TIMEOUT, layer, paint, run

from napari_relic_inpaint.widgets.layers import RECORD_KEY, full_data
from napari_relic_inpaint.widgets.restore import (
    SELECTED_LABEL,
)

pytestmark = pytest.mark.usefixtures("preferences")


def test_restore_adds_an_edge_layer_and_a_restored_layer(qtbot, opened, picture_data, preferences):
    viewer, widget, picture, mask = opened
    run(qtbot, widget)
    restored, edges = layer(viewer, "wall restored"), layer(viewer, "wall edges")
    hole = full_data(mask).astype(bool)
    np.testing.assert_array_equal(restored.data[~hole], picture_data[~hole])
    assert (restored.data[hole] != picture_data[hole]).any()
    assert restored.rgb
    assert restored.data.dtype == np.uint8
    np.testing.assert_array_equal(picture.data, picture_data)
    for output in (restored, edges):
        assert tuple(output.scale) == (0.5, 0.5)
        assert output.units == picture.units
        assert json.dumps(output.metadata[RECORD_KEY])
    settings = restored.metadata[RECORD_KEY]["settings"]
    assert {name: settings[name] for name in vars(preferences)} == vars(preferences)
    assert viewer.layers.selection.active is mask
    assert "wall restored" in widget.job.message


def test_a_second_run_updates_its_own_layers(qtbot, opened):
    viewer, widget, _, mask = opened
    run(qtbot, widget)
    first = layer(viewer, "wall restored").data.copy()
    paint(mask, range(60, 80), range(90, 110), 1)
    run(qtbot, widget)
    assert [name.name for name in viewer.layers] == [
        "wall",
        "wall damage",
        "wall restored",
        "wall sources",
        "wall edges",
    ]
    assert (layer(viewer, "wall restored").data != first).any()


def test_edited_edges_steer_the_result_and_are_kept(qtbot, opened):
    viewer, widget, _, mask = opened
    run(qtbot, widget)
    before = layer(viewer, "wall restored").data.copy()
    edges = layer(viewer, "wall edges")
    edges.visible = True
    paint(edges, range(30, 50), range(48, 50), 2)
    drawn = edges.data.copy()
    widget.edges.value = edges
    run(qtbot, widget)
    np.testing.assert_array_equal(edges.data, drawn)
    after = layer(viewer, "wall restored").data
    changed = (after != before).any(axis=-1)
    assert changed.any()
    assert not changed[full_data(mask) == 0].any()
    assert layer(viewer, "wall restored").metadata[RECORD_KEY]["edges"]["source"] == "drawn"


def test_drawn_edges_survive_a_run_that_predicts_them(qtbot, opened):
    viewer, widget, *_ = opened
    run(qtbot, widget)
    edges = layer(viewer, "wall edges")
    edges.visible = True
    paint(edges, range(30, 50), range(48, 50), 2)
    drawn = edges.data.copy()
    run(qtbot, widget)
    np.testing.assert_array_equal(edges.data, drawn)
    assert "wall edges [1]" in viewer.layers


def test_a_deleted_output_comes_back_as_a_new_layer(qtbot, opened):
    viewer, widget, *_ = opened
    run(qtbot, widget)
    gone = layer(viewer, "wall restored")
    viewer.layers.remove(gone)
    run(qtbot, widget)
    assert layer(viewer, "wall restored") is not gone


def test_inputs_deleted_during_the_run_do_no_harm(qtbot, opened):
    viewer, widget, picture, mask = opened
    widget.job.run_button.native.click()
    viewer.layers.remove(picture)
    viewer.layers.remove(mask)
    qtbot.waitUntil(lambda: not widget.job.running, timeout=TIMEOUT)
    assert "wall restored" in viewer.layers


def test_strokes_painted_during_the_run_do_not_reach_it(qtbot, opened, picture_data):
    viewer, widget, _, mask = opened
    hole = full_data(mask).astype(bool)
    widget.job.run_button.native.click()
    paint(mask, range(80), range(20), 1)
    qtbot.waitUntil(lambda: not widget.job.running, timeout=TIMEOUT)
    np.testing.assert_array_equal(layer(viewer, "wall restored").data[~hole], picture_data[~hole])


def test_cancel_adds_nothing_and_the_next_run_works(qtbot, opened):
    viewer, widget, *_ = opened
    count = len(viewer.layers)
    widget.job.run_button.native.click()
    widget.job.cancel_button.native.click()
    qtbot.waitUntil(lambda: not widget.job.running, timeout=TIMEOUT)
    assert len(viewer.layers) == count
    assert "Stopped" in widget.job.message
    run(qtbot, widget)
    assert "wall restored" in viewer.layers


def test_closing_the_viewer_during_a_run_does_not_crash(qtbot, opened):
    viewer, widget, *_ = opened
    widget.job.run_button.native.click()
    viewer.close()


def test_only_the_selected_label_is_restored(qtbot, opened, picture_data):
    viewer, widget, _, mask = opened
    paint(mask, range(60, 80), range(90, 110), 2)
    mask.selected_label = 2
    widget.counted.value = SELECTED_LABEL
    run(qtbot, widget)
    hole = full_data(mask) == 2
    np.testing.assert_array_equal(layer(viewer, "wall restored").data[~hole], picture_data[~hole])


def test_a_classical_method_has_a_layer_of_its_own_and_no_edges(qtbot, opened):
    viewer, widget, *_ = opened
    widget.how.method.value = "membrane"
    run(qtbot, widget)
    assert "wall restored (membrane)" in viewer.layers
    assert "wall edges" not in viewer.layers


def test_a_grey_16_bit_stack_with_one_mask_for_all_planes(qtbot, make_napari_viewer, preferences):
    viewer = make_napari_viewer()
    stack = np.random.default_rng(1).integers(0, 2**16, (3, 48, 48), dtype=np.uint16)
    viewer.add_image(stack, rgb=False, name="stack", scale=(7, 1, 1))
    mask = np.zeros((48, 48), np.uint8)
    mask[10:20, 10:20] = 1
    viewer.add_labels(mask, name="damage")
    _, widget = viewer.window.add_plugin_dock_widget(
        "napari-relic-inpaint", "Restore damaged picture"
    )
    run(qtbot, widget)
    restored = viewer.layers["stack restored"]
    assert restored.data.dtype == np.uint16
    assert tuple(restored.scale) == (7, 1, 1)
    np.testing.assert_array_equal(restored.data[:, mask == 0], stack[:, mask == 0])
    assert (restored.data[:, mask == 1] != stack[:, mask == 1]).any()
    assert viewer.layers["stack edges"].data.shape == stack.shape


def test_the_menu_commands_reach_the_viewer(make_napari_viewer, picture_data):
    viewer = make_napari_viewer()
    viewer.add_image(picture_data, rgb=True, name="wall")
    commands = get_app_model().commands
    commands.execute_command("napari-relic-inpaint.new_mask").result()
    assert "wall damage" in viewer.layers
    commands.execute_command("napari-relic-inpaint.restore").result()
    docked = list(viewer.window.dock_widgets)
    assert any(title.startswith("Restore damaged picture") for title in docked)


def test_it_says_how_many_windows_were_run_again(qtbot, opened):
    viewer, widget, _, mask = opened
    paint(mask, range(60, 90), range(10, 120), 1)
    run(qtbot, widget)
    assert "windows" not in widget.job.message
    run(qtbot, widget)
    assert "The painting is that of an earlier run" in widget.job.message
    paint(mask, range(2, 4), range(2, 4), 1)
    run(qtbot, widget)
    record = layer(viewer, "wall restored").metadata[RECORD_KEY]
    windows, same = record["windows"], record["windows_remembered"]
    assert 0 < same < windows
    sentence = f"{windows - same} of {windows} windows were run, the others had not changed."
    assert sentence in widget.job.message
