"""Does napari stay responsive during a restoration? The longest gap of a 20 ms timer tells.

    xvfb-run -a python benchmarks/responsiveness.py      (without xvfb-run on a desktop)

A 2,048 x 2,048 picture with 5 % damage is restored in the widget while a timer of the window's
thread ticks, until the result's layers are there. Measured beside it: the same window at rest, and
while the picture is moved as often as a restoration draws it.
"""

from __future__ import annotations

import time

import napari
import numpy as np
from qtpy.QtCore import QEventLoop, QTimer
from rich.console import Console
from rich.table import Table
from skimage.transform import resize

from napari_relic_inpaint import samples
from napari_relic_inpaint.marking.damage import synthetic_damage
from napari_relic_inpaint.widgets import redraw

SIDE = 2048
INTERVAL_MS = 20
REST_MS = 5000
AFTER_MS = 1000


class Ticks:
    """Collects the gaps between the ticks of a timer."""

    def __init__(self) -> None:
        self.gaps: list[float] = []
        self._last = time.perf_counter()
        self._timer = QTimer()
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def _tick(self) -> None:
        now = time.perf_counter()
        self.gaps.append(now - self._last)
        self._last = now

    def stop(self) -> list[float]:
        """Stop the timer and return the gaps in seconds."""
        self._timer.stop()
        return self.gaps


def main() -> None:
    """Measure the window at rest and at work."""
    picture = resize(samples.load("fresco").reference, (SIDE, SIDE), preserve_range=True)
    damage = synthetic_damage((SIDE, SIDE), "brush", np.random.default_rng(0), share=0.05)
    viewer = napari.Viewer()
    viewer.add_image(picture.astype(np.uint8), rgb=True, name="wall")
    viewer.add_labels(damage.astype(np.uint8), name="damage")
    _, widget = viewer.window.add_plugin_dock_widget(
        "napari-relic-inpaint", "Restore damaged picture"
    )
    loop = QEventLoop()
    QTimer.singleShot(1000, loop.quit)
    loop.exec_()

    at_rest = Ticks()
    QTimer.singleShot(REST_MS, loop.quit)
    loop.exec_()
    rest = at_rest.stop()

    camera = viewer.scene.camera
    moving = QTimer()
    moving.timeout.connect(lambda: setattr(camera, "zoom", 1.001 * camera.zoom))
    moving.start(redraw.INTERVAL_MS)
    at_moves = Ticks()
    QTimer.singleShot(REST_MS, loop.quit)
    loop.exec_()
    moving.stop()
    moved = at_moves.stop()

    at_work = Ticks()
    # The next tick is late by the time that the result's layers take.
    widget.job.finished.connect(lambda _: QTimer.singleShot(AFTER_MS, loop.quit))
    widget.job.run_button.native.click()
    loop.exec_()
    work = at_work.stop()

    table = Table("window", "longest gap, ms", "99th percentile, ms", "ticks")
    for name, gaps in (("at rest", rest), ("moved", moved), ("restoring", work)):
        longest, usual = 1000 * max(gaps), 1000 * float(np.quantile(gaps, 0.99))
        table.add_row(name, f"{longest:.0f}", f"{usual:.0f}", str(len(gaps)))
    Console().print(table, f"restored in {sum(work) - AFTER_MS / 1000:.1f} s")
    viewer.close()


if __name__ == "__main__":
    main()
