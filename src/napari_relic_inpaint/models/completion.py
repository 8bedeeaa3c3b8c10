"""Models of a single network that fills the hole: load them, verified, and save them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from napari_relic_inpaint.models.card import (
    CompletionCard,
    read_card,
    write_card,
)
from napari_relic_inpaint.models.choice import wrong_method
from napari_relic_inpaint.models.folders import created, find
from napari_relic_inpaint.models.kept import kept
from napari_relic_inpaint.models.network_file import read_network, write_network
from napari_relic_inpaint.networks import (
    COMPLETIONS,
    ContextualAttentionGenerator,
    GlcicGenerator,
)

CompletionNetwork = GlcicGenerator | ContextualAttentionGenerator


@dataclass(frozen=True)
class CompletionModel:
    """The network of a model, and its card.

    Attributes
    ----------
    card : CompletionCard
        What the model is.
    network : GlcicGenerator or ContextualAttentionGenerator
        Takes the picture ``(B, 3, H, W)`` and the hole ``(B, 1, H, W)``, 1 = hole; returns the
        picture filled, in [0, 1].
    """

    card: CompletionCard
    network: CompletionNetwork


def load(name: str) -> CompletionModel:
    """Load a model by name or folder.

    Raises
    ------
    ModelError
        If it is not there, is for another method, or its file's hash, keys or shapes do not fit
        its card.
    """
    return kept(_load, find(name))


def _load(folder: Path) -> CompletionModel:
    card = read_card(folder)
    if not isinstance(card, CompletionCard):
        raise wrong_method(card, *COMPLETIONS)
    network = COMPLETIONS[card.method](card.network.width)
    return CompletionModel(card, read_network(network, folder, card.network))


def save(
    card_fields: dict[str, object], network: CompletionNetwork, folder: Path
) -> CompletionCard:
    """Write a model's folder: half precision weights and the card with their hash.

    Parameters
    ----------
    card_fields : dict
        The card without its ``network`` and ``method`` entries.
    network : GlcicGenerator or ContextualAttentionGenerator
        The network; tells the method.
    folder : Path
        Must not exist; appears only when it is complete.
    """
    method = next(name for name, kind in COMPLETIONS.items() if type(network) is kind)
    with created(folder) as target:
        entry = write_network(network, target / "network.safetensors") | {"width": network.width}
        card = CompletionCard.model_validate({**card_fields, "method": method, "network": entry})
        write_card(card, target)
    return card
