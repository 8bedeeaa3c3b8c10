import threading

import dask.array as da
import numpy as np
import pytest
from napari.layers import Image
from qtpy.QtCore import Qt
from restore_runs import paint

from napari_relic_inpaint import Retouching
from napari_relic_inpaint.judging.hypothesis import Hypothesis
from napari_relic_inpaint.settings import Settings
from napari_relic_inpaint.widgets.hole_table import PLACE, TAKEN
from napari_relic_inpaint.widgets.hypothesis_list import EDITED, FINISHED, NAME, STATE
from napari_relic_inpaint.widgets.judge import AS_IT_IS
from napari_relic_inpaint.widgets.judge_layers import with_axis
from napari_relic_inpaint.widgets.layers import full_data, geometry, pictures

TIMEOUT = 60_000
A = Hypothesis("smooth", Settings(method="membrane", detail="none"))
B = Hypothesis("straight", Settings(method="telea", detail="none"))


@pytest.fixture
def judge(make_napari_viewer, preferences, picture_data):
    """A viewer with a picture and two holes, and the widget with two quick hypotheses docked."""
    viewer = make_napari_viewer()
    picture = viewer.add_image(
        picture_data, rgb=True, name="wall", scale=(0.5, 0.5), units=("mm", "mm")
    )
    labels = np.zeros(picture_data.shape[:2], np.uint8)
    labels[10:20, 30:50], labels[60:64, 80:90] = 1, 2
    viewer.add_labels(labels, name="damage", scale=(0.5, 0.5), units=("mm", "mm"))
    return viewer, docked(viewer), picture, labels


def docked(viewer):
    _, widget = viewer.window.add_plugin_dock_widget("napari-relic-inpaint", "Judge restorations")
    widget.list.set_hypotheses([A, B])
    return widget


def run(qtbot, widget):
    widget.job.run_button.native.click()
    assert widget.job.running, widget.job.message
    qtbot.waitUntil(lambda: not widget.job.running, timeout=TIMEOUT)


def select(widget, *positions):
    table = widget.table
    table.clearSelection()
    places = {table.item(row, PLACE).text(): row for row in range(table.rowCount())}
    for position in positions:
        index = table.model().index(places[", ".join(map(str, position))], 0)
        flags = table.selectionModel().SelectionFlag
        table.selectionModel().select(index, flags.Select | flags.Rows)


def states(widget):
    table = widget.list.table
    return [table.item(row, STATE).text() for row in range(table.rowCount())]


def test_hypotheses_are_a_stack_with_a_slider_that_says_which_is_shown(qtbot, judge):
    viewer, widget, picture, labels = judge
    run(qtbot, widget)
    stack = viewer.layers["wall hypotheses"]
    assert stack.data.shape == (2, *picture.data.shape)
    assert stack.data.dtype == picture.data.dtype
    data = np.asarray(stack.data)
    np.testing.assert_array_equal(data[:, labels == 0], np.stack([picture.data[labels == 0]] * 2))
    assert not np.array_equal(data[0], data[1])
    assert [each["name"] for each in stack.metadata["relic_inpaint_hypotheses"]] == [
        "smooth",
        "straight",
    ]
    for number, name in enumerate(("smooth", "straight")):
        viewer.dims.set_current_step(0, number)
        assert name in widget.shown.text()
    assert stack.data_to_world((1, 4, 6)) == (1, *picture.data_to_world((4, 6)))
    assert stack not in pictures(viewer)
    assert states(widget) == [FINISHED, FINISHED]
    apart = viewer.layers["wall disagreement"]
    found = np.asarray(apart.data)
    assert found.dtype == np.float32
    assert found[labels != 0].any()
    assert not found[labels == 0].any()
    assert apart.metadata["relic_inpaint_disagreement"]["hypotheses"] == ["smooth", "straight"]


def said_on_canvas(viewer):
    overlay = viewer.canvas.overlays.get("relic_inpaint_hypothesis")
    return None if overlay is None or not overlay.visible else overlay.text


def test_the_canvas_says_which_is_shown_and_leaves_the_users_text_alone(qtbot, judge):
    viewer, widget, _, _ = judge
    text = viewer.canvas.overlays.text
    text.text, text.visible = "north wall", True
    assert said_on_canvas(viewer) is None
    run(qtbot, widget)
    for number, said in enumerate(("smooth (1 of 2)", "straight (2 of 2)")):
        viewer.dims.set_current_step(0, number)
        assert said_on_canvas(viewer) == said
    stack = viewer.layers["wall hypotheses"]
    stack.visible = False
    assert said_on_canvas(viewer) is None
    stack.visible = True
    assert said_on_canvas(viewer) == "straight (2 of 2)"
    viewer.layers.remove(stack)
    assert said_on_canvas(viewer) is None
    run(qtbot, widget)
    assert said_on_canvas(viewer) is not None
    # A dock that is closed does not end the widget in it.
    viewer.window.remove_dock_widget("all")
    widget.deleteLater()
    qtbot.waitUntil(lambda: said_on_canvas(viewer) is None, timeout=TIMEOUT)
    assert (viewer.canvas.overlays.text, text.text, text.visible) == (text, "north wall", True)


def test_a_click_on_a_hole_brings_it_into_view(qtbot, judge):
    viewer, widget, picture, _ = judge
    run(qtbot, widget)
    assert widget.table.rowCount() == 2
    select(widget, (60, 80))
    assert viewer.scene.camera.center[-2:] == pytest.approx(picture.data_to_world((61.5, 84.5)))
    assert viewer.scene.camera.zoom > 5


def test_what_is_taken_makes_the_final_picture(qtbot, judge):
    viewer, widget, picture, labels = judge
    run(qtbot, widget)
    assert not widget.take_button.isEnabled()
    viewer.dims.set_current_step(0, 1)
    select(widget, (60, 80))
    widget.take_button.click()
    final = viewer.layers["wall chosen"]
    stack = np.asarray(viewer.layers["wall hypotheses"].data)
    expected = np.where((labels == 2)[..., None], stack[1], stack[0])
    np.testing.assert_array_equal(final.data, expected)
    np.testing.assert_array_equal(final.data[labels == 0], picture.data[labels == 0])
    record = final.metadata["relic_inpaint"]
    assert record["choices"] == [{"hole": [60, 80], "hypothesis": "straight"}]
    assert record["others"] == "smooth"
    taken = [widget.table.item(row, TAKEN).text() for row in range(2)]
    assert sorted(taken) == ["", "straight"]
    widget.others.value = AS_IT_IS
    assert final is viewer.layers["wall chosen"]
    np.testing.assert_array_equal(final.data[labels == 1], picture.data[labels == 1])
    widget.others.value = "smooth"
    widget.clear_button.click()
    np.testing.assert_array_equal(final.data, stack[0])


def test_the_final_picture_can_be_saved_in_the_restore_widget(qtbot, judge):
    viewer, widget, _, _ = judge
    run(qtbot, widget)
    select(widget, (60, 80))
    widget.take_button.click()
    _, restore = viewer.window.add_plugin_dock_widget(
        "napari-relic-inpaint", "Restore damaged picture"
    )
    assert [layer.name for layer in restore._results.finished(viewer.layers["wall"])] == [
        "wall chosen"
    ]


def test_only_what_is_edited_is_run_again(qtbot, judge):
    viewer, widget, _, _ = judge
    run(qtbot, widget)
    stack = viewer.layers["wall hypotheses"]
    before = np.asarray(stack.data)
    first = widget._request.work.finished[0]
    widget.list.table.selectRow(1)
    widget.list.fields.how.method.value = "spline"
    assert states(widget) == [FINISHED, EDITED]
    run(qtbot, widget)
    assert states(widget) == [FINISHED, FINISHED]
    assert widget._request.work.finished[0] is first
    assert stack is viewer.layers["wall hypotheses"]
    assert np.array_equal(np.asarray(stack.data)[0], before[0])
    assert not np.array_equal(np.asarray(stack.data)[1], before[1])


def test_what_is_painted_since_is_restored_too(qtbot, judge):
    viewer, widget, _, _ = judge
    run(qtbot, widget)
    paint(viewer.layers["damage"], range(80, 84), range(5, 9), 1)
    run(qtbot, widget)
    assert widget.table.rowCount() == 3


def test_hypotheses_are_ticked_added_renamed_and_removed(qtbot, judge):
    viewer, widget, _, _ = judge
    table = widget.list.table
    table.item(0, NAME).setCheckState(Qt.CheckState.Unchecked)
    assert widget.list.ticked == (B,)
    table.item(1, NAME).setText("smooth")
    assert table.item(1, NAME).text() == "straight"
    assert "no other has" in widget.list.message.text()
    table.item(1, NAME).setText("Telea")
    assert [each.name for each in widget.list.ticked] == ["Telea"]
    table.selectRow(1)
    widget.list.copy_button.click()
    assert [each.name for each in widget.list.ticked] == ["Telea", "Telea 2"]
    run(qtbot, widget)
    assert len(viewer.layers["wall hypotheses"].data) == 2
    widget.list.remove_button.click()
    table.item(0, NAME).setCheckState(Qt.CheckState.Unchecked)
    table.item(1, NAME).setCheckState(Qt.CheckState.Unchecked)
    assert not widget.job.run_button.enabled
    assert "Tick at least one" in widget.job.message


def test_other_hypotheses_are_offered(judge):
    _, widget, _, _ = judge
    widget.list._menu.aboutToShow.emit()
    actions = {action.text(): action for action in widget.list._menu.actions()}
    assert {"Without detail", "Smooth fill", "Model glcic-base"} <= actions.keys()
    actions["Without detail"].trigger()
    assert widget.list.hypotheses[-1].settings.detail == "none"


def test_the_proposal_follows_drawn_edges_until_it_is_edited(make_napari_viewer, preferences):
    viewer = make_napari_viewer()
    viewer.add_image(np.zeros((40, 50, 3), np.uint8), rgb=True, name="wall")
    viewer.add_labels(np.zeros((40, 50), np.uint8), name="edges")
    viewer.add_labels(np.zeros((40, 50), np.uint8), name="damage")
    _, widget = viewer.window.add_plugin_dock_widget("napari-relic-inpaint", "Judge restorations")
    names = [each.name for each in widget.list.hypotheses]
    assert "Own edges" in names
    assert "Drawn edges" not in names
    widget.fields.drawn.value = viewer.layers["edges"]
    assert widget.list.hypotheses[0].name == "Drawn edges"
    widget.fields.drawn.value = widget.fields.drawn.choices[0]
    assert "Drawn edges" not in [each.name for each in widget.list.hypotheses]
    widget.fields.drawn.value = viewer.layers["edges"]
    widget.list.table.item(1, NAME).setText("mine")
    widget.fields.drawn.value = widget.fields.drawn.choices[0]
    assert widget.list.hypotheses[1].name == "mine"
    assert "drawn edges" in widget.job.message


def test_what_is_finished_stays_after_cancel(qtbot, judge, monkeypatch):
    viewer, widget, _, _ = judge
    go_on = threading.Event()

    class Held(Retouching):
        def steps(self):
            for step in super().steps():
                yield step
                if self._settings.method == "telea":
                    assert go_on.wait(TIMEOUT / 1000)

    monkeypatch.setattr("napari_relic_inpaint.judging.judging.Retouching", Held)
    last = Hypothesis("last", Settings(method="spline", detail="none"))
    widget.list.set_hypotheses([A, B, last])
    widget.job.run_button.native.click()
    qtbot.waitUntil(lambda: widget.job.message.startswith("Straight"), timeout=TIMEOUT)
    widget.job.cancel_button.native.click()
    go_on.set()
    qtbot.waitUntil(lambda: not widget.job.running, timeout=TIMEOUT)
    assert "Stopped; finished: smooth, straight." in widget.job.message
    assert len(viewer.layers["wall hypotheses"].data) == 2
    assert states(widget) == [FINISHED, FINISHED, ""]
    assert np.asarray(viewer.layers["wall disagreement"].data).any()
    run(qtbot, widget)
    assert len(viewer.layers["wall hypotheses"].data) == 3


def test_lazy_multiscale_pictures_keep_their_levels(
    qtbot, make_napari_viewer, preferences, picture_data
):
    viewer = make_napari_viewer()
    picture = da.from_array(picture_data, chunks=32)
    viewer.add_image([picture, picture[::2, ::2]], rgb=True, name="scan")
    labels = np.zeros(picture_data.shape[:2], np.uint8)
    labels[10:20, 30:50], labels[60:64, 80:90] = 1, 2
    viewer.add_labels(da.from_array(labels, chunks=32), name="damage")
    widget = docked(viewer)
    run(qtbot, widget)
    stack, apart = viewer.layers["scan hypotheses"], viewer.layers["scan disagreement"]
    assert [level.shape for level in stack.data] == [(2, 96, 128, 3), (2, 48, 64, 3)]
    assert [level.shape for level in apart.data] == [(96, 128), (48, 64)]
    small = np.asarray(apart.data[1])
    assert small[30:32, 40:45].any()
    assert not small[:5].any()
    viewer.dims.set_current_step(0, 1)
    select(widget, (60, 80))
    widget.take_button.click()
    final = np.asarray(full_data(viewer.layers["scan chosen"]))
    np.testing.assert_array_equal(final[labels == 0], picture_data[labels == 0])
    full = np.asarray(full_data(stack))
    np.testing.assert_array_equal(final, np.where((labels == 2)[..., None], full[1], full[0]))


def test_stacks_of_planes_have_holes_on_each(qtbot, make_napari_viewer, preferences):
    viewer = make_napari_viewer()
    planes = np.random.default_rng(0).integers(0, 4000, (3, 40, 50), dtype=np.uint16)
    viewer.add_image(planes, name="scans")
    labels = np.zeros(planes.shape, np.uint8)
    labels[0, 5:9, 5:9] = labels[2, 20:24, 30:36] = 1
    viewer.add_labels(labels, name="damage")
    widget = docked(viewer)
    run(qtbot, widget)
    assert np.asarray(viewer.layers["scans hypotheses"].data).shape == (2, 3, 40, 50)
    select(widget, (2, 20, 30))
    assert viewer.dims.current_step[1] == 2
    widget.take_button.click()
    assert viewer.layers["scans chosen"].metadata["relic_inpaint"]["choices"][0]["hole"] == [
        2,
        20,
        30,
    ]


@pytest.mark.parametrize(
    "lies", [{"rotate": 30, "shear": (0.3,)}, {"affine": [[0, 2, 3], [1, 0.5, 4], [0, 0, 1]]}]
)
def test_a_stack_lies_where_its_picture_lies(lies):
    picture = Image(np.zeros((9, 8)), scale=(2, 3), translate=(5, 6), **lies)
    stack = Image(np.zeros((4, 9, 8)), **with_axis(picture, geometry(picture)))
    for place in ((0, 0), (3, 5), (8, 1)):
        assert stack.data_to_world((2, *place)) == pytest.approx((2, *picture.data_to_world(place)))


def test_a_removed_stack_is_made_anew(qtbot, judge):
    viewer, widget, _, _ = judge
    run(qtbot, widget)
    viewer.layers.remove("wall hypotheses")
    assert widget.shown.text() == ""
    select(widget, (60, 80))
    assert not widget.take_button.isEnabled()
    run(qtbot, widget)
    assert "wall hypotheses" in viewer.layers


def test_without_a_picture_it_says_what_to_do(make_napari_viewer, preferences):
    viewer = make_napari_viewer()
    _, widget = viewer.window.add_plugin_dock_widget("napari-relic-inpaint", "Judge restorations")
    assert "Open a picture first" in widget.job.message
    assert not widget.job.run_button.enabled
