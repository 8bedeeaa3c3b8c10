import sys
from dataclasses import astuple
from importlib.util import find_spec

import dask.array as da
import numpy as np
import psutil
import pytest
from alexnet import write_alexnet
from napari._app_model import get_app_model
from napari.utils.theme import get_theme
from restore_runs import run

from napari_relic_inpaint import restore
from napari_relic_inpaint.measuring import evaluation
from napari_relic_inpaint.measuring.evaluation import evaluate
from napari_relic_inpaint.widgets.evaluate import NO_REFERENCE, WHOLE_PICTURE, EvaluateWidget
from napari_relic_inpaint.widgets.layers import RECORD_KEY, geometry
from napari_relic_inpaint.widgets.measuring import LARGEST_SHOWN, method_of

TIMEOUT = 60_000
PLACED = {"scale": (0.5, 0.5), "translate": (3, -2), "units": ("mm", "mm")}


@pytest.fixture
def intact():
    return np.random.default_rng(0).integers(0, 255, (64, 80, 3), dtype=np.uint8)


@pytest.fixture
def damage():
    mask = np.zeros((64, 80), np.uint8)
    mask[10:30, 10:30] = 1
    mask[40:50, 50:70] = 2
    return mask


@pytest.fixture
def restored(intact, damage):
    picture = intact.copy()
    picture[damage > 0] = 128
    return picture


@pytest.fixture
def viewer(make_napari_viewer):
    return make_napari_viewer()


@pytest.fixture
def opened(viewer, intact, damage, restored):
    """A viewer with reference, restored picture and damage, and the widget docked."""
    viewer.add_image(intact, rgb=True, name="wall reference", **PLACED)
    viewer.add_image(restored, rgb=True, name="wall restored", **PLACED)
    viewer.add_labels(damage, name="wall damage", **PLACED)
    return viewer, dock(viewer)


def dock(viewer):
    return viewer.window.add_plugin_dock_widget("napari-relic-inpaint", "Measure a restoration")[1]


def measure(qtbot, widget):
    widget.job.run_button.native.click()
    assert widget.job.running, widget.job.message
    qtbot.waitUntil(lambda: not widget.job.running, timeout=TIMEOUT)


def areas(widget):
    return [(row.restored, row.row.area) for row in widget.table.measurements]


def names(viewer):
    return [layer.name for layer in viewer.layers]


def test_measuring_adds_a_row_for_all_damage_and_one_for_each_class(
    qtbot, opened, intact, restored, damage
):
    _, widget = opened
    measure(qtbot, widget)
    assert areas(widget) == [
        ("wall restored", area) for area in ("all damage", "class 1", "class 2")
    ]
    for measured, row in zip(
        widget.table.measurements, evaluate(restored, intact, damage).rows, strict=True
    ):
        assert astuple(measured.row) == pytest.approx(astuple(row), nan_ok=True)
    first = widget.table.measurements[0]
    assert (first.reference, first.damage, first.method) == ("wall reference", "wall damage", "")
    assert widget.job.message.startswith("Done")


def test_the_map_of_differences_lies_over_the_restored_picture(
    qtbot, opened, intact, restored, damage
):
    viewer, widget = opened
    measure(qtbot, widget)
    layer = viewer.layers["wall restored colour difference"]
    np.testing.assert_array_equal(layer.data, evaluate(restored, intact, damage).difference)
    np.testing.assert_array_equal(np.isnan(layer.data), damage == 0)
    assert layer.contrast_limits == [0, LARGEST_SHOWN]
    assert str(geometry(layer)) == str(geometry(viewer.layers["wall restored"]))
    assert layer.colormap.map(np.array([np.nan]))[0, 3] == 0
    assert viewer.layers.selection.active is viewer.layers["wall damage"]


def test_measuring_again_updates_the_map_and_adds_only_new_scores(qtbot, opened, intact):
    viewer, widget = opened
    measure(qtbot, widget)
    measure(qtbot, widget)
    assert len(widget.table.measurements) == 3
    assert "in the table already" in widget.job.message
    viewer.layers["wall restored"].data = intact
    measure(qtbot, widget)
    assert len(widget.table.measurements) == 6
    assert len(viewer.layers) == 4
    assert np.nanmax(viewer.layers["wall restored colour difference"].data) == 0


def test_a_deleted_map_comes_back(qtbot, opened):
    viewer, widget = opened
    measure(qtbot, widget)
    viewer.layers.remove("wall restored colour difference")
    measure(qtbot, widget)
    assert "wall restored colour difference" in viewer.layers


def test_the_check_box_shows_and_hides_the_maps(qtbot, opened):
    viewer, widget = opened
    widget.differences.value = False
    measure(qtbot, widget)
    layer = viewer.layers["wall restored colour difference"]
    assert not layer.visible
    widget.differences.value = True
    assert layer.visible


def test_rows_stay_when_layers_are_renamed_or_removed(qtbot, opened):
    viewer, widget = opened
    measure(qtbot, widget)
    before = areas(widget)
    viewer.layers["wall restored"].name = "another name"
    assert widget.restored.current_choice == "another name"
    viewer.layers.clear()
    assert areas(widget) == before
    assert "Open a restored picture" in widget.job.message


def test_the_method_is_that_of_the_record(qtbot, opened, damage):
    viewer, widget = opened
    result = restore(viewer.layers["wall restored"].data, damage, method="membrane", detail="none")
    viewer.add_image(
        result.picture, rgb=True, name="filled", metadata={RECORD_KEY: result.record}, **PLACED
    )
    assert widget.restored.value.name == "filled"
    measure(qtbot, widget)
    assert {row.method for row in widget.table.measurements} == {"membrane"}


def test_a_model_is_named_with_the_method(qtbot, opened):
    viewer, widget = opened
    record = {"settings": {"method": "two-stage"}, "model": {"name": "relic-base"}}
    viewer.layers["wall restored"].metadata[RECORD_KEY] = record
    measure(qtbot, widget)
    assert widget.table.measurements[0].method == "two-stage, relic-base"
    viewer.layers["wall restored"].metadata[RECORD_KEY] = record | {"detail": {"copied": 0.4}}
    said = method_of(viewer.layers["wall restored"])
    assert said == "two-stage, relic-base, detail from the picture"


def test_without_damage_the_whole_picture_is_measured_and_charted(qtbot, opened):
    viewer, widget = opened
    widget.damage.value = WHOLE_PICTURE
    measure(qtbot, widget)
    assert areas(widget) == [("wall restored", "whole picture")]
    assert not np.isnan(viewer.layers["wall restored colour difference"].data).any()
    assert widget.chart.bars.labels


def test_pictures_of_unlike_types_are_compared_and_that_is_said(qtbot, opened, intact):
    viewer, widget = opened
    viewer.layers["wall reference"].data = intact.astype(np.uint16) * 257
    measure(qtbot, widget)
    assert "uint16" in widget.job.message
    assert all("uint16" in row.notes for row in widget.table.measurements)


def test_a_grey_reference_and_one_with_transparency_are_compared(qtbot, opened, intact):
    viewer, widget = opened
    viewer.add_image(intact[..., 0], rgb=False, name="grey reference", **PLACED)
    widget.reference.value = viewer.layers["grey reference"]
    measure(qtbot, widget)
    assert "grey" in widget.job.message
    alpha = np.full((*intact.shape[:2], 1), 200, np.uint8)
    clear = np.concatenate([intact, alpha], axis=-1)
    viewer.add_image(clear, rgb=True, name="clear", **PLACED)
    widget.reference.value = viewer.layers["clear"]
    measure(qtbot, widget)
    assert "ransparency" in widget.job.message


def test_an_empty_mask_is_said(qtbot, opened, damage):
    viewer, widget = opened
    viewer.layers["wall damage"].data = np.zeros_like(damage)
    measure(qtbot, widget)
    assert "empty" in widget.job.message


def test_values_that_are_no_numbers_are_a_sentence(qtbot, opened, restored):
    viewer, widget = opened
    broken = restored / 255
    broken[5, 5] = np.nan
    viewer.layers["wall restored"].data = broken
    measure(qtbot, widget)
    assert "NaN" in widget.job.message
    assert not widget.table.measurements


def test_a_sentence_says_why_measure_cannot_run(viewer, intact):
    widget = dock(viewer)

    def obstacle():
        assert not widget.job.run_button.enabled
        return widget.job.message

    assert "Open a restored picture" in obstacle()
    viewer.add_image(intact, rgb=True, name="wall")
    assert "'wall' is chosen twice" in obstacle()
    small = viewer.add_image(intact[:, :70], rgb=True, name="small")
    assert "64 x 80" in obstacle()
    assert "64 x 70" in obstacle()
    small.data = intact
    assert widget.job.run_button.enabled
    widget.restored.value = viewer.layers["wall"]
    widget.reference.value = viewer.layers["wall"]
    assert "chosen twice" in obstacle()
    viewer.layers.remove("wall")
    viewer.add_image(intact, rgb=True, name="again")
    assert widget.job.run_button.enabled
    viewer.layers["again"].translate = (0, 3)
    assert "'small' does not lie exactly over 'again' (moved)" in obstacle()
    viewer.layers["again"].translate = (0, 0)
    assert widget.job.run_button.enabled
    viewer.add_labels(np.zeros((64, 80), np.uint8), name="far", translate=(0, 80))
    assert "'far' does not fit 'again'" in obstacle()
    widget.damage.value = WHOLE_PICTURE
    assert widget.job.run_button.enabled


def test_what_suits_is_proposed_until_the_user_has_chosen(viewer, intact):
    widget = dock(viewer)
    reference = viewer.add_image(intact, rgb=True, name="Wall reference")
    damaged = viewer.add_image(intact, rgb=True, name="Wall")
    mask = viewer.add_labels(np.ones((64, 80), np.uint8), name="Wall damage")
    viewer.add_labels(mask.data, name="Wall edges", metadata={RECORD_KEY: {}})
    chosen = [choice.value for choice in (widget.restored, widget.reference, widget.damage)]
    assert chosen == [damaged, reference, mask]
    first = viewer.add_image(intact, rgb=True, name="first", metadata={RECORD_KEY: {}})
    assert widget.restored.value is first
    assert widget.reference.value is reference
    widget.restored.value = damaged
    viewer.add_image(intact, rgb=True, name="second", metadata={RECORD_KEY: {}})
    assert widget.restored.value is damaged
    damaged.name = "Mur"
    assert widget.restored.value is damaged
    viewer.layers.remove(damaged)
    assert widget.restored.value.name == "second"


def test_the_damaged_picture_is_not_proposed_as_the_reference(
    qtbot, viewer, intact, damage, preferences
):
    widget = dock(viewer)
    damaged = viewer.add_image(intact, rgb=True, name="wall")
    viewer.add_labels(damage, name="wall damage")
    _, restoring = viewer.window.add_plugin_dock_widget(
        "napari-relic-inpaint", "Restore damaged picture"
    )
    restoring.how.method.value = "membrane"
    run(qtbot, restoring)
    assert widget.restored.value.name == "wall restored (membrane)"
    assert widget.reference.value == NO_REFERENCE
    assert not widget.job.run_button.enabled
    assert "Open the intact original" in widget.job.message
    original = viewer.add_image(intact, rgb=True, name="before the war")
    widget.restored.value = viewer.layers["wall restored (membrane)"]
    assert widget.reference.value is original
    widget.reference.value = damaged
    measure(qtbot, widget)
    assert "'wall' is the damaged picture" in widget.job.message


def test_maps_are_not_offered_as_pictures(qtbot, opened):
    viewer, widget = opened
    measure(qtbot, widget)
    difference = viewer.layers["wall restored colour difference"]
    assert difference not in widget.restored.choices
    assert difference not in widget.reference.choices


def test_edits_during_the_run_do_not_reach_it(qtbot, opened, intact, restored, damage):
    viewer, widget = opened
    expected = evaluate(restored, intact, damage).rows[0].hole_psnr
    widget.job.run_button.native.click()
    viewer.layers["wall restored"].data[:] = 0
    viewer.layers["wall damage"].data[:] = 1
    viewer.layers["wall restored"].name = "renamed"
    viewer.layers.remove("wall reference")
    qtbot.waitUntil(lambda: not widget.job.running, timeout=TIMEOUT)
    measured = widget.table.measurements[0]
    assert measured.restored == "wall restored"
    assert measured.row.hole_psnr == expected


def test_cancel_adds_nothing(qtbot, opened, monkeypatch):
    monkeypatch.setattr(evaluation, "TILE", 8)  # so that it cannot be done before it is stopped
    viewer, widget = opened
    before = names(viewer)
    widget.job.run_button.native.click()
    widget.job.cancel_button.native.click()
    qtbot.waitUntil(lambda: not widget.job.running, timeout=TIMEOUT)
    assert names(viewer) == before
    assert not widget.table.measurements
    assert "Stopped" in widget.job.message


@pytest.mark.skipif(find_spec("lpips") is None, reason="needs the package lpips")
def test_lpips_is_measured_if_ticked_and_can_be_cancelled(qtbot, opened, tmp_path, monkeypatch):
    write_alexnet(tmp_path)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    others = set(psutil.Process().children())
    # Another test may have loaded torchvision: what counts is what Measure loads.
    loaded = set(sys.modules)
    _, widget = opened
    widget.lpips.value = True
    widget.job.run_button.native.click()
    qtbot.waitUntil(lambda: set(psutil.Process().children()) > others, timeout=TIMEOUT)
    widget.job.cancel_button.native.click()
    qtbot.waitUntil(lambda: not widget.job.running, timeout=TIMEOUT)
    assert not widget.table.measurements
    assert set(psutil.Process().children()) <= others

    measure(qtbot, widget)
    rows = [measurement.row for measurement in widget.table.measurements]
    assert all(row.lpips > 0 for row in rows), widget.job.message
    assert not {"lpips", "torchvision", "triton"} & (set(sys.modules) - loaded)
    assert set(psutil.Process().children()) <= others


def test_without_the_package_lpips_measure_says_what_to_install(qtbot, opened, monkeypatch):
    monkeypatch.setitem(sys.modules, "lpips", None)
    _, widget = opened
    widget.lpips.value = True
    measure(qtbot, widget)
    assert "napari-relic-inpaint[lpips]" in widget.job.message
    widget.lpips.value = False
    measure(qtbot, widget)
    assert widget.table.measurements


def test_closing_the_viewer_during_a_run_does_not_crash(opened):
    viewer, widget = opened
    widget.job.run_button.native.click()
    viewer.close()


def test_a_lazy_stack_with_one_mask_for_all_planes(qtbot, viewer, damage):
    stack = np.random.default_rng(1).integers(0, 2**16, (3, 64, 80), dtype=np.uint16)
    viewer.add_image(da.from_array(stack), rgb=False, name="reference", scale=(7, 1, 1))
    viewer.add_image(stack + np.uint16(1), rgb=False, name="restored", scale=(7, 1, 1))
    viewer.add_labels(damage, name="damage")
    widget = dock(viewer)
    measure(qtbot, widget)
    assert widget.table.measurements[0].row.pixels == 3 * np.count_nonzero(damage)
    layer = viewer.layers["restored colour difference"]
    assert layer.data.shape == stack.shape
    assert tuple(layer.scale) == (7, 1, 1)


def test_several_restorations_are_compared_in_the_chart(qtbot, opened, intact):
    viewer, widget = opened
    measure(qtbot, widget)
    viewer.add_image(intact, rgb=True, name="perfect", **PLACED)
    widget.restored.value = viewer.layers["perfect"]
    measure(qtbot, widget)
    bars = " ".join(widget.chart.bars.labels)
    assert "★ best  identical perfect" in bars
    assert "wall restored" in bars


def test_the_chart_follows_the_theme(opened):
    viewer, widget = opened
    for theme in ("light", "dark"):
        viewer.theme = theme
        background = widget.chart.bars.figure.get_facecolor()
        expected = np.array(get_theme(theme).background.as_rgb_tuple()) / 255
        np.testing.assert_allclose(background[:3], expected, atol=0.01)


def test_where_it_is_wide_the_parts_lie_side_by_side(qtbot, viewer):
    widget = EvaluateWidget(viewer)
    qtbot.addWidget(widget)
    widget.resize(400, 800)
    widget.show()
    qtbot.waitUntil(lambda: widget.chart.y() > widget.table.y(), timeout=TIMEOUT)
    widget.resize(1400, 300)
    qtbot.waitUntil(lambda: widget.chart.x() > widget.table.x(), timeout=TIMEOUT)


def test_every_field_has_a_tooltip(viewer):
    widget = EvaluateWidget(viewer)
    for field in (
        widget.restored,
        widget.reference,
        widget.damage,
        widget.differences,
        widget.chart.score,
        widget.chart.comparable,
    ):
        assert field.tooltip, field.label


def test_the_menu_command_opens_the_widget(viewer):
    get_app_model().commands.execute_command("napari-relic-inpaint.evaluate").result()
    docked = list(viewer.window.dock_widgets)
    assert any(title.startswith("Measure a restoration") for title in docked)


def test_a_mask_that_lies_elsewhere_is_measured_where_it_is_seen(
    qtbot, viewer, intact, damage, restored
):
    viewer.add_image(intact, rgb=True, name="wall reference", **PLACED)
    viewer.add_image(restored, rgb=True, name="wall restored", **PLACED)
    place = {**PLACED, "translate": (8, -2)}
    viewer.add_labels(np.vstack((damage[10:], damage[:10])), name="cropped", **place)
    widget = dock(viewer)
    measure(qtbot, widget)
    for measured, row in zip(
        widget.table.measurements, evaluate(restored, intact, damage).rows, strict=True
    ):
        assert astuple(measured.row) == astuple(row)
        assert "'cropped' does not lie exactly over 'wall restored' (moved)" in measured.notes
    assert "does not lie exactly over" in widget.job.message


def test_outlined_damage_is_measured(qtbot, viewer, intact, restored):
    viewer.add_image(intact, rgb=True, name="wall reference", **PLACED)
    viewer.add_image(restored, rgb=True, name="wall restored", **PLACED)
    corners = np.array([(9.5, 9.5), (9.5, 29.5), (29.5, 29.5), (29.5, 9.5)])
    viewer.add_shapes([corners], name="outline", **PLACED)
    widget = dock(viewer)
    measure(qtbot, widget)
    (measured,) = widget.table.measurements
    assert measured.row.pixels == 400


def test_what_is_white_can_be_chosen_where_it_cannot_be_told(qtbot, viewer, intact, restored):
    viewer.add_image(intact, rgb=True, name="wall reference")
    dark = restored.astype(np.float32) / 10
    viewer.add_image(dark, rgb=True, name="wall restored", contrast_limits=(0, 255))
    widget = dock(viewer)
    widget.damage.value = WHOLE_PICTURE
    widget.restored.value = viewer.layers["wall restored"]
    widget.reference.value = viewer.layers["wall reference"]
    measure(qtbot, widget)
    assert "choose under 'White is' which value is white" in widget.job.message
    widget.white.value = 255
    measure(qtbot, widget)
    (shown,) = widget.table.measurements
    expected = evaluate(dark, intact, data_range=255, rgb=True).rows[0]
    assert (shown.row.psnr, shown.row.ssim) == (expected.psnr, expected.ssim)
