import numpy as np
import pytest
from magicgui.widgets import CheckBox, ComboBox, LineEdit, PushButton
from napari.components import ViewerModel
from qtpy.QtCore import QEvent, QPoint
from qtpy.QtGui import QHelpEvent
from qtpy.QtWidgets import QApplication, QFormLayout

from napari_relic_inpaint import methods
from napari_relic_inpaint.widgets.evaluate import EvaluateWidget
from napari_relic_inpaint.widgets.form import Form
from napari_relic_inpaint.widgets.rating import RatingWidget
from napari_relic_inpaint.widgets.restore import RestoreWidget

NARROW = 300
LONG = "IMG_20240503_north_chapel_wall_upper_register_" * 3


@pytest.fixture
def viewer():
    viewer = ViewerModel()
    viewer.add_image(np.zeros((8, 9, 3), np.uint8), rgb=True, name="wall")
    viewer.add_labels(np.zeros((8, 9), np.uint8), name="damage")
    return viewer


def restore(viewer):
    return RestoreWidget(viewer)


def measure(viewer):
    return EvaluateWidget(viewer)._form


def rate(viewer):
    return RatingWidget(viewer)


def rows(form):
    """Labels and fields that are shown; what takes the whole width is left out."""
    role, layout = QFormLayout.ItemRole, form.native.findChild(QFormLayout)
    for row in range(layout.rowCount()):
        if layout.itemAt(row, role.SpanningRole) is None:
            label, field = layout.itemAt(row, role.LabelRole), layout.itemAt(row, role.FieldRole)
            if not field.widget().isHidden():
                yield label and label.widget(), field.widget()


def left(form, widget):
    return widget.mapTo(form.native, QPoint(0, 0)).x()


@pytest.mark.parametrize("make", [restore, measure, rate])
def test_labels_and_fields_make_two_columns_in_a_narrow_dock(qtbot, viewer, make):
    form = make(viewer)
    qtbot.addWidget(form.native)
    viewer.layers[0].name = LONG
    form.reset_choices()
    form.native.resize(NARROW, 900)
    form.native.show()
    assert form.native.width() == NARROW
    shown = list(rows(form))
    assert len(shown) > 3
    assert len({left(form, field) for _, field in shown}) == 1
    assert len({left(form, label) for label, _ in shown if label is not None}) == 1
    for label, field in shown:
        if label is not None:
            assert label.width() >= label.sizeHint().width()
            assert label.toolTip()
        assert field.toolTip()
        assert field.geometry().right() < NARROW


@pytest.mark.parametrize("method", methods.names())
def test_a_label_comes_and_goes_with_its_field(qtbot, viewer, method):
    widget = RestoreWidget(viewer)
    qtbot.addWidget(widget.native)
    widget.native.show()
    widget.how.method.value = method
    layout = widget.native.findChild(QFormLayout)
    for field in (widget.how.model, widget.how.network, widget.how.device):
        label = layout.labelForField(field.native)
        assert label.text() == field.label
        assert label.isHidden() == field.native.isHidden()
    assert widget.how.model.native.isHidden() == (methods.model_source(method) != "installed")


def test_a_long_name_is_in_the_tooltip_and_does_not_widen_the_form(qtbot, viewer):
    field = ComboBox(label="Picture", choices=["short"], tooltip="What it is for.")
    form = Form([field, LineEdit(label="Name"), CheckBox(text="Yes"), PushButton(text="Go")])
    qtbot.addWidget(form.native)
    before = form.native.minimumSizeHint().width()
    field.choices = [LONG]
    assert form.native.minimumSizeHint().width() == before < NARROW
    form.native.show()
    point_at(field.native)
    assert field.native.toolTip() == f"{LONG}\n\nWhat it is for."


def point_at(widget):
    middle = widget.rect().center()
    event = QHelpEvent(QEvent.Type.ToolTip, middle, widget.mapToGlobal(middle))
    QApplication.sendEvent(widget, event)
