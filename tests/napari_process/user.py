"""Somebody at the mouse: sees napari's window, clicks, paints, types and waits.

Runs in napari's own process, which the installed command ``napari`` started: the walks are napari's
start-up scripts (a setting of napari), read when nothing of ours has been imported. A walk is a
generator; what it yields are conditions to wait for. Mouse events go to the window at the place
where the widget is seen, so that what is covered, hidden or disabled cannot be clicked.
"""

import json
import os
import sys
import traceback
from collections.abc import Callable, Generator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import napari
from napari.utils.notifications import NotificationSeverity, notification_manager
from qtpy.QtCore import QEvent, QObject, QPoint, Qt, QTimer
from qtpy.QtTest import QTest
from qtpy.QtWidgets import (
    QApplication,
    QCheckBox,
    QDialogButtonBox,
    QDockWidget,
    QFileDialog,
    QLabel,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QTabBar,
    QWidget,
)
from sight import (
    Condition,
    after_polls,
    can_be_hit,
    entry_of,
    field_beside,
    is_alive,
    list_with,
    parents_of,
    place_in_window,
    seen,
)

Steps = Generator[Condition, None, None]

POLL_MS = 50
PATIENCE_MS = 50_000
FAILED_CODE = 3


class User:
    """What a user sees and does.

    Attributes
    ----------
    found : dict
        What the walk tells the test; written as JSON when napari closes.
    """

    def __init__(self) -> None:
        self.found: dict[str, Any] = {}
        self._painted = _Paints()
        self._place: QWidget | None = None

    @property
    def viewer(self) -> napari.Viewer:
        viewer = napari.current_viewer()
        assert viewer is not None
        return viewer

    @property
    def canvas(self) -> QWidget:
        return self.viewer.window._qt_viewer.canvas.native

    def sees_napari(self) -> Steps:
        """Wait until the window has been drawn."""
        yield lambda: napari.current_viewer() is not None and self.canvas.isVisible()
        self.canvas.installEventFilter(self._painted)
        self.canvas.update()
        yield lambda: self._painted.count > 0

    def clicks(
        self,
        widget: QWidget,
        at: QPoint | None = None,
        modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
    ) -> Steps:
        """Click a widget where it is seen; at its middle, or at a place in it."""
        yield lambda: widget.isVisible() and widget.isEnabled()
        for area in parents_of(widget, QScrollArea):
            area.ensureWidgetVisible(widget)
        yield lambda: can_be_hit(widget, at)
        window, place = place_in_window(widget, at)
        # Afterwards, since a click that opens a dialog returns when that is closed.
        QTimer.singleShot(0, partial(QTest.mouseClick, window, Qt.LeftButton, modifier, place))
        yield after_polls(1)

    def presses(self, text: str) -> Steps:
        """Press the button that shows this text."""
        button: Any = None

        def ready() -> bool:
            nonlocal button
            found = [each for each in seen(QPushButton) if each.text() == text]
            button = next((each for each in found if each.isEnabled()), None)
            return button is not None

        yield ready
        self._place = next(parents_of(button, QDockWidget), button.window())
        yield from self.clicks(button)

    def chooses(self, *path: str) -> Steps:
        """Choose from the menus: ``chooses("File", "Open Sample", ...)``."""
        bar = self.viewer.window._qt_window.menuBar()
        menu: Any = bar
        for title in path:
            yield partial(entry_of, menu, title)
            action = entry_of(menu, title)
            assert action.isEnabled(), f"{title} is disabled"
            yield from self.clicks(menu, menu.actionGeometry(action).center())
            menu = action.menu()
            if menu is not None:
                yield menu.isVisible

    def reads(self, *texts: str) -> Steps:
        """Wait until all these texts are seen where the last button was pressed."""
        place = self._place
        assert place is not None
        yield lambda: all(
            any(text in label.text() for label in seen(QLabel, within=place)) for text in texts
        )

    def reads_anywhere(self, text: str) -> Steps:
        """Wait until a text is seen somewhere."""
        yield lambda: any(text in label.text() for label in seen(QLabel))

    def checks(self, text: str) -> Steps:
        """Click the box that shows this text."""
        yield lambda: any(box.text() == text for box in seen(QCheckBox))
        box = next(box for box in seen(QCheckBox) if box.text() == text)
        yield from self.clicks(box, QPoint(8, box.height() // 2))

    def unfolds(self, section: str) -> Steps:
        """Open a section that is folded."""
        yield lambda: any(each.text().strip() == section for each in seen(QPushButton))
        folded = next(each for each in seen(QPushButton) if each.text().strip() == section)
        yield from self.clicks(folded)
        yield after_polls(2)

    def turns_to(self, title: str) -> Steps:
        """Click a tab, of a dock or in one."""
        bar, number = next(
            (bar, number)
            for bar in seen(QTabBar)
            for number in range(bar.count())
            if bar.tabText(number) == title
        )
        yield from self.clicks(bar, bar.tabRect(number).center())
        yield after_polls(2)

    def picks(self, names: Sequence[str]) -> Steps:
        """Pick entries of a list, the others not: click the first, the next ones with Ctrl."""
        yield lambda: list_with(names[0])
        entries = list_with(names[0])
        modifier = Qt.KeyboardModifier.NoModifier
        for name in names:
            item = entries.findItems(name, Qt.MatchFlag.MatchExactly)[0]
            entries.scrollToItem(item)
            middle = entries.visualItemRect(item).center()
            yield from self.clicks(entries.viewport(), middle, modifier)
            modifier = Qt.KeyboardModifier.ControlModifier

    def types(self, label: str, text: str) -> Steps:
        """Type into the field that has this label, over what it has."""
        yield lambda: field_beside(label)
        yield from self.clicks(field_beside(label))
        QTest.keyClick(field_beside(label), Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClicks(field_beside(label), text)

    def ticks(self, text: str) -> Steps:
        """Click every radio button that shows this text."""
        for button in seen(QRadioButton):
            if button.text() == text:
                yield from self.clicks(button, QPoint(8, button.height() // 2))

    def strokes(self, *points: tuple[float, float]) -> Steps:
        """Drag the mouse over the canvas, through places in the world (row, column)."""
        places = [self._on_canvas(point) for point in points]
        yield partial(can_be_hit, self.canvas, places[0])
        window, _ = place_in_window(self.canvas, places[0])
        steps = [place_in_window(self.canvas, place)[1] for place in places]
        QTest.mouseMove(window, steps[0])
        yield after_polls(1)
        QTest.mousePress(window, Qt.LeftButton, pos=steps[0])
        for step in steps[1:]:
            yield after_polls(1)
            QTest.mouseMove(window, step)
        yield after_polls(1)
        QTest.mouseRelease(window, Qt.LeftButton, pos=steps[-1])
        yield after_polls(1)

    def names_file(self, path: str) -> Steps:
        """Type a path into the file dialog that is open, and accept it."""
        yield lambda: isinstance(QApplication.activeModalWidget(), QFileDialog)
        dialog = QApplication.activeModalWidget()
        edit = dialog.findChild(QWidget, "fileNameEdit")
        edit.clear()
        QTest.keyClicks(edit, path)
        QTimer.singleShot(0, partial(QTest.keyClick, edit, Qt.Key_Return))
        yield lambda: QApplication.activeModalWidget() is None

    def closes_napari(self) -> Steps:
        """Close the window, and confirm it if napari asks."""
        window = self.viewer.window._qt_window
        QTimer.singleShot(0, window.close)
        yield lambda: QApplication.activeModalWidget() is not None or not is_alive(window)
        asked = QApplication.activeModalWidget()
        if asked is not None:
            box = asked.findChild(QDialogButtonBox)
            yield from self.clicks(box.button(QDialogButtonBox.StandardButton.Ok))

    def _on_canvas(self, point: tuple[float, float]) -> QPoint:
        camera = self.viewer.scene.camera
        middle = (self.canvas.height() / 2, self.canvas.width() / 2)
        row, column = (
            half + (value - centre) * camera.zoom
            for half, value, centre in zip(middle, point, camera.center[-2:], strict=True)
        )
        return QPoint(round(column), round(row))


class _Paints(QObject):
    """Counts how often the canvas was drawn."""

    count = 0

    def eventFilter(self, _: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.Paint
        return False


def begin(walk: Callable[[User], Steps]) -> None:
    """Begin a walk as soon as napari's event loop runs."""
    user = User()
    # What napari's plugin manager knows of us it has from the manifest.
    user.found["loaded before"] = sorted(
        name
        for name in sys.modules
        if name in ("torch", "cv2") or name.startswith("napari_relic_inpaint.")
    )
    _go_on(user, _whole(user, walk), lambda: True, 0)


def _whole(user: User, walk: Callable[[User], Steps]) -> Steps:
    yield from user.sees_napari()
    yield from walk(user)
    errors = [
        record.message
        for record in notification_manager.records
        if record.severity >= NotificationSeverity.ERROR
    ]
    assert not errors, f"napari showed errors: {errors}"
    Path(os.environ["WALK_RESULT"]).write_text(json.dumps(user.found))
    yield from user.closes_napari()


def _go_on(user: User, steps: Steps, condition: Condition, waited: int) -> None:
    """Take the next step if its time has come; look again soon if not."""
    try:
        if condition():
            condition, waited = next(steps), 0
        elif waited > PATIENCE_MS:
            raise TimeoutError(f"nothing happened: waited at {_where(steps)}")
    except StopIteration:
        return
    except BaseException:
        traceback.print_exc()
        screen = QApplication.primaryScreen().grabWindow(0)
        screen.save(str(Path(os.environ["WALK_RESULT"]).with_suffix(".png")))
        sys.stderr.flush()
        # Without cleaning up: napari would ask whether to close.
        os._exit(FAILED_CODE)
    # A timer of its own each time, since one whose slot waits in a dialog does not fire again.
    QTimer.singleShot(POLL_MS, partial(_go_on, user, steps, condition, waited + POLL_MS))


def _where(steps: Any) -> str:
    lines = []
    while steps is not None and getattr(steps, "gi_frame", None) is not None:
        lines.append(f"{steps.gi_code.co_name}:{steps.gi_frame.f_lineno}")
        steps = steps.gi_yieldfrom
    return " > ".join(lines)
