"""The Show widget: a restored layer in display modes, by class, and saved."""

import os
import sys
from pathlib import Path

import numpy as np
from napari.layers import Labels
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QComboBox
from sight import after_polls, seen
from user import User, begin

FORBIDDEN = ("triton", "torch._dynamo", "torchvision")
SHOWN = "wall shown"


def modes(user: User) -> list[str]:
    """Return the modes that the layer says it has, of each class that occurs."""
    if SHOWN not in user.viewer.layers:
        return []
    display = user.viewer.layers[SHOWN].metadata["relic_inpaint_display"]
    return [each["mode"] for each in display.get("classes", ())]


def walk(user: User):
    labels = np.zeros((160, 240), np.uint8)
    labels[30:80, 30:110], labels[100:104, 20:220] = 1, 2
    labels[40:120, 150:210] = 3
    user.viewer.add_layer(Labels(labels, name="damage", visible=False))
    yield from user.presses("Show honestly")
    yield lambda: modes(user) == ["rigatino"] * 3
    yield from user.reads("Shown in")
    choices = [each for each in seen(QComboBox) if each.currentText() == "as all classes"]
    choices.sort(key=lambda each: each.mapToGlobal(each.rect().topLeft()).y())
    for combo, name in zip(choices, ("selezione", "outline"), strict=False):
        yield from user.clicks(combo)
        yield lambda: QApplication.activePopupWidget() is not None
        popup = QApplication.activePopupWidget()
        QTest.keyClicks(combo.view(), name)
        QTest.keyClick(combo.view(), Qt.Key.Key_Return)
        yield lambda popup=popup: QApplication.activePopupWidget() is not popup
    yield lambda: modes(user) == ["selezione", "outline", "rigatino"]
    yield after_polls(10)
    screen = QApplication.primaryScreen().grabWindow(0)
    screen.save(str(Path(os.environ["WALK_SAVE"]).with_suffix(".screen.png")))
    yield from user.presses("Save what is shown ...")
    yield from user.names_file(os.environ["WALK_SAVE"])
    yield from user.reads("Saved as")
    user.found["damage"] = labels.tolist()
    user.found["layer"] = np.asarray(user.viewer.layers[SHOWN].data).tolist()
    user.found["loaded"] = [name for name in FORBIDDEN if name in sys.modules]


begin(walk)
