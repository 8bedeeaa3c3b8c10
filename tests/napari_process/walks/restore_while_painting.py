"""Painting, erasing by undo, and wiping: the picture follows, and Restore is never pressed."""

from functools import partial

import numpy as np
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from sight import after_polls
from user import User, begin


def differ(one: np.ndarray, other: np.ndarray) -> bool:
    return bool((one != other).any())


def equal(one: np.ndarray, other: np.ndarray) -> bool:
    return not differ(one, other)


def screenshot(user: User) -> np.ndarray:
    return user.viewer.screenshot(canvas_only=True, flash=False)[..., :3].astype(int)


def walk(user: User):
    viewer = user.viewer
    yield from user.presses("New mask for this picture")
    original = np.array(viewer.layers["wall"].data)
    mask = viewer.layers["wall damage"]
    mask.brush_size = 12
    yield from user.checks("Restore while I paint")
    yield from user.reads_anywhere("Nothing is damaged: paint")
    restored = viewer.layers["wall restored"]
    yield from user.strokes((60, 40), (60, 90), (75, 120))
    yield partial(differ, restored.data, original)
    yield from user.reads_anywhere("Up to date")
    first = np.array(mask.data)
    user.found["damage"] = first.tolist()
    user.found["restored"] = restored.data.tolist()
    yield from user.strokes((120, 150), (110, 180))
    yield partial(differ, mask.data, first)
    yield partial(differ, restored.data[115, 165], original[115, 165])
    yield from user.reads_anywhere("Up to date")

    yield from user.checks("Before and after")
    yield after_polls(2)
    halves = screenshot(user)
    shown = [layer.visible for layer in viewer.layers]
    QTest.keyPress(user.canvas, Qt.Key.Key_H)
    yield after_polls(2)
    before = screenshot(user)
    QTest.keyRelease(user.canvas, Qt.Key.Key_H)
    yield after_polls(2)
    yield from user.checks("Before and after")
    yield after_polls(2)
    after = screenshot(user)
    middle = after.shape[1] // 2
    changed = (before != after).any(axis=-1)
    user.found["left as before"] = bool((halves == before)[:, : middle - 10].all())
    user.found["right as after"] = bool((halves == after)[:, middle + 10 :].all())
    user.found["differs on both sides"] = [
        int(changed[:, : middle - 10].sum()),
        int(changed[:, middle + 10 :].sum()),
    ]
    assert shown == [layer.visible for layer in viewer.layers]

    QTest.keyClick(user.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    yield partial(equal, mask.data, first)
    yield partial(equal, restored.data[115, 165], original[115, 165])
    yield from user.reads_anywhere("Up to date")
    user.found["undone"] = restored.data.tolist()


begin(walk)
