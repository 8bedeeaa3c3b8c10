"""What can be seen of napari's windows, and where a click would go."""

from collections.abc import Callable, Iterator
from typing import Any

from qtpy.QtCore import QPoint, Qt
from qtpy.QtWidgets import QApplication, QLabel, QLineEdit, QListWidget, QWidget

Condition = Callable[[], Any]


def after_polls(polls: int) -> Condition:
    """Return a condition that holds when napari had time to react."""
    counted = iter(range(polls))
    return lambda: next(counted, None) is None


def seen(kind: type[QWidget], within: QWidget | None = None) -> list[Any]:
    """Return what is seen of a kind of widget, in one widget or in all windows."""
    everything = QApplication.allWidgets() if within is None else within.findChildren(kind)
    return [widget for widget in everything if isinstance(widget, kind) and widget.isVisible()]


def list_with(name: str) -> Any:
    """Return the list that has an entry of this name, None if none is seen."""
    for entries in seen(QListWidget):
        if entries.findItems(name, Qt.MatchFlag.MatchExactly):
            return entries
    return None


def field_beside(label: str, kind: type[QWidget] = QLineEdit) -> Any:
    """Return the field that stands beside a label, None if none is seen."""
    for beside in seen(QLabel):
        if beside.text() == label:
            fields = seen(kind, within=beside.parentWidget())
            level = beside.mapToGlobal(beside.rect().center()).y()
            for field in fields:
                if abs(field.mapToGlobal(field.rect().center()).y() - level) < field.height() // 2:
                    return field
    return None


def entry_of(menu: Any, title: str) -> Any:
    """Return the entry of a menu with this title, None if it has none."""
    for action in menu.actions():
        if action.isVisible() and action.text().replace("&", "").startswith(title):
            return action
    return None


def place_in_window(widget: QWidget, at: QPoint | None) -> tuple[Any, QPoint]:
    place = widget.rect().center() if at is None else at
    return widget.window().windowHandle(), widget.mapTo(widget.window(), place)


def can_be_hit(widget: QWidget, at: QPoint | None) -> bool:
    """Tell whether a click at that place of the screen meets the widget."""
    place = widget.mapToGlobal(widget.rect().center() if at is None else at)
    hit = QApplication.widgetAt(place)
    return hit is widget or (hit is not None and widget.isAncestorOf(hit))


def parents_of(widget: QWidget, kind: type[QWidget]) -> Iterator[Any]:
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, kind):
            yield parent
        parent = parent.parentWidget()


def is_alive(window: QWidget) -> bool:
    try:
        return window.isVisible()
    except RuntimeError:  # Qt has deleted it.
        return False
