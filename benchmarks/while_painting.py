"""How soon is a stroke restored while it is painted? Real strokes in a real napari tell.

    xvfb-run -a python benchmarks/while_painting.py [--strokes 12] [--side 4000 6000]

A picture of 24 megapixels is opened, the mouse paints strokes on its mask with *Restore while I
paint* turned on, and each time the spline, the painting and the detail are waited for. Times are
from letting the mouse go, the pause of half a second before anything is done included; beside them
the longest gap of a timer of 5 ms in the window's thread, from the pause to the end.
"""

from __future__ import annotations

import argparse
import os
import time

import napari
import numpy as np
from qtpy.QtCore import QEventLoop, QPoint, Qt, QTimer
from qtpy.QtTest import QTest
from rich.console import Console
from rich.table import Table

from napari_relic_inpaint import samples
from napari_relic_inpaint.widgets.while_painting import PAUSE_MS

TICK_MS = 5
PATIENCE_MS = 120_000
BRUSH = 16
STAGES = {"filling smoothly": "spline", "painting": "painting", "adding detail": "detail"}


class Gaps:
    """The longest time for which the window's thread does nothing else."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._last = time.perf_counter()
        self._timer = QTimer()
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def start(self) -> None:
        """Count from now on."""
        self.longest, self._last = 0.0, time.perf_counter()

    def _tick(self) -> None:
        now = time.perf_counter()
        self.longest = max(self.longest, now - self._last)
        self._last = now


def wait(milliseconds: int) -> None:
    """Let the window work."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec_()


def stroke(viewer: napari.Viewer, points: list[tuple[float, float]]) -> None:
    """Drag the mouse through places of the picture (row, column)."""
    canvas = viewer.window._qt_viewer.canvas.native
    camera = viewer.scene.camera
    places = [
        QPoint(
            round(canvas.width() / 2 + (column - camera.center[-1]) * camera.zoom),
            round(canvas.height() / 2 + (row - camera.center[-2]) * camera.zoom),
        )
        for row, column in points
    ]
    QTest.mouseMove(canvas, places[0])
    wait(50)
    QTest.mousePress(canvas, Qt.LeftButton, pos=places[0])
    for place in places[1:]:
        wait(20)
        QTest.mouseMove(canvas, place)
    wait(20)
    QTest.mouseRelease(canvas, Qt.LeftButton, pos=places[-1])


def main() -> None:
    """Paint and measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--strokes", type=int, default=12)
    parser.add_argument("--side", type=int, nargs=2, default=(4000, 6000))
    options = parser.parse_args()
    height, width = options.side
    fresco = samples.load("fresco").reference
    times = [-(-height // fresco.shape[0]), -(-width // fresco.shape[1]), 1]
    viewer = napari.Viewer()
    viewer.add_image(np.tile(fresco, times)[:height, :width], rgb=True, name="wall")
    _, widget = viewer.window.add_plugin_dock_widget(
        "napari-relic-inpaint", "Restore damaged picture"
    )
    wait(2000)
    widget.new_mask.native.click()
    mask = widget.damage.value
    mask.brush_size = BRUSH
    painting = widget.painting
    loop = QEventLoop()
    painting.settled.connect(loop.quit)
    QTimer.singleShot(10 * PATIENCE_MS, loop.quit)
    started = time.perf_counter()
    painting.switch.native.click()
    loop.exec_()
    ready = time.perf_counter() - started
    viewer.scene.camera.center = (0, height / 2, width / 2)
    viewer.scene.camera.zoom = 1.0
    wait(2000)

    gaps = Gaps()
    seen: dict[str, list[float]] = {name: [] for name in (*STAGES.values(), "blocked", "rest")}
    rng = np.random.default_rng(0)
    load = os.getloadavg()[0]
    released = 0.0
    shown: dict[str, float] = {}
    show = painting._on_step

    def watched(said: tuple) -> None:  # type: ignore[type-arg]
        show(said)
        step = said[1]
        if step.changed is not None and step.stage in STAGES:
            # The events that wait, among them that of drawing, come first.
            QTimer.singleShot(
                0,
                lambda: shown.setdefault(STAGES[step.stage], time.perf_counter() - released),
            )

    painting._on_step = watched
    for _ in range(options.strokes):
        row = height / 2 + rng.uniform(-200, 200)
        column = width / 2 + rng.uniform(-300, 300)
        wait(300)
        gaps.start()
        wait(500)
        seen["rest"].append(gaps.longest)
        shown.clear()
        stroke(viewer, [(row + 8 * np.sin(k), column + 10 * k) for k in range(15)])
        released = time.perf_counter()
        gaps.start()
        QTimer.singleShot(PATIENCE_MS, loop.quit)
        loop.exec_()
        wait(50)
        seen["blocked"].append(gaps.longest)
        for name in STAGES.values():
            if name in shown:
                seen[name].append(shown[name])

    table = Table("after the mouse was let go", "median, s", "worst, s", "strokes")
    for name, values in seen.items():
        if values:
            table.add_row(name, f"{np.median(values):.2f}", f"{max(values):.2f}", str(len(values)))
    Console().print(
        table,
        f"Switched on, ready after {ready:.1f} s. Pause {PAUSE_MS / 1000} s, "
        f"{width} x {height} pixels, {os.cpu_count()} cores, load {load:.1f} before and "
        f"{os.getloadavg()[0]:.1f} after.",
    )
    viewer.close()


if __name__ == "__main__":
    main()
