"""Where networks run, in which precision and batch, and what happens when memory runs out."""

from __future__ import annotations

import platform
import threading
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from napari_relic_inpaint.errors import InputError, Stopped
from napari_relic_inpaint.running.memory import BATCH, CardMemory, fitting_batch, is_full
from napari_relic_inpaint.running.precision import choose_precision, repeatable
from napari_relic_inpaint.running.transfers import Fetch, Transfers, make_transfers


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
        Windows at once; 0 chooses for the device and, on a card, for its free memory.
    should_stop : callable, optional
        Asked before every layer; when it says True, `Stopped` is raised.
    precision : str
        What it computes in; see `choose_precision`.

    Attributes
    ----------
    device : torch.device
        Where it runs now.
    precision : Precision
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
        precision: str = "auto",
    ) -> None:
        self._network = network.eval()
        self._wanted = precision
        self._chosen = bool(batch)
        self._launching = threading.Lock()
        self.batch = batch or BATCH[device.type]
        self.runs = 0
        self.warnings: list[str] = []
        if should_stop is not None:
            for layer in network.modules():
                layer.register_forward_pre_hook(_stop_if(should_stop))
        self.device, self.precision = device, choose_precision(device, precision)
        try:
            self._move_to(device)
        except RuntimeError as error:
            self._fall_back(error)

    @property
    def identity(self) -> str:
        """What decides the output, besides the network and its inputs."""
        return f"{self.device} {self.precision.name}"

    @property
    def ahead(self) -> int:
        """Batches to be handed over before the one at hand is done, so that a card never waits."""
        return 1 if self.device.type == "cuda" else 0

    def describe(self) -> dict[str, Any]:
        """Return where the network runs, for the record."""
        return {
            "type": self.device.type,
            "name": describe_device(self.device),
            "precision": self.precision.name,
        }

    def __call__(self, *inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Run the network on arrays ``(B, C, H, W)``; returns its output as float32.

        Several threads may ask at the same time: while one waits for its result, the next one's
        arrays are on their way.
        """
        count, device = len(inputs[0]), self.device
        try:
            return self._run(*inputs)
        except RuntimeError as error:
            if count > 1 and is_full(error):
                self._chosen, self.batch = True, (count + 1) // 2
                half = self.batch
            else:
                with self._launching:
                    # Another thread's run may have fallen back already.
                    if self.device == device:
                        self._fall_back(error)
                half = count
        # Outside the handler: the exception would keep the failed run's tensors alive.
        parts = [
            self(*(array[start : start + half] for array in inputs))
            for start in range(0, count, half)
        ]
        return np.concatenate(parts)

    def _run(self, *inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        with self._launching:
            fetch = self._launch(inputs)
        return fetch()

    def _launch(self, inputs: Sequence[NDArray[np.float32]]) -> Fetch:
        measured = None if self._chosen else self._memory
        if measured is not None:
            measured.begin()
        tensors = self._transfers.up(inputs)
        with torch.inference_mode(), repeatable(self.precision):
            output: Tensor = self._network(*tensors)
        self.runs += 1
        if measured is not None:
            # Once: a batch that changed from run to run would change the card's kernels.
            self._chosen = True
            self.batch = fitting_batch(measured.free(), measured.peak(), len(tensors[0]))
        return self._transfers.down(output)

    def _move_to(self, device: torch.device) -> None:
        self.device, self.precision = device, choose_precision(device, self._wanted)
        self._network.to(device, self.precision.dtype)
        self._network.to(memory_format=torch.channels_last)
        self._transfers: Transfers = make_transfers(device)
        self._memory = CardMemory(device) if device.type == "cuda" else None

    def _fall_back(self, error: RuntimeError) -> None:
        if not is_full(error):
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
        # What is fast on a card may be emulated on a processor.
        self._wanted = "auto"
        self._move_to(torch.device("cpu"))
        self.batch = BATCH["cpu"]


def _stop_if(should_stop: Callable[[], bool]) -> Callable[..., None]:
    def hook(*_: object) -> None:
        if should_stop():
            raise Stopped("the restoration was stopped")

    return hook
