"""Which model a run takes: the method's own, or the one that the user names."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from napari_relic_inpaint.errors import ModelError
from napari_relic_inpaint.models.card import CompletionMethod, ModelCard, read_card
from napari_relic_inpaint.models.folders import cards, find

AUTO = "auto"
DEFAULTS = {"two-stage": "relic-base"} | {
    method: "-".join((method, "base")) for method in get_args(CompletionMethod)
}
"""The model that ``auto`` stands for, for each method that uses one; they ship with the package."""


def choose(model: str, method: str) -> Path:
    """Return the folder of the model that a run of a method takes.

    Parameters
    ----------
    model : str
        ``auto`` for the method's own model, or a model's name or folder.
    method : str
        One of `DEFAULTS`.

    Raises
    ------
    ModelError
        If the model is not there or is for another method.
    """
    if model == AUTO:
        return find(DEFAULTS[method])
    folder = find(model)
    card = read_card(folder)
    if card.method != method:
        raise wrong_method(card, method)
    return folder


def fitting(method: str) -> list[str]:
    """Return the names of the installed models of a method."""
    return [
        name
        for name, card in cards().items()
        if isinstance(card, ModelCard) and card.method == method
    ]


def may_fit(model: str, method: str) -> bool:
    """Tell whether a model may be for a method: it is, or only a run will tell what is wrong."""
    try:
        return read_card(find(model)).method == method
    except ModelError:
        return True


def wrong_method(card: ModelCard, *wanted: str) -> ModelError:
    """Return the error that says what a model is for and which ones would do."""
    names = ", ".join(name for method in wanted for name in fitting(method))
    return ModelError(
        f"the model {card.name!r} is for the method {card.method}, not for {' or '.join(wanted)}: "
        f"choose one of {names}"
    )
