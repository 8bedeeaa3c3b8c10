"""Restore losses in pictures of cultural relics with edges and a two-stage GAN.

>>> from napari_relic_inpaint import restore
>>> result = restore(picture, damage)  # doctest: +SKIP
>>> result.picture, result.edges, result.record  # doctest: +SKIP

Importing the package loads neither torch nor Qt: everything public is imported on first use.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from napari_relic_inpaint.errors import (
        FileError,
        InputError,
        ModelError,
        RelicInpaintError,
        Stopped,
    )
    from napari_relic_inpaint.judging.hypothesis import Hypothesis, propose_hypotheses
    from napari_relic_inpaint.judging.judging import Judging
    from napari_relic_inpaint.marking.changes import ChangeTable, compare_damage
    from napari_relic_inpaint.marking.classes import DamageClass
    from napari_relic_inpaint.marking.damage_table import DamageTable, measure_damage
    from napari_relic_inpaint.marking.proposals.cracks import CrackOptions, propose_cracks
    from napari_relic_inpaint.marking.proposals.lacunae import (
        LacunaOptions,
        propose_lacuna,
        propose_similar,
    )
    from napari_relic_inpaint.marking.proposals.pieces import Proposals
    from napari_relic_inpaint.measuring.evaluation import Evaluation, evaluate
    from napari_relic_inpaint.restoration import Restoration, restore, restore_steps
    from napari_relic_inpaint.retouching import Retouching
    from napari_relic_inpaint.settings import Settings
    from napari_relic_inpaint.steps import Step
    from napari_relic_inpaint.windows.window_memory import WindowMemory

_HOMES = {
    "ChangeTable": "marking.changes",
    "CrackOptions": "marking.proposals.cracks",
    "DamageClass": "marking.classes",
    "DamageTable": "marking.damage_table",
    "Evaluation": "measuring.evaluation",
    "FileError": "errors",
    "Hypothesis": "judging.hypothesis",
    "InputError": "errors",
    "Judging": "judging.judging",
    "LacunaOptions": "marking.proposals.lacunae",
    "ModelError": "errors",
    "Proposals": "marking.proposals.pieces",
    "RelicInpaintError": "errors",
    "Restoration": "restoration",
    "Retouching": "retouching",
    "Settings": "settings",
    "Step": "steps",
    "Stopped": "errors",
    "WindowMemory": "windows.window_memory",
    "compare_damage": "marking.changes",
    "evaluate": "measuring.evaluation",
    "measure_damage": "marking.damage_table",
    "propose_cracks": "marking.proposals.cracks",
    "propose_hypotheses": "judging.hypothesis",
    "propose_lacuna": "marking.proposals.lacunae",
    "propose_similar": "marking.proposals.lacunae",
    "restore": "restoration",
    "restore_steps": "restoration",
}

__all__ = [
    "ChangeTable",
    "CrackOptions",
    "DamageClass",
    "DamageTable",
    "Evaluation",
    "FileError",
    "Hypothesis",
    "InputError",
    "Judging",
    "LacunaOptions",
    "ModelError",
    "Proposals",
    "RelicInpaintError",
    "Restoration",
    "Retouching",
    "Settings",
    "Step",
    "Stopped",
    "WindowMemory",
    "compare_damage",
    "evaluate",
    "measure_damage",
    "propose_cracks",
    "propose_hypotheses",
    "propose_lacuna",
    "propose_similar",
    "restore",
    "restore_steps",
]

_MOVED = {
    "appearance": "measuring.appearance",
    "damage": "marking.damage",
    "fill": "smooth.membrane",
    "metrics": "measuring.metrics",
    "spline": "smooth.spline",
}
"""Where modules are now that scripts import from the top of the package, where they used to be."""


class _Moved(ModuleType):
    """Stands where a module used to be."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        before = self.__name__.rpartition(".")[2]
        return getattr(import_module(f"{__name__}.{_MOVED[before]}"), name)


for _name in _MOVED:
    sys.modules[f"{__name__}.{_name}"] = _Moved(f"{__name__}.{_name}")


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
