import pytest
from qtpy.QtCore import QEvent, Qt
from qtpy.QtWidgets import QApplication, QLabel

PLUGIN = "napari-relic-inpaint"
NAMES = {
    "Restore": "Restore damaged picture",
    "Measure": "Measure a restoration",
    "Rate": "Rate restorations blindly",
}


@pytest.fixture
def viewer(make_napari_viewer):
    return make_napari_viewer()


def dock(viewer, title):
    found, _ = viewer.window.add_plugin_dock_widget(PLUGIN, NAMES[title])
    QApplication.processEvents()
    return found


def beside(viewer, dock):
    # Held by a fixture, the window would count as leaked.
    window = viewer.window._qt_window
    return {other.windowTitle() for other in window.tabifiedDockWidgets(dock)}


def written(dock):
    return dock.titleBarWidget().title.text()


def test_our_docks_are_tabs_with_short_titles(viewer):
    docks = {title: dock(viewer, title) for title in NAMES}
    for title, each in docks.items():
        assert beside(viewer, each) == set(NAMES) - {title}
        assert each.windowTitle() == written(each) == title
    # The names by which scripts and napari's -w know them.
    assert set(viewer.window.dock_widgets) == {f"{name} ({PLUGIN})" for name in NAMES.values()}
    assert dock(viewer, "Restore") is docks["Restore"]


def test_docks_of_others_stay_where_they_are(viewer):
    other = viewer.window.add_dock_widget(QLabel("other"), name="other")
    ours = dock(viewer, "Measure")
    assert beside(viewer, ours) == beside(viewer, other) == set()
    assert written(other) == "other"


def test_what_the_user_has_moved_stays_there(viewer):
    dock(viewer, "Restore")
    second = dock(viewer, "Measure")
    window = viewer.window._qt_window
    # Not beside, but below the other.
    window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, second)
    second.close()
    second.show()
    QApplication.processEvents()
    assert beside(viewer, second) == set()
    second.setFloating(True)
    QApplication.processEvents()
    assert written(second) == "Measure"
    window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, second)
    QApplication.processEvents()
    window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, second)
    QApplication.processEvents()
    assert beside(viewer, second) == set()
    assert written(second) == "Measure"


def test_a_dock_that_lies_elsewhere_is_not_joined(viewer):
    first = dock(viewer, "Restore")
    viewer.window._qt_window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, first)
    assert beside(viewer, dock(viewer, "Measure")) == set()


def test_a_dock_that_was_closed_comes_back_as_a_tab(viewer):
    first, second = dock(viewer, "Restore"), dock(viewer, "Measure")
    second.destroyOnClose()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert beside(viewer, first) == set()
    again = dock(viewer, "Measure")
    assert again is not second
    assert beside(viewer, again) == {"Restore"}
    first.setFloating(True)
    assert beside(viewer, dock(viewer, "Rate")) == {"Measure"}


def test_a_dock_removed_at_once_does_no_harm(viewer):
    gone, _ = viewer.window.add_plugin_dock_widget(PLUGIN, NAMES["Restore"])
    viewer.window.remove_dock_widget(gone)
    QApplication.processEvents()
    assert beside(viewer, dock(viewer, "Restore")) == set()
