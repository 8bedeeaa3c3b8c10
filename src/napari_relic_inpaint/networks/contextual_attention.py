"""CA: generative image inpainting with contextual attention (Yu et al., 2018).

A first network fills the hole coarsely, a second one refines it, copying features from the known
part; two critics judge the whole picture and a detail. Here for comparison with the two-stage
method.
"""

from __future__ import annotations

from itertools import pairwise
from typing import ClassVar, Literal

import torch
from torch import Tensor, nn

from napari_relic_inpaint.networks.attention import ContextualAttention


class ContextualAttentionGenerator(nn.Module):
    """The coarse and the refinement network.

    Parameters
    ----------
    width : int
        Channels of the first convolution; 32 as published.
    """

    size_multiple: ClassVar[int] = 8
    """Height and width of an input have to be multiples of this: the attention layer halves
    features that are at a quarter of the size."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.width = width
        self.coarse = nn.Sequential(
            _convolution(5, width, 5),
            _convolution(width, 2 * width, stride=2),
            _convolution(2 * width, 2 * width),
            _convolution(2 * width, 4 * width, stride=2),
            _convolution(4 * width, 4 * width),
            _convolution(4 * width, 4 * width),
            *_dilated(4 * width),
            *_decoder(4 * width, width),
        )
        self.convolution_branch = nn.Sequential(
            _convolution(5, width, 5),
            _convolution(width, width, stride=2),
            _convolution(width, 2 * width),
            _convolution(2 * width, 2 * width, stride=2),
            _convolution(2 * width, 4 * width),
            _convolution(4 * width, 4 * width),
            *_dilated(4 * width),
        )
        self.attention_branch = nn.Sequential(
            _convolution(5, width, 5),
            _convolution(width, width, stride=2),
            _convolution(width, 2 * width),
            _convolution(2 * width, 4 * width, stride=2),
            _convolution(4 * width, 4 * width),
            nn.Sequential(nn.Conv2d(4 * width, 4 * width, 3, padding=1), nn.ReLU(inplace=True)),
        )
        self.attention = ContextualAttention()
        self.after_attention = nn.Sequential(
            _convolution(4 * width, 4 * width), _convolution(4 * width, 4 * width)
        )
        self.decoder = nn.Sequential(*_decoder(8 * width, width))
        _initialise(self)

    def forward(self, picture: Tensor, hole: Tensor) -> Tensor:
        """Return the refined picture; see `stages`."""
        return self.stages(picture, hole)[1]

    def stages(self, picture: Tensor, hole: Tensor) -> tuple[Tensor, Tensor]:
        """Paint the picture coarsely, then refine it.

        The layers compute in the precision of their weights, input and output are float32.

        Parameters
        ----------
        picture : Tensor
            ``(B, 3, H, W)``, RGB in [0, 1]. What it holds inside the hole is ignored.
        hole : Tensor
            ``(B, 1, H, W)``, 1 = hole.

        Returns
        -------
        coarse, refined : Tensor
            ``(B, 3, H, W)`` each, the whole predicted picture in [0, 1].
        """
        precision = next(self.parameters()).dtype
        known = torch.where(hole > 0, 0, 2 * picture - 1)
        coarse = self.coarse(_with_hole(known, hole).to(precision)).float().clamp(-1, 1)
        filled = _with_hole(torch.where(hole > 0, coarse, known), hole).to(precision)
        attended = self.attention(self.attention_branch(filled), hole)
        branches = self.convolution_branch(filled), self.after_attention(attended)
        refined = self.decoder(torch.cat(branches, dim=1)).float().clamp(-1, 1)
        return (coarse + 1) / 2, (refined + 1) / 2


class ContextualAttentionCritic(nn.Module):
    """One of the two critics: how much a picture, or a detail, looks like an intact one.

    Parameters
    ----------
    part : {"whole", "detail"}
        What it judges.
    width : int
        Channels of the first convolution; 64 as published.
    """

    def __init__(self, part: Literal["whole", "detail"], width: int = 64) -> None:
        super().__init__()
        # Cells that are left of 256 px (whole) or 128 px (detail) after four strided convolutions.
        last, cells = {"whole": (4, 16), "detail": (8, 8)}[part]
        channels = (3, width, 2 * width, 4 * width, last * width)
        self.layers = nn.Sequential(
            *(
                nn.Sequential(nn.Conv2d(inner, outer, 5, stride=2, padding=2), nn.LeakyReLU(0.2))
                for inner, outer in pairwise(channels)
            ),
            nn.AdaptiveAvgPool2d(cells),
            nn.Flatten(),
            nn.Linear(last * width * cells**2, 1),
        )
        _initialise(self)

    def forward(self, picture: Tensor) -> Tensor:
        """Score ``picture``, ``(B, 3, H, W)`` in [-1, 1]; returns ``(B, 1)``, without bounds.

        What is left of sizes other than the published ones (256 px the whole, 128 px the detail)
        after the convolutions is averaged or repeated to that of those.
        """
        return self.layers(picture)


def _with_hole(picture: Tensor, hole: Tensor) -> Tensor:
    """``cat(picture, ones, hole)``: padding has zeros, so the ones tell where the border is."""
    return torch.cat((picture, torch.ones_like(hole), hole), dim=1)


def _convolution(
    in_channels: int, out_channels: int, kernel: int = 3, *, stride: int = 1, dilation: int = 1
) -> nn.Sequential:
    padding = dilation * (kernel // 2)
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, kernel, stride, padding, dilation=dilation),
        nn.ELU(inplace=True),
    )


def _dilated(channels: int) -> list[nn.Module]:
    return [_convolution(channels, channels, dilation=dilation) for dilation in (2, 4, 8, 16)]


def _decoder(channels: int, width: int) -> list[nn.Module]:
    half = max(1, width // 2)
    return [
        _convolution(channels, 4 * width),
        _convolution(4 * width, 4 * width),
        nn.Upsample(scale_factor=2),
        _convolution(4 * width, 2 * width),
        _convolution(2 * width, 2 * width),
        nn.Upsample(scale_factor=2),
        _convolution(2 * width, width),
        _convolution(width, half),
        nn.Conv2d(half, 3, 3, padding=1),
    ]


def _initialise(network: nn.Module) -> None:
    """Keep the spread of signals from layer to layer: no normalisation does it here."""
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.xavier_uniform_(layer.weight)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
