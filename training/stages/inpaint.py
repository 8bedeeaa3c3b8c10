"""Stage 2: G2 paints along the edges, D2 and D3 judge the picture and a detail (Eq. 11 to 20)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from napari_relic_inpaint.edges import COMPLETED_WIDTH
from napari_relic_inpaint.networks import EdgeGenerator, InpaintGenerator, PatchDiscriminator
from napari_relic_inpaint.smooth import membrane as fill
from training import losses
from training.batches import Batch
from training.losses import Terms
from training.perceptual import Perceptual
from training.recipe import InpaintLosses, Judge, ModelOptions
from training.stages.stage import EDGE_THRESHOLD, Outcome, compiled, counted, frozen, scores

Complete = Callable[[Batch], Tensor]


class Painting:
    """The second stage.

    Parameters
    ----------
    inpaint : InpaintGenerator
        G2.
    edge : EdgeGenerator, optional
        G1, frozen, for the batches' ``own`` edges; None where `generator_step` is given them.
    vgg : Perceptual, optional
        The layers of the perceptual and the style loss; None if neither counts.
    weights : InpaintLosses
        Weights of the losses, and from when on they count.
    judge : {"prediction", "result"}
        What the losses see: all of ``I_pred``, or ``I_pred`` inside the hole only.
    model : ModelOptions
        Width of the discriminators.
    compile : bool
        Whether G2 and VGG are compiled.
    """

    def __init__(
        self,
        inpaint: InpaintGenerator,
        edge: EdgeGenerator | None,
        vgg: Perceptual | None,
        weights: InpaintLosses,
        judge: Judge,
        model: ModelOptions,
        compile: bool,
    ) -> None:
        device = next(inpaint.parameters()).device
        self._d2, self._d3 = (
            PatchDiscriminator(4, model.discriminator_width).to(device) for _ in range(2)
        )
        self._form = inpaint.hole_form
        self._prefill = inpaint.prefill
        self._painted = compiled(inpaint.paint, compile)
        self._edge = edge
        self._vgg = None if vgg is None else compiled(vgg, compile)
        self._weights = weights
        self._judge = judge
        self.generators: dict[str, nn.Module] = {"inpaint": inpaint}
        self.discriminators: dict[str, nn.Module] = {"D2": self._d2, "D3": self._d3}
        self.fixed: dict[str, nn.Module] = {} if edge is None else {"edge": edge}

    def generator_step(
        self, batch: Batch, step: int, completed: Complete | None = None
    ) -> tuple[Terms, Outcome]:
        """Paint and weigh the losses of Eq. 20.

        Parameters
        ----------
        batch : Batch
            The batch.
        step : int
            The step, for terms that start late.
        completed : Callable, optional
            Returns the edge probability of a batch from G1 as it is being trained.
        """
        start, edges = self._inputs(batch, completed)
        if batch.prefill is None:
            predicted = self._paint(start, edges, batch.hole)
        else:
            predicted = self._painted(batch.prefill, edges, batch.hole)
        result = losses.compose(batch.picture, predicted, batch.hole)
        judged = predicted if self._judge == "prediction" else result
        values = {}
        if self._weights.l1:
            values["l1"] = losses.hole_l1(predicted, batch.picture, batch.hole)
        if self._weights.decibels:
            values["decibels"] = losses.hole_decibels(predicted, batch.picture, batch.hole)
        if self._vgg is not None and step >= self._weights.perceptual_from:
            fake = self._vgg(judged)
            with torch.no_grad():
                real = self._vgg(batch.picture)
            values["perceptual"] = losses.perceptual(fake, real)
            values["style"] = losses.style(fake, real)
        pair = self._seen(batch.picture, edges), self._seen(judged, edges)
        if step >= self._weights.adversarial_from:
            values |= self._adversarial(*pair, batch)
        terms = losses.weighted(values, loss_weights(self._weights))
        return terms, Outcome(None, edges, result.detach(), pair)

    def discriminator_step(self, batch: Batch, outcome: Outcome, step: int) -> Terms:
        """Hinge losses of D2 (Eq. 13) and D3 (Eq. 17)."""
        if step < self._weights.adversarial_from:
            return {}
        both = torch.cat((outcome.judged[0], outcome.judged[1].detach()))
        everything, _ = scores(self._d2, both)
        details, _ = scores(self._d3, self._detail(both, batch.corner.repeat(2, 1)))
        return {
            "D2": self._hinge(everything, batch.hole),
            "D3": self._hinge(details, self._detail(batch.hole, batch.corner)),
        }

    def shown(self, outcome: Outcome) -> Outcome:
        """Return the outcome itself."""
        return outcome

    def _inputs(self, batch: Batch, completed: Complete | None) -> tuple[Tensor, Tensor]:
        """Return the prefilled picture and the edge prior C (Eq. 11)."""
        if self._form == "white":
            return batch.picture, self._prior(batch, self._own_edges(batch, completed))
        if batch.coarse is None:
            edges = self._prior(batch, self._own_edges(batch, completed))
            if batch.prefill is not None:
                return batch.prefill, edges
            return fill.membrane(batch.picture, batch.hole), edges
        with torch.no_grad():
            start, edges = self._inputs(batch.coarse, completed)
            painted = self._paint(start, edges, batch.coarse.hole)
        painted = losses.compose(batch.coarse.picture, painted.float(), batch.coarse.hole)
        start = losses.compose(batch.picture, _enlarged(painted, batch, "bilinear"), batch.hole)
        # Of a wide hole the first network sees nothing at full scale: its edges are enlarged, too.
        return start, self._prior(batch, _enlarged(edges, batch, "nearest"))

    def _paint(self, start: Tensor, edges: Tensor, hole: Tensor) -> Tensor:
        return self._painted(self._prefill(start, hole), edges, hole)

    def _own_edges(self, batch: Batch, completed: Complete | None) -> Tensor | None:
        """Return G1's edge probability, at least where the batch asks for it."""
        if not bool(batch.own.any()):
            return None
        if completed is not None:
            return completed(batch)
        if self._edge is None:
            return None
        probability = torch.zeros_like(batch.hole)
        with torch.no_grad():
            probability[batch.own] = self._edge(
                batch.grey[batch.own], batch.prior[batch.own], batch.hole[batch.own]
            ).to(probability.dtype)
        return probability

    def _prior(self, batch: Batch, own: Tensor | None) -> Tensor:
        """Return the edge prior C (Eq. 11), with G1's edges where the batch asks for them."""
        if own is None:
            return batch.prior
        # In black and white, as edges that people draw: soft ones were measured to be no better.
        drawn = (own > EDGE_THRESHOLD) & batch.own[:, None, None, None] & completed_area(batch.hole)
        return losses.compose(batch.prior, torch.maximum(batch.prior, drawn.float()), batch.hole)

    def _seen(self, picture: Tensor, edges: Tensor) -> Tensor:
        """Return what D2 sees, and D3 a detail of."""
        seen = losses.texture(picture) if self._weights.seen == "texture" else picture
        return torch.cat((seen, edges), dim=1)

    def _adversarial(self, real: Tensor, fake: Tensor, batch: Batch) -> dict[str, Tensor]:
        with frozen(self._d2, self._d3):
            fake_scores, fake_features = scores(self._d2, fake)
            detail_scores, _ = scores(self._d3, self._detail(fake, batch.corner))
            detail_hole = self._detail(batch.hole, batch.corner)
            values = {
                "adversarial_global": losses.hinge_generator(
                    fake_scores, counted(self._judge, fake_scores, batch.hole)
                ),
                "adversarial_local": losses.hinge_generator(
                    detail_scores, counted(self._judge, detail_scores, detail_hole)
                ),
            }
            if self._weights.feature_matching:
                with torch.no_grad():
                    _, real_features = scores(self._d2, real)
                values["feature_matching"] = losses.feature_matching(real_features, fake_features)
        return values

    def _hinge(self, scored: Tensor, hole: Tensor) -> Tensor:
        """Hinge loss of a discriminator that has scored real pictures and fake ones together."""
        real, fake = scored.chunk(2)
        return losses.hinge_discriminator(real, fake, counted(self._judge, fake, hole))

    def _detail(self, picture: Tensor, corner: Tensor) -> Tensor:
        return losses.detail(picture, corner, min(self._weights.detail, picture.shape[-1]))


def _enlarged(coarse: Tensor, batch: Batch, mode: str) -> Tensor:
    """Enlarge what was made of the batch's surroundings, and cut the crops out of it."""
    assert batch.place is not None
    align = False if mode == "bilinear" else None
    enlarged = F.interpolate(coarse, scale_factor=2, mode=mode, align_corners=align)
    return losses.detail(enlarged, batch.place, batch.hole.shape[-1])


def completed_area(hole: Tensor) -> Tensor:
    """Return where edges are completed, as at restoration: where a square fits into the hole.

    Parameters
    ----------
    hole : Tensor
        ``(B, 1, H, W)``, 1 = hole.

    Returns
    -------
    Tensor of bool
        Of the same shape: the opening with a square of `COMPLETED_WIDTH` pixels a side.
    """
    side = COMPLETED_WIDTH
    centres = -F.max_pool2d(-hole, side, stride=1, padding=side // 2)
    return F.max_pool2d(centres, side, stride=1, padding=side // 2) > 0


def loss_weights(weights: InpaintLosses) -> dict[str, float]:
    """Return the weight of each term of Eq. 20: ``alpha`` multiplies both adversarial ones."""
    return {
        **weights.model_dump(exclude={"seen"}),
        "adversarial_global": weights.alpha * weights.adversarial_global,
        "adversarial_local": weights.alpha * weights.adversarial_local,
    }
