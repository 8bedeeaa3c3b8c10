"""The two generators: G1 completes edges, G2 paints along them (paper, sections 2.1 and 2.2).

Both share one body: two strided convolutions down, dilated residual blocks, two transposed
convolutions up. Parameter names follow EdgeConnect, so its public checkpoints can be imported.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm as with_spectral_norm

from napari_relic_inpaint.networks.layers import ChannelNorm, ResidualBlock, initialise
from napari_relic_inpaint.smooth.hole_form import HoleForm
from napari_relic_inpaint.smooth.spline import tension_spline

SIZE_MULTIPLE = 4
"""Height and width of an input have to be multiples of this (two strided convolutions)."""


class Generator(nn.Module):
    """The common body: encoder, residual blocks, decoder.

    Parameters
    ----------
    in_channels, out_channels : int
        Channels of the input and of the raw output.
    width : int
        Channels of the first convolution; 64 in the paper.
    blocks : int
        Number of residual blocks; 8 in the paper.
    block_bias : bool
        Whether the convolutions of the residual blocks have a bias.
    """

    def __init__(
        self, in_channels: int, out_channels: int, *, width: int, blocks: int, block_bias: bool
    ) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            nn.ReflectionPad2d(3),
            nn.Conv2d(in_channels, width, 7),
            ChannelNorm(),
            nn.ReLU(inplace=True),
            nn.Conv2d(width, 2 * width, 4, stride=2, padding=1),
            ChannelNorm(),
            nn.ReLU(inplace=True),
            nn.Conv2d(2 * width, 4 * width, 4, stride=2, padding=1),
            ChannelNorm(),
            nn.ReLU(inplace=True),
        )
        self.middle = nn.Sequential(
            *(ResidualBlock(4 * width, 2, bias=block_bias) for _ in range(blocks))
        )
        self.decoder = nn.Sequential(
            nn.ConvTranspose2d(4 * width, 2 * width, 4, stride=2, padding=1),
            ChannelNorm(),
            nn.ReLU(inplace=True),
            nn.ConvTranspose2d(2 * width, width, 4, stride=2, padding=1),
            ChannelNorm(),
            nn.ReLU(inplace=True),
            nn.ReflectionPad2d(3),
            nn.Conv2d(width, out_channels, 7),
        )
        initialise(self)

    def body(self, x: Tensor) -> Tensor:
        """Map ``(B, in_channels, H, W)`` to the raw output ``(B, out_channels, H, W)``.

        The layers compute in the precision of their weights, input and output are float32.
        """
        precision = next(self.parameters()).dtype
        return self.decoder(self.middle(self.encoder(x.to(precision)))).float()


class EdgeGenerator(Generator):
    """G1: complete the edges inside the hole (Eq. 7).

    Parameters
    ----------
    width, blocks : int
        See `Generator`.
    spectral_norm : bool
        Spectral normalisation of every convolution but the last. On for training; a model that
        is only run has it folded into plain weights (`fold_spectral_norm`).
    """

    def __init__(self, width: int = 64, blocks: int = 8, *, spectral_norm: bool = False) -> None:
        super().__init__(3, 1, width=width, blocks=blocks, block_bias=False)
        if spectral_norm:
            last = self.decoder[-1]
            for layer in list(self.modules()):
                if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d) and layer is not last:
                    with_spectral_norm(layer)

    def logits(self, grey: Tensor, edges: Tensor, hole: Tensor) -> Tensor:
        """Raw scores before the sigmoid; arguments as for `forward`."""
        known = 1 - hole
        return self.body(torch.cat((grey * known + hole, edges * known, hole), dim=1))

    def forward(self, grey: Tensor, edges: Tensor, hole: Tensor) -> Tensor:
        """Edge probability ``C_pred`` of every pixel.

        Parameters
        ----------
        grey, edges, hole : Tensor
            ``(B, 1, H, W)`` each: grey picture in [0, 1], its edges in {0, 1}, and the hole
            (1 = hole). What ``grey`` and ``edges`` hold inside the hole is ignored.

        Returns
        -------
        Tensor
            ``(B, 1, H, W)``, in [0, 1].
        """
        return torch.sigmoid(self.logits(grey, edges, hole))


class InpaintGenerator(Generator):
    """G2: paint the hole with the edges as a prior (Eq. 12).

    Parameters
    ----------
    width, blocks : int
        See `Generator`.
    hole_form : {"spline", "membrane", "white"}
        ``membrane``: the hole comes filled smoothly, the network sees
        ``cat(prefill, edges, hole)`` and adds a residual, ``prefill + tanh(body)``; its last
        convolution starts at zero, so that training starts from the smooth fill.
        ``spline``: the same, but the smooth fill is bent into a spline in tension first.
        ``white``: the form of the paper and of EdgeConnect, ``cat(picture with a white hole,
        edges)`` and ``(tanh(body) + 1) / 2``.
    """

    def __init__(
        self, width: int = 64, blocks: int = 8, *, hole_form: HoleForm = "membrane"
    ) -> None:
        in_channels = 4 if hole_form == "white" else 5
        super().__init__(in_channels, 3, width=width, blocks=blocks, block_bias=True)
        self.hole_form = hole_form
        if hole_form != "white":
            head = self.decoder[-1]
            assert isinstance(head, nn.Conv2d)
            nn.init.zeros_(head.weight)

    def forward(self, picture: Tensor, edges: Tensor, hole: Tensor) -> Tensor:
        """Paint the picture.

        Parameters
        ----------
        picture : Tensor
            ``(B, 3, H, W)``, RGB in [0, 1], the hole filled smoothly (`fill.membrane`). The
            ``white`` form ignores what is inside the hole.
        edges, hole : Tensor
            ``(B, 1, H, W)``, the composed edge map (Eq. 11) and the hole (1 = hole).

        Returns
        -------
        Tensor
            ``I_pred``, ``(B, 3, H, W)``; in [0, 1] for ``white``, in (-1, 2) for ``membrane``, and
            as far beyond as the spline goes for ``spline``.
        """
        return self.paint(self.prefill(picture, hole), edges, hole)

    def prefill(self, picture: Tensor, hole: Tensor) -> Tensor:
        """Return the picture as the first layer sees it: the hole white, smooth or bent.

        Apart from `paint` for training, which compiles that alone: the spline's loop over ever
        smaller grids would take the compiler minutes.
        """
        if self.hole_form == "white":
            return picture * (1 - hole) + hole
        return tension_spline(picture, hole) if self.hole_form == "spline" else picture

    def paint(self, prefilled: Tensor, edges: Tensor, hole: Tensor) -> Tensor:
        """Paint what `prefill` returned; the rest is as for `forward`."""
        if self.hole_form == "white":
            return (torch.tanh(self.body(torch.cat((prefilled, edges), dim=1))) + 1) / 2
        return prefilled + torch.tanh(self.body(torch.cat((prefilled, edges, hole), dim=1)))
