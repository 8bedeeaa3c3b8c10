import json

import pytest
import torch
from tiny_completion import CARD, save_tiny, tiny_network

from napari_relic_inpaint.errors import ModelError
from napari_relic_inpaint.models import completion, folders, weights
from napari_relic_inpaint.models.card import read_card
from napari_relic_inpaint.models.choice import choose
from napari_relic_inpaint.models.verify import verify
from napari_relic_inpaint.networks import COMPLETIONS


def inputs():
    generator = torch.Generator().manual_seed(0)
    picture = torch.rand(2, 3, 32, 48, generator=generator)
    hole = (torch.rand(2, 1, 32, 48, generator=generator) > 0.7).float()
    return picture, hole


def trained_network():
    """A GLCIC network whose statistics are not those of a new one."""
    network = tiny_network("glcic").train()
    network.mean_colour.copy_(torch.tensor([0.4, 0.3, 0.2]))
    with torch.no_grad():
        network(*inputs())
    return network.eval()


@pytest.mark.parametrize("method", COMPLETIONS)
@torch.inference_mode()
def test_a_saved_network_loads_again(method, tmp_path):
    network = tiny_network(method)
    written = completion.save(CARD, network, tmp_path / "mine")
    model = completion.load(str(tmp_path / "mine"))
    assert model.card == written == verify(str(tmp_path / "mine"))
    assert (written.method, written.network.width) == (method, network.width)
    assert not model.network.training
    assert torch.allclose(network(*inputs()), model.network(*inputs()), atol=0.01)
    for key, parameter in network.named_parameters():
        assert torch.equal(model.network.get_parameter(key), parameter.half().float())


@torch.inference_mode()
def test_buffers_are_kept_exactly_and_beyond_half_precision(tmp_path):
    network = trained_network()
    network.layers[1].num_batches_tracked.fill_(300_000)
    network.layers[1].running_var[0] = 1e6
    completion.save(CARD, network, tmp_path / "mine")
    loaded = completion.load(str(tmp_path / "mine")).network
    for key, buffer in network.named_buffers():
        assert torch.equal(loaded.get_buffer(key), buffer)
        assert loaded.get_buffer(key).dtype == buffer.dtype


def test_weights_beyond_half_precision_are_refused(tmp_path):
    network = tiny_network("contextual-attention")
    network.decoder[-1].bias.data.fill_(1e6)
    with pytest.raises(ModelError, match="NaN or infinite"):
        completion.save(CARD, network, tmp_path / "mine")
    assert list(tmp_path.iterdir()) == []


def test_a_network_of_another_method_does_not_fit(tmp_path):
    folder = save_tiny("glcic", tmp_path / "mine")
    card = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps(card | {"method": "contextual-attention"}))
    with pytest.raises(ModelError, match="not those of a ContextualAttentionGenerator"):
        completion.load(str(folder))


def test_a_model_is_not_loaded_for_another_method(tmp_path, tiny_model):
    folder = save_tiny("glcic", tmp_path / "mine")
    with pytest.raises(ModelError, match="'mine' is for the method glcic, not for two-stage"):
        weights.load(str(folder))
    with pytest.raises(ModelError, match="two-stage, not for glcic or contextual-attention"):
        completion.load(tiny_model)


def test_a_card_without_a_method_is_of_the_first_one(tmp_path, tiny_model):
    card = read_card(choose(tiny_model, "two-stage")).model_dump()
    assert card.pop("method") == "two-stage"
    (tmp_path / "card.json").write_text(json.dumps(card))
    assert read_card(tmp_path) == read_card(choose(tiny_model, "two-stage"))


@pytest.mark.parametrize(
    ("fields", "texts"),
    [
        ({"method": "magic"}, ["'magic'", "'two-stage', 'glcic', 'contextual-attention'"]),
        ({"method": 7}, ["the file"]),
        ({"network": None}, ["network: "]),
        ({"network": {"file": "../n.safetensors"}}, ["network.file: "]),
        ({"hole_form": "white"}, ["hole_form: "]),
        ({"edge": None}, ["edge: "]),
    ],
)
def test_a_bad_card_names_the_entry(tmp_path, fields, texts):
    folder = save_tiny("glcic", tmp_path / "mine")
    card = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps(card | fields))
    with pytest.raises(ModelError, match=r"card\.json is not a valid model card: ") as caught:
        completion.load(str(folder))
    for text in texts:
        assert text in str(caught.value)


def test_auto_is_the_methods_own_model(user_models):
    assert choose("auto", "two-stage").name == "relic-base"


@pytest.mark.parametrize("method", COMPLETIONS)
def test_a_methods_own_model_ships_with_the_package(method, user_models):
    folder = choose("auto", method)
    assert folder.parent == folders.BUNDLED
    card = verify(folder.name)
    assert (card.method, card.licence) == (method, "MIT")
    assert completion.load(folder.name).network.width == card.network.width
