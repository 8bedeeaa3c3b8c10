"""GLCIC: globally and locally consistent image completion (Iizuka et al., 2017).

One network fills the hole in one pass; a discriminator with two branches judges the whole picture
and a detail of it together. Here for comparison with the two-stage method.
"""

from __future__ import annotations

from itertools import pairwise
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

NORM_MOMENTUM = 0.01
"""Share of a training step in the running statistics. A step has few pictures, which differ more
than batch normalisation's usual 0.1 allows for."""

DISCRIMINATOR_CELLS = 4
"""Rows and columns that both branches of the discriminator end with."""


class GlcicGenerator(nn.Module):
    """The completion network: seventeen convolutions, four of them dilated.

    Parameters
    ----------
    width : int
        Channels of the first convolution; 64 as published.

    Attributes
    ----------
    mean_colour : Tensor
        ``(3,)``, RGB in [0, 1], the mean of the pictures it was trained on: the colour that it
        sees inside the hole. Saved with the weights.
    """

    size_multiple: ClassVar[int] = 4
    """Height and width of an input have to be multiples of this (two strided convolutions)."""

    mean_colour: Tensor

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        self.width = width
        half = max(1, width // 2)
        self.register_buffer("mean_colour", torch.full((3,), 0.5))
        self.layers = nn.Sequential(
            *_convolution(4, width, 5),
            *_convolution(width, 2 * width, stride=2),
            *_convolution(2 * width, 2 * width),
            *_convolution(2 * width, 4 * width, stride=2),
            *_convolution(4 * width, 4 * width),
            *_convolution(4 * width, 4 * width),
            *_convolution(4 * width, 4 * width, dilation=2),
            *_convolution(4 * width, 4 * width, dilation=4),
            *_convolution(4 * width, 4 * width, dilation=8),
            *_convolution(4 * width, 4 * width, dilation=16),
            *_convolution(4 * width, 4 * width),
            *_convolution(4 * width, 4 * width),
            *_enlargement(4 * width, 2 * width),
            *_convolution(2 * width, 2 * width),
            *_enlargement(2 * width, width),
            *_convolution(width, half),
            nn.Conv2d(half, 3, 3, padding=1),
        )
        _initialise(self)

    def forward(self, picture: Tensor, hole: Tensor) -> Tensor:
        """Paint the picture.

        The layers compute in the precision of their weights, input and output are float32.

        Parameters
        ----------
        picture : Tensor
            ``(B, 3, H, W)``, RGB in [0, 1]. What it holds inside the hole is ignored.
        hole : Tensor
            ``(B, 1, H, W)``, 1 = hole.

        Returns
        -------
        Tensor
            ``(B, 3, H, W)``, the whole predicted picture in [0, 1].
        """
        seen = torch.where(hole > 0, self.mean_colour.to(picture.dtype)[:, None, None], picture)
        precision = next(self.parameters()).dtype
        return torch.sigmoid(self.layers(torch.cat((seen, hole), dim=1).to(precision)).float())


class GlcicDiscriminator(nn.Module):
    """Judges a picture and a detail of it: two branches of convolutions, joined by one score.

    Parameters
    ----------
    width : int
        Channels of the first convolutions; 64 as published.
    """

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        features = 16 * width
        self.whole = _branch(width, (1, 2, 4, 8, 8, 8), features)
        self.detail = _branch(width, (1, 2, 4, 8, 8), features)
        self.score = nn.Linear(2 * features, 1)
        _initialise(self)

    def forward(self, picture: Tensor, detail: Tensor) -> Tensor:
        """Score pictures as real (high) or completed (low).

        Parameters
        ----------
        picture : Tensor
            ``(B, 3, H, W)``; 256 x 256 px as published. What is left of other sizes after the
            convolutions is averaged or repeated to 4 x 4.
        detail : Tensor
            ``(B, 3, h, w)``; 128 x 128 px as published.

        Returns
        -------
        Tensor
            ``(B, 1)``, raw scores.
        """
        return self.score(F.relu(torch.cat((self.whole(picture), self.detail(detail)), dim=1)))


def _convolution(
    in_channels: int, out_channels: int, kernel: int = 3, *, stride: int = 1, dilation: int = 1
) -> tuple[nn.Module, ...]:
    padding = dilation * (kernel // 2)
    return (
        nn.Conv2d(
            in_channels, out_channels, kernel, stride, padding, dilation=dilation, bias=False
        ),
        nn.BatchNorm2d(out_channels, momentum=NORM_MOMENTUM),
        nn.ReLU(inplace=True),
    )


def _enlargement(in_channels: int, out_channels: int) -> tuple[nn.Module, ...]:
    return (
        nn.ConvTranspose2d(in_channels, out_channels, 4, stride=2, padding=1, bias=False),
        nn.BatchNorm2d(out_channels, momentum=NORM_MOMENTUM),
        nn.ReLU(inplace=True),
    )


def _branch(width: int, multiples: tuple[int, ...], features: int) -> nn.Sequential:
    channels = (3, *(multiple * width for multiple in multiples))
    return nn.Sequential(
        *(
            layer
            for inner, outer in pairwise(channels)
            for layer in _convolution(inner, outer, 5, stride=2)
        ),
        nn.AdaptiveAvgPool2d(DISCRIMINATOR_CELLS),
        nn.Flatten(),
        nn.Linear(channels[-1] * DISCRIMINATOR_CELLS**2, features),
    )


def _initialise(network: nn.Module) -> None:
    """Keep the spread of signals from layer to layer, also before the statistics are known."""
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
