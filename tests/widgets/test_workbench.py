import numpy as np
import pytest

PLUGIN = "napari-relic-inpaint"


@pytest.fixture
def workbench(make_napari_viewer):
    viewer = make_napari_viewer()
    viewer.add_image(np.zeros((40, 60, 3), np.uint8), rgb=True, name="wall")
    dock, widget = viewer.window.add_plugin_dock_widget(PLUGIN, "Relic workbench")
    return viewer, dock, widget


def look_at(widget, title):
    titles = [widget.tabs.tabText(number) for number in range(widget.tabs.count())]
    widget.tabs.setCurrentIndex(titles.index(title))
    return widget.pages[title]


def test_tabs_are_in_the_order_of_the_work_and_made_when_looked_at(workbench, qtbot):
    _, dock, widget = workbench
    assert list(widget.pages) == ["Mark"]
    titles = [widget.tabs.tabText(number) for number in range(widget.tabs.count())]
    for title in titles:
        look_at(widget, title)
    assert list(widget.pages) == titles
    qtbot.waitUntil(lambda: dock.windowTitle() == "Relic workbench")
    assert dock.titleBarWidget().title.text() == "Relic workbench"


def test_tabs_know_layers_that_come_later(workbench):
    viewer, _, widget = workbench
    restore, mark = look_at(widget, "Restore"), look_at(widget, "Mark")
    assert restore.damage.value is None
    mark.new_mask.native.click()
    assert restore.damage.value is mark.damage.value is viewer.layers["wall damage"]
