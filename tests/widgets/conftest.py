import threading
from types import SimpleNamespace

import numpy as np
import pytest
from restore_runs import paint

from napari_relic_inpaint import Retouching

TIMEOUT_S = 60


@pytest.fixture(autouse=True)
def unsaved_work(tmp_path_factory, monkeypatch):
    """An empty folder in the place of the user's, where unsaved work is kept."""
    folder = tmp_path_factory.mktemp("state")
    monkeypatch.setenv("RELIC_INPAINT_STATE", str(folder))
    return folder / "unsaved"


@pytest.fixture
def held_run(monkeypatch):
    """Restorations stop after each painted window until the event is set."""
    go_on = threading.Event()

    class Held(Retouching):
        def steps(self):
            for step in super().steps():
                yield step
                if step.changed is not None:
                    assert go_on.wait(TIMEOUT_S)

    monkeypatch.setattr("napari_relic_inpaint.widgets.run.Retouching", Held)
    yield go_on
    go_on.set()


@pytest.fixture
def preferences(monkeypatch, tiny_model):
    """Preferences of the Restore widget for tests alone: the real ones are the user's."""
    chosen = SimpleNamespace(model=tiny_model, device="cpu", window=64, batch=2)
    monkeypatch.setattr(
        "napari_relic_inpaint.widgets.method_fields.get_plugin_settings",
        lambda _: SimpleNamespace(restore=chosen),
    )
    return chosen


@pytest.fixture
def picture_data():
    return np.random.default_rng(0).integers(0, 255, (96, 128, 3), dtype=np.uint8)


@pytest.fixture
def opened(make_napari_viewer, preferences, picture_data):
    """A viewer with a picture and a painted mask, and the widget docked."""
    viewer = make_napari_viewer()
    picture = viewer.add_image(
        picture_data, rgb=True, name="wall", scale=(0.5, 0.5), units=("mm", "mm")
    )
    _, widget = viewer.window.add_plugin_dock_widget(
        "napari-relic-inpaint", "Restore damaged picture"
    )
    widget.new_mask.native.click()
    mask = widget.damage.value
    paint(mask, range(30, 50), range(40, 60), 1)
    widget.reset_choices()
    return viewer, widget, picture, mask
