"""Contextual attention: a coarse picture and its refinement, judged by two Wasserstein critics."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from napari_relic_inpaint.networks import ContextualAttentionCritic, ContextualAttentionGenerator
from training import completion_losses, losses
from training.batches import Batch
from training.losses import Terms
from training.recipe import ContextualAttentionLosses, ModelOptions
from training.stages.stage import Outcome, compiled, frozen

View = Callable[[Tensor], Tensor]


class ContextualAttentionCompletion:
    """The training of both networks of contextual attention together.

    Parameters
    ----------
    completion : ContextualAttentionGenerator
        The coarse and the refinement network.
    weights : ContextualAttentionLosses
        Weights of the losses, and from when on they count.
    model : ModelOptions
        Width of the critics.
    compile : bool
        Whether the completion networks are compiled; the critics, whose slopes are derived once
        more, never are.
    """

    def __init__(
        self,
        completion: ContextualAttentionGenerator,
        weights: ContextualAttentionLosses,
        model: ModelOptions,
        compile: bool,
    ) -> None:
        self._device = next(completion.parameters()).device
        self._whole = ContextualAttentionCritic("whole", model.discriminator_width)
        self._detail = ContextualAttentionCritic("detail", model.discriminator_width)
        self._stages = compiled(completion.stages, compile)
        self._weights = weights
        self.generators: dict[str, nn.Module] = {"completion": completion}
        self.discriminators: dict[str, nn.Module] = {
            "critic_whole": self._whole.to(self._device),
            "critic_detail": self._detail.to(self._device),
        }
        self.fixed: dict[str, nn.Module] = {}

    def generator_step(self, batch: Batch, step: int) -> tuple[Terms, Outcome]:
        """Complete the picture coarsely and finely."""
        pictures = batch.picture, *self._stages(batch.picture, batch.hole)
        result = losses.compose(batch.picture, pictures[-1], batch.hole)
        truth, coarse, refined = (_signed(picture) for picture in pictures)
        discount = completion_losses.spatial_discount(batch.hole, self._weights.discount)
        values = {}
        for name, predicted in (("coarse", coarse), ("refined", refined)):
            values[f"{name}_hole"] = completion_losses.discounted_l1(
                predicted, truth, batch.hole, discount
            )
            values[f"{name}_known"] = completion_losses.known_l1(predicted, truth, batch.hole)
        judged = truth, _signed(result)
        if step >= self._weights.adversarial_from:
            with frozen(self._whole, self._detail), self._exact():
                distances = [
                    completion_losses.wasserstein_generator(critic(view(judged[1])))
                    for _, critic, view in self._critics(batch)
                ]
            values["adversarial"] = torch.stack(distances).sum()
        terms = losses.weighted(values, self._weights.model_dump())
        return terms, Outcome(None, None, result.detach(), judged)

    def discriminator_step(self, batch: Batch, outcome: Outcome, step: int) -> Terms:
        """Wasserstein distances and gradient penalties of both critics."""
        if step < self._weights.adversarial_from:
            return {}
        share = torch.rand(len(batch), 1, 1, 1, device=self._device)
        terms = {}
        with self._exact():
            for name, critic, view in self._critics(batch):
                real, fake = (view(picture.detach()) for picture in outcome.judged)
                scores = critic(torch.cat((real, fake))).chunk(2)
                penalty = completion_losses.gradient_penalty(
                    critic, real, fake, view(batch.hole), share
                )
                terms[f"critic_{name}"] = completion_losses.wasserstein_critic(*scores)
                terms[f"penalty_{name}"] = self._weights.gradient_penalty * penalty
        return terms

    def shown(self, outcome: Outcome) -> Outcome:
        """Return the outcome itself."""
        return outcome

    def _critics(self, batch: Batch) -> Iterator[tuple[str, nn.Module, View]]:
        """Yield each critic with what it looks at: whole pictures, or the detail of each."""
        side = min(self._weights.detail, batch.picture.shape[-1])
        yield "whole", self._whole, lambda picture: picture
        yield "detail", self._detail, lambda picture: losses.detail(picture, batch.corner, side)

    def _exact(self) -> torch.autocast:
        """Compute in float32: the penalty derives twice and compares slopes with one."""
        return torch.autocast(self._device.type, enabled=False)


def _signed(picture: Tensor) -> Tensor:
    """Map [0, 1] to [-1, 1], which the published weights of the losses are for."""
    return 2 * picture - 1
