"""Small pictures, small networks, and weights of VGG's shape, for fast tests."""

from pathlib import Path

import pytest
import safetensors.torch
import torch
from tiny import draw_picture

from napari_relic_inpaint.files import write_picture
from training import fit
from training.perceptual import CHANNELS


@pytest.fixture(autouse=True)
def few_pairs(monkeypatch):
    """A validation that lasts a moment."""
    monkeypatch.setattr(fit, "VALIDATION_PAIRS", 1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Six pictures to train on."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for i in range(6):
        write_picture(folder / f"{i}.png", draw_picture(i), rgb=True)
    return folder


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A picture that is large enough to be validated on."""
    folder = tmp_path / "large"
    folder.mkdir()
    write_picture(folder / "a.png", draw_picture(7, 280), rgb=True)
    return folder


@pytest.fixture(scope="session")
def vgg_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights of VGG's shape."""
    generator = torch.Generator().manual_seed(0)
    tensors = {}
    for n, (channels_in, channels_out) in CHANNELS.items():
        scale = (9 * channels_in) ** -0.5 * (200 if n == 0 else 1)
        weight = torch.randn(channels_out, channels_in, 3, 3, generator=generator) * scale
        tensors[f"features.{n}.weight"] = weight
        tensors[f"features.{n}.bias"] = torch.full((channels_out,), 0.01)
    path = tmp_path_factory.mktemp("vgg") / "vgg.safetensors"
    safetensors.torch.save_file(tensors, path)
    return path
