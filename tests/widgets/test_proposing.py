from types import SimpleNamespace

import numpy as np
import pytest
from napari.components import ViewerModel

from napari_relic_inpaint.widgets.layers import masks
from napari_relic_inpaint.widgets.proposing import Proposing

SHAPE = 90, 120
TIMEOUT_MS = 120_000
OURS = "napari_relic_inpaint"


@pytest.fixture
def wall():
    """A red wall with a dark crack that turns, and two places of plaster."""
    picture = np.empty((*SHAPE, 3), np.uint8)
    picture[:] = 190, 110, 80
    for row in range(10, 80):
        column = 20 + row // 3 + (row // 7) % 3
        picture[row, column : column + 3] = 40
    picture[15:35, 80:105] = picture[55:75, 85:110] = 220, 215, 205
    return picture


@pytest.fixture
def opened(qtbot, wall):
    viewer = ViewerModel()
    picture = viewer.add_image(wall, rgb=True, name="wall", scale=(0.5, 0.5), units=("mm", "mm"))
    damage = viewer.add_labels(
        np.zeros(SHAPE, np.uint8), name="damage", scale=(0.5, 0.5), units=("mm", "mm")
    )
    damage.selected_label = 3
    widget = Proposing(viewer, lambda: picture, lambda: damage)
    qtbot.addWidget(widget.native)
    return viewer, widget, damage


def search(qtbot, widget):
    with qtbot.waitSignal(widget.job.finished, timeout=TIMEOUT_MS):
        widget.job.run_button.native.click()
    qtbot.waitUntil(lambda: not widget.job.running)


def click(callbacks, target, position, modifiers=()):
    """Press and release the mouse at a place of the world."""
    event = SimpleNamespace(
        type="mouse_press",
        position=position,
        view_direction=None,
        dims_displayed=[0, 1],
        modifiers=modifiers,
    )
    going = [
        callback(target, event) for callback in callbacks if callback.__module__.startswith(OURS)
    ]
    for each in going:
        next(each)
    event.type = "mouse_release"
    for each in going:
        next(each, None)


def test_cracks_are_shown_accepted_and_undone(qtbot, opened):
    _, widget, damage = opened
    damage.data[:40, 20:45] = 1
    before = damage.data.copy()
    search(qtbot, widget)
    preview = widget.preview.layer
    assert preview.data.any()
    assert preview.data.dtype == np.uint8
    assert not (preview.data[before > 0]).any()
    np.testing.assert_array_equal(preview.scale, damage.scale)
    proposed = preview.data > 0
    # Painted while proposals are shown: that stays, too.
    damage.data_setitem(tuple(axis[:5] for axis in np.nonzero(proposed)), 2)
    painted = damage.data.copy()
    widget.accept_all.native.click()
    assert widget.preview.layer is None
    np.testing.assert_array_equal(damage.data, np.where(proposed & (painted == 0), 3, painted))
    damage.undo()
    np.testing.assert_array_equal(damage.data, painted)


def test_a_lacuna_is_pointed_at_and_its_like_taken_piece_by_piece(qtbot, opened):
    viewer, widget, damage = opened
    widget.fields.kind.value = "lacunae"
    widget.fields.similar.value = True
    widget.fields.pick.value = True
    with qtbot.waitSignal(widget.job.finished, timeout=TIMEOUT_MS):
        click(viewer.mouse_drag_callbacks, viewer, (12.0, 46.0))
    layer = widget.preview.layer
    assert widget.preview.pieces == [1, 2]
    click(layer.mouse_drag_callbacks, layer, (32.0, 48.0), modifiers=("Alt",))
    assert widget.preview.pieces == [1]
    assert not damage.data.any()
    click(layer.mouse_drag_callbacks, layer, (12.0, 46.0))
    assert damage.data[25, 92] == 3
    assert not damage.data[50:].any()
    assert widget.preview.layer is None


def test_proposals_are_no_damage_as_long_as_nobody_has_taken_them(qtbot, opened):
    viewer, widget, damage = opened
    search(qtbot, widget)
    assert widget.preview.layer in viewer.layers
    assert masks(viewer) == [damage]


def test_proposals_can_be_discarded(qtbot, opened):
    viewer, widget, damage = opened
    search(qtbot, widget)
    assert widget.discard.enabled
    widget.discard.native.click()
    assert len(viewer.layers) == 2
    assert not damage.data.any()
    assert not widget.accept_all.enabled


def test_a_preview_that_the_user_removes_is_gone(qtbot, opened):
    viewer, widget, _ = opened
    search(qtbot, widget)
    viewer.layers.remove(widget.preview.layer)
    assert not widget.accept_all.enabled


def test_without_a_place_there_is_no_lacuna_to_look_for(opened):
    _, widget, _ = opened
    widget.fields.kind.value = "lacunae"
    widget.job.run_button.native.click()
    assert not widget.job.running
    assert "point at a lacuna first" in widget.job.message


def test_sizes_in_millimetres_are_those_of_the_layer(qtbot, opened):
    viewer, widget, _ = opened
    widget.fields.unit.value = "mm"
    widget.fields.shortest.value = 100
    search(qtbot, widget)
    assert widget.preview.layer is None
    widget.fields.shortest.value = 10
    search(qtbot, widget)
    assert widget.preview.layer is not None
    viewer.layers["wall"].units = ("pixel", "pixel")
    widget.job.run_button.native.click()
    assert "how large the pixels of 'wall' are" in widget.job.message


def test_label_zero_is_not_proposed_as_damage(qtbot, opened):
    _, widget, damage = opened
    search(qtbot, widget)
    damage.selected_label = 0
    widget.accept_all.native.click()
    assert widget.preview.layer is not None
    assert "label 0" in widget.job.message


def test_fields_are_those_of_what_is_looked_for_and_explained(opened):
    _, widget, _ = opened
    widget.native.show()
    for kind in ("cracks", "lacunae"):
        widget.fields.kind.value = kind
        assert widget.fields.tone.visible == widget.fields.shortest.visible == (kind == "cracks")
        assert widget.fields.tolerance.visible == widget.fields.pick.visible == (kind == "lacunae")
        assert "%" in widget.fields.reliability.value
    for field in (
        widget.fields.kind,
        widget.fields.tone,
        widget.fields.unit,
        widget.fields.narrowest,
        widget.fields.widest,
    ):
        assert field.tooltip
