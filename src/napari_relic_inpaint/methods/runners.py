"""Who runs the networks of a method: this computer, or a cluster."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from torch import nn

from napari_relic_inpaint.methods.protocol import ShouldStop
from napari_relic_inpaint.running.device import NetworkRunner, choose_device
from napari_relic_inpaint.settings import Settings

HALF = ("bfloat16", "float16")


class Runner(Protocol):
    """Runs one network on batches of windows.

    Attributes
    ----------
    runs : int
        How often the network was called.
    warnings : list of str
        What the user was warned of.
    """

    runs: int
    warnings: list[str]

    @property
    def batch(self) -> int:
        """Windows to be run at once, now."""
        ...

    @property
    def ahead(self) -> int:
        """Batches to be handed over before the one at hand is done; 0: one after the other."""
        ...

    @property
    def identity(self) -> str:
        """What decides the output, besides the network and its inputs."""
        ...

    def __call__(self, *inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Run the network on arrays ``(B, C, H, W)``; returns its output as float32."""
        ...

    def describe(self) -> dict[str, Any]:
        """Return where the network runs, for the record."""
        ...


def make_runners(
    settings: Settings,
    should_stop: ShouldStop | None,
    *networks: nn.Module,
    thresholded: Collection[nn.Module] = (),
) -> list[Runner]:
    """Return a runner for each network, where the settings say.

    Parameters
    ----------
    settings : Settings
        Device, cluster, batch and precision.
    should_stop : callable, optional
        Asked between the layers of the networks.
    *networks : nn.Module
        The networks.
    thresholded : collection of nn.Module
        Those whose output becomes yes or no: what rounding changes there is seen. They compute in
        float32 where half as many bits are asked for.

    Raises
    ------
    InputError
        If the device or the cluster is not there.
    """
    wanted = [_precision(settings, network in thresholded) for network in networks]
    if settings.scheduler:
        from napari_relic_inpaint.running.cluster import ClusterRunner, connect  # noqa: PLC0415 - an extra

        client = connect(settings.scheduler)
        return [
            ClusterRunner(network, settings.device, client, should_stop, precision)
            for network, precision in zip(networks, wanted, strict=True)
        ]
    device = choose_device(settings.device)
    return [
        NetworkRunner(network, device, settings.batch, should_stop, precision)
        for network, precision in zip(networks, wanted, strict=True)
    ]


def _precision(settings: Settings, thresholded: bool) -> str:
    return "float32" if thresholded and settings.precision in HALF else settings.precision
