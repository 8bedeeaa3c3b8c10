"""The fields of the Restore widget that say how: the method, and what it needs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from magicgui.types import FileDialogMode
from magicgui.widgets import CheckBox, ComboBox, FileEdit
from magicgui.widgets.bases import Widget
from napari.settings import get_plugin_settings
from psygnal import Signal

from napari_relic_inpaint import methods
from napari_relic_inpaint.models.choice import AUTO, fitting, may_fit
from napari_relic_inpaint.running.device import available_devices
from napari_relic_inpaint.settings import FIELDS

PLUGIN = "napari-relic-inpaint"


class MethodFields:
    """Method, model, device and post-processing; each shows only where the method knows it.

    Attributes
    ----------
    method, model, network, postprocess, device
        The fields.
    changed : Signal
        A value changed.
    """

    changed = Signal()

    def __init__(self) -> None:
        self.method = ComboBox(
            label="Method", choices=methods.names(), tooltip=FIELDS["method"].description
        )
        self.model = ComboBox(
            label="Model", choices=self._model_choices, tooltip=FIELDS["model"].description
        )
        self.network = FileEdit(
            label="Network",
            mode=FileDialogMode.EXISTING_FILE,
            filter="ONNX (*.onnx)",
            nullable=True,
            value=None,
            tooltip="A network of your own as an ONNX file, with a card beside it that says what "
            "it takes; the user guide shows how.",
        )
        self.postprocess = CheckBox(
            label=FIELDS["postprocess"].title,
            value=FIELDS["postprocess"].default,
            tooltip=FIELDS["postprocess"].description,
        )
        preferred = self._preferences.device
        self.device = ComboBox(
            label="Device",
            choices=_with(available_devices(), preferred),
            value=preferred,
            tooltip=FIELDS["device"].description,
        )
        self.method.changed.connect(self._follow_method)
        self.network.changed.connect(self._tell)

    @property
    def fields(self) -> list[Widget]:
        """The fields from top to bottom."""
        return [self.method, self.model, self.network, self.postprocess, self.device]

    @property
    def options(self) -> dict[str, Any]:
        """The options of a run, as `restore` takes them."""
        preferences, method = self._preferences, self.method.value
        models = {"none": AUTO, "installed": self.model.value, "file": str(self.network.value)}
        return {
            "method": method,
            "model": models[methods.model_source(method)],
            "device": self.device.value,
            "window": preferences.window,
            "batch": preferences.batch,
            "postprocess": self.postprocess.value and methods.postprocesses(method),
        }

    @property
    def obstacle(self) -> str | None:
        """Why the method cannot run, None if it can."""
        if methods.model_source(self.method.value) == "file" and self.network.value is None:
            return "Choose the file of your network first."
        return None

    def refresh(self) -> None:
        """Show what the method knows; to be called once the fields have a parent."""
        self._follow_method()

    def _follow_method(self) -> None:
        source = methods.model_source(self.method.value)
        self.model.reset_choices()
        preferred = self._preferences.model
        self.model.value = preferred if preferred in self.model.choices else AUTO
        self.model.visible = source == "installed"
        self.network.visible = source == "file"
        self.postprocess.visible = methods.postprocesses(self.method.value)
        self.device.visible = source != "none"
        self._tell()

    def _tell(self) -> None:
        self.changed.emit()

    def _model_choices(self, _: Any = None) -> list[str]:
        """List the models that fit the method, and the one from the preferences if it may."""
        choices = [AUTO, *fitting(self.method.value)]
        preferred = self._preferences.model
        fits = Path(preferred).suffix != ".onnx" and may_fit(preferred, self.method.value)
        return _with(choices, preferred) if fits else choices

    @property
    def _preferences(self) -> Any:
        return get_plugin_settings(PLUGIN).restore


def _with(choices: list[str], value: str) -> list[str]:
    """Return the choices, among them the one from the preferences even if it is a path."""
    return choices if value in choices else [*choices, value]
