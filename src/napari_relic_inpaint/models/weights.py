"""The model of the two-stage method: load its two generators, verified, and save them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from torch import nn

from napari_relic_inpaint.models.card import TwoStageCard, read_card, write_card
from napari_relic_inpaint.models.choice import wrong_method
from napari_relic_inpaint.models.folders import created, find
from napari_relic_inpaint.models.kept import kept
from napari_relic_inpaint.models.network_file import read_network, write_network
from napari_relic_inpaint.networks import EdgeGenerator, InpaintGenerator


@dataclass(frozen=True)
class TwoStageModel:
    """The two generators of a model, and its card.

    Attributes
    ----------
    card : TwoStageCard
        What the model is.
    edge : EdgeGenerator
        First stage, without spectral normalisation.
    inpaint : InpaintGenerator
        Second stage.
    """

    card: TwoStageCard
    edge: EdgeGenerator
    inpaint: InpaintGenerator


def load(name: str) -> TwoStageModel:
    """Load a model by name or folder.

    Raises
    ------
    ModelError
        If it is not there, is for another method, or a file's hash, keys or shapes do not fit its
        card.
    """
    return kept(_load, find(name))


def _load(folder: Path) -> TwoStageModel:
    card = read_card(folder)
    if not isinstance(card, TwoStageCard):
        raise wrong_method(card, "two-stage")
    edge = EdgeGenerator(card.edge.width, card.edge.blocks)
    inpaint = InpaintGenerator(card.inpaint.width, card.inpaint.blocks, hole_form=card.hole_form)
    return TwoStageModel(
        card,
        read_network(edge, folder, card.edge),
        read_network(inpaint, folder, card.inpaint),
    )


def save(
    card_fields: dict[str, object], edge: nn.Module, inpaint: nn.Module, folder: Path
) -> TwoStageCard:
    """Write a model's folder: half precision weights and the card with their hashes.

    Parameters
    ----------
    card_fields : dict
        The card without its ``edge`` and ``inpaint`` entries.
    edge, inpaint : nn.Module
        An `EdgeGenerator` without spectral normalisation and an `InpaintGenerator`.
    folder : Path
        Must not exist; appears only when it is complete.
    """
    with created(folder) as target:
        networks = {
            role: write_network(network, target / f"{role}.safetensors") | _size(network)
            for role, network in (("edge", edge), ("inpaint", inpaint))
        }
        card = TwoStageCard.model_validate({**card_fields, **networks})
        write_card(card, target)
    return card


def _size(network: nn.Module) -> dict[str, object]:
    return {
        "width": network.encoder[1].out_channels,  # type: ignore[index, union-attr]
        "blocks": len(network.middle),  # type: ignore[arg-type]
    }
