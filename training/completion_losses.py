"""The losses of the two methods to compare with: GLCIC and contextual attention (CA).

As those of the two stages, every loss is a mean over the pictures of a batch, and all arguments
are ``(B, C, H, W)`` unless said.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor
from torch.nn import functional as F

from training.losses import hole_mean


def hole_mse(result: Tensor, truth: Tensor, hole: Tensor) -> Tensor:
    """Mean squared error inside each picture's hole (GLCIC)."""
    return hole_mean((result - truth) ** 2, hole)


def cross_entropy_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """Cross-entropy of GLCIC's discriminator over raw scores.

    ``mean(-log D(real)) + mean(-log(1 - D(fake)))`` with ``D = sigmoid(score)``.
    """
    return F.softplus(-real).mean() + F.softplus(fake).mean()


def cross_entropy_generator(fake: Tensor) -> Tensor:
    """Return GLCIC's adversarial loss over raw scores: ``mean(-log D(fake))``.

    Its gradient vanishes where the discriminator is deceived, that of the published
    ``log(1 - D(fake))`` where it is not.
    """
    return F.softplus(-fake).mean()


def spatial_discount(hole: Tensor, gamma: float) -> Tensor:
    """Weigh hole pixels by how far they can be inferred from the known ones (CA).

    Parameters
    ----------
    hole : Tensor
        ``(B, 1, H, W)``, 1 = hole.
    gamma : float
        Discount per pixel.

    Returns
    -------
    Tensor
        ``(B, 1, H, W)``: gamma to the power of the distance to the nearest known pixel.
    """
    distances = [ndimage.distance_transform_edt(mask) for mask in hole[:, 0].cpu().numpy()]
    return gamma ** torch.from_numpy(np.stack(distances)[:, None]).to(hole)


def discounted_l1(result: Tensor, truth: Tensor, hole: Tensor, discount: Tensor) -> Tensor:
    """Spatially discounted absolute error, mean over each picture's hole (CA)."""
    return hole_mean((result - truth).abs() * discount, hole)


def known_l1(result: Tensor, truth: Tensor, hole: Tensor) -> Tensor:
    """Mean absolute error outside each picture's hole (CA)."""
    return hole_mean((result - truth).abs(), 1 - hole)


def wasserstein_critic(real: Tensor, fake: Tensor) -> Tensor:
    """Return ``mean(D(fake)) - mean(D(real))``, the negative Wasserstein distance (CA)."""
    return fake.mean() - real.mean()


def wasserstein_generator(fake: Tensor) -> Tensor:
    """Return the generator's part of the Wasserstein distance (CA): ``-mean(D(fake))``."""
    return -fake.mean()


def gradient_penalty(
    critic: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor, hole: Tensor, share: Tensor
) -> Tensor:
    """How far the critic's slope in the hole is from one, between real and fake pictures (CA).

    ``mean((|m * grad D(x)| - 1)^2)`` at ``x = share * real + (1 - share) * fake``.

    Parameters
    ----------
    critic : callable
        Pictures to scores ``(B, 1)``; has to be differentiable twice.
    real, fake, hole : Tensor
        Pictures that differ in the hole alone, and the hole.
    share : Tensor
        ``(B, 1, 1, 1)``, in [0, 1].
    """
    between = torch.lerp(fake, real, share).detach().requires_grad_()
    (slope,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
    return ((slope * hole).flatten(1).norm(dim=1) - 1).square().mean()
