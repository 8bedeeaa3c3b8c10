"""Before and after: what is drawn of the result ends at a line, and nothing else changes."""

import numpy as np
import pytest
from qtpy.QtCore import QPoint, Qt
from qtpy.QtTest import QTest
from restore_runs import paint, run

pytestmark = pytest.mark.usefixtures("preferences")
NEAR_LINE = 12


def picture_of(kind):
    data = np.random.default_rng(0).integers(0, 255, (96, 128, 3), dtype=np.uint8)
    if kind == "stack":
        return np.stack([data, data[::-1]]), False
    if kind == "multiscale":
        return [data, np.ascontiguousarray(data[::2, ::2])], True
    return data, False


@pytest.fixture(params=["plain", "stack", "multiscale"])
def restored(request, qtbot, make_napari_viewer, preferences):
    """A viewer on the screen with a restored picture."""
    viewer = make_napari_viewer(show=True)
    data, multiscale = picture_of(request.param)
    viewer.add_image(data, rgb=True, multiscale=multiscale, name="wall")
    dock, widget = viewer.window.add_plugin_dock_widget(
        "napari-relic-inpaint", "Restore damaged picture"
    )
    widget.how.method.value = "membrane"
    widget.detail.detail.value = "none"
    widget.new_mask.native.click()
    mask = widget.damage.value
    if mask.ndim == 3:
        mask.data[:, 20:80, 10:120] = 1
        mask.refresh()
    else:
        paint(mask, range(20, 80), range(10, 120), 1)
    widget.reset_choices()
    run(qtbot, widget)
    return viewer, widget, dock


def screen(viewer) -> np.ndarray:
    return viewer.screenshot(canvas_only=True, flash=False)[..., :3].astype(int)


def alone(viewer, name) -> np.ndarray:
    """What is seen when nothing but one layer is shown."""
    shown = [layer.visible for layer in viewer.layers]
    for layer in viewer.layers:
        layer.visible = layer.name == name
    seen = screen(viewer)
    for layer, visible in zip(viewer.layers, shown, strict=True):
        layer.visible = visible
    return seen


def check_split(seen, left, right, column):
    np.testing.assert_array_equal(seen[:, : column - NEAR_LINE], left[:, : column - NEAR_LINE])
    np.testing.assert_array_equal(seen[:, column + NEAR_LINE :], right[:, column + NEAR_LINE :])


def test_the_line_splits_is_dragged_and_leaves_nothing_behind(qtbot, restored):
    viewer, widget, dock = restored
    original, after = alone(viewer, "wall"), screen(viewer)
    width = after.shape[1]
    middle = width // 2
    assert (original != after)[:, : middle - 50].any()
    assert (original != after)[:, middle + 50 :].any()
    state = [(layer.name, layer.visible, layer.opacity) for layer in viewer.layers]
    widget.compare.switch.value = True
    check_split(screen(viewer), original, after, middle)

    line = widget.compare.line
    grip = QPoint(line.width() // 2, line.height() // 2)
    QTest.mousePress(line, Qt.LeftButton, pos=grip)
    QTest.mouseMove(line, grip + QPoint(60, 0))
    QTest.mouseRelease(line, Qt.LeftButton, pos=line.rect().center())
    column = round(line.share * width)
    assert column > middle + 40
    check_split(screen(viewer), original, after, column)

    canvas = viewer.window._qt_viewer.canvas.native
    QTest.keyPress(canvas, Qt.Key.Key_H)
    np.testing.assert_array_equal(screen(viewer), original)
    QTest.keyRelease(canvas, Qt.Key.Key_H)
    check_split(screen(viewer), original, after, column)

    widget.compare.switch.value = False
    np.testing.assert_array_equal(screen(viewer), after)
    assert state == [(layer.name, layer.visible, layer.opacity) for layer in viewer.layers]

    widget.compare.switch.value = True
    viewer.window.remove_dock_widget(dock)
    with qtbot.waitSignal(widget.native.destroyed):
        widget.native.deleteLater()
    # The canvas is wider now. A part that was cut off would show what lies below.
    restored_alone = alone(viewer, "wall restored (membrane)")
    np.testing.assert_array_equal(screen(viewer), restored_alone)
    QTest.keyPress(canvas, Qt.Key.Key_H)
    np.testing.assert_array_equal(screen(viewer), restored_alone)
    QTest.keyRelease(canvas, Qt.Key.Key_H)
