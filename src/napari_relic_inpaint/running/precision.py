"""In which numbers networks compute: as exactly as possible, or faster."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch

TENSOR_CORES = (8, 0)
"""Compute capability of NVIDIA's cards from which on they have TF32."""


class Precision(NamedTuple):
    """What a network computes in.

    Attributes
    ----------
    dtype : torch.dtype
        Type of its weights and activations.
    tf32 : bool
        Whether a card may round the factors of float32 products to 10 bits (TF32).
    """

    dtype: torch.dtype
    tf32: bool = False

    @property
    def name(self) -> str:
        """What users and records call it."""
        return "tf32" if self.tf32 else str(self.dtype).removeprefix("torch.")


PRECISIONS = {
    precision.name: precision
    for precision in (
        Precision(torch.float32),
        Precision(torch.float32, tf32=True),
        Precision(torch.bfloat16),
        Precision(torch.float16),
    )
}
"""All of them, by name."""


def choose_precision(device: torch.device, wanted: str = "auto") -> Precision:
    """Return what networks compute in on a device.

    Parameters
    ----------
    device : torch.device
        The device.
    wanted : str
        A name of `PRECISIONS`; ``auto`` takes TF32 on cards that have it, bfloat16 on processors
        with AMX or AVX512-BF16 instructions, and float32 on all others.
    """
    if wanted != "auto":
        return PRECISIONS[wanted]
    if device.type == "cuda":
        has_tf32 = torch.cuda.get_device_capability(device) >= TENSOR_CORES
        return PRECISIONS["tf32" if has_tf32 else "float32"]
    if device.type != "cpu" or not hasattr(torch.cpu, "get_capabilities"):
        return PRECISIONS["float32"]
    can = torch.cpu.get_capabilities()
    has_bfloat16 = can.get("amx_bf16") or can.get("avx512_bf16")
    return PRECISIONS["bfloat16" if has_bfloat16 else "float32"]


@contextmanager
def repeatable(precision: Precision) -> Iterator[None]:
    """Let cuDNN choose the same kernels each time, and round no more than the precision says."""
    with torch.backends.cudnn.flags(
        enabled=True, benchmark=False, deterministic=True, allow_tf32=precision.tf32
    ):
        yield
