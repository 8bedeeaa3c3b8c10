"""The layers of VGG that the perceptual and the style loss compare (Eq. 18 and 19).

VGG-16 and VGG-19 agree down to relu3_1, which is as deep as the losses look.
"""

from __future__ import annotations

from pathlib import Path

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor, nn
from torch.nn import functional as F

from training.errors import TrainingError

CHANNELS = {0: (3, 64), 2: (64, 64), 5: (64, 128), 7: (128, 128), 10: (128, 256)}
"""Convolutions by torchvision's number, with their channels in and out."""

COMPARED = (0, 5, 10)
"""Convolutions whose ReLU is compared: relu1_1, relu2_1, relu3_1."""

POOLED = (5, 10)
"""Convolutions that follow a 2 x 2 maximum."""

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""What torchvision's weights expect pictures in [0, 1] to be normalised with."""

CALIBRATED = 0.5
"""Mean activation of every compared layer of a file's weights on a noise picture."""


class Perceptual(nn.Module):
    """VGG down to relu3_1, frozen.

    Parameters
    ----------
    weights : dict of Tensor
        ``features.N.weight`` and ``features.N.bias`` of the five convolutions.
    normalise : bool
        Whether the weights expect pictures that are normalised as torchvision does, or pictures
        in [0, 1] as they are.
    """

    def __init__(self, weights: dict[str, Tensor], *, normalise: bool) -> None:
        super().__init__()
        self.convolutions = nn.ModuleDict(
            {str(n): nn.Conv2d(*CHANNELS[n], 3, padding=1) for n in CHANNELS}
        )
        self.load_state_dict({f"convolutions.{key}": value for key, value in weights.items()})
        self.mean: Tensor
        self.deviation: Tensor
        self.register_buffer("mean", torch.tensor(MEAN if normalise else (0.0,) * 3).view(3, 1, 1))
        self.register_buffer(
            "deviation", torch.tensor(DEVIATION if normalise else (1.0,) * 3).view(3, 1, 1)
        )
        self.requires_grad_(False).eval()

    def forward(self, picture: Tensor) -> list[Tensor]:
        """Return relu1_1, relu2_1 and relu3_1 of RGB pictures in [0, 1], ``(B, 3, H, W)``."""
        x = (picture - self.mean) / self.deviation
        compared = []
        for n in CHANNELS:
            if n in POOLED:
                x = F.max_pool2d(x, 2)
            x = F.relu(self.convolutions[str(n)](x))
            if n in COMPARED:
                compared.append(x)
        return compared


def load_perceptual(file: Path | None) -> Perceptual:
    """Load VGG from a file, or VGG-19 from torchvision, which downloads it once.

    Parameters
    ----------
    file : Path, optional
        Safetensors with torchvision's key names, for pictures in [0, 1]. Published weights differ
        in scale by factors of hundreds (those from Caffe take 0 to 255), so each compared layer
        is rescaled to a mean activation of `CALIBRATED`, which is about torchvision's.

    Raises
    ------
    TrainingError
        If there are no such weights.
    """
    if file is None:
        return Perceptual(_from_torchvision(), normalise=True)
    perceptual = Perceptual(_from_file(file), normalise=False)
    _calibrate(perceptual)
    return perceptual


def _from_torchvision() -> dict[str, Tensor]:
    remedy = (
        "give the weights as a file with --perceptual-weights FILE, or switch the two losses off "
        "with --set perceptual=0 --set style=0"
    )
    try:
        # Only who has no file of weights needs it.
        from torchvision.models import (  # noqa: PLC0415
            VGG19_Weights,
            vgg19,
        )
    except ImportError:
        raise TrainingError(
            f"the perceptual and style losses need torchvision: install it, {remedy}"
        ) from None
    try:
        features = vgg19(weights=VGG19_Weights.IMAGENET1K_V1).features
    except (OSError, RuntimeError) as error:
        raise TrainingError(
            f"the VGG-19 of the perceptual and style losses could not be downloaded ({error}): "
            f"{remedy}"
        ) from None
    return {
        f"{n}.{part}": getattr(features[n], part).detach()
        for n in CHANNELS
        for part in ("weight", "bias")
    }


def _from_file(path: Path) -> dict[str, Tensor]:
    try:
        tensors = safetensors.torch.load_file(path)
    except (OSError, SafetensorError) as error:
        raise TrainingError(
            f"the perceptual weights {path} cannot be read ({error}): they have to be a "
            "safetensors file"
        ) from None
    weights = {}
    for n, (channels_in, channels_out) in CHANNELS.items():
        shapes = {"weight": (channels_out, channels_in, 3, 3), "bias": (channels_out,)}
        for part, shape in shapes.items():
            key = f"features.{n}.{part}"
            if key not in tensors or tensors[key].shape != shape:
                raise TrainingError(
                    f"{path} is not a VGG-16 or VGG-19: {key} of shape {list(shape)} is missing"
                )
            weights[f"{n}.{part}"] = tensors[key].float()
    return weights


@torch.no_grad()
def _calibrate(perceptual: Perceptual) -> None:
    noise = torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    picture = F.interpolate(noise, size=(128, 128), mode="bicubic").clamp(0, 1)
    means = [float(layer.mean()) for layer in perceptual(picture)]
    scale = 1.0
    for n, mean in zip(COMPARED, means, strict=True):
        if not mean > 0:
            raise TrainingError(f"the perceptual weights are dead: layer {n} answers with zeros")
        # What comes in is already scaled: a ReLU network scales with its input if its biases do.
        target = CALIBRATED / mean
        _scale(perceptual.convolutions[str(n)], target / scale, target)
        scale = target
        for between in CHANNELS:
            following = min((c for c in COMPARED if c > n), default=0)
            if n < between < following:
                _scale(perceptual.convolutions[str(between)], 1.0, scale)


def _scale(convolution: nn.Module, weight: float, bias: float) -> None:
    assert isinstance(convolution, nn.Conv2d) and convolution.bias is not None
    convolution.weight.mul_(weight)
    convolution.bias.mul_(bias)
