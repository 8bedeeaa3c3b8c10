"""Proposals, corrections, restoring while painting, undo, the picture as it was, the table."""

import os
from functools import partial

import numpy as np
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from sight import after_polls
from user import User, begin


def differ(one: np.ndarray, other: np.ndarray) -> bool:
    return bool((one != other).any())


def canvas(user: User) -> np.ndarray:
    return user.viewer.screenshot(canvas_only=True, flash=False)[..., :3].astype(int)


def walk(user: User):
    viewer = user.viewer
    original = np.array(viewer.layers["wall"].data)
    yield from user.presses("New mask for this picture")
    mask = viewer.layers["wall damage"]
    yield from user.unfolds("Proposals")
    yield from user.presses("Propose")
    yield from user.reads("pieces, ")
    place = tuple(int(n) for n in os.environ["WALK_CRACK"].split())
    assert viewer.layers["wall proposals"].data[place], "the crack is not among the proposals"
    yield from user.strokes(place)
    yield lambda: np.count_nonzero(mask.data)
    user.found["taken"] = np.array(mask.data).tolist()
    if "wall proposals" in viewer.layers:
        yield from user.presses("Discard")

    # Correct it: a lacuna that was not found is painted, too.
    viewer.layers.selection.active = mask
    mask.mode, mask.brush_size, mask.selected_label = "paint", 12, 1
    yield from user.strokes((120, 150), (110, 180))
    corrected = np.array(mask.data)
    user.found["corrected"] = corrected.tolist()

    yield from user.chooses("Layers", "Filter", "Restore damaged picture")
    yield from user.checks("Restore while I paint")
    yield from user.reads_anywhere("Up to date")
    restored = viewer.layers["wall restored"]
    user.found["restored"] = restored.data.tolist()
    viewer.layers.selection.active = mask
    yield from user.strokes((30, 60), (30, 90))
    yield partial(differ, mask.data, corrected)
    yield partial(differ, restored.data[30, 75], original[30, 75])
    yield from user.reads_anywhere("Up to date")
    QTest.keyClick(user.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    yield lambda: not differ(mask.data, corrected)
    yield lambda: not differ(restored.data, np.array(user.found["restored"], original.dtype))
    yield from user.reads_anywhere("Up to date")

    yield from user.checks("Before and after")
    yield after_polls(2)
    wiped = canvas(user)
    QTest.keyPress(user.canvas, Qt.Key.Key_H)
    yield after_polls(2)
    user.found["seen as it was"] = differ(canvas(user), wiped)
    QTest.keyRelease(user.canvas, Qt.Key.Key_H)
    yield from user.checks("Before and after")

    yield from user.turns_to("Damage")
    yield from user.presses("Save table ...")
    yield from user.names_file(os.environ["WALK_SAVE"])
    yield from user.reads("Saved as")


begin(walk)
