import json

import dask.array as da
import numpy as np
import pytest
from napari.layers import Labels
from PIL import Image as Pillow
from qtpy.QtWidgets import QFileDialog

from napari_relic_inpaint import DisplayMode
from napari_relic_inpaint.marking.classes import PRESET
from napari_relic_inpaint.widgets.classed_layer import set_classes
from napari_relic_inpaint.widgets.display import DisplayWidget
from napari_relic_inpaint.widgets.layers import DISPLAY_KEY, RECORD_KEY, pictures

WAIT_MS = 30_000


@pytest.fixture
def wall():
    return np.random.default_rng(0).integers(90, 160, (90, 120, 3), dtype=np.uint8)


def damage_layer(shape, **options):
    labels = np.zeros(shape, np.uint8)
    labels[..., 20:50, 20:50], labels[..., 60:70, 60:100] = 1, 2
    layer = Labels(labels, name="damage", **options)
    set_classes(layer, PRESET)
    return layer


@pytest.fixture
def shown(make_napari_viewer, qtbot):
    """Open a viewer with layers and the widget, and press the button."""

    def show(picture, damage, **options):
        viewer = make_napari_viewer()
        restored = viewer.add_image(picture, name="wall restored", **options)
        viewer.add_layer(damage)
        widget = DisplayWidget(viewer)
        qtbot.addWidget(widget)
        widget.show_button.native.click()
        wait(qtbot, widget)
        return viewer, widget, restored, widget.layers.of(restored)

    return show


def wait(qtbot, widget):
    qtbot.waitUntil(lambda: widget.up_to_date, timeout=WAIT_MS)


def same_outside(layer, picture, labels):
    full = np.asarray(layer.data[0] if layer.multiscale else layer.data)
    np.testing.assert_array_equal(full[labels == 0], picture[labels == 0])
    return (full[labels > 0] != picture[labels > 0]).mean()


def test_a_restored_layer_is_shown_beside_it_and_is_no_picture_to_restore(shown, wall):
    damage = damage_layer((90, 120), scale=(0.1, 0.1), units=("mm", "mm"))
    before = wall.copy()
    viewer, widget, restored, layer = shown(
        wall, damage, rgb=True, scale=(0.1, 0.1), units=("mm", "mm")
    )
    assert same_outside(layer, wall, damage.data) > 0.5
    np.testing.assert_array_equal(restored.data, before)
    assert viewer.layers.index(layer) == viewer.layers.index(restored) + 1
    np.testing.assert_array_equal(layer.scale, restored.scale)
    assert pictures(viewer) == [restored]
    display = json.loads(json.dumps(layer.metadata[DISPLAY_KEY]))
    assert [each["name"] for each in display["classes"]] == ["lacuna", "crack"]
    assert [each["mode"] for each in display["classes"]] == ["rigatino"] * 2
    assert display["pixel_mm"] == pytest.approx(0.1)
    assert RECORD_KEY not in layer.metadata
    # Classes that do not occur are not listed.
    assert widget.rows.table.rowCount() == 3


def test_it_follows_what_is_chosen_and_painted(shown, wall, qtbot):
    damage = damage_layer((90, 120))
    viewer, widget, _, layer = shown(wall, damage, rgb=True)
    hatched = np.array(layer.data)
    widget.rows.choice(2).setCurrentText("complete")
    wait(qtbot, widget)
    now = np.array(layer.data)
    np.testing.assert_array_equal(now[damage.data == 2], wall[damage.data == 2])
    np.testing.assert_array_equal(now[damage.data == 1], hatched[damage.data == 1])
    assert [each["mode"] for each in layer.metadata[DISPLAY_KEY]["classes"]] == [
        "rigatino",
        "complete",
    ]
    widget.rows.table.selectRow(0)
    widget.rows.fields.line.value = "0.4mm"
    wait(qtbot, widget)
    assert "how large a pixel" in widget.message.text()
    widget.rows.fields.line.value = "4px"
    wait(qtbot, widget)
    assert (np.array(layer.data)[damage.data == 1] != hatched[damage.data == 1]).any()
    assert layer.metadata[DISPLAY_KEY]["others"]["line"] == "4px"
    damage.data_setitem((np.array([5, 5]), np.array([100, 101])), 1)
    wait(qtbot, widget)
    assert (np.array(layer.data)[5, 100:102] != wall[5, 100:102]).any()
    damage.undo()
    wait(qtbot, widget)
    np.testing.assert_array_equal(np.array(layer.data)[5], wall[5])
    viewer.layers.remove(layer)
    widget.rows.choice(None).setCurrentText("dotted")
    assert widget.up_to_date
    assert [each.name for each in viewer.layers] == ["wall restored", "damage"]


def test_bad_parameters_are_told_and_the_layer_stays(shown, wall):
    _, widget, _, layer = shown(wall, damage_layer((90, 120)), rgb=True)
    before = np.array(layer.data)
    for bad in ("thick", "0.2px", "0", "-3px"):
        widget.rows.fields.line.value = bad
        widget._render()
        assert widget.rows.message.text() or widget.message.text()
    widget._cancel()
    np.testing.assert_array_equal(layer.data, before)


@pytest.mark.parametrize("kind", ["stack", "lazy stack", "multiscale", "grey float"])
def test_stacks_lazy_and_multiscale_layers_are_shown(shown, kind):
    rng = np.random.default_rng(1)
    if kind == "multiscale":
        full = rng.integers(90, 160, (300, 400), dtype=np.uint16)
        levels = [full, full[::2, ::2], full[::4, ::4]]
        damage = damage_layer(full.shape)
        *_, layer = shown([da.from_array(each) for each in levels], damage, multiscale=True)
        assert layer.multiscale
        assert [each.shape for each in layer.data] == [each.shape for each in levels]
        small = np.asarray(layer.data[2])
        inside = damage.data[::4, ::4] > 0
        np.testing.assert_array_equal(small[50:], levels[2][50:])
        assert small[inside].shape == levels[2][inside].shape
        picture = full
    elif kind == "grey float":
        picture = rng.random((90, 120)).astype(np.float32)
        damage = damage_layer(picture.shape)
        *_, layer = shown(picture, damage)
    else:
        picture = rng.integers(90, 160, (3, 90, 120), dtype=np.uint8)
        damage = damage_layer(picture.shape)
        data = da.from_array(picture, chunks=(1, 50, 50)) if "lazy" in kind else picture
        *_, layer = shown(data, damage)
    assert layer.dtype == picture.dtype
    assert same_outside(layer, picture, damage.data) > 0.4


def test_damage_that_lies_elsewhere_is_brought_to_the_picture(shown, wall):
    fine = np.zeros((180, 240), np.uint8)
    fine[40:100, 40:100] = 3
    layer = Labels(fine, name="damage", scale=(0.5, 0.5), translate=(-0.25, -0.25))
    *_, shown_layer = shown(wall, layer, rgb=True)
    labels = np.zeros((90, 120), np.uint8)
    labels[20:50, 20:50] = 3
    assert same_outside(shown_layer, wall, labels) > 0.5


def test_nothing_can_be_shown_without_a_picture_or_damage(make_napari_viewer, qtbot, wall):
    viewer = make_napari_viewer()
    widget = DisplayWidget(viewer)
    qtbot.addWidget(widget)
    assert not widget.show_button.enabled
    assert "Restore a picture first" in widget.message.text()
    viewer.add_image(wall, rgb=True)
    widget.reset_choices()
    assert "no layer of damage" in widget.message.text()
    viewer.add_labels(np.zeros((90, 120), np.uint8))
    widget.reset_choices()
    assert "no record" in widget.message.text()
    widget.show_button.native.click()
    wait(qtbot, widget)
    assert "nothing is marked" in widget.message.text()
    assert len(viewer.layers) == 2


def test_what_is_shown_is_saved_with_the_profile_of_the_file_and_a_record(
    make_napari_viewer, qtbot, wall, tmp_path, monkeypatch
):
    source, out = tmp_path / "restored.png", tmp_path / "shown.png"
    Pillow.fromarray(wall).save(source, dpi=(254, 254))
    viewer = make_napari_viewer()
    (restored,) = viewer.open(str(source), plugin="napari")
    damage = damage_layer((90, 120))
    viewer.add_layer(damage)
    widget = DisplayWidget(viewer)
    qtbot.addWidget(widget)
    widget.rows.set_modes(DisplayMode("neutral"), {2: DisplayMode("outline")})
    assert not widget.saving.run_button.enabled
    widget.show_button.native.click()
    wait(qtbot, widget)
    monkeypatch.setattr(
        QFileDialog, "getSaveFileName", lambda *_: (str(out), "PNG picture (*.png)")
    )
    with qtbot.waitSignal(widget.saving.native.destroyed, timeout=1, raising=False):
        widget.saving.run_button.native.click()
    qtbot.waitUntil(lambda: not widget.saving.running, timeout=WAIT_MS)
    with Pillow.open(out) as written:
        assert round(written.info["dpi"][0]) == 254
        np.testing.assert_array_equal(np.asarray(written), widget.layers.of(restored).data)
    record = json.loads((tmp_path / "shown.png.json").read_text())
    assert record["kind"] == "display rendering"
    assert record["display"]["others"]["mode"] == "neutral"
    assert record["files"]["picture"] == "restored.png"
