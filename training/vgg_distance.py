"""How unlike two pictures look in a hole: the distance of VGG's activations there."""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from training.losses import hole_mean, patch_weights
from training.perceptual import Perceptual, load_perceptual

load = cache(load_perceptual)
"""Load VGG as `load_perceptual` does, once in a process."""


@torch.no_grad()
def vgg_distance(
    perceptual: Perceptual,
    result: NDArray[np.floating],
    truth: NDArray[np.floating],
    hole: NDArray[np.bool_],
) -> float:
    """Distance of the activations in the hole, 0 to 6; 0 if the pictures are identical.

    Of relu1_1, relu2_1 and relu3_1 each pixel's channels are scaled to length 1. Their squared
    distance is averaged over the hole, in which a pixel of a coarser layer counts by the share of
    it that is hole, and summed over the three layers. It is low for a fill that looks like what was
    there, also if it is a little out of place, and high for a smooth one.

    Parameters
    ----------
    perceptual : Perceptual
        VGG; how its layers are scaled makes no difference.
    result, truth : (H, W, 3) arrays
        RGB in [0, 1].
    hole : (H, W) array of bool
        True = hole, somewhere.
    """
    layers = zip(*(perceptual(_batch(picture)) for picture in (result, truth)), strict=True)
    where = torch.from_numpy(hole)[None, None]
    distances = []
    for of_result, of_truth in layers:
        squared = (F.normalize(of_result) - F.normalize(of_truth)).square().sum(1, keepdim=True)
        distances.append(hole_mean(squared, patch_weights(squared, where)))
    return float(torch.stack(distances).sum())


def _batch(picture: NDArray[np.floating]) -> Tensor:
    return torch.from_numpy(picture.astype(np.float32)).permute(2, 0, 1)[None]
