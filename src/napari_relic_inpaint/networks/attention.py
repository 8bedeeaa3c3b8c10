"""The contextual attention layer (Yu et al., 2018): features rebuilt from similar known ones."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

SHARPNESS = 10.0
"""Factor of the scores before the softmax."""


class ContextualAttention(nn.Module):
    """Rebuild a feature map from those of its patches that are wholly known.

    Every place is compared with every known 3 x 3 patch at half the size (rate 2), and rebuilt as
    the mean of the 4 x 4 patches at full size that belong to them, weighted by similarity. A
    place of the known part finds itself, one in the hole what continues its surroundings best.
    """

    def forward(self, features: Tensor, hole: Tensor) -> Tensor:
        """Rebuild the features.

        Memory grows with the square of the places, h w / 4: for a window of 512 x 512 px, whose
        features are 128 x 128, each matrix of scores has 64 MiB.

        Parameters
        ----------
        features : Tensor
            ``(B, C, h, w)``, height and width even.
        hole : Tensor
            ``(B, 1, n h, n w)``, 1 = hole, ``n`` times as large as the features.

        Returns
        -------
        Tensor
            ``(B, C, h, w)``; zero for pictures without any wholly known patch.
        """
        height, width = features.shape[-2] // 2, features.shape[-1] // 2
        known = wholly_known(hole, height, width)
        # Scores are differences of large numbers in an exponent: bfloat16 would not do.
        with torch.autocast(features.device.type, enabled=False):
            places = F.unfold(features[:, :, ::2, ::2].float(), 3, padding=1)
            patches = F.normalize(places, dim=1, eps=1e-4)
            scores = _fuse(places.transpose(1, 2) @ patches, height, width)
            # The lowest number instead of -inf: no known patch at all must not give NaN.
            lowest = torch.finfo(scores.dtype).min
            attention = (SHARPNESS * scores).masked_fill(~known, lowest).softmax(dim=-1) * known
        patches = F.unfold(features, 4, stride=2, padding=1)
        rebuilt = patches @ attention.to(patches.dtype).transpose(1, 2)
        # Each feature is covered by four patches.
        return F.fold(rebuilt, (2 * height, 2 * width), 4, stride=2, padding=1) / 4


def wholly_known(hole: Tensor, height: int, width: int) -> Tensor:
    """Find the 3 x 3 patches of a ``height`` x ``width`` grid over the picture without any hole.

    Returns
    -------
    Tensor
        ``(B, 1, height * width)`` of bool, in reading order. What lies beyond the border of the
        picture counts as known.
    """
    touched = F.max_pool2d(F.adaptive_max_pool2d(hole, (height, width)), 3, stride=1, padding=1)
    return touched.flatten(2) == 0


def _fuse(scores: Tensor, height: int, width: int) -> Tensor:
    """Add the scores of neighbouring places with equally neighbouring patches, in both directions.

    Patches that are found side by side fit together, which a single place cannot know.
    ``scores`` is ``(B, places, patches)``, both in reading order.
    """
    grid = (height, width)
    by_columns = _reordered(_with_neighbours(scores), *grid)
    return _reordered(_with_neighbours(by_columns), *reversed(grid))


def _with_neighbours(scores: Tensor) -> Tensor:
    """Convolve the matrix of scores with a 3 x 3 identity."""
    padded = F.pad(scores, (1, 1, 1, 1))
    return padded[:, :-2, :-2] + scores + padded[:, 2:, 2:]


def _reordered(scores: Tensor, height: int, width: int) -> Tensor:
    """Turn places and patches from reading order into column after column."""
    grids = scores.unflatten(2, (height, width)).unflatten(1, (height, width))
    return grids.permute(0, 2, 1, 4, 3).flatten(3, 4).flatten(1, 2)
