"""How soon is a stroke restored while it is painted? Real strokes in a real napari tell.

    xvfb-run -a python benchmarks/while_painting.py [--strokes 12] [--side 4000 6000]

A picture of 24 megapixels is opened, the mouse paints strokes on its mask with *Restore while I
paint* turned on, and each time the spline, the painting and the detail are waited for. Times are
from letting the mouse go, the pause of half a second before anything is done included; beside them
the longest gap of a timer of 5 ms in the window's thread, from the pause to the end, and how much
of a gap that thread was computing, which other work on the machine does not stretch.

A second table tells where the time goes: how long the worker's thread was at each stage, how much
of it in the networks, in how many runs, and how long the window's thread computed.
"""

from __future__ import annotations

import argparse
import os
import time
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import napari
import numpy as np
from qtpy.QtCore import QEventLoop, QPoint, Qt, QTimer
from qtpy.QtTest import QTest
from rich.console import Console
from rich.table import Table

from napari_relic_inpaint import samples
from napari_relic_inpaint.running.device import NetworkRunner
from napari_relic_inpaint.steps import Step
from napari_relic_inpaint.widgets.painting_run import PaintingRun
from napari_relic_inpaint.widgets.while_painting import PAUSE_MS

TICK_MS = 5
PATIENCE_MS = 120_000
BRUSH = 16
STAGES = {"filling smoothly": "spline", "painting": "painting", "adding detail": "detail"}
ALL_WINDOWS = "painting of all windows"
GAP, COMPUTING = "longest gap of a 5 ms timer", "computing in a gap"


class Gaps:
    """The longest time for which the window's thread does nothing else.

    Attributes
    ----------
    longest, computing : float
        The longest gap in seconds, and the most seconds that the thread computed in one.
    """

    def __init__(self) -> None:
        self.start()
        self._timer = QTimer()
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def start(self) -> None:
        """Count from now on."""
        self.longest = self.computing = 0.0
        self._last, self._computed = time.perf_counter(), time.thread_time()
        self._begun = self._computed

    @property
    def busy(self) -> float:
        """Seconds that the thread has computed since the start."""
        return time.thread_time() - self._begun

    def _tick(self) -> None:
        now, computed = time.perf_counter(), time.thread_time()
        self.longest = max(self.longest, now - self._last)
        self.computing = max(self.computing, computed - self._computed)
        self._last, self._computed = now, computed


class Shares:
    """How long the worker's thread is at each stage, and in the networks."""

    def __init__(self) -> None:
        self.start()
        self._steps = PaintingRun.steps
        self._network = NetworkRunner.__call__
        shares = self

        def steps(run: PaintingRun, *arguments: Any) -> Iterator[Step]:
            began = time.perf_counter()
            for step in shares._steps(run, *arguments):
                shares.seconds[step.stage] += time.perf_counter() - began
                yield step
                began = time.perf_counter()
            shares.seconds["record"] += time.perf_counter() - began

        def network(runner: NetworkRunner, *inputs: Any) -> Any:
            began = time.perf_counter()
            output = shares._network(runner, *inputs)
            shares.seconds["of these, networks"] += time.perf_counter() - began
            shares.runs += 1
            return output

        PaintingRun.steps = steps
        NetworkRunner.__call__ = network

    def start(self) -> None:
        """Count from now on."""
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.runs = 0


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
        seconds = time.perf_counter() - self._released
        self.shown.setdefault(name, seconds)
        if name == "painting":
            self.shown[ALL_WINDOWS] = seconds


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

    gaps, shares, load = Gaps(), Shares(), os.getloadavg()[0]
    names = (
        "spline",
        "painting",
        ALL_WINDOWS,
        "detail",
        "gap",
        "computing in a gap",
        "gap at rest",
    )
    seen: dict[str, list[float]] = {name: [] for name in names}
    spent: defaultdict[str, list[float]] = defaultdict(list)
    runs = []
    rng = np.random.default_rng(0)
    for _ in range(options.strokes):
        row = height / 2 + rng.uniform(-200, 200)
        column = width / 2 + rng.uniform(-300, 200)
        wait(300)
        gaps.start()
        wait(500)
        seen["gap at rest"].append(gaps.longest)
        shares.start()
        watched.paint([(row + 8 * np.sin(k), column + 10 * k) for k in range(15)], gaps)
        seen[GAP].append(gaps.longest)
        seen[COMPUTING].append(gaps.computing)
        for name, seconds in watched.shown.items():
            seen[name].append(seconds)
        for name, seconds in shares.seconds.items():
            spent[name].append(seconds)
        spent["window's thread computing"].append(gaps.busy)
        runs.append(shares.runs)

    Console().print(
        _table("after the mouse was let go", seen),
        _table("where the time goes", spent),
        f"Networks run {np.median(runs):.0f} times a stroke, {max(runs)} at most. Switched on, "
        f"ready after {ready:.1f} s. Pause {PAUSE_MS / 1000} s, {width} x {height} pixels, "
        f"{os.cpu_count()} cores, load {load:.1f} before and {os.getloadavg()[0]:.1f} after.",
    )
    watched.viewer.close()


def _table(title: str, seconds: dict[str, list[float]]) -> Table:
    table = Table(title, "median, s", "worst, s", "strokes")
    for name, values in seconds.items():
        if values:
            table.add_row(name, f"{np.median(values):.2f}", f"{max(values):.2f}", str(len(values)))
    return table


if __name__ == "__main__":
    main()
