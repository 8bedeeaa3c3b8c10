"""Stage 2 of the shipped model: ONNX Runtime against this package's way, on one window.

    python benchmarks/onnx_runtime.py

All ways take turns with the same window of 256 px, with one thread each; time is processor time,
the median. An exported runtime is worth an extra from 1.5 times the speed on.
"""

from __future__ import annotations

import argparse
import copy
import io
import statistics
import time
import warnings

import numpy as np
import onnxruntime
import torch
from rich.console import Console
from rich.table import Table

from napari_relic_inpaint.models.weights import load
from napari_relic_inpaint.running.device import NetworkRunner
from napari_relic_inpaint.running.precision import choose_precision

SIDE = 256


def exported(network: torch.nn.Module, inputs: list[np.ndarray]):
    """Return a session of ONNX Runtime with the network, for the processor."""
    file = io.BytesIO()
    names = ["picture", "edges", "hole"]
    tensors = tuple(map(torch.from_numpy, inputs))
    warnings.filterwarnings("ignore", message="You are using the legacy")
    warnings.filterwarnings("ignore", module="torch.onnx")
    torch.onnx.export(network, tensors, file, input_names=names, dynamo=False)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        file.getvalue(), options, providers=["CPUExecutionProvider"]
    )
    return lambda *given: session.run(None, dict(zip(names, given, strict=True)))[0]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=15)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    inputs = [rng.random((1, n, SIDE, SIDE), np.float32) for n in (3, 1, 1)]
    inputs[1:] = [np.round(values) for values in inputs[1:]]
    network = load("relic-base").inpaint.eval()
    processor = torch.device("cpu")
    name = f"this package, {choose_precision(processor).name}"
    ways = {name: NetworkRunner(copy.deepcopy(network), processor)}
    exact = NetworkRunner(copy.deepcopy(network), processor, precision="float32")
    ways["this package, float32"] = exact
    ways["ONNX Runtime, float32"] = exported(network, inputs)
    times: dict[str, list[float]] = {name: [] for name in ways}
    outputs = {name: run(*inputs) for name, run in ways.items()}
    for _ in range(arguments.repeats):
        for name, run in ways.items():
            started = time.process_time()
            run(*inputs)
            times[name].append(time.process_time() - started)
    own, exact = (list(ways)[i] for i in (0, 1))
    table = Table("way", "seconds", "times ours", "largest difference to float32")
    for name, values in times.items():
        seconds = statistics.median(values)
        table.add_row(
            name,
            f"{seconds:.3f}",
            f"{seconds / statistics.median(times[own]):.2f}",
            f"{np.abs(outputs[name] - outputs[exact]).max():.4f}",
        )
    Console().print(table)


if __name__ == "__main__":
    main()
