"""Where a run computes: devices, precision, and the layout of weights in memory."""

from __future__ import annotations

import os
from typing import Literal

import torch
from lightning_fabric import Fabric

from napari_relic_inpaint.running.device import choose_device
from napari_relic_inpaint.running.precision import choose_precision
from training.errors import TrainingError

ACCELERATORS = ("auto", "cpu", "cuda", "mps")

STARTERS = {"TORCHELASTIC_RUN_ID", "NODE_RANK", "SLURM_PROCID", "RANK"}
"""What tells that something has started the command on every machine."""

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
    fast = device.type == "cuda" or choose_precision(device).dtype == torch.bfloat16
    return "bf16-mixed" if fast else "32-true"


def make_fabric(precision: Precision, accelerator: str, devices: str, nodes: int) -> Fabric:
    """Return a Fabric for devices, as Lightning names them, and a precision.

    Raises
    ------
    TrainingError
        If there are not as many devices, or several machines without what starts them.
    """
    _check_devices(devices, choose_device(accelerator))
    if nodes > 1 and not STARTERS & os.environ.keys():
        raise TrainingError(
            f"--nodes {nodes} waits for as many machines: start the command on each of them with "
            "torchrun, fabric run or the queue, or leave --nodes out"
        )
    several = devices not in ("1", "auto") or nodes > 1
    return Fabric(
        accelerator=accelerator,
        devices=devices if devices == "auto" else int(devices),
        num_nodes=nodes,
        strategy="ddp" if several else "auto",
        precision=precision,
    )


def _check_devices(devices: str, device: torch.device) -> None:
    if devices == "auto":
        return
    there = torch.cuda.device_count() if device.type == "cuda" else os.cpu_count() or 1
    there = 1 if device.type == "mps" else there
    if not devices.isascii() or not devices.isdigit() or not 1 <= int(devices) <= there:
        raise TrainingError(
            f"--devices is {devices or 'empty'}: give auto or a number from 1 to {there}, which "
            f"are here ({device.type})"
        )


def device_name(fabric: Fabric) -> str:
    """Return what a run computes on, for a model's card."""
    count = fabric.world_size
    if fabric.device.type == "cuda":
        name = torch.cuda.get_device_name(fabric.device)
    elif fabric.device.type == "cpu":
        threads = torch.get_num_threads()
        name = f"processor, {threads} thread{'s' if threads > 1 else ''}"
    else:
        name = fabric.device.type
    return name if count == 1 else f"{count} x {name}"


def memory_format(fabric: Fabric) -> torch.memory_format:
    """Return the layout of convolutions' weights that is fast on the fabric's device.

    Channels last, but for float32 on a processor, where a training step of the generators takes a
    quarter less time in the plain layout (AVX2).
    """
    with fabric.autocast():
        mixed = torch.is_autocast_enabled(fabric.device.type)
    plain = fabric.device.type == "cpu" and not mixed
    return torch.contiguous_format if plain else torch.channels_last
