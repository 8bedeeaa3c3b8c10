"""A bench that is restored, saved, worked on, kept by itself, and ended by the system."""

import json
import os
import signal
from pathlib import Path

import numpy as np
from user import User, begin


def walk(user: User):
    yield from user.presses("New mask for this picture")
    yield from user.strokes((60, 40), (60, 90), (75, 120))
    yield from user.presses("Restore")
    yield from user.reads("Done in")
    yield from user.chooses("File", "IO Utilities", "Save project as")
    yield from user.names_file(os.environ["WALK_SAVE"])
    yield from user.reads_anywhere("Saved as")
    user.viewer.layers["wall damage"].mode = "paint"
    yield from user.strokes((120, 150), (110, 180))
    # Not before napari's window is there: what is tested is what users load, and when.
    from napari_relic_inpaint.widgets.autosaving import keep_safe

    saver = keep_safe(user.viewer)
    saver.save_if_needed()
    yield lambda: not saver.running
    found = {
        layer.name: np.asarray(layer.data).tolist()
        for layer in user.viewer.layers
        if "edges" not in layer.name
    }
    found["records"] = [layer.metadata.get("relic_inpaint") for layer in user.viewer.layers]
    Path(os.environ["WALK_RESULT"]).write_text(json.dumps(found))
    os.kill(os.getpid(), signal.SIGKILL)


begin(walk)
