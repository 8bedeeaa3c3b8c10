"""Load a model's networks from safetensors files, verified; write them."""

from __future__ import annotations

import hashlib
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from napari_relic_inpaint.errors import ModelError
from napari_relic_inpaint.models.card import CARD_FILE, ModelCard, NetworkCard, read_card
from napari_relic_inpaint.models.folders import find
from napari_relic_inpaint.networks import EdgeGenerator, InpaintGenerator

Network = TypeVar("Network", bound=nn.Module)


@dataclass(frozen=True)
class TwoStageModel:
    """The two generators of a model, and its card.

    Attributes
    ----------
    card : ModelCard
        What the model is.
    edge : EdgeGenerator
        First stage, without spectral normalisation.
    inpaint : InpaintGenerator
        Second stage.
    """

    card: ModelCard
    edge: EdgeGenerator
    inpaint: InpaintGenerator


def load(name: str) -> TwoStageModel:
    """Load a model by name or folder.

    Raises
    ------
    ModelError
        If it is not there, or a file's hash, keys or shapes do not fit its card.
    """
    folder = find(name)
    card = read_card(folder)
    edge = EdgeGenerator(card.edge.width, card.edge.blocks)
    inpaint = InpaintGenerator(card.inpaint.width, card.inpaint.blocks, hole_form=card.hole_form)
    return TwoStageModel(
        card, _filled(edge, folder, card.edge), _filled(inpaint, folder, card.inpaint)
    )


def save(
    card_fields: dict[str, object], edge: nn.Module, inpaint: nn.Module, folder: Path
) -> ModelCard:
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
    if folder.exists():
        raise ModelError(f"{folder} exists already: remove it or choose another name")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as temporary:
        target = Path(temporary) / folder.name
        target.mkdir()
        networks = {
            role: _write(network, target / f"{role}.safetensors")
            for role, network in (("edge", edge), ("inpaint", inpaint))
        }
        card = ModelCard.model_validate({**card_fields, **networks})
        text = json.dumps(card.model_dump(), indent=2, ensure_ascii=False)
        (target / CARD_FILE).write_text(text + "\n", encoding="utf-8")
        target.replace(folder)
    return card


def check_fits(network: nn.Module, tensors: dict[str, Tensor], source: str) -> None:
    """Raise a `ModelError` that names the first key or shape that does not fit the network."""
    expected = network.state_dict()
    missing, surplus = sorted(set(expected) - set(tensors)), sorted(set(tensors) - set(expected))
    if missing or surplus:
        what = f"lacks {missing[0]!r}" if missing else f"has {surplus[0]!r}, which does not belong"
        raise ModelError(
            f"{source} {what}: its {len(tensors)} weights are not those of a "
            f"{type(network).__name__} of this size ({len(expected)} weights)"
        )
    for key, tensor in tensors.items():
        if tensor.shape != expected[key].shape:
            raise ModelError(
                f"{source}: {key} is {list(tensor.shape)}, the card's network needs "
                f"{list(expected[key].shape)}"
            )
        if not torch.isfinite(tensor.float()).all():
            raise ModelError(f"{source}: {key} holds NaN or infinite values")


def _filled(network: Network, folder: Path, card: NetworkCard) -> Network:
    path = folder / card.file
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}") from None
    digest = hashlib.sha256(content).hexdigest()
    if digest != card.sha256:
        raise ModelError(
            f"{path} is not the file its card describes: SHA-256 {digest[:12]}..., the card says "
            f"{card.sha256[:12]}...; fetch or import the model again"
        )
    try:
        tensors = safetensors.torch.load(content)
    except SafetensorError as error:
        raise ModelError(f"{path} is not a safetensors file: {error}") from None
    check_fits(network, tensors, str(path))
    network.load_state_dict(tensors)
    return network.eval()


def _write(network: nn.Module, path: Path) -> dict[str, object]:
    tensors = {key: value.half().contiguous() for key, value in network.state_dict().items()}
    check_fits(network, tensors, f"{path.stem} network, in half precision")
    content = safetensors.torch.save(tensors)
    path.write_bytes(content)
    return {
        "file": path.name,
        "sha256": hashlib.sha256(content).hexdigest(),
        "width": network.encoder[1].out_channels,  # type: ignore[index, union-attr]
        "blocks": len(network.middle),  # type: ignore[arg-type]
    }
