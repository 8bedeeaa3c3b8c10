import hashlib
import json
import os
import pickle
import shutil
from pathlib import Path

import pytest
import safetensors.torch
import torch
from edgeconnect_replica import LegacyEdge, LegacyInpaint, checkpoint, trained

from napari_relic_inpaint.errors import InputError, ModelError
from napari_relic_inpaint.models import folders
from napari_relic_inpaint.models.edgeconnect import import_edgeconnect
from napari_relic_inpaint.models.weights import load, save

CARD = {
    "name": "mine",
    "version": "2",
    "licence": "CC0-1.0",
    "summary": "s",
    "trained_on": "t",
    "hole_form": "membrane",
    "canny_sigma": 1.5,
    "edge_threshold": 0.3,
}


@pytest.fixture
def models(tmp_path, monkeypatch):
    """An empty folder of the user's models."""
    folder = tmp_path / "models"
    folder.mkdir()
    monkeypatch.setenv("RELIC_INPAINT_MODELS", str(folder))
    return folder


@pytest.fixture
def model(models, tiny_model):
    """A tiny model of the user's, to be spoilt."""
    return Path(shutil.copytree(tiny_model, models / "spoilt"))


@pytest.fixture(scope="module")
def legacy():
    torch.manual_seed(5)
    return trained(LegacyEdge(4, 2)), trained(LegacyInpaint(4, 2))


@pytest.fixture
def checkpoints(tmp_path, legacy):
    edge, inpaint = legacy
    return checkpoint(edge, tmp_path / "e.pth"), checkpoint(inpaint, tmp_path / "i.pth")


def edit_card(folder: Path, **fields) -> None:
    path = folder / "card.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))


def put_weights(folder: Path, content: bytes, role: str = "edge") -> None:
    """Replace a file and its hash in the card, so that only the content can be wrong."""
    (folder / f"{role}.safetensors").write_bytes(content)
    entry = json.loads((folder / "card.json").read_text())[role]
    edit_card(folder, **{role: entry | {"sha256": hashlib.sha256(content).hexdigest()}})


def edit_weights(folder: Path, edit, role: str = "edge") -> None:
    tensors = safetensors.torch.load((folder / f"{role}.safetensors").read_bytes())
    edit(tensors)
    put_weights(folder, safetensors.torch.save(tensors), role)


def refused(name, *texts: str) -> None:
    with pytest.raises(ModelError) as caught:
        load(str(name))
    for text in texts:
        assert text in str(caught.value)


def inputs(colours: int):
    generator = torch.Generator().manual_seed(0)
    picture = torch.rand(1, colours, 24, 32, generator=generator)
    edges = (torch.rand(1, 1, 24, 32, generator=generator) > 0.8).float()
    hole = (torch.rand(1, 1, 24, 32, generator=generator) > 0.7).float()
    return picture, edges, hole


@torch.inference_mode()
def test_saved_networks_load_again(tmp_path, tiny_networks):
    written = save(CARD, *tiny_networks, tmp_path / "mine")
    model = load(str(tmp_path / "mine"))
    assert model.card == written
    assert model.card.model_dump().items() >= CARD.items()
    assert (model.card.edge.width, model.card.inpaint.blocks) == (4, 1)
    assert not model.edge.training
    for before, after, colours in zip(
        tiny_networks, (model.edge, model.inpaint), (1, 3), strict=True
    ):
        assert torch.allclose(before(*inputs(colours)), after(*inputs(colours)), atol=0.01)
        for key, value in before.state_dict().items():
            assert torch.equal(after.state_dict()[key], value.half().float())


def test_saving_over_a_model_is_refused_and_leaves_it(model, tiny_networks):
    before = {path.name: path.read_bytes() for path in model.iterdir()}
    with pytest.raises(ModelError, match="exists already"):
        save(CARD, *tiny_networks, model)
    assert {path.name: path.read_bytes() for path in model.iterdir()} == before
    assert [path.name for path in model.parent.iterdir()] == ["spoilt"]


def test_a_save_that_fails_leaves_nothing(models, tiny_networks):
    with pytest.raises(ValueError):
        save(CARD | {"hole_form": "black"}, *tiny_networks, models / "mine")
    assert list(models.iterdir()) == []


def test_bundled_model_loads_and_says_what_it_is():
    model = load("relic-base")
    assert model.card.name == "relic-base"
    assert model.card.hole_form == model.inpaint.hole_form == "spline"
    assert model.card.licence
    assert model.card.trained_on


def test_a_changed_file_is_refused(model):
    path = model / "inpaint.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    refused("spoilt", str(path), "SHA-256", hashlib.sha256(content).hexdigest()[:12])


def test_a_missing_weight_is_named(model):
    edit_weights(model, lambda tensors: tensors.pop("decoder.7.bias"))
    refused("spoilt", "edge.safetensors", "lacks 'decoder.7.bias'")


def test_a_surplus_weight_is_named(model):
    edit_weights(model, lambda tensors: tensors.update(extra=torch.zeros(1)), "inpaint")
    refused("spoilt", "inpaint.safetensors", "'extra'", "does not belong")


def test_a_wrong_shape_is_named(model):
    edit_weights(model, lambda t: t.update({"encoder.1.weight": torch.zeros(5, 3, 7, 7)}))
    refused("spoilt", "edge.safetensors", "encoder.1.weight", "[5, 3, 7, 7]", "[4, 3, 7, 7]")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers_are_named(model, value):
    edit_weights(model, lambda tensors: tensors["decoder.7.bias"].fill_(value))
    refused("spoilt", "edge.safetensors", "decoder.7.bias", "NaN or infinite")


@pytest.mark.parametrize("content", [b"", b"no weights", pickle.dumps({"a": 1}), b"\xff" * 64])
def test_a_file_of_another_kind_is_refused(model, content):
    put_weights(model, content)
    refused("spoilt", "edge.safetensors is not a safetensors file")


def test_a_truncated_file_is_refused(model):
    put_weights(model, (model / "edge.safetensors").read_bytes()[:-10])
    refused("spoilt", "edge.safetensors is not a safetensors file")


def test_a_missing_file_is_named(model):
    (model / "edge.safetensors").unlink()
    refused("spoilt", str(model / "edge.safetensors"), "cannot be read")


def test_networks_of_exchanged_roles_are_refused(model):
    edge, inpaint = ((model / f"{r}.safetensors").read_bytes() for r in ("edge", "inpaint"))
    put_weights(model, inpaint, "edge")
    put_weights(model, edge, "inpaint")
    refused("spoilt", "edge.safetensors has 'middle.0.conv_block.1.bias'", "EdgeGenerator")


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"hole_form": "black"}, "hole_form"),
        ({"format": 2}, "format"),
        ({"name": "../up"}, "name"),
        ({"surplus": 1}, "surplus"),
        ({"edge_threshold": 2}, "edge_threshold"),
        ({"edge": {"file": "../edge.safetensors"}}, "edge.file"),
        ({"edge": {"file": "edge.pth"}}, "edge.file"),
        ({"inpaint": None}, "inpaint"),
    ],
)
def test_a_bad_card_names_the_entry(model, fields, text):
    edit_card(model, **fields)
    refused("spoilt", str(model / "card.json"), "is not a valid model card", text)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"null"])
def test_a_card_that_is_no_json_object_is_refused(model, content):
    (model / "card.json").write_bytes(content)
    refused("spoilt", str(model / "card.json"), "is not a valid model card")


def test_an_unknown_name_lists_the_known_ones(model):
    refused("nothing-of-that-name", "'nothing-of-that-name'", "relic-base", "spoilt")


def test_a_folder_without_a_card_is_no_model(models):
    refused(models, str(models), "is not a model", "card.json")


def test_the_variable_moves_the_users_models(model, tmp_path, monkeypatch):
    assert folders.user_folder() == model.parent
    assert folders.installed()["spoilt"] == model
    monkeypatch.setenv("RELIC_INPAINT_MODELS", str(tmp_path / "elsewhere"))
    assert "spoilt" not in folders.installed()
    assert "relic-base" in folders.installed()
    monkeypatch.delenv("RELIC_INPAINT_MODELS")
    assert folders.user_folder().name == "models"
    assert "napari-relic-inpaint" in str(folders.user_folder())


def test_a_users_model_does_not_replace_a_bundled_one(model):
    model.rename(model.parent / "relic-base")
    assert folders.find("relic-base").parent == folders.BUNDLED


def test_a_broken_model_does_not_hide_the_others(model):
    (model / "card.json").write_text("{")
    cards = folders.cards()
    assert isinstance(cards["spoilt"], ModelError)
    assert cards["relic-base"].name == "relic-base"


@pytest.mark.parametrize("prefix", ["", "module."])
@pytest.mark.parametrize("swapped", [False, True])
@torch.inference_mode()
def test_imported_checkpoints_give_the_outputs_of_the_originals(
    models, tmp_path, legacy, prefix, swapped
):
    files = [checkpoint(network, tmp_path / f"{i}.pth", prefix) for i, network in enumerate(legacy)]
    card = import_edgeconnect(*(reversed(files) if swapped else files), "edgeconnect-places2")
    assert card.hole_form == "white"
    model = load("edgeconnect-places2")
    for before, after, colours in zip(legacy, (model.edge, model.inpaint), (1, 3), strict=True):
        expected = before(*inputs(colours))
        assert expected.std() > 0.02
        assert torch.allclose(after(*inputs(colours)), expected, atol=0.01)


def test_a_checkpoint_of_the_published_size_imports(models, tmp_path):
    edge, inpaint = LegacyEdge(64, 8), LegacyInpaint(64, 8)
    assert (len(edge.state_dict()), len(inpaint.state_dict())) == (70, 44)
    card = import_edgeconnect(
        checkpoint(edge, tmp_path / "EdgeModel_gen.pth"),
        checkpoint(inpaint, tmp_path / "InpaintingModel_gen.pth"),
        "places2",
    )
    assert (card.edge.width, card.edge.blocks) == (64, 8)
    model = load("places2")
    assert sum(p.numel() for p in model.edge.parameters()) == 10_761_089
    assert sum(p.numel() for p in model.inpaint.parameters()) == 10_774_595
    # Its first use is in evaluation mode: one layer stands for all.
    assert torch.allclose(
        model.edge.encoder[4].weight,
        edge.eval().encoder[4].weight_orig / sigma(edge.encoder[4]),
        atol=1e-3,
    )


def sigma(layer):
    return layer.weight_u @ layer.weight_orig.flatten(1) @ layer.weight_v


@pytest.mark.parametrize("role", [0, 1])
def test_two_files_of_one_role_are_refused(models, checkpoints, role):
    with pytest.raises(ModelError, match=f"both the {('edge', 'inpaint')[role]} network"):
        import_edgeconnect(checkpoints[role], checkpoints[role], "double")
    assert list(models.iterdir()) == []


@pytest.mark.parametrize("name", ["", "Big", "a/b", "../a", ".a", "a b", "a\n", "ä"])
def test_names_that_cannot_be_folders_are_refused(models, checkpoints, name):
    with pytest.raises(ModelError, match="cannot name a model"):
        import_edgeconnect(*checkpoints, name)
    assert list(models.iterdir()) == []


@pytest.mark.parametrize("name", ["relic-base", "spoilt"])
def test_names_that_are_taken_are_refused(model, checkpoints, name):
    with pytest.raises(ModelError, match=f"there is a model '{name}' already"):
        import_edgeconnect(*checkpoints, name)


class Bomb:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("form", [lambda b: b, lambda b: {"iteration": 1, "generator": {"a": b}}])
def test_code_in_a_checkpoint_is_not_run(models, checkpoints, tmp_path, zipped, form):
    crater, path = tmp_path / "crater", tmp_path / "bomb.pth"
    torch.save(form(Bomb(crater)), path, _use_new_zipfile_serialization=zipped)
    with pytest.raises(ModelError, match=r"bomb\.pth holds more than tensors"):
        import_edgeconnect(path, checkpoints[1], "bombed")
    assert not crater.exists()
    assert list(models.iterdir()) == []
    torch.load(path, weights_only=False)
    assert crater.exists(), "the bomb was a dud"


def test_code_in_a_plain_pickle_is_not_run(models, checkpoints, tmp_path):
    crater, path = tmp_path / "crater", tmp_path / "bomb.pth"
    path.write_bytes(pickle.dumps(Bomb(crater)))
    with pytest.raises(ModelError, match=r"bomb\.pth"):
        import_edgeconnect(checkpoints[0], path, "bombed")
    assert not crater.exists()


def test_a_pickle_in_the_place_of_a_safetensors_file_is_not_run(model, tmp_path):
    crater = tmp_path / "crater"
    put_weights(model, pickle.dumps(Bomb(crater)))
    refused("spoilt", "is not a safetensors file")
    assert not crater.exists()


@pytest.mark.parametrize("content", [b"", b"text, not weights", b"\x89PNG\r\n", b"PK\x03\x04..."])
def test_a_file_that_is_no_checkpoint_is_refused(models, checkpoints, tmp_path, content):
    path = tmp_path / "other.pth"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"other\.pth"):
        import_edgeconnect(path, checkpoints[1], "other")
    assert list(models.iterdir()) == []


def test_a_truncated_checkpoint_is_refused(models, checkpoints):
    checkpoints[0].write_bytes(checkpoints[0].read_bytes()[:-2000])
    with pytest.raises(ModelError, match=r"e\.pth is not a PyTorch checkpoint"):
        import_edgeconnect(*checkpoints, "cut")


@pytest.mark.parametrize("path", ["missing.pth", "."])
def test_a_checkpoint_that_cannot_be_read_is_named(models, checkpoints, tmp_path, path):
    with pytest.raises(ModelError, match="cannot be read"):
        import_edgeconnect(tmp_path / path, checkpoints[1], "missing")


@pytest.mark.parametrize(
    "content", [[1], {"iteration": 1}, {"generator": [1]}, {"generator": {"a": 1}}]
)
def test_a_checkpoint_without_a_generator_is_refused(models, checkpoints, tmp_path, content):
    torch.save(content, tmp_path / "odd.pth")
    with pytest.raises(ModelError, match=r"odd\.pth is not an EdgeConnect generator"):
        import_edgeconnect(tmp_path / "odd.pth", checkpoints[1], "odd")


def spoil(path, edit):
    content = torch.load(path, weights_only=True)
    edit(content["generator"])
    torch.save(content, path)


@pytest.mark.parametrize(
    ("edit", "text"),
    [
        (lambda s: s.pop("encoder.4.weight_u"), "spectral norm of encoder.4 is incomplete"),
        (lambda s: s.update({"decoder.0.weight_v": torch.ones(3)}), "spectral norm of decoder.0"),
        (lambda s: s.pop("decoder.7.bias"), "lacks 'decoder.7.bias'"),
        (lambda s: s.update(extra=torch.ones(1)), "'extra'"),
        (lambda s: s.pop("encoder.1.weight_orig"), "takes no channels"),
        (lambda s: s.update({"encoder.1.weight": torch.ones(4, 9, 7, 7)}), "takes 9 channels"),
        (lambda s: s["decoder.7.weight"].fill_(float("nan")), "decoder.7.weight holds NaN"),
    ],
)
def test_a_spoilt_checkpoint_says_what_is_wrong(models, checkpoints, edit, text):
    spoil(checkpoints[0], edit)
    with pytest.raises(ModelError, match=r"e\.pth") as caught:
        import_edgeconnect(*checkpoints, "spoilt")
    assert text in str(caught.value)
    assert list(models.iterdir()) == []


def test_weights_too_large_for_half_precision_are_refused(models, checkpoints):
    spoil(checkpoints[1], lambda s: s["decoder.7.bias"].fill_(1e6))
    with pytest.raises(ModelError, match=r"decoder\.7\.bias"):
        import_edgeconnect(*checkpoints, "large")
    assert list(models.iterdir()) == []


def test_model_errors_are_no_input_errors():
    assert not issubclass(ModelError, InputError)
