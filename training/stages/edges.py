"""Stage 1: G1 completes the edges inside the hole, D1 judges them (Eq. 7 to 10)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from napari_relic_inpaint.networks import EdgeGenerator, PatchDiscriminator
from training import losses
from training.batches import Batch
from training.losses import Terms
from training.recipe import EdgeLosses, Judge, ModelOptions
from training.stages.stage import Outcome, compiled, counted, frozen, scores


class EdgeCompletion:
    """The first stage.

    Parameters
    ----------
    edge : EdgeGenerator
        G1.
    weights : EdgeLosses
        Weights of the losses, and from when on they count.
    judge : {"prediction", "result"}
        What D1 sees: all of ``C_pred``, or ``C_pred`` inside the hole only.
    model : ModelOptions
        Width of D1.
    compile : bool
        Whether G1 is compiled.
    """

    def __init__(
        self,
        edge: EdgeGenerator,
        weights: EdgeLosses,
        judge: Judge,
        model: ModelOptions,
        compile: bool,
    ) -> None:
        device = next(edge.parameters()).device
        self._d1 = PatchDiscriminator(2, model.discriminator_width).to(device)
        self._logits = compiled(edge.logits, compile)
        self._weights = weights
        self._judge = judge
        self.generators: dict[str, nn.Module] = {"edge": edge}
        self.discriminators: dict[str, nn.Module] = {"D1": self._d1}
        self.fixed: dict[str, nn.Module] = {}

    def generator_step(self, batch: Batch, step: int) -> tuple[Terms, Outcome]:
        """Complete the edges and weigh the losses of Eq. 8."""
        logits = self._logits(batch.grey, batch.prior, batch.hole)
        probability = torch.sigmoid(logits)
        edges = losses.compose(batch.prior, probability, batch.hole)
        if self._judge == "prediction":
            real, fake = batch.edges, probability
        else:
            real, fake = losses.compose(batch.prior, batch.edges, batch.hole), edges
        judged = torch.cat((batch.grey, real), dim=1), torch.cat((batch.grey, fake), dim=1)
        values = {}
        if self._weights.cross_entropy:
            values["cross_entropy"] = losses.hole_cross_entropy(
                logits, batch.edges, batch.hole, self._weights.edge_weight
            )
        if step >= self._weights.adversarial_from:
            with frozen(self._d1):
                fake_scores, fake_features = scores(self._d1, judged[1])
                with torch.no_grad():
                    _, real_features = scores(self._d1, judged[0])
            weights = counted(self._judge, fake_scores, batch.hole)
            values["adversarial"] = losses.hinge_generator(fake_scores, weights)
            values["feature_matching"] = losses.feature_matching(real_features, fake_features)
        terms = losses.weighted(values, self._weights.model_dump())
        return terms, Outcome(probability.detach(), edges.detach(), None, judged)

    @torch.no_grad()
    def complete(self, batch: Batch) -> Tensor:
        """Return G1's edge probability without training it."""
        return torch.sigmoid(self._logits(batch.grey, batch.prior, batch.hole))

    def discriminator_step(self, batch: Batch, outcome: Outcome, step: int) -> Terms:
        """Hinge loss of D1 (Eq. 9)."""
        if step < self._weights.adversarial_from:
            return {}
        real, fake = outcome.judged
        both, _ = scores(self._d1, torch.cat((real, fake.detach())))
        real_scores, fake_scores = both.chunk(2)
        weights = counted(self._judge, fake_scores, batch.hole)
        return {"D1": losses.hinge_discriminator(real_scores, fake_scores, weights)}

    def shown(self, outcome: Outcome) -> Outcome:
        """Return the outcome itself."""
        return outcome
