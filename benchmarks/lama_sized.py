"""A network of the size of LaMa, with random weights: what it costs is what counts here."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn


class LamaSized(nn.Sequential):
    """A network as large as LaMa: 18 residual blocks at an eighth of the scale, random weights."""

    def __init__(self) -> None:
        def conv(a: int, b: int, size: int, stride: int = 1) -> nn.Sequential:
            return nn.Sequential(
                nn.Conv2d(a, b, size, stride, size // 2), nn.BatchNorm2d(b), nn.ReLU()
            )

        blocks = [
            nn.Sequential(conv(512, 256, 3), nn.Conv2d(256, 512, 3, padding=1)) for _ in range(18)
        ]
        up = [nn.ConvTranspose2d(a, a // 2, 3, 2, 1, output_padding=1) for a in (512, 256, 128)]
        down = [conv(a, 2 * a, 3, 2) for a in (64, 128, 256)]
        super().__init__(conv(4, 64, 7), *down, *blocks, *up, nn.Conv2d(64, 3, 7, padding=3))

    @torch.inference_mode()
    def fill(self, picture: np.ndarray, mask: np.ndarray) -> None:
        """Run on a picture, padded to a multiple of 8 as such tools do."""
        pad = [(0, -n % 8) for n in mask.shape]
        picture, mask = np.pad(picture, [*pad, (0, 0)], "edge"), np.pad(mask, pad)
        both = np.concatenate([picture / np.float32(255), mask[..., None]], axis=-1)
        tensor = torch.from_numpy(both.transpose(2, 0, 1)[None].astype(np.float32))
        self(tensor.to(next(self.parameters()).device)).cpu()
