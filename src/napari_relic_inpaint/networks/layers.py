"""Layers that both generators are built from."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class ChannelNorm(nn.Module):
    """Instance normalisation without parameters or running statistics.

    Group normalisation with one channel per group is the same function. In eager bf16
    ``channels_last`` inference on a CPU it runs about twice as fast, in training it is slower,
    so each mode takes its own kernel.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Normalise every channel of every picture of ``x``, shape ``(B, C, H, W)``."""
        if torch.is_grad_enabled():
            return F.instance_norm(x)
        return F.group_norm(x, x.shape[1])


class ResidualBlock(nn.Module):
    """``x + block(x)`` with a dilated and a plain 3 x 3 convolution; no ReLU after the sum.

    Parameters
    ----------
    channels : int
        Channels in and out.
    dilation : int
        Dilation of the first convolution.
    bias : bool
        Whether the two convolutions have a bias.
    """

    def __init__(self, channels: int, dilation: int, *, bias: bool) -> None:
        super().__init__()
        self.conv_block = nn.Sequential(
            nn.ReflectionPad2d(dilation),
            nn.Conv2d(channels, channels, 3, dilation=dilation, bias=bias),
            ChannelNorm(),
            nn.ReLU(inplace=True),
            nn.ReflectionPad2d(1),
            nn.Conv2d(channels, channels, 3, bias=bias),
            ChannelNorm(),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return ``x + block(x)``, shape ``(B, C, H, W)``."""
        return x + self.conv_block(x)


def initialise(module: nn.Module) -> None:
    """Draw every convolution's weight from N(0, 0.02) and set its bias to zero."""
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(layer.weight, 0.0, 0.02)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
