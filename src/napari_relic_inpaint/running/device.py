"""Where networks run, in which precision and batch, and what happens when memory runs out."""

from __future__ import annotations

import platform
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from napari_relic_inpaint.errors import InputError, Stopped

# On a CPU one window at a time is fastest: it fits the caches.
BATCH = {"cpu": 1, "mps": 8, "cuda": 16}

# MPS; the CPU on Linux and macOS; the CPU on Windows; cuDNN and cuBLAS.
_NO_MEMORY = ("out of memory", "can't allocate memory", "not enough memory", "alloc_failed")


def available_devices() -> list[str]:
    """Names of the devices that `choose_device` takes on this machine, ``auto`` first."""
    names = ["auto", "cpu"]
    names += [f"cuda:{i}" for i in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        names.append("mps")
    return names


def choose_device(name: str) -> torch.device:
    """Return the device of that name; ``auto`` takes CUDA, else MPS, else the CPU."""
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    device = torch.device(name)
    missing = (device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count()) or (
        device.type == "mps" and not torch.backends.mps.is_available()
    )
    if missing:
        raise InputError(
            f"there is no device {name!r} here; there are {', '.join(available_devices())}"
        )
    return device


def choose_precision(device: torch.device) -> torch.dtype:
    """Return bfloat16 on a CPU with AMX or AVX512-BF16 instructions, else float32."""
    if device.type != "cpu" or not hasattr(torch.cpu, "get_capabilities"):
        return torch.float32
    can = torch.cpu.get_capabilities()
    return torch.bfloat16 if can.get("amx_bf16") or can.get("avx512_bf16") else torch.float32


def describe_device(device: torch.device) -> str:
    """Name of the hardware behind a device, for the record."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if hasattr(torch.cpu, "get_capabilities") and device.type == "cpu":
        return str(torch.cpu.get_capabilities().get("cpu_name", platform.machine()))
    return platform.processor() or platform.machine()


class NetworkRunner:
    """Runs one network on batches of windows.

    When the device runs out of memory the batch is halved; when a single window does not fit, the
    run goes on on the CPU with a warning.

    Parameters
    ----------
    network : nn.Module
        The network; moved to the device and converted to its precision.
    device : torch.device
        Where to run.
    batch : int
        Windows at once; 0 chooses for the device.
    should_stop : callable, optional
        Asked before every layer; when it says True, `Stopped` is raised.

    Attributes
    ----------
    device : torch.device
        Where it runs now.
    precision : torch.dtype
        What it computes in now.
    batch : int
        Windows at once, now.
    runs : int
        How often the network was called.
    warnings : list of str
        What the user was warned of.
    """

    def __init__(
        self,
        network: nn.Module,
        device: torch.device,
        batch: int = 0,
        should_stop: Callable[[], bool] | None = None,
    ) -> None:
        self._network = network.eval()
        self.batch = batch or BATCH[device.type]
        self.runs = 0
        self.warnings: list[str] = []
        if should_stop is not None:
            for layer in network.modules():
                layer.register_forward_pre_hook(_stop_if(should_stop))
        self.device, self.precision = device, torch.float32
        try:
            self._move_to(device)
        except RuntimeError as error:
            self._fall_back(error)

    @property
    def identity(self) -> str:
        """What decides the output, besides the network and its inputs."""
        return f"{self.device} {self.precision}"

    def describe(self) -> dict[str, Any]:
        """Return where the network runs, for the record."""
        return {
            "type": self.device.type,
            "name": describe_device(self.device),
            "precision": str(self.precision).removeprefix("torch."),
        }

    def __call__(self, *inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Run the network on arrays ``(B, C, H, W)``; returns its output as float32."""
        count = len(inputs[0])
        try:
            return self._run(*inputs)
        except RuntimeError as error:
            if count > 1 and _out_of_memory(error):
                self.batch = half = (count + 1) // 2
            else:
                self._fall_back(error)
                half = count
        # Outside the handler: the exception would keep the failed run's tensors alive.
        parts = [
            self(*(array[start : start + half] for array in inputs))
            for start in range(0, count, half)
        ]
        return np.concatenate(parts)

    def _run(self, *inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        tensors = [
            torch.from_numpy(array).to(self.device, memory_format=torch.channels_last)
            for array in inputs
        ]
        with (
            torch.inference_mode(),
            torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True),
        ):
            output: Tensor = self._network(*tensors)
        self.runs += 1
        return output.float().cpu().contiguous().numpy()

    def _move_to(self, device: torch.device) -> None:
        self.device, self.precision = device, choose_precision(device)
        self._network.to(device, self.precision)
        self._network.to(memory_format=torch.channels_last)

    def _fall_back(self, error: RuntimeError) -> None:
        if not _out_of_memory(error):
            raise error
        if self.device.type == "cpu":
            raise InputError(
                "there is not enough memory for a single window: choose a smaller window"
            ) from error
        warning = (
            f"{describe_device(self.device)} has too little memory for a single window: the run "
            "goes on on the processor, which is slower. A smaller window may fit."
        )
        self.warnings.append(warning)
        warnings.warn(warning, stacklevel=2)
        self._move_to(torch.device("cpu"))
        self.batch = BATCH["cpu"]


def _stop_if(should_stop: Callable[[], bool]) -> Callable[..., None]:
    def hook(*_: object) -> None:
        if should_stop():
            raise Stopped("the restoration was stopped")

    return hook


def _out_of_memory(error: RuntimeError) -> bool:
    # All but CUDA's own allocator raise plain RuntimeErrors, told apart by their text only.
    text = str(error).lower()
    return isinstance(error, torch.OutOfMemoryError) or any(sign in text for sign in _NO_MEMORY)
