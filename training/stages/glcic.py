"""GLCIC: one network fills the hole, one discriminator judges the picture and a detail together."""

from __future__ import annotations

from torch import Tensor, nn

from napari_relic_inpaint.networks import GlcicDiscriminator, GlcicGenerator
from training import completion_losses, losses
from training.batches import Batch
from training.losses import Terms
from training.recipe import GlcicLosses, ModelOptions
from training.stages.stage import Outcome, compiled, frozen


class GlcicCompletion:
    """The training of GLCIC in its three phases: generator, discriminator, both.

    Parameters
    ----------
    completion : GlcicGenerator
        The completion network.
    weights : GlcicLosses
        Weights of the losses, and when the phases start.
    model : ModelOptions
        Width of the discriminator.
    compile : bool
        Whether the completion network is compiled.

    Attributes
    ----------
    completion : GlcicGenerator
        As given; its mean colour has to be that of the pictures before the first step.
    """

    def __init__(
        self, completion: GlcicGenerator, weights: GlcicLosses, model: ModelOptions, compile: bool
    ) -> None:
        device = next(completion.parameters()).device
        self._discriminator = GlcicDiscriminator(model.discriminator_width).to(device)
        self.completion = completion
        self._complete = compiled(completion, compile)
        self._weights = weights
        self.generators: dict[str, nn.Module] = {"completion": completion}
        self.discriminators: dict[str, nn.Module] = {"D": self._discriminator}
        self.fixed: dict[str, nn.Module] = {}

    def generator_step(self, batch: Batch, step: int) -> tuple[Terms, Outcome]:
        """Complete the picture; no terms while the discriminator is trained alone."""
        predicted = self._complete(batch.picture, batch.hole)
        result = losses.compose(batch.picture, predicted, batch.hole)
        adversarial = step >= self._weights.adversarial_from
        values = {}
        if adversarial or step < self._weights.discriminator_from:
            values["squared"] = completion_losses.hole_mse(predicted, batch.picture, batch.hole)
        if adversarial:
            with frozen(self._discriminator):
                fake = self._scores(result, batch.corner)
            values["adversarial"] = completion_losses.cross_entropy_generator(fake)
        terms = losses.weighted(values, self._weights.model_dump())
        return terms, Outcome(None, None, result.detach(), (batch.picture, result))

    def discriminator_step(self, batch: Batch, outcome: Outcome, step: int) -> Terms:
        """Cross-entropy of real and completed pictures."""
        if step < self._weights.discriminator_from:
            return {}
        # One after the other: in a common batch, batch normalisation would tell them apart by
        # statistics that the generator's step, with completed pictures alone, does not see.
        real, fake = (self._scores(picture.detach(), batch.corner) for picture in outcome.judged)
        return {"D": completion_losses.cross_entropy_discriminator(real, fake)}

    def shown(self, outcome: Outcome) -> Outcome:
        """Return the outcome itself."""
        return outcome

    def _scores(self, picture: Tensor, corner: Tensor) -> Tensor:
        side = min(self._weights.detail, picture.shape[-1])
        return self._discriminator(picture, losses.detail(picture, corner, side)).float()
