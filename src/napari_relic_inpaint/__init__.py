"""Restore losses in pictures of cultural relics with edges and a two-stage GAN.

>>> from napari_relic_inpaint import restore
>>> result = restore(picture, damage)  # doctest: +SKIP
>>> result.picture, result.edges, result.record  # doctest: +SKIP

Importing the package loads neither torch nor Qt: everything public is imported on first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from napari_relic_inpaint.errors import (
        FileError,
        InputError,
        ModelError,
        RelicInpaintError,
        Stopped,
    )
    from napari_relic_inpaint.evaluation import Evaluation, evaluate
    from napari_relic_inpaint.restoration import Restoration, restore, restore_steps
    from napari_relic_inpaint.retouching import Retouching
    from napari_relic_inpaint.settings import Settings
    from napari_relic_inpaint.steps import Step
    from napari_relic_inpaint.window_memory import WindowMemory

_HOMES = {
    "Evaluation": "evaluation",
    "FileError": "errors",
    "InputError": "errors",
    "ModelError": "errors",
    "RelicInpaintError": "errors",
    "Restoration": "restoration",
    "Retouching": "retouching",
    "Settings": "settings",
    "Step": "steps",
    "Stopped": "errors",
    "WindowMemory": "window_memory",
    "evaluate": "evaluation",
    "restore": "restoration",
    "restore_steps": "restoration",
}

__all__ = [
    "Evaluation",
    "FileError",
    "InputError",
    "ModelError",
    "RelicInpaintError",
    "Restoration",
    "Retouching",
    "Settings",
    "Step",
    "Stopped",
    "WindowMemory",
    "evaluate",
    "restore",
    "restore_steps",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
