"""The bench as it was saved is opened by the menus; what was unsaved is recovered."""

import os

import numpy as np
from qtpy.QtWidgets import QLabel
from sight import seen
from user import User, begin


def contents(viewer):
    found = {
        layer.name: np.asarray(layer.data).tolist()
        for layer in viewer.layers
        if "edges" not in layer.name
    }
    found["records"] = [layer.metadata.get("relic_inpaint") for layer in viewer.layers]
    return found


def walk(user: User):
    yield from user.chooses("File", "IO Utilities", "Open project")
    yield from user.names_file(os.environ["WALK_SAVE"] + "/project.json")
    yield from user.reads_anywhere("Opened")
    user.found["saved"] = contents(user.viewer)
    user.found["offered"] = [
        label.text() for label in seen(QLabel) if "Unsaved work" in label.text()
    ]
    user.viewer.layers.clear()
    yield from user.presses("Recover")
    yield from user.reads_anywhere("Recovered 4 layers")
    user.found["recovered"] = contents(user.viewer)
    yield from user.presses("Save")
    yield from user.reads_anywhere("Saved as")


begin(walk)
