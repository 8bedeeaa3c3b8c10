"""What is seen of the layers, and what stands in the fields of our widgets: kept and restored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from magicgui.widgets import CheckBox, Label, LineEdit, ProgressBar, TextEdit
from magicgui.widgets.bases import ButtonWidget, ValueWidget
from napari.components import ViewerModel
from napari.layers import Layer
from npe2 import PluginManager
from pydantic import JsonValue
from qtpy.QtWidgets import QWidget

from napari_relic_inpaint.project.description import Camera, Dims, View, WidgetState
from napari_relic_inpaint.widgets.method_fields import PLUGIN

PROJECT_WIDGET = "Save and open projects"
"""The widget that is open when a project is; what it is set to is not the project's."""


def view_of(viewer: ViewerModel, items: Sequence[Any]) -> View:
    """Return what is seen; layers are told by their numbers in `items`."""
    numbers = {id(item): number for number, item in enumerate(items)}
    selection = viewer.layers.selection
    active = selection.active
    camera, dims = viewer.scene.camera, viewer.dims
    return View(
        camera=Camera(
            center=[float(n) for n in camera.center],
            zoom=float(camera.zoom),
            angles=[float(n) for n in camera.angles],
        ),
        dims=Dims(
            ndisplay=int(dims.ndisplay),
            order=[int(n) for n in dims.order],
            point=[float(n) for n in dims.point],
            axis_labels=[str(label) for label in dims.axis_labels],
        ),
        selected=sorted(numbers[id(layer)] for layer in selection if id(layer) in numbers),
        active=None if active is None else numbers.get(id(active)),
        scale_bar=bool(_scale_bar(viewer).visible),
    )


def show_view(viewer: ViewerModel, view: View, items: Sequence[Any], *, alone: bool) -> None:
    """Select layers as they were, and show what was shown if there is nothing else to be seen."""
    there = dict(enumerate(items))
    selected = [there[number] for number in view.selected if isinstance(there.get(number), Layer)]
    if selected:
        viewer.layers.selection = set(selected)
    active = None if view.active is None else there.get(view.active)
    if isinstance(active, Layer):
        viewer.layers.selection.active = active
    if not alone:
        return
    _scale_bar(viewer).visible = view.scale_bar
    dims, camera = view.dims, view.camera
    axes = viewer.dims.ndim
    if dims is not None and sorted(dims.order) == list(range(axes)) and len(dims.point) == axes:
        viewer.dims.ndisplay = dims.ndisplay
        viewer.dims.order = tuple(dims.order)
        viewer.dims.set_point(range(axes), dims.point)
        if len(dims.axis_labels) == axes:
            viewer.dims.axis_labels = tuple(dims.axis_labels)
    if camera is not None and len(camera.center) == len(camera.angles) == 3:
        viewer.scene.camera.angles = tuple(camera.angles)
        viewer.scene.camera.center = tuple(camera.center)
        viewer.scene.camera.zoom = camera.zoom


def _scale_bar(viewer: ViewerModel) -> Any:
    return viewer.canvas.overlays["scale_bar"]


def widgets_of(window: Any, items: Sequence[Any]) -> list[WidgetState]:
    """Return the widgets of ours that are open in a window, with what stands in their fields."""
    numbers = {id(item): number for number, item in enumerate(items)}
    return [
        WidgetState(name=name, fields=_values(widget, numbers))
        for name, widget in _open_widgets(window)
    ]


def show_widgets(window: Any, states: Sequence[WidgetState], items: Sequence[Any]) -> list[str]:
    """Open widgets and fill in their fields; returns sentences about those that could not be."""
    offered = set(_names().values()) - {PROJECT_WIDGET}
    notes = []
    for state in states:
        if state.name not in offered:
            notes.append(f"The widget '{state.name}' was open and is not known here.")
            continue
        there = dict(_open_widgets(window))
        if state.name not in there:
            window.add_plugin_dock_widget(PLUGIN, state.name)
            there = dict(_open_widgets(window))
        if state.name in there:
            _fill(there[state.name], state.fields, items)
    return notes


def _names() -> dict[str, str]:
    """Return the names of our widgets in napari's menus by their classes."""
    contributions = PluginManager.instance().get_manifest(PLUGIN).contributions
    classes = {command.id: command.python_name for command in contributions.commands or ()}
    return {str(classes[each.command]): each.display_name for each in contributions.widgets or ()}


def _open_widgets(window: Any) -> Iterator[tuple[str, Any]]:
    """Yield our widgets, also those inside of others."""
    names = _names()
    for native in window._qt_window.findChildren(QWidget):
        widget = getattr(native, "_magic_widget", native)
        name = names.get(f"{type(widget).__module__}:{type(widget).__qualname__}")
        if name is not None and name != PROJECT_WIDGET:
            yield name, widget


def _fields(widget: Any) -> Iterator[tuple[str, ValueWidget]]:
    """Yield the fields of a widget that have a label, under names that no two have."""
    native = widget if isinstance(widget, QWidget) else widget.native
    counts: Counter[str] = Counter()
    for child in native.findChildren(QWidget):
        field = getattr(child, "_magic_widget", None)
        if not isinstance(field, ValueWidget) or isinstance(field, Label | ProgressBar):
            continue
        if isinstance(field, ButtonWidget) and not isinstance(field, CheckBox):
            continue
        # Names and paths are of one person on one computer; a project may be from another.
        if isinstance(field, LineEdit | TextEdit):
            continue
        label = str(field.text if isinstance(field, CheckBox) else field.label)
        if label:
            counts[label] += 1
            yield (label if counts[label] == 1 else f"{label} ({counts[label]})"), field


def _values(widget: Any, numbers: dict[int, int]) -> dict[str, JsonValue]:
    values: dict[str, JsonValue] = {}
    for label, field in _fields(widget):
        value = field.value
        if isinstance(value, Layer):
            if id(value) in numbers:
                values[label] = {"layer": numbers[id(value)]}
        elif value is None or isinstance(value, str | int | float | bool):
            values[label] = value
        elif isinstance(value, np.generic):
            values[label] = value.item()
    return values


def _fill(widget: Any, values: dict[str, JsonValue], items: Sequence[Any]) -> None:
    if hasattr(widget, "reset_choices"):
        widget.reset_choices()
    # Twice, since what one field offers may depend on another.
    for _ in range(2):
        for label, field in _fields(widget):
            value: Any = values.get(label, field.value)
            if isinstance(value, dict):
                number = value.get("layer")
                if not isinstance(number, int) or not 0 <= number < len(items):
                    continue
                value = items[number]
            if value != field.value:
                try:
                    field.value = value
                # A choice that is not offered any more, a number out of range.
                except (ValueError, TypeError, RuntimeError):
                    continue
