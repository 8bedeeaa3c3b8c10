import numpy as np
import pytest
from napari.components import ViewerModel

from napari_relic_inpaint.widgets.restore import RestoreWidget

PERIOD = 40


@pytest.fixture
def picture():
    ornament = np.random.default_rng(5).integers(0, 255, (90, PERIOD, 3)).astype(np.uint8)
    return np.tile(ornament, (1, 4, 1))


@pytest.fixture
def viewer(picture):
    viewer = ViewerModel()
    viewer.add_image(picture, rgb=True, name="wall")
    mask = np.zeros(picture.shape[:2], np.uint8)
    mask[35:50, 55:70] = 1
    mask[10:20, 30:40] = 2
    viewer.add_labels(mask, name="damage")
    return viewer


@pytest.fixture
def widget(qtbot, viewer):
    widget = RestoreWidget(viewer)
    qtbot.addWidget(widget.native)
    widget.native.show()
    widget.how.method.value = "membrane"
    widget.detail.detail.value = "picture"
    return widget


def press(qtbot, widget):
    finished = []
    widget.job.finished.connect(finished.append)
    assert widget.job.ready
    widget.job.requested.emit()
    qtbot.waitUntil(lambda: bool(finished) and not widget.job.running, timeout=60_000)


def test_the_limits_show_where_detail_is_copied(widget):
    limits = widget.detail.copy_from, widget.detail.never_from
    assert all(not field.native.isHidden() for field in limits)
    widget.detail.detail.value = "none"
    assert all(field.native.isHidden() for field in limits)


def test_detail_and_its_sources_appear(qtbot, viewer, widget, picture):
    press(qtbot, widget)
    restored, sources = viewer.layers["wall restored (membrane)"], viewer.layers["wall sources"]
    damage = viewer.layers["damage"].data > 0
    assert np.array_equal(restored.data[~damage], picture[~damage])
    assert not sources.visible
    assert sources.data.shape == (*picture.shape[:2], 4)
    # The filled place and the place it came from have the same colour.
    filled = sources.data[42, 62]
    assert filled[3] == 255
    status = restored.get_status((42, 62), world=True)
    assert "copied from row 42" in status["coordinates"]
    column = int(status["coordinates"].split("column ")[1].split(",")[0])
    assert (column - 62) % PERIOD == 0
    assert np.array_equal(sources.data[42, column], filled)
    assert "copied" not in restored.get_status((5, 5), world=True)["coordinates"]
    assert sources not in widget.picture.choices
    widget.detail.detail.value = "none"
    press(qtbot, widget)
    assert "copied" not in restored.get_status((42, 62), world=True)["coordinates"]
    # What they tell of is no more, and they do not pass for the sources of this fill.
    assert sources.name == "wall sources of an earlier run"
    widget.detail.detail.value = "picture"
    press(qtbot, widget)
    assert viewer.layers["wall sources"] is not sources


def test_layers_say_where_from(qtbot, viewer, widget, picture):
    right = np.zeros(picture.shape[:2], np.uint8)
    right[:, 80:] = 1
    viewer.add_labels(right, name="right")
    widget.reset_choices()
    widget.damage.value = viewer.layers["damage"]
    for field, allowed in ((widget.detail.copy_from, True), (widget.detail.never_from, False)):
        field.value = viewer.layers["right"]
        press(qtbot, widget)
        status = viewer.layers["wall restored (membrane)"].get_status((42, 62), world=True)
        column = int(status["coordinates"].split("column ")[1].split(",")[0])
        assert (column >= 80) is allowed
        field.value = field.choices[0]


def test_other_labels_of_the_damage_are_no_sources(qtbot, viewer, widget):
    mask = viewer.layers["damage"]
    other = mask.data.copy()
    other[:, :50] = 2
    mask.data = other
    mask.selected_label = 1
    widget.counted.value = "only the selected label"
    press(qtbot, widget)
    status = viewer.layers["wall restored (membrane)"].get_status((42, 62), world=True)
    assert int(status["coordinates"].split("column ")[1].split(",")[0]) >= 50
