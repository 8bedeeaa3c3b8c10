"""Every way to fill a hole, behind one protocol and one registry."""

from __future__ import annotations

from importlib import import_module

from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.methods.protocol import Method, ModelSource, ShouldStop
from napari_relic_inpaint.settings import Settings

__all__ = ["Method", "make", "model_source", "names", "postprocesses", "uses_edges"]

# Module and class, imported when chosen: a classical method never waits for the networks.
_METHODS = {
    "two-stage": ("two_stage", "TwoStage"),
    "glcic": ("glcic", "Glcic"),
    "contextual-attention": ("contextual_attention", "ContextualAttention"),
    "exemplar": ("exemplar", "Exemplar"),
    "membrane": ("classical", "Membrane"),
    "spline": ("classical", "Spline"),
    "telea": ("classical", "Telea"),
    "navier-stokes": ("classical", "NavierStokes"),
    "biharmonic": ("classical", "Biharmonic"),
    "onnx": ("onnx_network", "OnnxNetwork"),
}


def names() -> list[str]:
    """Return the names of all methods, the default first."""
    return list(_METHODS)


def uses_edges(name: str) -> bool:
    """Tell whether a method takes and returns an edge map."""
    return _find(name).uses_edges


def postprocesses(name: str) -> bool:
    """Tell whether a method knows `Settings.postprocess`."""
    return _find(name).postprocesses


def model_source(name: str) -> ModelSource:
    """Tell what `Settings.model` names for a method: nothing, an installed model, or a file."""
    return _find(name).model_source


def make(settings: Settings, should_stop: ShouldStop | None = None) -> Method:
    """Return the method that the settings name, ready for one run.

    Raises
    ------
    InputError
        If there is no such method or device, or the method needs a package that is missing or has
        no post-processing.
    ModelError
        If its model cannot be loaded.
    """
    found = _find(settings.method)
    if settings.postprocess and not found.postprocesses:
        raise InputError(
            f"the method {settings.method!r} has no post-processing: leave postprocess out, or "
            "choose the method glcic"
        )
    if settings.scheduler and found.model_source != "installed":
        raise InputError(
            f"the method {settings.method!r} cannot be spread over a cluster: leave scheduler out"
        )
    return found(settings, should_stop)


def _find(name: str) -> type[Method]:
    if name not in _METHODS:
        raise InputError(f"there is no method {name!r}; there are {', '.join(names())}")
    module, class_name = _METHODS[name]
    found: type[Method] = getattr(import_module(f"{__name__}.{module}"), class_name)
    return found
