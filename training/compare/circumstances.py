"""How a report came about: when, with which software, on which machine."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version

import torch

from napari_relic_inpaint.record import software_version
from napari_relic_inpaint.running.device import choose_device, describe_device
from napari_relic_inpaint.running.precision import choose_precision

PACKAGES = ("torch", "numpy", "scipy", "scikit-image", "opencv-python")
"""Other versions of these may give other numbers."""


@dataclass(frozen=True)
class Circumstances:
    """What a reader has to know to make the report again.

    Attributes
    ----------
    date : str
        When it was written, to the minute, with the time zone.
    software : str
        This package and those it rests on, with versions.
    machine : str
        Processor and its threads, and what the networks ran on.
    processes : int
        How many pictures were worked on at the same time, each with one thread.
    command : str
        The command line.
    pairs : str
        Where the damaged pictures come from, in a sentence.
    """

    date: str
    software: str
    machine: str
    processes: int
    command: str
    pairs: str


def describe_circumstances(*, command: str, processes: int, pairs: str) -> Circumstances:
    """Ask this machine."""
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    device = choose_device("auto")
    precision = choose_precision(device).name
    return Circumstances(
        date=datetime.now().astimezone().isoformat(sep=" ", timespec="minutes"),
        software=f"napari-relic-inpaint {software_version()}, Python {platform.python_version()}, "
        f"{packages}",
        machine=f"{describe_device(torch.device('cpu'))}, {os.cpu_count()} threads; networks on "
        f"{device.type} ({describe_device(device)}) in {precision}",
        processes=processes,
        command=command,
        pairs=pairs,
    )
