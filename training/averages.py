"""Running averages of the generators' weights, which are smoother than the last ones and ship."""

from __future__ import annotations

from typing import Any

from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn


class Averages:
    """An exponential moving average of each network's weights.

    Parameters
    ----------
    networks : dict of nn.Module
        The networks in training.
    decay : float
        Share of the average that a step keeps; 0 makes it a copy.
    """

    def __init__(self, networks: dict[str, nn.Module], decay: float) -> None:
        self._networks = networks
        self._averaged = {
            name: AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(decay))
            for name, network in networks.items()
        }

    @property
    def networks(self) -> dict[str, nn.Module]:
        """The averaged networks."""
        return {name: averaged.module for name, averaged in self._averaged.items()}

    def update(self) -> None:
        """Take in the weights after a step."""
        for name, averaged in self._averaged.items():
            averaged.update_parameters(self._networks[name])

    def state(self) -> dict[str, Any]:
        """Return the averaged weights of each network."""
        return {name: network.state_dict() for name, network in self.networks.items()}

    def load(self, states: dict[str, Any]) -> None:
        """Go on from averages that `state` returned."""
        for name, averaged in self._averaged.items():
            averaged.module.load_state_dict(states[name])
            # Zero would make the next update start anew from the last weights.
            averaged.n_averaged.fill_(1)
