import threading

import pytest

from napari_relic_inpaint import Retouching

TIMEOUT_S = 60


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
