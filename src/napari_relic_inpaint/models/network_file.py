"""One network's weights as a safetensors file: written small, and verified when they are read."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TypeVar

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from napari_relic_inpaint.errors import ModelError
from napari_relic_inpaint.models.card import NetworkCard

Network = TypeVar("Network", bound=nn.Module)


def read_network(network: Network, folder: Path, card: NetworkCard) -> Network:
    """Fill a network of the card's size with the weights in its file.

    Parameters
    ----------
    network : nn.Module
        Changed in place.
    folder : Path
        The model's folder.
    card : NetworkCard
        File and hash.

    Returns
    -------
    nn.Module
        The network, in evaluation mode.

    Raises
    ------
    ModelError
        If the file is not the one the card describes, or does not fit the network.
    """
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


def write_network(network: nn.Module, path: Path) -> dict[str, object]:
    """Write a network's weights in half precision; returns the ``file`` and ``sha256`` of its card.

    Buffers keep their type: they are small, and the variances and counts of batch normalisation
    can exceed what half precision holds.
    """
    weights = {key for key, _ in network.named_parameters()}
    tensors = {
        key: (value.half() if key in weights else value).contiguous()
        for key, value in network.state_dict().items()
    }
    check_fits(network, tensors, f"{path.stem} network, in half precision")
    content = safetensors.torch.save(tensors)
    path.write_bytes(content)
    return {"file": path.name, "sha256": hashlib.sha256(content).hexdigest()}


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
