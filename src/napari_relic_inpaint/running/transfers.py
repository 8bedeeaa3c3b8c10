"""How pictures get onto a device and back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Fetch = Callable[[], NDArray[np.float32]]
"""Waits for a result and returns it, ``(B, C, H, W)``, in C order."""


class Transfers(Protocol):
    """Moves arrays to a device and back."""

    def up(self, arrays: Sequence[NDArray[np.float32]]) -> list[Tensor]:
        """Return arrays ``(B, C, H, W)`` as tensors on the device, channels last."""
        ...

    def down(self, output: Tensor) -> Fetch:
        """Begin to move a network's output back."""
        ...


def make_transfers(device: torch.device) -> Transfers:
    """Return what moves arrays to a device and back."""
    return OverlappingTransfers(device) if device.type == "cuda" else DirectTransfers(device)


class DirectTransfers:
    """Moves arrays at once.

    Parameters
    ----------
    device : torch.device
        Where to.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device

    def up(self, arrays: Sequence[NDArray[np.float32]]) -> list[Tensor]:
        """Copy arrays to the device."""
        return [
            torch.from_numpy(array).to(self._device, memory_format=torch.channels_last)
            for array in arrays
        ]

    def down(self, output: Tensor) -> Fetch:
        """Copy an output back."""
        array: NDArray[np.float32] = output.float().cpu().contiguous().numpy()
        return lambda: array


class OverlappingTransfers:
    """Moves arrays to a CUDA card and back while it computes on others.

    Each direction has a stream of its own, beside that of the kernels, and memory that stays where
    it is (pinned), without which the driver would wait for each copy.

    Parameters
    ----------
    device : torch.device
        The card.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._up, self._down = torch.cuda.Stream(device), torch.cuda.Stream(device)

    def up(self, arrays: Sequence[NDArray[np.float32]]) -> list[Tensor]:
        """Begin to copy arrays to the card; its kernels wait for them."""
        kernels = torch.cuda.current_stream(self._device)
        pinned = [
            torch.from_numpy(array).contiguous(memory_format=torch.channels_last).pin_memory()
            for array in arrays
        ]
        with torch.cuda.stream(self._up):
            moved = [tensor.to(self._device, non_blocking=True) for tensor in pinned]
        kernels.wait_stream(self._up)
        for tensor in moved:
            tensor.record_stream(kernels)
        return moved

    def down(self, output: Tensor) -> Fetch:
        """Begin to copy an output back, as soon as the card has computed it."""
        values = output.float().contiguous()
        host = torch.empty(values.shape, dtype=torch.float32, pin_memory=True)
        self._down.wait_stream(torch.cuda.current_stream(self._device))
        with torch.cuda.stream(self._down):
            host.copy_(values, non_blocking=True)
            there = self._down.record_event()
        values.record_stream(self._down)

        def fetch() -> NDArray[np.float32]:
            there.synchronize()
            # A copy: pinned memory is scarce, and results are kept for as long as anyone likes.
            array: NDArray[np.float32] = host.numpy().copy()
            return array

        return fetch
