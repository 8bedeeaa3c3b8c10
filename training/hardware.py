"""Where a run computes: devices, precision, and the layout of weights in memory."""

from __future__ import annotations

from typing import Literal

import torch
from lightning_fabric import Fabric

from napari_relic_inpaint.device import choose_device, choose_precision
from training.errors import TrainingError

ACCELERATORS = ("auto", "cpu", "cuda", "mps")

Precision = Literal["32-true", "bf16-mixed"]


def precision_on(accelerator: str, wanted: Literal["auto", "32-true", "bf16-mixed"]) -> Precision:
    """Return the precision that a run computes in.

    Parameters
    ----------
    accelerator : {"auto", "cpu", "cuda", "mps"}
        As Lightning names it.
    wanted : {"auto", "32-true", "bf16-mixed"}
        ``auto`` takes bfloat16 on a GPU from NVIDIA or AMD and on a processor with instructions
        for it. Other processors emulate it: a step then takes many times as long as in float32.

    Raises
    ------
    TrainingError
        If there is no such accelerator, or none here.
    """
    if accelerator not in ACCELERATORS:
        raise TrainingError(
            f"there is no accelerator {accelerator!r}; choose one of {', '.join(ACCELERATORS)}"
        )
    device = choose_device(accelerator)
    if wanted != "auto":
        return wanted
    fast = device.type == "cuda" or choose_precision(device) == torch.bfloat16
    return "bf16-mixed" if fast else "32-true"


def make_fabric(precision: Precision, accelerator: str, devices: str, nodes: int) -> Fabric:
    """Return a Fabric for devices, as Lightning names them, and a precision."""
    several = devices not in ("1", "auto") or nodes > 1
    return Fabric(
        accelerator=accelerator,
        devices=devices if devices == "auto" else int(devices),
        num_nodes=nodes,
        strategy="ddp" if several else "auto",
        precision=precision,
    )


def memory_format(fabric: Fabric) -> torch.memory_format:
    """Return the layout of convolutions' weights that is fast on the fabric's device.

    Channels last, but for float32 on a processor, where a training step of the generators takes a
    quarter less time in the plain layout (AVX2).
    """
    with fabric.autocast():
        mixed = torch.is_autocast_enabled(fabric.device.type)
    plain = fabric.device.type == "cpu" and not mixed
    return torch.contiguous_format if plain else torch.channels_last
