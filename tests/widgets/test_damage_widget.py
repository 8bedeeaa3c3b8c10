import csv

import dask.array as da
import numpy as np
import pytest
from qtpy.QtCore import Qt

from napari_relic_inpaint import files
from napari_relic_inpaint.marking.classes import PRESET, DamageClass
from napari_relic_inpaint.widgets.class_list import LINES, NAME
from napari_relic_inpaint.widgets.classed_layer import classes_of
from napari_relic_inpaint.widgets.pixel_scale import FILE, LINE, NUMBER
from napari_relic_inpaint.widgets.shaping import ALL, MILLIMETRES, SELECTED

WAIT_MS = 60_000


@pytest.fixture
def damage(make_napari_viewer, qtbot):
    """A viewer with a picture and a mask, and the widget docked."""
    viewer = make_napari_viewer()
    viewer.add_image(np.zeros((80, 100, 3), np.uint8), rgb=True, name="wall")
    labels = np.zeros((80, 100), np.uint8)
    labels[10:20, 10:30], labels[40, 10:90] = 1, 2
    mask = viewer.add_labels(labels, name="mask")
    _, widget = viewer.window.add_plugin_dock_widget(
        "napari-relic-inpaint", "Mark and measure damage"
    )
    settle(qtbot, widget)
    return viewer, widget, mask


def settle(qtbot, widget):
    qtbot.waitUntil(
        lambda: widget.rows.up_to_date and widget.rows.result is not None, timeout=WAIT_MS
    )


def row(widget, name):
    return next(each for each in widget.rows.result.rows if each.name == name)


def done(qtbot, job):
    qtbot.waitUntil(lambda: not job.running, timeout=WAIT_MS)


def test_a_chosen_mask_gets_the_preset_and_its_colours(damage):
    _, _, mask = damage
    assert classes_of(mask) == PRESET
    for each in PRESET:
        colour = "#" + "".join(f"{round(255 * x):02x}" for x in mask.get_color(each.label)[:3])
        assert colour == each.colour


def test_choosing_a_class_chooses_the_label_and_the_other_way_round(damage):
    _, widget, mask = damage
    widget.classes.table.selectRow(3)
    assert mask.selected_label == 4
    mask.selected_label = 2
    (chosen,) = widget.classes.table.selectionModel().selectedRows()
    assert chosen.row() == 1


def test_classes_are_renamed_added_and_removed_and_stay_with_the_layer(damage):
    _, widget, mask = damage
    table = widget.classes.table
    table.item(0, NAME).setText("Fehlstelle")
    table.item(0, LINES).setCheckState(Qt.CheckState.Checked)
    assert classes_of(mask)[0].name == "Fehlstelle"
    assert classes_of(mask)[0].lines
    widget.classes.add_button.click()
    assert (classes_of(mask)[-1].label, mask.selected_label) == (7, 7)
    table.selectRow(2)
    widget.classes.remove_button.click()
    assert "flaking" not in [each.name for each in classes_of(mask)]
    before = classes_of(mask)
    table.item(0, NAME).setText("crack")
    assert classes_of(mask) == before
    assert "both called" in widget.classes.message.text()
    assert table.item(0, NAME).text() == "Fehlstelle"


def test_a_preset_is_saved_and_loaded(damage, tmp_path, monkeypatch):
    _, widget, mask = damage
    own = (DamageClass(2, "Riss", "#112233", lines=True),)
    files.write_preset(tmp_path / "own.json", own)
    dialog = "napari_relic_inpaint.widgets.class_list.QFileDialog."
    monkeypatch.setattr(dialog + "getOpenFileName", lambda *_: (str(tmp_path / "own.json"), ""))
    widget.classes.load_button.click()
    assert classes_of(mask) == own
    monkeypatch.setattr(dialog + "getSaveFileName", lambda *_: (str(tmp_path / "new"), ""))
    widget.classes.save_button.click()
    assert files.read_preset(tmp_path / "new.json") == own
    (tmp_path / "own.json").write_text("{}")
    widget.classes.load_button.click()
    assert classes_of(mask) == own
    assert "no list of classes" in widget.classes.message.text()


def test_the_table_follows_painting_undo_and_classes(damage, qtbot):
    _, widget, mask = damage
    assert (row(widget, "lacuna").pixels, row(widget, "crack").length) == (200, 80)
    mask.data_setitem((np.array([70, 70]), np.array([5, 9])), 1)
    settle(qtbot, widget)
    assert (row(widget, "lacuna").pixels, row(widget, "lacuna").pieces) == (202, 3)
    mask.undo()
    settle(qtbot, widget)
    assert row(widget, "lacuna").pixels == 200
    widget.classes.table.item(0, NAME).setText("Fehlstelle")
    settle(qtbot, widget)
    assert row(widget, "Fehlstelle").pixels == 200


@pytest.mark.parametrize(
    ("way", "which", "pixels"),
    [
        ("grow", ALL, 200 + 2 * (10 + 20) + 80 + 2 * 80 + 2),
        ("shrink", ALL, 8 * 18),
        ("shrink", SELECTED, 8 * 18 + 80),
    ],
)
def test_outlines_change_in_one_step_that_can_be_undone(damage, qtbot, way, which, pixels):
    _, widget, mask = damage
    before = mask.data.copy()
    shaping = widget.shaping
    shaping.way.value = way
    shaping.amount.value = 1
    shaping.which.value = which
    shaping.job.run_button.native.click()
    done(qtbot, shaping.job)
    assert np.count_nonzero(mask.data) == pixels
    mask.undo()
    np.testing.assert_array_equal(mask.data, before)


@pytest.mark.parametrize(("several", "why"), [(True, "several levels"), (False, "its file")])
def test_outlines_change_only_where_napari_can_paint(damage, qtbot, several, why):
    viewer, widget, mask = damage
    data = [mask.data, mask.data[::2, ::2]] if several else da.from_array(mask.data)
    widget.damage.value = viewer.add_labels(data, name="other")
    settle(qtbot, widget)
    assert why in widget.shaping.job.message
    assert not widget.shaping.job.ready


def test_outlines_in_millimetres_need_a_scale(damage, qtbot):
    _, widget, mask = damage
    widget.shaping.unit.value = MILLIMETRES
    assert "how large a pixel is" in widget.shaping.job.message
    widget.scale.source.value = NUMBER
    widget.scale.number.value = "0.5"
    widget.shaping.way.value = "shrink"
    widget.shaping.amount.value = 1
    widget.shaping.job.run_button.native.click()
    done(qtbot, widget.shaping.job)
    assert np.count_nonzero(mask.data) == 6 * 16 + 80


def test_a_plane_of_a_stack_is_changed_alone(make_napari_viewer, qtbot):
    viewer = make_napari_viewer()
    stack = np.zeros((2, 30, 30), np.uint8)
    stack[:, 10:20, 10:20] = 1
    viewer.add_image(np.zeros((2, 30, 30), np.uint8), name="walls")
    mask = viewer.add_labels(stack.copy(), name="mask")
    _, widget = viewer.window.add_plugin_dock_widget(
        "napari-relic-inpaint", "Mark and measure damage"
    )
    viewer.dims.set_current_step(0, 1)
    widget.shaping.way.value = "shrink"
    widget.shaping.job.run_button.native.click()
    done(qtbot, widget.shaping.job)
    np.testing.assert_array_equal(mask.data[0], stack[0])
    assert np.count_nonzero(mask.data[1]) == 36


def test_the_scale_is_from_the_layer_the_file_a_number_or_a_line(damage, tmp_path):
    viewer, widget, mask = damage
    scale = widget.scale
    assert scale.size is None
    mask.scale, mask.units = (0.2, 0.2), ("cm", "cm")
    widget.reset_choices()
    assert scale.size == pytest.approx((2, 2))
    scale.source.value = NUMBER
    scale.number.value = "20 px/mm"
    assert scale.size == pytest.approx((0.05, 0.05))
    scale.number.value = "wide"
    assert scale.size is None
    assert "600 dpi" in scale.told.value
    scale.source.value = LINE
    scale.draw.native.click()
    line = viewer.layers["scale line"]
    line.add_lines(np.array([[0, 0], [30 * 0.2, 40 * 0.2]]))
    scale.length.value = 100
    assert scale.size == pytest.approx((2, 2))
    files.write_mask(tmp_path / "scan.tif", np.zeros((80, 100), np.uint8), pixel_size=(0.1, 0.1))
    viewer.layers["wall"].metadata["relic_inpaint_file"] = {"path": str(tmp_path / "scan.tif")}
    scale.source.value = FILE
    assert scale.size == pytest.approx((0.1, 0.1))


def test_a_mask_is_saved_with_its_classes_and_opened_again(damage, qtbot, tmp_path, monkeypatch):
    viewer, widget, mask = damage
    widget.scale.source.value = NUMBER
    widget.scale.number.value = "0.5"
    widget.classes.table.item(0, NAME).setText("Fehlstelle")
    dialog = "napari_relic_inpaint.widgets.mask_files.QFileDialog.getSaveFileName"
    monkeypatch.setattr(dialog, lambda *_: (str(tmp_path / "mask.png"), ""))
    widget.saving.run_button.native.click()
    done(qtbot, widget.saving)
    assert "Saved as" in widget.saving.message
    saved = files.open_labels(tmp_path / "mask.png")
    assert saved.classes == classes_of(mask)
    assert saved.pixel_size == pytest.approx((0.5, 0.5))
    np.testing.assert_array_equal(saved.labels(), mask.data)
    widget.opening.open(tmp_path / "mask.png")
    done(qtbot, widget.opening)
    opened = viewer.layers[-1]
    assert opened is not mask
    assert classes_of(opened)[0].name == "Fehlstelle"
    np.testing.assert_array_equal(opened.data, mask.data)


def test_the_table_is_saved_as_csv(damage, tmp_path, monkeypatch):
    _, widget, _ = damage
    dialog = "napari_relic_inpaint.widgets.small_files.QFileDialog.getSaveFileName"
    monkeypatch.setattr(dialog, lambda *_: (str(tmp_path / "a"), ""))
    widget.rows.export_button.click()
    with (tmp_path / "a.csv").open(newline="", encoding="utf-8-sig") as stream:
        rows = {each["name"]: each for each in csv.DictReader(stream)}
    assert rows["crack"]["length"] == "80.0"


def test_without_a_layer_everything_waits(make_napari_viewer):
    viewer = make_napari_viewer()
    _, widget = viewer.window.add_plugin_dock_widget(
        "napari-relic-inpaint", "Mark and measure damage"
    )
    assert not widget.classes.isEnabled()
    assert not widget.saving.run_button.enabled
    assert not widget.new_mask.enabled
    assert widget.rows.result is None
    viewer.add_image(np.zeros((20, 20), np.uint8))
    widget.new_mask.native.click()
    assert widget.chosen_damage() is viewer.layers[-1]
    assert classes_of(viewer.layers[-1]) == PRESET


def test_a_layer_that_is_removed_is_let_go(damage):
    viewer, widget, mask = damage
    viewer.layers.remove(mask)
    assert widget.chosen_damage() is None
    assert widget.rows.result is None
    assert widget.classes.table.rowCount() == 0


def test_an_earlier_mask_tells_what_has_changed(damage, qtbot, tmp_path, monkeypatch):
    viewer, widget, mask = damage
    campaigns = widget.campaigns
    assert not campaigns.job.ready
    viewer.add_labels(np.zeros((8, 9), np.uint8), name="smaller")
    earlier = mask.data.copy()
    earlier[10:20, 10:30] = 0
    earlier[60:64, 60:64] = 1
    earlier[40, 50:90] = 0
    earlier = viewer.add_labels(earlier, name="of 2016")
    widget.damage.value = mask
    campaigns.earlier.value = viewer.layers["smaller"]
    assert "8 x 9" in campaigns.job.message
    campaigns.earlier.value = earlier
    campaigns.job.run_button.native.click()
    done(qtbot, campaigns.job)
    table = campaigns.rows.table
    found = {
        table.item(row, 0).text(): [table.item(row, n).text() for n in range(1, 8)]
        for row in range(table.rowCount())
    }
    assert found["lacuna"] == ["16", "200", "1 (+200)", "0", "0", "0", "1 (−16)"]
    assert found["crack"] == ["40", "80", "0", "1 (+40)", "0", "0", "0"]
    saved = tmp_path / "changes.csv"
    dialog = "napari_relic_inpaint.widgets.small_files.QFileDialog.getSaveFileName"
    monkeypatch.setattr(dialog, lambda *_: (str(saved), ""))
    campaigns.rows.export_button.click()
    rows = list(csv.DictReader(saved.open(encoding="utf-8-sig")))
    assert [row["new"] for row in rows if row["name"] == "lacuna"] == ["1"]
