import os
import signal
import sys
from functools import partial
from pathlib import Path

import pytest
import torch
from hypothesis import settings
from torch import nn

from napari_relic_inpaint import cli, restore, restore_steps
from napari_relic_inpaint.models.weights import save
from napari_relic_inpaint.networks import EdgeGenerator, InpaintGenerator

settings.register_profile("relic", deadline=None, max_examples=25, derandomize="CI" in os.environ)
settings.load_profile("relic")

CARD = {
    "name": "tiny",
    "version": "1",
    "licence": "MIT",
    "summary": "Random weights.",
    "trained_on": "nothing",
    "hole_form": "membrane",
}


LONGEST = ("napari_process", "training")


def pytest_collection_modifyitems(items):
    """Begin with the tests that take longest: several processes then end at about one time."""
    here = Path(__file__).parent
    items.sort(key=lambda item: item.path.relative_to(here).parts[0] not in LONGEST)


@pytest.fixture(scope="session", autouse=True)
def signals_are_heard():
    """A shell's background jobs and nohup let signals be ignored, and so does what they start."""
    for name, heard in (
        ("SIGINT", signal.default_int_handler),
        ("SIGTERM", signal.SIG_DFL),
        ("SIGHUP", signal.SIG_DFL),
    ):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, heard)


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """Networks this small lose more to threads that wait for each other than they gain."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session", autouse=True)
def user_models(tmp_path_factory):
    """An empty folder in the place of the user's own models."""
    folder = tmp_path_factory.mktemp("user-models")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RELIC_INPAINT_MODELS", str(folder))
        yield folder


@pytest.fixture(scope="session")
def tiny_networks():
    """Both generators, small and random; the second changes the smooth fill by some 0.1."""
    generator = torch.Generator().manual_seed(1)
    edge, inpaint = EdgeGenerator(4, 1), InpaintGenerator(4, 1)
    for network in (edge, inpaint):
        for parameter in network.parameters():
            nn.init.normal_(parameter, 0.0, 0.05, generator=generator)
    with torch.no_grad():
        inpaint.decoder[-1].weight /= 5
    return edge.eval(), inpaint.eval()


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory, tiny_networks):
    """Folder of a model that runs in milliseconds."""
    folder = tmp_path_factory.mktemp("models") / "tiny"
    save(CARD, *tiny_networks, folder)
    return str(folder)


@pytest.fixture(scope="session")
def tiny_restore(tiny_model):
    """`restore` with the tiny model, in several windows as soon as a side exceeds 64 px.

    Painting alone: detail is tested in a room of its own, and takes longer than these networks.
    """
    return partial(restore, model=tiny_model, device="cpu", window=64, detail="none")


@pytest.fixture(scope="session")
def tiny_steps(tiny_model):
    return partial(restore_steps, model=tiny_model, device="cpu", window=64, detail="none")


@pytest.fixture
def relic(capsys, monkeypatch):
    """Run the command line in this process; returns exit code, output and errors."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["relic-inpaint", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            cli.main()
            sys.exit(0)
        said = capsys.readouterr()
        return end.value.code or 0, said.out, said.err

    return run
