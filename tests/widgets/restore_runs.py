"""What tests of the Restore widget do with it."""

import numpy as np

TIMEOUT = 60_000


def paint(labels, rows, columns, value):
    """Set labels as the brush does, undoably."""
    y, x = np.meshgrid(rows, columns, indexing="ij")
    labels.data_setitem((y.ravel(), x.ravel()), value)


def run(qtbot, widget):
    widget.job.run_button.native.click()
    assert widget.job.running, widget.job.message
    qtbot.waitUntil(lambda: not widget.job.running, timeout=TIMEOUT)


def shown(field):
    return not field.native.isHidden()


def layer(viewer, name):
    return viewer.layers[name]
