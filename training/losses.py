"""The losses of the paper (Eq. 8 to 20) and the two that are added to them.

Every loss is a mean over the pictures of a batch, so that the loss of a batch is the mean of its
parts' and several machines see the same one. All arguments are ``(B, C, H, W)`` unless said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from napari_relic_inpaint.measuring.metrics import TEXTURE_REACH, TEXTURE_WINDOW

IMPERCEPTIBLE = 4 / 255
"""Error of a colour value that nobody sees in a photograph."""

TEXTURE_GAIN = 4.0
"""What `texture` multiplies by, so that a painting's values are near 1 as a picture's are."""

Terms = dict[str, Tensor]
"""Terms of a loss by name, each a scalar that is already weighted: they are added up."""


def weighted(values: Mapping[str, Tensor], weights: Mapping[str, float]) -> Terms:
    """Weigh the terms of Eq. 8 or Eq. 20: ``{name: weight * value}``."""
    return {name: weights[name] * value for name, value in values.items()}


def total(terms: Terms) -> Tensor:
    """Sum of the weighted terms."""
    return torch.stack(list(terms.values())).sum()


def hinge_discriminator(real: Tensor, fake: Tensor, weights: Tensor | None = None) -> Tensor:
    """Hinge loss of D1, D2 or D3 (Eq. 9, 13, 17).

    ``mean(max(0, 1 - D(real))) + mean(max(0, 1 + D(fake)))`` over raw scores.

    Parameters
    ----------
    real, fake : Tensor
        Raw scores of patches, ``(B, 1, h, w)``.
    weights : Tensor, optional
        Of the same shape: how much each patch counts (`patch_weights`); all alike by default.
    """
    return _patch_mean(F.relu(1 - real), weights) + _patch_mean(F.relu(1 + fake), weights)


def hinge_generator(fake: Tensor, weights: Tensor | None = None) -> Tensor:
    """Return the generator's part of the hinge losses (Eq. 9, 13, 17): ``-mean(D(fake))``.

    Arguments are those of `hinge_discriminator`.
    """
    return -_patch_mean(fake, weights)


def patch_weights(scores: Tensor, hole: Tensor) -> Tensor:
    """Share of the hole in the middle of each patch that a discriminator has scored.

    Where the truth stands outside the hole, real and fake patches there are the same, and nothing
    can be learnt from them.

    Parameters
    ----------
    scores : Tensor
        ``(B, 1, h, w)``.
    hole : Tensor
        ``(B, 1, H, W)`` of what was judged, 1 = hole.
    """
    height, width = scores.shape[-2:]
    return F.adaptive_avg_pool2d(hole.float(), (height, width))


def texture(picture: Tensor) -> Tensor:
    """Return what a picture is beside its local mean (not in the paper).

    Spectrally normalised layers without biases see the brightness of a picture first and are
    nearly linear in its texture, of which a soft fill has the mean: without the brightness they
    tell the two apart.

    Parameters
    ----------
    picture : Tensor
        ``(B, C, H, W)``.

    Returns
    -------
    Tensor
        ``TEXTURE_GAIN (x - mean(x))``, the mean over `TEXTURE_WINDOW` pixels each way: what
        `metrics.texture` measures, here to be learnt from.
    """
    mean = F.avg_pool2d(picture, TEXTURE_WINDOW, 1, TEXTURE_REACH, count_include_pad=False)
    return TEXTURE_GAIN * (picture - mean)


def _patch_mean(values: Tensor, weights: Tensor | None) -> Tensor:
    return values.mean() if weights is None else hole_mean(values, weights)


def feature_matching(real: Sequence[Tensor], fake: Sequence[Tensor]) -> Tensor:
    """Mean L1 distance of a discriminator's activations, averaged over its layers (Eq. 10)."""
    distances = [F.l1_loss(f, r.detach()) for r, f in zip(real, fake, strict=True)]
    return torch.stack(distances).mean()


def compose(known: Tensor, completed: Tensor, hole: Tensor) -> Tensor:
    """``known (1 - m) + completed m`` (Eq. 11), for edges and for pictures."""
    return torch.where(hole > 0, completed, known)


def detail(picture: Tensor, corner: Tensor, size: int) -> Tensor:
    """Cut the square that D3 judges from each picture (Eq. 14 to 16).

    Parameters
    ----------
    picture : Tensor
        Picture, prediction or edge map.
    corner : Tensor
        ``(B, 2)`` of int: row and column of each square's first pixel.
    size : int
        Side h of the square, at most the picture's.
    """
    rows, columns = corner.unbind(1)
    steps = torch.arange(size, device=picture.device)
    batch = torch.arange(len(picture), device=picture.device)[:, None, None]
    # Indexing puts the indexed axes first: (B, h, h, C).
    cut = picture[
        batch, :, (rows[:, None] + steps)[:, :, None], (columns[:, None] + steps)[:, None]
    ]
    return cut.permute(0, 3, 1, 2)


def perceptual(result: Sequence[Tensor], truth: Sequence[Tensor]) -> Tensor:
    """L1 distance of VGG activations, summed over relu1_1, relu2_1 and relu3_1 (Eq. 18)."""
    return torch.stack([F.l1_loss(r, t) for r, t in zip(result, truth, strict=True)]).sum()


def gram(features: Tensor) -> Tensor:
    """Gram matrices ``F F^T / (C H W)``, ``(B, C, C)``, in float32."""
    with torch.autocast(features.device.type, enabled=False):
        flat = features.float().flatten(2)
        return flat @ flat.transpose(1, 2) / (flat.shape[1] * flat.shape[2])


def style(result: Sequence[Tensor], truth: Sequence[Tensor]) -> Tensor:
    """L1 distance of the Gram matrices, summed over the same layers (Eq. 19)."""
    return torch.stack(
        [F.l1_loss(gram(r), gram(t)) for r, t in zip(result, truth, strict=True)]
    ).sum()


def hole_l1(result: Tensor, truth: Tensor, hole: Tensor) -> Tensor:
    """Mean absolute error inside each picture's hole (not in the paper).

    Normalised by each picture's own hole, so that a thin crack counts as much as a large loss.
    """
    return hole_mean((result - truth).abs(), hole)


def hole_decibels(result: Tensor, truth: Tensor, hole: Tensor) -> Tensor:
    """Negative hole PSNR in units of 10 dB (not in the paper).

    The measure that restorations are compared by, as a loss: ``log10`` of the mean squared error
    inside each picture's hole. Errors below `IMPERCEPTIBLE` hardly count, or flat grounds would
    outweigh everything else.
    """
    squared = _hole_means((result - truth) ** 2, hole)
    return torch.log10(squared + IMPERCEPTIBLE**2).mean()


def hole_cross_entropy(logits: Tensor, edges: Tensor, hole: Tensor, edge_weight: float) -> Tensor:
    """Cross-entropy of the edges inside each picture's hole (not in the paper).

    Parameters
    ----------
    logits : Tensor
        Raw scores of G1.
    edges, hole : Tensor
        True edges and the hole, 0 and 1.
    edge_weight : float
        Weight of edge pixels, which are some 7 % of a picture.
    """
    entropy = F.binary_cross_entropy_with_logits(
        logits, edges, reduction="none", pos_weight=torch.tensor(edge_weight, device=logits.device)
    )
    return hole_mean(entropy, hole)


def hole_mean(values: Tensor, hole: Tensor) -> Tensor:
    """Mean over the pictures of the mean inside each picture's hole."""
    return _hole_means(values, hole).mean()


def _hole_means(values: Tensor, hole: Tensor) -> Tensor:
    """Mean inside each picture's hole, ``(B,)``."""
    sums = (values * hole).sum((1, 2, 3))
    return sums / (values.shape[1] * hole.sum((1, 2, 3)))
