"""Import the public EdgeConnect checkpoints that a user brings along.

Their generators have the layers of the paper, w = 64, a white hole and legacy spectral
normalisation in the first stage, which is folded into plain weights here.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from napari_relic_inpaint.errors import ModelError
from napari_relic_inpaint.files.targets import check_regular
from napari_relic_inpaint.models.card import TwoStageCard
from napari_relic_inpaint.models.folders import place_for
from napari_relic_inpaint.models.network_file import check_fits
from napari_relic_inpaint.models.weights import save
from napari_relic_inpaint.networks import EdgeGenerator, InpaintGenerator


def import_edgeconnect(edge_file: Path, inpaint_file: Path, name: str) -> TwoStageCard:
    """Turn two EdgeConnect checkpoints into a model of the user's.

    Parameters
    ----------
    edge_file, inpaint_file : Path
        ``EdgeModel_gen.pth`` and ``InpaintingModel_gen.pth``, in either order.
    name : str
        Name of the new model: small letters, digits, ``.``, ``_`` and ``-``.

    Returns
    -------
    TwoStageCard
        The new model's card.

    Raises
    ------
    ModelError
        If a file is not such a checkpoint, or holds anything but tensors; nothing in it is run.
    """
    folder = place_for(name)
    states = {}
    for path in (edge_file, inpaint_file):
        state = fold_legacy_spectral_norm(_read(path), str(path))
        states[_role(state, path)] = (state, path)
    if len(states) < 2:
        role = next(iter(states))
        raise ModelError(f"{edge_file} and {inpaint_file} are both the {role} network")
    edge_state, edge_path = states["edge"]
    inpaint_state, inpaint_path = states["inpaint"]
    edge = EdgeGenerator(*_size(edge_state))
    check_fits(edge, edge_state, str(edge_path))
    edge.load_state_dict(edge_state)
    inpaint = InpaintGenerator(*_size(inpaint_state), hole_form="white")
    check_fits(inpaint, inpaint_state, str(inpaint_path))
    inpaint.load_state_dict(inpaint_state)
    fields: dict[str, object] = {
        "name": name,
        "version": "imported",
        "licence": "as its publisher states; EdgeConnect's own weights are CC BY-NC 4.0",
        "summary": "Imported from EdgeConnect checkpoints.",
        "trained_on": "unknown: see where the checkpoints came from",
        "hole_form": "white",
    }
    return save(fields, edge, inpaint, folder)


def fold_legacy_spectral_norm(state: Mapping[str, Tensor], source: str) -> dict[str, Tensor]:
    """Replace each ``weight_orig``, ``weight_u``, ``weight_v`` by ``weight = orig / (u W v)``.

    ``W`` is the weight as a matrix, over its second axis for transposed convolutions.
    """
    folded = {}
    for key, value in state.items():
        stem, _, last = key.rpartition(".")
        if last in ("weight_u", "weight_v"):
            continue
        if last != "weight_orig":
            folded[key] = value
            continue
        try:
            u, v = state[f"{stem}.weight_u"], state[f"{stem}.weight_v"]
            transposed = stem.startswith("decoder.")
            matrix = value.transpose(0, 1) if transposed else value
            sigma = torch.dot(u, matrix.flatten(1) @ v)
        except (KeyError, RuntimeError):
            raise ModelError(f"{source}: the spectral norm of {stem} is incomplete") from None
        folded[f"{stem}.weight"] = value / sigma
    return folded


def _read(path: Path) -> dict[str, Tensor]:
    check_regular(path)
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror or error}") from None
    except pickle.UnpicklingError:
        raise ModelError(
            f"{path} holds more than tensors, code among it perhaps: it was refused unread; get "
            "the checkpoint from its original publisher"
        ) from None
    except Exception as error:  # the unpickler stumbles over other files in any way there is
        raise ModelError(f"{path} is not a PyTorch checkpoint: {error}") from None
    state = content.get("generator") if isinstance(content, dict) else None
    if not isinstance(state, dict) or not all(isinstance(v, Tensor) for v in state.values()):
        raise ModelError(
            f"{path} is not an EdgeConnect generator: it has no 'generator' entry of weights"
        )
    return {str(key).removeprefix("module."): value.float() for key, value in state.items()}


def _role(state: Mapping[str, Tensor], path: Path) -> str:
    first = state.get("encoder.1.weight")
    channels = first.shape[1] if first is not None and first.ndim == 4 else None
    try:
        return {3: "edge", 4: "inpaint"}[channels or 0]
    except KeyError:
        raise ModelError(
            f"{path}: its first convolution takes {channels or 'no'} channels; an edge network "
            "takes 3, an inpainting network 4"
        ) from None


def _size(state: Mapping[str, Tensor]) -> tuple[int, int]:
    blocks = {key.split(".")[1] for key in state if key.startswith("middle.")}
    return state["encoder.1.weight"].shape[0], len(blocks)
