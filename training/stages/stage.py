"""What the loop asks of a stage."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, cast

import torch
from torch import Tensor, nn

from napari_relic_inpaint.networks import PatchDiscriminator
from training import losses
from training.batches import Batch
from training.losses import Terms
from training.recipe import Judge

Function = TypeVar("Function", bound=Callable[..., Any])

EDGE_THRESHOLD = 0.5
"""Probability above which a completed edge counts in precision, recall and F1."""


@dataclass
class Outcome:
    """What a generator step made.

    Attributes
    ----------
    probability : Tensor or None
        G1's edge probability, ``(B, 1, H, W)``, before composition.
    edges : Tensor or None
        Edge map after composition (Eq. 11), 0 to 1; None of methods without edges.
    picture : Tensor or None
        Result after composition, ``(B, 3, H, W)``.
    judged : tuple of Tensor
        What the discriminators compare: real and fake, each as their input.
    """

    probability: Tensor | None
    edges: Tensor | None
    picture: Tensor | None
    judged: tuple[Tensor, Tensor]


class Stage(Protocol):
    """A generator step and a discriminator step over a batch.

    Attributes
    ----------
    generators, discriminators : dict of nn.Module
        The networks to train, by name: ``edge`` and ``inpaint`` or, of a method with a single
        network, ``completion``; ``D1``, ``D2``, ``D3`` and what takes their place.
    fixed : dict of nn.Module
        Generators that are only run.
    """

    generators: dict[str, nn.Module]
    discriminators: dict[str, nn.Module]
    fixed: dict[str, nn.Module]

    def generator_step(self, batch: Batch, step: int) -> tuple[Terms, Any]:
        """Return the generators' loss terms, and what `discriminator_step` and the log need.

        No terms at all leave the generators as they are in this step.
        """
        ...

    def discriminator_step(self, batch: Batch, outcome: Any, step: int) -> Terms:
        """Return the discriminators' loss terms; empty before they take part."""
        ...

    def shown(self, outcome: Any) -> Outcome:
        """Return the part of the outcome that a sample sheet shows."""
        ...


@contextmanager
def frozen(*networks: nn.Module) -> Iterator[None]:
    """Let gradients flow through networks but not into their weights."""
    for network in networks:
        network.requires_grad_(False)
    try:
        yield
    finally:
        for network in networks:
            network.requires_grad_(True)


def scores(network: PatchDiscriminator, judged: Tensor) -> tuple[Tensor, list[Tensor]]:
    """Run a discriminator; its raw scores come in float32."""
    logits, features = network(judged)
    return logits.float(), features


def counted(judge: Judge, scored: Tensor, hole: Tensor) -> Tensor | None:
    """Return how much each scored patch counts: those in the hole if only that was predicted."""
    return losses.patch_weights(scored, hole) if judge == "result" else None


def compiled(function: Function, wanted: bool) -> Function:
    """Compile a function for each shape of its arguments, if wanted."""
    return cast(Function, torch.compile(function, dynamic=False)) if wanted else function
