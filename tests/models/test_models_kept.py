import shutil
from pathlib import Path

import pytest
import torch

from napari_relic_inpaint.errors import ModelError
from napari_relic_inpaint.models import network_file, weights
from napari_relic_inpaint.models.weights import load


@pytest.fixture
def reads(monkeypatch):
    """Names of the weight files that are read."""
    seen = []

    def counted(network, folder, card):
        seen.append(card.file)
        return network_file.read_network(network, folder, card)

    monkeypatch.setattr(weights, "read_network", counted)
    return seen


@pytest.fixture
def folder(tiny_model, tmp_path):
    """A model that no other test has loaded."""
    return Path(shutil.copytree(tiny_model, tmp_path / "model"))


def test_the_last_model_is_not_read_again(folder, tiny_model, reads):
    for _ in range(3):
        load(str(folder))
    assert sorted(reads) == ["edge.safetensors", "inpaint.safetensors"]
    load(tiny_model)
    assert len(reads) == 4


def test_who_gets_a_model_may_change_it(folder):
    first = load(str(folder))
    before = {name: value.clone() for name, value in first.edge.state_dict().items()}
    first.edge.to(torch.bfloat16)
    with torch.no_grad():
        next(first.edge.parameters()).zero_()
    again = load(str(folder)).edge.state_dict()
    for name, value in before.items():
        assert again[name].dtype == value.dtype
        assert torch.equal(again[name], value)


def test_a_file_that_changes_is_verified_again(folder):
    load(str(folder))
    path = folder / "edge.safetensors"
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(ModelError, match="is not the file its card describes"):
        load(str(folder))


def test_a_card_that_changes_is_read_again(folder):
    assert load(str(folder)).card.version == "1"
    card = folder / "card.json"
    card.write_text(card.read_text().replace('"version": "1"', '"version": "12"'))
    assert load(str(folder)).card.version == "12"
