"""Our docks beside each other as tabs, under titles that fit them."""

from __future__ import annotations

from qtpy.QtCore import QEvent, QObject, Qt, QTimer
from qtpy.QtWidgets import QDockWidget, QLabel, QMainWindow, QWidget


class Docking(QObject):
    """Gives the dock of a widget a short title, and once a place among our other docks.

    napari names a dock after plugin and widget, which is longer than a dock is wide, and puts each
    below the others, where a table has no room. What the user moves stays where it was moved to.

    Parameters
    ----------
    widget : QWidget
        What napari will dock.
    title : str
        What is written over it, and on its tab.
    """

    def __init__(self, widget: QWidget, title: str) -> None:
        super().__init__(widget)
        self._widget = widget
        self._title = title
        self._placed: QDockWidget | None = None
        self._named: QDockWidget | None = None
        # After napari's own title.
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._name)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Wait until the widget has a dock."""
        if event.type() == QEvent.Type.ParentChange:
            dock = _dock_of(self._widget)
            if dock is not None:
                # Not later: a window grows with docks below each other, and stays so.
                dock.dockLocationChanged.connect(self._place)
        if event.type() in (QEvent.Type.ParentChange, QEvent.Type.Show):
            self._soon.start()
        return False

    def come_to_front(self) -> None:
        """Show the widget before docks that lie over it as tabs."""
        dock = _dock_of(self._widget)
        if dock is not None:
            dock.raise_()

    def _name(self) -> None:
        dock = _dock_of(self._widget)
        if dock is None:
            return
        dock.setWindowTitle(self._title)
        label = getattr(dock.titleBarWidget(), "title", None)
        if isinstance(label, QLabel):
            label.setText(self._title)
        if dock is not self._named:
            self._named = dock
            # napari makes another title bar when the dock has moved.
            dock.topLevelChanged.connect(self._soon.start)
            dock.dockLocationChanged.connect(self._soon.start)

    def _place(self) -> None:
        """Become a tab beside a dock of ours in the same area."""
        dock = _dock_of(self._widget)
        if dock is None or dock is self._placed:
            return
        self._placed = dock
        window = dock.parent()
        if not isinstance(window, QMainWindow):
            return
        area = window.dockWidgetArea(dock)
        ours = [
            other
            for other in window.findChildren(QDockWidget)
            if other is not dock
            and other.findChild(Docking) is not None
            and window.dockWidgetArea(other) == area
            and not other.isFloating()
            and not other.isHidden()
        ]
        if ours:
            window.tabifyDockWidget(ours[-1], dock)
            dock.show()
            dock.raise_()


def _dock_of(widget: QWidget) -> QDockWidget | None:
    """Return the dock that a widget is all of; None for one that is a part of another of ours."""
    direct = Qt.FindChildOption.FindDirectChildrenOnly
    parent = widget.parent()
    while parent is not None and not isinstance(parent, QDockWidget):
        if parent.findChild(Docking, options=direct) is not None:
            return None
        parent = parent.parent()
    return parent
