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
from typing import Any

import napari
import numpy as np
from qtpy.QtCore import QEventLoop, QPoint, Qt, QTimer
from qtpy.QtTest import QTest
from rich.console import Console
from rich.table import Table

from napari_relic_inpaint import samples
from napari_relic_inpaint.steps import Step
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


class Watched:
    """A picture that is painted on, and when what was painted was seen restored."""

    def __init__(self, height: int, width: int) -> None:
        fresco = samples.load("fresco").reference
        times = [-(-height // fresco.shape[0]), -(-width // fresco.shape[1]), 1]
        self.viewer = napari.Viewer()
        self.viewer.add_image(np.tile(fresco, times)[:height, :width], rgb=True, name="wall")
        _, self._widget = self.viewer.window.add_plugin_dock_widget(
            "napari-relic-inpaint", "Restore damaged picture"
        )
        wait(2000)
        self._widget.new_mask.native.click()
        self._widget.damage.value.brush_size = BRUSH
        self._loop = QEventLoop()
        self._limit = QTimer(singleShot=True, interval=PATIENCE_MS)
        self._limit.timeout.connect(self._loop.exit)
        self._widget.painting.settled.connect(self._leave)
        self._show = self._widget.painting._on_step
        self._widget.painting._on_step = self._on_step
        self._released = 0.0
        self.shown: dict[str, float] = {}

    def switch_on(self) -> float:
        """Turn the switch on; returns the seconds until strokes are waited for."""
        self._released = time.perf_counter()
        self._widget.painting.switch.native.click()
        self._settle()
        return time.perf_counter() - self._released

    def paint(self, points: list[tuple[float, float]], gaps: Gaps) -> None:
        """Paint a stroke, and wait until it is restored."""
        stroke(self.viewer, points)
        self.shown.clear()
        self._released = time.perf_counter()
        gaps.start()
        self._settle()
        wait(50)

    def _settle(self) -> None:
        self._limit.start()
        self._loop.exec_()
        self._limit.stop()

    def _leave(self) -> None:
        self._loop.exit()

    def _on_step(self, said: tuple[Any, Step]) -> None:
        self._show(said)
        step = said[1]
        if step.changed is not None and step.stage in STAGES:
            # The events that wait, among them that of drawing, come first.
            QTimer.singleShot(0, lambda: self._note(STAGES[step.stage]))

    def _note(self, name: str) -> None:
        self.shown.setdefault(name, time.perf_counter() - self._released)


def main() -> None:
    """Paint and measure."""
    parser = argparse.ArgumentParser(description="How soon is a stroke restored?")
    parser.add_argument("--strokes", type=int, default=12)
    parser.add_argument("--side", type=int, nargs=2, default=(4000, 6000))
    options = parser.parse_args()
    height, width = options.side
    watched = Watched(height, width)
    ready = watched.switch_on()
    watched.viewer.scene.camera.center = (0, height / 2, width / 2)
    watched.viewer.scene.camera.zoom = 1.0
    wait(2000)

    gaps, load = Gaps(), os.getloadavg()[0]
    seen: dict[str, list[float]] = {name: [] for name in (*STAGES.values(), "blocked", "at rest")}
    rng = np.random.default_rng(0)
    for _ in range(options.strokes):
        row = height / 2 + rng.uniform(-200, 200)
        column = width / 2 + rng.uniform(-300, 200)
        wait(300)
        gaps.start()
        wait(500)
        seen["at rest"].append(gaps.longest)
        watched.paint([(row + 8 * np.sin(k), column + 10 * k) for k in range(15)], gaps)
        seen["blocked"].append(gaps.longest)
        for name, seconds in watched.shown.items():
            seen[name].append(seconds)

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
    watched.viewer.close()


if __name__ == "__main__":
    main()
