"""The fields of one hypothesis: what drives it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from magicgui.widgets import ComboBox, FloatSlider
from psygnal import Signal

from napari_relic_inpaint import methods
from napari_relic_inpaint.judging.hypothesis import Hypothesis
from napari_relic_inpaint.settings import FIELDS, Settings, make_settings
from napari_relic_inpaint.widgets.detail_fields import DETAILS
from napari_relic_inpaint.widgets.form import Form
from napari_relic_inpaint.widgets.method_fields import MethodFields

EDGES = {
    "those the network completes": "completed",
    "none inside the damage": "none",
    "those that are drawn": "drawn",
}
SOURCES = {"where it is allowed": "chosen", "everywhere": "everywhere"}


class HypothesisFields(Form):
    """Method, model, edges and detail of the hypothesis that is selected in the list.

    Attributes
    ----------
    edited : Signal
        The user has changed something.
    """

    edited = Signal()

    def __init__(self) -> None:
        self.how = MethodFields()
        self.edges = ComboBox(
            label="Edges",
            choices=[*EDGES.items()],
            tooltip="Which edges the painting follows inside the damage: those that the network "
            "completes, none, or those of the layer of drawn edges above.",
        )
        self.threshold = FloatSlider(
            label="Edge threshold",
            min=0,
            max=0.95,
            step=0.05,
            tooltip=FIELDS["edge_threshold"].description,
        )
        self.detail = ComboBox(
            label="Detail", choices=[*DETAILS.items()], tooltip=FIELDS["detail"].description
        )
        self.sources = ComboBox(
            label="Copied from",
            choices=[*SOURCES.items()],
            tooltip="Where detail is copied from: where 'Copy from' and 'Never from' above allow "
            "it, or from everywhere in the picture.",
        )
        super().__init__(
            widgets=[*self.how.fields, self.edges, self.threshold, self.detail, self.sources]
        )
        self._showing = False
        self.how.refresh()
        for field in (self.how, self.edges, self.threshold, self.detail, self.sources):
            field.changed.connect(self._on_edit)

    @property
    def base(self) -> Settings:
        """The settings that proposals vary: device and sizes of the preferences."""
        options = self.how.options
        kept = {name: options[name] for name in ("device", "window", "batch")}
        if options["method"] == "two-stage":
            kept["model"] = options["model"]
        return make_settings(**kept)

    def show_hypothesis(self, hypothesis: Hypothesis) -> None:
        """Show what drives a hypothesis."""
        self._showing = True
        settings = hypothesis.settings
        self.how.method.value = settings.method
        if methods.model_source(settings.method) == "installed":
            self.how.model.value = settings.model
        elif methods.model_source(settings.method) == "file":
            self.how.network.value = None if settings.model == "None" else Path(settings.model)
        self.how.device.value = settings.device
        self.how.postprocess.value = settings.postprocess
        self.edges.value = hypothesis.edges
        self.threshold.value = settings.edge_threshold
        self.detail.value = settings.detail
        self.sources.value = hypothesis.sources
        self._show_fitting()
        self._showing = False

    def hypothesis(self, name: str) -> Hypothesis:
        """Return what the fields describe."""
        options: dict[str, Any] = self.how.options | {"detail": self.detail.value}
        method = options["method"]
        edges: Any = self.edges.value if methods.uses_edges(method) else "completed"
        if method == "two-stage" and edges == "completed":
            options["edge_threshold"] = round(float(self.threshold.value), 2)
        return Hypothesis(name, make_settings(**options), edges, self.sources.value)

    def _on_edit(self) -> None:
        if not self._showing:
            self._show_fitting()
            self.edited.emit()

    def _show_fitting(self) -> None:
        """Show the fields that the method knows."""
        followed = methods.uses_edges(self.how.method.value)
        self.edges.visible = followed
        self.threshold.visible = followed and self.edges.value == "completed"
        self.sources.visible = self.detail.value == "picture"
