"""Run an ONNX file with ONNX Runtime: which device, how many threads, stopped on request.

ONNX Runtime is an extra and imported only here.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from napari_relic_inpaint.errors import InputError, ModelError, Stopped
from napari_relic_inpaint.files.targets import check_regular
from napari_relic_inpaint.models.onnx_network.graph import Declared
from napari_relic_inpaint.picture.picture import shown

CPU, CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"

POLL_SECONDS = 0.1
"""How often a running network is asked to stop; it does so after the layer it is in."""

_FATAL = 4  # What goes wrong is raised; ONNX Runtime would also write it to the terminal.
_NO_MEMORY = ("failed to allocate", "bad_alloc", "bad allocation", "out of memory", "alloc_failed")


class OnnxSession:
    """An ONNX file, loaded and ready to run.

    The file has to hold its weights itself, so that its hash says all about them.

    Parameters
    ----------
    path : Path
        The file.
    device : str
        As in the settings: ``auto`` takes CUDA where ONNX Runtime can use it, else the CPU.
    should_stop : callable, optional
        Asked while the network runs.

    Attributes
    ----------
    sha256 : str
        Hash of the file.
    provider : str
        What ONNX Runtime calls the device the network runs on.
    version : str
        Version of ONNX Runtime.
    runs : int
        How often the network was run.

    Raises
    ------
    InputError
        If ONNX Runtime or the device is missing, or the memory does not suffice.
    ModelError
        If the file cannot be read or is not an ONNX file.
    """

    def __init__(
        self, path: Path, device: str, should_stop: Callable[[], bool] | None = None
    ) -> None:
        self._runtime = _runtime()
        self._path = path
        self._should_stop = should_stop
        providers = _providers(device, self._runtime.get_available_providers())
        check_regular(path)
        try:
            content = path.read_bytes()
        except OSError as error:
            raise ModelError(f"{path} cannot be read: {error.strerror}") from None
        try:
            self._session = self._runtime.InferenceSession(
                content, self._options(), providers=providers
            )
        except Exception as error:  # ONNX Runtime's errors have no base of their own
            if _lacks_memory(error):
                raise InputError(
                    f"there is not enough memory to load {path}: another device may have more"
                ) from error
            raise ModelError(
                f"{path} is not an ONNX file that can be run: {_reason(error)}; fetch or export it "
                "again, as a single file"
            ) from error
        self.sha256 = hashlib.sha256(content).hexdigest()
        self.provider: str = self._session.get_providers()[0]
        self.version: str = self._runtime.__version__
        self.runs = 0
        if device.startswith("cuda") and self.provider != CUDA:
            raise InputError(
                f"ONNX Runtime cannot start CUDA on {device!r}: choose another device, or install "
                "the CUDA and cuDNN versions that onnxruntime-gpu asks for"
            )

    @property
    def device(self) -> str:
        """Kind of device the network runs on, ``cuda`` or ``cpu``."""
        return "cuda" if self.provider == CUDA else "cpu"

    @property
    def inputs(self) -> Sequence[Declared]:
        """The graph's inputs."""
        return list(self._session.get_inputs())

    @property
    def outputs(self) -> Sequence[Declared]:
        """The graph's outputs."""
        return list(self._session.get_outputs())

    def run(self, feeds: Mapping[str, NDArray[Any]], output: str) -> NDArray[Any]:
        """Run the network on named inputs and return the named output.

        Raises
        ------
        InputError
            If the memory does not suffice.
        ModelError
            If the network fails.
        Stopped
            If ``should_stop`` says so.
        """
        options = self._runtime.RunOptions()
        options.log_severity_level = _FATAL
        with ThreadPoolExecutor(max_workers=1) as thread:
            running = thread.submit(self._session.run, [output], feeds, options)
            try:
                while not wait([running], POLL_SECONDS).done:
                    if self._should_stop is not None and self._should_stop():
                        raise Stopped("the restoration was stopped")
            finally:
                # Also when the user presses Ctrl-C; a run that is over takes no notice.
                options.terminate = True
        try:
            result = running.result()[0]
        except Exception as error:
            raise self._failure(error, feeds) from error
        self.runs += 1
        return np.asarray(result)

    def _options(self) -> Any:
        options = self._runtime.SessionOptions()
        options.log_severity_level = _FATAL
        options.intra_op_num_threads = torch.get_num_threads()  # as many as the other methods
        options.use_deterministic_compute = True
        # No folder has this name: weights in a second file are never found, wherever they lie.
        options.add_session_config_entry(
            "session.model_external_initializers_file_folder_path", os.devnull
        )
        return options

    def _failure(self, error: Exception, feeds: Mapping[str, NDArray[Any]]) -> Exception:
        sizes = " and ".join(shown(array) for array in feeds.values())
        if _lacks_memory(error):
            return InputError(
                f"there is not enough memory to run {self._path.name} on {sizes}: a smaller "
                "window, a network of a smaller size or another device may fit"
            )
        return ModelError(f"{self._path} fails on {sizes}: {_reason(error)}")


def _runtime() -> Any:
    try:
        import onnxruntime  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise InputError(
            f"ONNX files need ONNX Runtime, which cannot be imported ({error}): install it with "
            'pip install "napari-relic-inpaint[onnx]"'
        ) from None
    return onnxruntime


def _providers(device: str, available: list[str]) -> list[Any]:
    kind, _, number = device.partition(":")
    if kind == "cpu" or (kind == "auto" and CUDA not in available):
        return [CPU]
    if kind == "mps":
        raise InputError("ONNX files run on CUDA GPUs and the processor: choose the device cpu")
    if CUDA not in available:
        raise InputError(
            f"ONNX Runtime cannot use {device!r} here: install onnxruntime-gpu in place of "
            "onnxruntime, or choose the device cpu"
        )
    # The usual search for the fastest algorithm may end differently in every run.
    return [(CUDA, {"device_id": number or "0", "cudnn_conv_algo_search": "HEURISTIC"}), CPU]


def _lacks_memory(error: Exception) -> bool:
    text = str(error).lower()
    return any(sign in text for sign in _NO_MEMORY)


def _reason(error: Exception) -> str:
    """Return what ONNX Runtime says, in one line and without its error codes."""
    text = " ".join(str(error).rpartition(" : ")[2].split())
    return "its weights lie in a second file" if "External data" in text else text.rstrip(".")
