"""The optimisers of the generators: Adam, or Muon for the convolutions' weights."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Literal

import torch
from torch import Tensor, nn
from torch.optim import Adam, Muon, Optimizer


class ConvolutionMuon(Muon):
    """Muon over convolutions' weights, each seen as a matrix with a row per first channel.

    PyTorch's Muon takes matrices alone. The matrices here are views of the weights, so that its
    steps change the weights themselves. Its updates are as large as Adam's at the same rate
    (root mean square), so both share one learning rate.

    Parameters
    ----------
    weights : sequence of nn.Parameter
        Weights ``(A, B, h, w)`` in channels-last memory layout.
    rate : float
        Learning rate.
    """

    def __init__(self, weights: Sequence[nn.Parameter], rate: float) -> None:
        self._weights = list(weights)
        self._matrices = [nn.Parameter(_matrix(weight.detach())) for weight in weights]
        super().__init__(self._matrices, lr=rate, weight_decay=0.0, adjust_lr_fn="match_rms_adamw")

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of the weights."""
        for weight in (*self._weights, *self._matrices):
            weight.grad = None

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Take a step along the gradients of the weights."""
        for weight, matrix in zip(self._weights, self._matrices, strict=True):
            matrix.grad = None if weight.grad is None else _matrix(weight.grad)
        super().step(closure)


def make_optimisers(
    networks: Iterable[nn.Module],
    name: Literal["adam", "muon"],
    rate: float,
    betas: tuple[float, float],
) -> list[Optimizer]:
    """Make the optimisers of a group of networks.

    Parameters
    ----------
    networks : iterable of nn.Module
        The networks.
    name : {"adam", "muon"}
        ``muon`` moves the weights of all convolutions but each network's last; the rest is
        Adam's in any case.
    rate : float
        Learning rate of all.
    betas : tuple of float
        Adam's.
    """
    matrices: list[nn.Parameter] = []
    others: list[nn.Parameter] = []
    for network in networks:
        weights = list(network.parameters())
        # The last convolution's few rows are outputs, not features: nothing to orthogonalise.
        last = max(i for i, weight in enumerate(weights) if weight.ndim == 4)
        for i, weight in enumerate(weights):
            (matrices if name == "muon" and weight.ndim == 4 and i != last else others).append(
                weight
            )
    adam = Adam(others, lr=rate, betas=betas)
    return [adam, ConvolutionMuon(matrices, rate)] if matrices else [adam]


def _matrix(weight: Tensor) -> Tensor:
    return weight.permute(0, 2, 3, 1).flatten(1)
