"""Fields one below the other, with their labels in a column of their own."""

from __future__ import annotations

from collections.abc import Sequence

from magicgui.widgets import CheckBox, Container
from magicgui.widgets.bases import ButtonWidget, Widget
from qtpy.QtCore import QEvent, QObject, Qt
from qtpy.QtWidgets import (
    QComboBox,
    QFormLayout,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QWidget,
)

SHORTEST_CHOICE = 11
"""Letters of a choice that a combo box has room for, however narrow the form is."""

_SHOWN_OR_HIDDEN = (QEvent.Type.ShowToParent, QEvent.Type.HideToParent)


class Form(Container):
    """A container that lays its fields out in two columns.

    magicgui gives each field a row of its own, whose label is as wide as its text, so that every
    field starts elsewhere. Here labels make a column and fields another; buttons, and containers
    without a label, take the whole width.

    Parameters
    ----------
    widgets : sequence of Widget
        The fields from top to bottom. A field that is hidden takes its label along.
    """

    def __init__(self, widgets: Sequence[Widget]) -> None:
        super().__init__(widgets=widgets, labels=False)
        rows = QFormLayout()
        rows.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        rows.setRowWrapPolicy(QFormLayout.RowWrapPolicy.DontWrapRows)
        rows.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        # Kept here, since Qt does not keep the Python side of them.
        self._filters: list[QObject] = []
        for widget in widgets:
            label = _add_row(rows, widget)
            if label is not None:
                self._filters.append(_Companion(label, widget.native))
            if isinstance(widget.native, QComboBox):
                self._filters.append(_Narrow(widget.native))
        self.native.layout().insertLayout(0, rows)


def _add_row(rows: QFormLayout, widget: Widget) -> QWidget | None:
    """Add a field, and return its label if it has one."""
    field = widget.native
    if isinstance(widget, CheckBox):
        rows.setWidget(rows.rowCount(), QFormLayout.ItemRole.FieldRole, field)
        return None
    if isinstance(widget, ButtonWidget) or not widget.label:
        rows.addRow(field)
        return None
    rows.addRow(widget.label, field)
    label: QWidget = rows.labelForField(field)
    label.setToolTip(widget.tooltip)
    return label


class _Companion(QObject):
    """Shows and hides a label together with its field."""

    def __init__(self, label: QWidget, field: QWidget) -> None:
        super().__init__()
        self._label = label
        label.setVisible(not field.isHidden())
        field.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the field."""
        if event.type() in _SHOWN_OR_HIDDEN and isinstance(watched, QWidget):
            self._label.setVisible(not watched.isHidden())
        return False


class _Narrow(QObject):
    """Lets a combo box be narrower than its choices: the names of layers may be long.

    Names that do not fit lose their middle: they often begin alike and differ at their ends. The
    tooltip has them in full.
    """

    def __init__(self, combo_box: QComboBox) -> None:
        super().__init__()
        self._purpose = combo_box.toolTip()
        combo_box.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        combo_box.setMinimumContentsLength(SHORTEST_CHOICE)
        combo_box.view().setTextElideMode(Qt.TextElideMode.ElideMiddle)
        combo_box.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Paint the combo box, and explain it."""
        if not isinstance(watched, QComboBox):
            return False
        if event.type() == QEvent.Type.ToolTip:
            chosen = watched.currentText()
            watched.setToolTip(f"{chosen}\n\n{self._purpose}" if chosen else self._purpose)
        if event.type() != QEvent.Type.Paint:
            return False
        # As Qt paints it, but for the text: with a style sheet it would just be cut off.
        option = QStyleOptionComboBox()
        watched.initStyleOption(option)
        room = watched.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox,
            option,
            QStyle.SubControl.SC_ComboBoxEditField,
            watched,
        )
        option.currentText = option.fontMetrics.elidedText(
            option.currentText, Qt.TextElideMode.ElideMiddle, room.width()
        )
        painter = QStylePainter(watched)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        painter.end()
        return True
