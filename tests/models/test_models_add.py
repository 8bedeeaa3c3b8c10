import json
import shutil
import threading
import zipfile
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tiny_completion import save_tiny

from napari_relic_inpaint.errors import ModelError
from napari_relic_inpaint.models import add as add_module
from napari_relic_inpaint.models.add import add
from napari_relic_inpaint.models.verify import verify


@pytest.fixture
def models(tmp_path, monkeypatch):
    """The user's models: none yet."""
    folder = tmp_path / "models"
    monkeypatch.setenv("RELIC_INPAINT_MODELS", str(folder))
    return folder


@pytest.fixture
def model(tmp_path):
    """A model that somebody else made."""
    return save_tiny("glcic", tmp_path / "elsewhere" / "shared")


def zipped(model: Path, inside: str = "", **more: bytes) -> Path:
    """Pack a model's files under a folder of the archive, and more entries of any name."""
    archive = model.parent / "model.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as target:
        for file in sorted(model.iterdir()):
            target.write(file, f"{inside}{file.name}")
        for name, content in more.items():
            target.writestr(name, content)
    return archive


def nothing_added(models: Path) -> bool:
    return not models.exists() or list(models.iterdir()) == []


def same_files(one: Path, other: Path) -> bool:
    first, second = ({f.name: f.read_bytes() for f in d.iterdir()} for d in (one, other))
    return first == second


@pytest.mark.parametrize("source", ["folder", "parent", "flat zip", "nested zip"])
def test_a_model_is_added_from_a_folder_or_an_archive(models, model, source):
    origin = {
        "folder": lambda: model,
        "parent": lambda: model.parent,
        "flat zip": lambda: zipped(model),
        "nested zip": lambda: zipped(model, "shared/", **{"__MACOSX/._card.json": b""}),
    }[source]()
    card = add(str(origin))
    assert card.name == "shared"
    assert same_files(models / "shared", model)
    assert [folder.name for folder in models.iterdir()] == ["shared"]


def test_a_two_stage_model_is_added_too(models, tiny_model):
    card = add(tiny_model)
    assert verify("tiny") == card
    assert card.method == "two-stage"


def test_a_model_can_get_another_name(models, model):
    before = verify(str(model))
    card = add(str(zipped(model)), "mine")
    assert verify("mine") == card == before.model_copy(update={"name": "mine"})


def test_only_the_files_of_the_card_are_taken(models, model):
    (model / "run_me.py").write_text("raise SystemExit")
    add(str(model))
    assert {file.name for file in (models / "shared").iterdir()} == {
        "card.json",
        "network.safetensors",
    }


@pytest.mark.parametrize("name", ["../evil.txt", "/evil.txt", "shared/../../evil.txt", "..\\evil"])
def test_entries_that_point_elsewhere_have_no_effect(models, model, tmp_path, name):
    before = {path for path in tmp_path.rglob("*") if "evil" in path.name}
    add(str(zipped(model, "shared/", **{name: b"evil"})))
    assert {path for path in tmp_path.rglob("*") if "evil" in path.name} == before
    assert len(list((models / "shared").iterdir())) == 2


def edit_card(model: Path, **fields) -> None:
    path = model / "card.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))


@pytest.mark.parametrize(
    ("name", "reason"),
    [("relic-base", "already, in"), ("Big", "cannot name a model"), ("../up", "cannot name a mod")],
)
def test_names_that_are_taken_or_no_folders_are_refused(models, model, name, reason):
    with pytest.raises(ModelError, match=reason):
        add(str(model), name)
    edit_card(model, name=name)
    with pytest.raises(ModelError, match=f"{reason}|not a valid model card: name"):
        add(str(model))
    assert nothing_added(models)


def test_an_added_model_is_not_replaced(models, model):
    add(str(model))
    with pytest.raises(ModelError, match=r"'shared' already, in .*: choose another name"):
        add(str(zipped(model)))
    assert same_files(models / "shared", model)


@pytest.mark.parametrize("as_zip", [False, True])
@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda m: (m / "network.safetensors").write_bytes(b"other"), "not the file its card"),
        (lambda m: (m / "network.safetensors").unlink(), "network.safetensors in .* cannot be"),
        (lambda m: (m / "card.json").unlink(), "has no card.json"),
        (lambda m: (m / "card.json").write_text("{"), "card.json in .* is not a valid model card"),
        (lambda m: edit_card(m, network={"file": "/etc/passwd"}), "network.file"),
    ],
)
def test_a_spoilt_model_is_refused_and_leaves_nothing(models, model, spoil, reason, as_zip):
    spoil(model)
    if as_zip:
        model = Path(shutil.make_archive(str(model), "zip", model))
    with pytest.raises(ModelError, match=reason) as caught:
        add(str(model))
    assert str(model) in str(caught.value)
    assert str(models) not in str(caught.value)
    assert nothing_added(models)


def test_several_models_in_one_place_are_refused(models, model):
    shutil.copytree(model, model.with_name("second"))
    with pytest.raises(ModelError, match="several models, second, shared"):
        add(str(model.parent))


@pytest.mark.parametrize(("limit", "file"), [("MAX_CARD", "card"), ("MAX_NETWORK", "network")])
def test_files_that_never_end_are_refused(models, model, monkeypatch, limit, file):
    monkeypatch.setattr(add_module, limit, 50)
    with pytest.raises(ModelError, match=rf"{file}\.\w+ in .* is larger than"):
        add(str(zipped(model)))
    assert nothing_added(models)


@pytest.mark.parametrize("source", ["nowhere", "ftp://example.org/m.zip", "http://example.org/m"])
def test_sources_that_are_not_there_or_not_safe_are_refused(models, source):
    with pytest.raises(ModelError, match="https://"):
        add(source)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7), cut=st.booleans())
def test_a_damaged_archive_is_added_whole_or_refused(models, model, place, bit, cut):
    content = bytearray(zipped(model, "shared/").read_bytes())
    position = int(place * len(content))
    content[position] ^= 1 << bit
    spoilt = model.parent / "spoilt.zip"
    spoilt.write_bytes(content[:position] if cut else content)
    try:
        card = add(str(spoilt))
    except ModelError as error:
        assert str(spoilt) in str(error)
        assert nothing_added(models)
    else:
        assert verify(card.name) == card
        shutil.rmtree(models)


def test_a_folder_that_cannot_be_written_is_named(models, model):
    models.write_text("a file where the folder should be")
    with pytest.raises(ModelError, match=r"cannot be written to .*shared"):
        add(str(model))


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Elsewhere(BaseHTTPRequestHandler):
    """Sends everybody to another host, without encryption."""

    def do_GET(self):
        self.send_response(302)
        self.send_header("Location", "http://192.0.2.1/model.zip")
        self.end_headers()

    log_message = Quiet.log_message


@pytest.fixture
def serve():
    """Serve requests on this computer; returns the address."""
    servers = []

    def start(handler):
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_a_model_is_fetched_from_an_address(models, model, serve):
    archive = zipped(model, "shared/")
    address = serve(partial(Quiet, directory=str(model.parent)))
    seen = []
    add(f"{address}/model.zip", report=lambda done, total: seen.append((done, total)))
    assert same_files(models / "shared", model)
    assert seen[-1] == (archive.stat().st_size, archive.stat().st_size)


def test_an_address_with_nothing_behind_it_is_refused(models, model, serve):
    address = serve(partial(Quiet, directory=str(model.parent)))
    with pytest.raises(ModelError, match=r"/no\.zip cannot be fetched \(the server says 404"):
        add(f"{address}/no.zip")
    with pytest.raises(ModelError, match=r"127\.0\.0\.1:1/m\.zip cannot be fetched"):
        add("http://127.0.0.1:1/m.zip")
    assert nothing_added(models)


def test_a_redirection_without_encryption_is_refused(models, serve):
    with pytest.raises(ModelError, match=r"http://192\.0\.2\.1/model\.zip is not safe"):
        add(f"{serve(Elsewhere)}/model.zip")


def test_a_download_that_never_ends_is_stopped(models, model, serve, monkeypatch):
    (model / "ballast").write_bytes(bytes(10**6))
    with zipfile.ZipFile(model.parent / "model.zip", "w") as target:
        target.write(model / "ballast")
    monkeypatch.setattr(add_module, "MAX_NETWORK", 10**5)
    address = serve(partial(Quiet, directory=str(model.parent)))
    with pytest.raises(ModelError, match=r"model\.zip is larger than"):
        add(f"{address}/model.zip")
    assert nothing_added(models)


def test_the_command_line_adds_lists_and_shows(relic, models, model):
    code, said, _ = relic("models", "add", model, "--name", "mine")
    assert code == 0
    assert "mine, for glcic" in said
    assert str(models / "mine") in said
    code, said, _ = relic("models", "list")
    assert code == 0
    assert "mine (glcic, version" in said
    assert "relic-base (two-stage, version" in said
    code, said, _ = relic("models", "show", "mine")
    assert code == 0
    assert '"method": "glcic"' in said
    code, _, errors = relic("models", "add", model, "--name", "mine")
    assert code == 2
    assert errors.count("\n") == 1
