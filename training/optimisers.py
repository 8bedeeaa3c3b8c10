"""The optimisers of the generators: Adam, or Muon for the convolutions' weights."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Literal

import torch
from torch import Tensor, nn
from torch.optim import Adam, Optimizer

MOMENTUM = 0.95

NEWTON_SCHULZ = 3.4445, -4.7750, 2.0315
"""Coefficients of the quintic iteration (Keller Jordan, Muon, 2024)."""

ITERATIONS = 5

RMS_OF_ADAM = 0.2
"""Root mean square of Adam's usual updates, as a share of the learning rate (Liu et al., Muon is
scalable for LLM training, 2025)."""


class ConvolutionMuon(Optimizer):
    """Muon over convolutions' weights, each seen as a matrix with a row per first channel.

    The momentum of each matrix is replaced by the nearest orthogonal one. Its updates are as large
    as Adam's at the same rate (root mean square), so both share one learning rate.

    PyTorch's Muon takes matrices alone and always computes in bfloat16, which processors without
    instructions for it emulate: there a step of it takes twenty times as long as in the precision
    of the weights, and longer than everything else in a training step.

    Parameters
    ----------
    weights : sequence of nn.Parameter
        Weights ``(A, B, h, w)``.
    rate : float
        Learning rate.
    """

    def __init__(self, weights: Sequence[nn.Parameter], rate: float) -> None:
        super().__init__(weights, {"lr": rate})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Take a step along the gradients of the weights."""
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is not None:
                    update = orthogonal(self._momentum(weight, weight.grad).flatten(1))
                    scale = RMS_OF_ADAM * max(update.shape) ** 0.5
                    weight.sub_(update.view(weight.shape), alpha=group["lr"] * scale)

    def _momentum(self, weight: Tensor, gradient: Tensor) -> Tensor:
        """Add the gradient to the weight's momentum; return Nesterov's look ahead."""
        state = self.state[weight]
        if not state:
            state["momentum"] = torch.zeros_like(weight)
        state["momentum"].lerp_(gradient, 1 - MOMENTUM)
        return gradient.lerp(state["momentum"], MOMENTUM)


def orthogonal(matrix: Tensor) -> Tensor:
    """Return about the nearest matrix with orthonormal rows or columns, whichever are fewer.

    Newton-Schulz iteration with the published coefficients: large singular values end between
    0.7 and 1.2, tiny ones, which are noise, stay below.

    Parameters
    ----------
    matrix : Tensor
        ``(A, B)``; a matrix of zeros stays one.
    """
    wide = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    wide = wide / wide.norm().clamp_min(torch.finfo(wide.dtype).tiny)
    a, b, c = NEWTON_SCHULZ
    for _ in range(ITERATIONS):
        gram = wide @ wide.T
        wide = torch.addmm(wide, torch.addmm(gram, gram, gram, beta=b, alpha=c), wide, beta=a)
    return (wide if matrix.shape[0] <= matrix.shape[1] else wide.T).contiguous()


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
