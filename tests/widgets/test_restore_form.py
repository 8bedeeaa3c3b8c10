"""The fields of the Restore widget, and its sentences about what is missing."""

import numpy as np
import pytest
from napari._app_model import get_app_model
from onnx_networks import network
from restore_runs import TIMEOUT, layer, paint, run, shown
from tiny_completion import save_tiny

from napari_relic_inpaint.widgets.job import Job
from napari_relic_inpaint.widgets.layers import RECORD_KEY, full_data
from napari_relic_inpaint.widgets.restore import (
    ALL_LABELS,
    PREDICT,
    RestoreWidget,
)

pytestmark = pytest.mark.usefixtures("preferences")


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


def test_a_mask_that_napari_opened_as_an_image_is_made_the_damage(
    qtbot, make_napari_viewer, picture_data
):
    viewer = make_napari_viewer()
    picture = viewer.add_image(picture_data, rgb=True, name="wall")
    opened = np.zeros(picture_data.shape[:2], np.uint8)
    opened[10:20, 10:20] = 255
    viewer.add_image(opened, name="wall_mask")
    _, widget = viewer.window.add_plugin_dock_widget(
        "napari-relic-inpaint", "Restore damaged picture"
    )
    assert widget.picture.value is picture
    assert "if 'wall_mask' is its mask, right-click that" in widget.job.message
    viewer.layers.selection.active = viewer.layers["wall_mask"]
    get_app_model().commands.execute_command("napari.layer.convert_to_labels").result()
    assert widget.damage.value is viewer.layers["wall_mask"]
    assert widget.job.run_button.enabled
    assert widget.share.value == "0.81%"


def test_every_field_has_a_tooltip(make_napari_viewer):
    widget = RestoreWidget(make_napari_viewer())
    for field in widget:
        if not isinstance(field, Job):
            assert field.tooltip, field.name
    assert widget.counted.value == ALL_LABELS


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


def test_the_damaged_share_follows_strokes_and_undo(qtbot, opened):
    _, widget, _, mask = opened
    assert widget.share.value == "3.26%"
    paint(mask, range(60, 80), range(90, 110), 1)
    qtbot.waitUntil(lambda: widget.share.value == "6.51%", timeout=TIMEOUT)
    mask.undo()
    qtbot.waitUntil(lambda: widget.share.value == "3.26%", timeout=TIMEOUT)


def test_a_mask_that_seems_inverted_is_noted_in_words_of_napari(qtbot, opened):
    _, widget, _, mask = opened
    widget.how.method.value = "membrane"
    paint(mask, range(60), range(128), 1)
    run(qtbot, widget)
    assert "62% of the picture is marked as damaged: " in widget.job.message
    assert "if the mask marks what is intact, mark the damage instead." in widget.job.message
