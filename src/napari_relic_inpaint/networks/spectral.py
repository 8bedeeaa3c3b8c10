"""Fold spectral normalisation into plain weights, so that a trained network ships and runs bare."""

from __future__ import annotations

import copy
from typing import TypeVar

from torch import nn
from torch.nn.utils import parametrize

Module = TypeVar("Module", bound=nn.Module)


def fold_spectral_norm(module: Module) -> Module:
    """Return a copy of ``module`` in evaluation mode whose weights are the normalised ones.

    Parameters
    ----------
    module : nn.Module
        A network of this package, with or without spectral normalisation.

    Returns
    -------
    nn.Module
        Same outputs, plain ``weight`` parameters, no power iteration.
    """
    folded = copy.deepcopy(module).eval()
    for layer in folded.modules():
        if parametrize.is_parametrized(layer, "weight"):
            weight = layer.weight.detach()  # type: ignore[operator]
            # `remove_parametrizations` would spoil the class, which the original shares.
            layer.__class__ = parametrize.type_before_parametrizations(layer)
            del layer.parametrizations
            layer.weight = nn.Parameter(weight)
    return folded
