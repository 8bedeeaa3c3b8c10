"""Check that a model of any method is whole."""

from __future__ import annotations

from napari_relic_inpaint.models import completion, weights
from napari_relic_inpaint.models.card import CompletionCard, TwoStageCard, read_card
from napari_relic_inpaint.models.folders import find


def verify(name: str) -> TwoStageCard | CompletionCard:
    """Load every network of a model, given its name or folder, and return its card.

    Raises
    ------
    ModelError
        If it is not there, or a file's hash, keys or shapes do not fit its card.
    """
    is_two_stage = isinstance(read_card(find(name)), TwoStageCard)
    return weights.load(name).card if is_two_stage else completion.load(name).card
