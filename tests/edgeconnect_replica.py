"""EdgeConnect's generators as its publishers built them, to check ours against."""

import torch
from torch import nn
from torch.nn.utils import spectral_norm


class Block(nn.Module):
    def __init__(self, channels, norm):
        super().__init__()
        bias = norm is None
        self.conv_block = nn.Sequential(
            nn.ReflectionPad2d(2),
            wrapped(nn.Conv2d(channels, channels, 3, dilation=2, bias=bias), norm),
            nn.InstanceNorm2d(channels, track_running_stats=False),
            nn.ReLU(),
            nn.ReflectionPad2d(1),
            wrapped(nn.Conv2d(channels, channels, 3, bias=bias), norm),
            nn.InstanceNorm2d(channels, track_running_stats=False),
        )

    def forward(self, x):
        return x + self.conv_block(x)


class Body(nn.Module):
    def __init__(self, inputs, outputs, width, blocks, norm):
        super().__init__()
        layers = [nn.ReflectionPad2d(3)]
        for convolution in (
            nn.Conv2d(inputs, width, 7),
            nn.Conv2d(width, 2 * width, 4, stride=2, padding=1),
            nn.Conv2d(2 * width, 4 * width, 4, stride=2, padding=1),
        ):
            layers += [wrapped(convolution, norm), normed(convolution), nn.ReLU()]
        self.encoder = nn.Sequential(*layers)
        self.middle = nn.Sequential(*(Block(4 * width, norm) for _ in range(blocks)))
        layers = []
        for convolution in (
            nn.ConvTranspose2d(4 * width, 2 * width, 4, stride=2, padding=1),
            nn.ConvTranspose2d(2 * width, width, 4, stride=2, padding=1),
        ):
            layers += [wrapped(convolution, norm), normed(convolution), nn.ReLU()]
        self.decoder = nn.Sequential(*layers, nn.ReflectionPad2d(3), nn.Conv2d(width, outputs, 7))

    def raw(self, *inputs):
        return self.decoder(self.middle(self.encoder(torch.cat(inputs, dim=1))))


class LegacyEdge(Body):
    def __init__(self, width, blocks):
        super().__init__(3, 1, width, blocks, spectral_norm)

    def forward(self, grey, edges, hole):
        return torch.sigmoid(self.raw(grey * (1 - hole) + hole, edges * (1 - hole), hole))


class LegacyInpaint(Body):
    def __init__(self, width, blocks):
        super().__init__(4, 3, width, blocks, None)

    def forward(self, picture, edges, hole):
        return (torch.tanh(self.raw(picture * (1 - hole) + hole, edges)) + 1) / 2


def wrapped(convolution, norm):
    return convolution if norm is None else norm(convolution)


def normed(convolution):
    return nn.InstanceNorm2d(convolution.out_channels, track_running_stats=False)


def trained(network):
    """Leave the initial state: power iterations and weights as after some training."""
    network.train()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
        for _ in range(3):
            network.raw(torch.rand(1, network.encoder[1].in_channels, 16, 16))
    return network.eval()


def checkpoint(network, path, prefix=""):
    """Write the file that EdgeConnect's training writes."""
    state = {prefix + key: value for key, value in network.state_dict().items()}
    torch.save({"iteration": 2000, "generator": state}, path)
    return path
