import json
from types import SimpleNamespace

import dask.array as da
import numpy as np
import pytest
from napari._app_model import get_app_model
from onnx_networks import network
from tiny_completion import save_tiny

from napari_relic_inpaint.widgets.job import Job
from napari_relic_inpaint.widgets.layers import RECORD_KEY, full_data
from napari_relic_inpaint.widgets.restore import (
    ALL_LABELS,
    PREDICT,
    SELECTED_LABEL,
    RestoreWidget,
)

TIMEOUT = 60_000


@pytest.fixture(autouse=True)
def preferences(monkeypatch, tiny_model):
    """Preferences of these tests' own: the real ones are the user's."""
    chosen = SimpleNamespace(model=tiny_model, device="cpu", window=64, batch=2)
    monkeypatch.setattr(
        "napari_relic_inpaint.widgets.method_fields.get_plugin_settings",
        lambda _: SimpleNamespace(restore=chosen),
    )
    return chosen


@pytest.fixture
def picture_data():
    return np.random.default_rng(0).integers(0, 255, (96, 128, 3), dtype=np.uint8)


@pytest.fixture
def opened(make_napari_viewer, preferences, picture_data):
    """A viewer with a picture and a painted mask, and the widget docked."""
    viewer = make_napari_viewer()
    picture = viewer.add_image(
        picture_data, rgb=True, name="wall", scale=(0.5, 0.5), units=("mm", "mm")
    )
    _, widget = viewer.window.add_plugin_dock_widget(
        "napari-relic-inpaint", "Restore damaged picture"
    )
    widget.new_mask.native.click()
    mask = widget.damage.value
    paint(mask, range(30, 50), range(40, 60), 1)
    widget.reset_choices()
    return viewer, widget, picture, mask


def paint(labels, rows, columns, value):
    """Set labels as the brush does, undoably."""
    y, x = np.meshgrid(rows, columns, indexing="ij")
    labels.data_setitem((y.ravel(), x.ravel()), value)


def run(qtbot, widget):
    widget.job.run_button.native.click()
    assert widget.job.running, widget.job.message
    qtbot.waitUntil(lambda: not widget.job.running, timeout=TIMEOUT)


def shown(field):
    return not field.native.isHidden()


def layer(viewer, name):
    return viewer.layers[name]


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


def test_a_model_that_is_not_there_is_a_sentence(qtbot, opened, tmp_path):
    viewer, widget, *_ = opened
    widget.how.model.choices = [str(tmp_path)]
    widget.how.model.value = str(tmp_path)
    run(qtbot, widget)
    assert "card.json" in widget.job.message
    assert "wall restored" not in viewer.layers


def test_models_and_options_follow_the_method(qtbot, opened, tmp_path, monkeypatch, tiny_model):
    viewer, widget, *_ = opened
    monkeypatch.setenv("RELIC_INPAINT_MODELS", str(tmp_path))
    save_tiny("glcic", tmp_path / "my-glcic")
    assert widget.how.model.choices == ("auto", "relic-base", tiny_model)
    assert widget.how.model.value == tiny_model
    assert widget.how.postprocess.native.isHidden()
    widget.how.method.value = "glcic"
    assert widget.how.model.choices == ("auto", "glcic-base", "my-glcic")
    assert not widget.how.postprocess.native.isHidden()
    widget.how.model.value = "my-glcic"
    widget.how.postprocess.value = True
    run(qtbot, widget)
    record = layer(viewer, "wall restored (glcic)").metadata[RECORD_KEY]
    assert record["model"]["name"] == "my-glcic"
    assert record["settings"]["postprocess"]
    widget.how.method.value = "two-stage"
    assert widget.how.model.value == tiny_model
    run(qtbot, widget)
    assert not layer(viewer, "wall restored").metadata[RECORD_KEY]["settings"]["postprocess"]


def test_the_damaged_share_follows_strokes_and_undo(qtbot, opened):
    _, widget, _, mask = opened
    assert widget.share.value == "3.26%"
    paint(mask, range(60, 80), range(90, 110), 1)
    qtbot.waitUntil(lambda: widget.share.value == "6.51%", timeout=TIMEOUT)
    mask.undo()
    qtbot.waitUntil(lambda: widget.share.value == "3.26%", timeout=TIMEOUT)


def test_a_sentence_says_why_restore_cannot_run(qtbot, make_napari_viewer, picture_data):
    viewer = make_napari_viewer()
    _, widget = viewer.window.add_plugin_dock_widget(
        "napari-relic-inpaint", "Restore damaged picture"
    )

    def obstacle():
        assert not widget.job.run_button.enabled
        return widget.job.message

    assert "Open a picture" in obstacle()
    viewer.add_image(picture_data, rgb=True, name="wall")
    assert "New mask" in obstacle()
    wrong = viewer.add_labels(np.ones((96, 127), np.uint8), name="wrong", translate=(0, 500))
    assert "'wrong' does not fit 'wall': it does not overlap" in obstacle()
    viewer.layers.remove(wrong)
    widget.new_mask.native.click()
    assert "Paint the damage" in obstacle()
    mask = widget.damage.value
    paint(mask, range(96), range(128), 1)
    qtbot.waitUntil(lambda: "Everything" in widget.job.message, timeout=TIMEOUT)
    paint(mask, range(90), range(128), 0)
    qtbot.waitUntil(lambda: widget.job.run_button.enabled, timeout=TIMEOUT)
    widget.how.method.value = "membrane"
    widget.edges.value = mask
    assert "uses no edges" in obstacle()


def test_every_field_has_a_tooltip(make_napari_viewer):
    widget = RestoreWidget(make_napari_viewer())
    for field in widget:
        if not isinstance(field, Job):
            assert field.tooltip, field.name
    assert widget.counted.value == ALL_LABELS


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


def test_a_network_of_the_users_own_is_chosen_as_a_file(qtbot, opened, tmp_path, picture_data):
    viewer, widget, _, mask = opened
    widget.how.method.value = "onnx"
    assert shown(widget.how.network)
    assert not shown(widget.how.model)
    assert widget.job.message == "Choose the file of your network first."
    file = tmp_path / "mine.onnx"
    network(file, lambda graph, picture, mask: picture)
    widget.how.network.value = file
    run(qtbot, widget)
    restored = layer(viewer, "wall restored (onnx)")
    hole = full_data(mask).astype(bool)
    np.testing.assert_array_equal(restored.data[~hole], picture_data[~hole])
    assert restored.metadata[RECORD_KEY]["model"]["name"] == "mine"


def test_a_classical_method_asks_for_neither_model_nor_device(opened):
    _, widget, *_ = opened
    widget.how.method.value = "telea"
    for field in (widget.how.model, widget.how.device, widget.how.network, widget.how.postprocess):
        assert not shown(field)
    widget.how.method.value = "two-stage"
    assert shown(widget.how.model)
    assert shown(widget.how.device)


def test_predicting_edges_again_takes_the_obstacle_away(opened):
    viewer, widget, *_ = opened
    far = viewer.add_labels(np.zeros((96, 128), np.uint8), name="far", translate=(0, 999))
    widget.edges.value = far
    assert "'far' does not fit 'wall'" in widget.job.message
    widget.edges.value = PREDICT
    assert widget.job.obstacle is None


# --- while a run goes on ---


@pytest.fixture
def halfway(qtbot, opened, held_run):
    """A run that waits while its layer shows the first painted window."""
    viewer, widget, _, mask = opened
    paint(mask, range(60, 90), range(10, 120), 1)
    widget.how.method.value = "telea"
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

    monkeypatch.setattr("napari_relic_inpaint.live.LiveArray.finish", broken)
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


# --- what is not done again ---


def test_it_says_how_many_windows_were_run_again(qtbot, opened):
    viewer, widget, _, mask = opened
    paint(mask, range(60, 90), range(10, 120), 1)
    run(qtbot, widget)
    assert "windows" not in widget.job.message
    run(qtbot, widget)
    assert "Nothing had changed since the last run." in widget.job.message
    paint(mask, range(2, 4), range(2, 4), 1)
    run(qtbot, widget)
    record = layer(viewer, "wall restored").metadata[RECORD_KEY]
    windows, same = record["windows"], record["windows_remembered"]
    assert 0 < same < windows
    sentence = f"{windows - same} of {windows} windows were run, the others had not changed."
    assert sentence in widget.job.message


# --- pictures that are not in memory ---


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
    for module in ("restore", "counting", "run"):
        monkeypatch.setattr(f"napari_relic_inpaint.widgets.{module}.LARGE", 1000)
    viewer.layers.remove(mask)
    widget.new_mask.native.click()
    mask = widget.damage.value
    assert widget.share.value == "counted when you restore"
    paint(mask, range(30, 50), range(40, 60), 1)
    run(qtbot, widget)
    assert "Its edges have no layer" in widget.job.message
    assert "scan edges" not in viewer.layers


# --- damage that lies elsewhere ---


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
    assert widget.job.message.startswith("'losses' lies elsewhere than 'wall' (60 x 60 pixels, ")
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
    assert "lies elsewhere" in widget.job.message
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
