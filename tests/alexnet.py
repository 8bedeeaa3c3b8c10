"""Random weights of AlexNet's shape, where torchvision looks for those it has downloaded."""

import math
from pathlib import Path

import torch

FILE = "alexnet-owt-7be5be79.pth"
CONVOLUTIONS = {
    0: (64, 3, 11, 11),
    3: (192, 64, 5, 5),
    6: (384, 192, 3, 3),
    8: (256, 384, 3, 3),
    10: (256, 256, 3, 3),
}
CLASSIFIER = {1: (4096, 9216), 4: (4096, 4096), 6: (1000, 4096)}


def write_alexnet(home: Path) -> Path:
    """Write the file into a folder that is to be ``TORCH_HOME``."""
    generator = torch.Generator().manual_seed(0)
    weights = {}
    for n, shape in CONVOLUTIONS.items():
        scale = math.sqrt(2 / math.prod(shape[1:]))
        weights[f"features.{n}.weight"] = torch.randn(shape, generator=generator) * scale
        weights[f"features.{n}.bias"] = torch.zeros(shape[0])
    for n, shape in CLASSIFIER.items():
        # LPIPS does not use them: one zero in the file stands for millions.
        weights[f"classifier.{n}.weight"] = torch.zeros(1, 1).expand(shape)
        weights[f"classifier.{n}.bias"] = torch.zeros(1).expand(shape[0])
    file = home / "hub" / "checkpoints" / FILE
    file.parent.mkdir(parents=True)
    torch.save(weights, file)
    return file
