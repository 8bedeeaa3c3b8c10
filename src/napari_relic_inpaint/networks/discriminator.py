"""The patch discriminator that D1 (edges), D2 (whole picture) and D3 (128 x 128 detail) share."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from napari_relic_inpaint.networks.layers import initialise


class PatchDiscriminator(nn.Module):
    """A 70 x 70 PatchGAN of five spectrally normalised 4 x 4 convolutions.

    Parameters
    ----------
    in_channels : int
        2 for D1 (grey, edges), 4 for D2 and D3 (RGB, edges).
    width : int
        Channels of the first convolution; 64 in the paper.
    """

    def __init__(self, in_channels: int, width: int = 64) -> None:
        super().__init__()
        channels = (in_channels, width, 2 * width, 4 * width, 8 * width, 1)
        strides = (2, 2, 2, 1, 1)
        convolutions = [
            nn.Conv2d(channels[i], channels[i + 1], 4, stride=strides[i], padding=1, bias=False)
            for i in range(5)
        ]
        for convolution in convolutions:
            initialise(convolution)
            spectral_norm(convolution)
        for i, convolution in enumerate(convolutions[:4], start=1):
            setattr(self, f"conv{i}", nn.Sequential(convolution, nn.LeakyReLU(0.2, inplace=True)))
        self.conv5 = nn.Sequential(convolutions[4])

    def forward(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Score the patches of ``x``, shape ``(B, in_channels, H, W)``, at least 24 x 24 px.

        Returns
        -------
        logits : Tensor
            ``(B, 1, H / 8 - 2, W / 8 - 2)``, raw scores for the hinge loss.
        features : list of Tensor
            The activations of all five layers, for feature matching (Eq. 10).
        """
        features = []
        for i in range(1, 6):
            x = getattr(self, f"conv{i}")(x)
            features.append(x)
        return x, features
