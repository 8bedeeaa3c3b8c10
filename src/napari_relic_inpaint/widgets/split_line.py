"""A line over the canvas that is dragged from side to side."""

from __future__ import annotations

from qtpy.QtCore import QEvent, QObject, Qt, Signal
from qtpy.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from qtpy.QtWidgets import QWidget

GRIP = 13
"""Width in pixels of what the mouse can take hold of."""


class SplitLine(QWidget):
    """The line.

    Parameters
    ----------
    canvas : QWidget
        What it lies over.

    Attributes
    ----------
    share : float
        Where it is, as a share of the canvas's width from its left.
    moved : Signal
        It has been dragged.
    """

    moved = Signal()

    def __init__(self, canvas: QWidget) -> None:
        super().__init__(canvas)
        self.share = 0.5
        self.setCursor(Qt.CursorShape.SplitHCursor)
        self.setToolTip("Before | after: drag to wipe.")
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        canvas.installEventFilter(self)
        self._place()
        self.hide()

    def leave(self) -> None:
        """Take the line away for good."""
        self.hide()
        self.setParent(None)
        self.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay where it is when the canvas has another size."""
        if event.type() == QEvent.Type.Resize:
            self._place()
        return False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the mouse."""
        canvas = self.parentWidget()
        if canvas is None or not event.buttons() & Qt.MouseButton.LeftButton:
            return
        column = self.mapTo(canvas, event.pos()).x()
        self.share = min(max(column / max(canvas.width(), 1), 0.0), 1.0)
        self._place()
        self.moved.emit()

    def paintEvent(self, _: QPaintEvent) -> None:
        """Draw a light line with dark borders, which is seen on any picture."""
        painter = QPainter(self)
        middle = self.width() // 2
        painter.fillRect(middle - 1, 0, 3, self.height(), QColor(0, 0, 0, 160))
        painter.fillRect(middle, 0, 1, self.height(), QColor(255, 255, 255))
        painter.end()

    def _place(self) -> None:
        canvas = self.parentWidget()
        if canvas is not None:
            left = round(self.share * canvas.width()) - GRIP // 2
            self.setGeometry(left, 0, GRIP, canvas.height())
