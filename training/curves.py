"""The curves of a run as a picture: losses, what is won in the holes, texture, and edges."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from napari_relic_inpaint.files.atomic import replacing
from napari_relic_inpaint.marking.damage import KINDS
from training.log import Row, read_log
from training.runs import RunFiles

DPI = 110
SMOOTHED = 40
"""Rows of the log that are drawn at most; more of them are averaged in groups."""

OF_KIND = dict(zip(KINDS, ("#E69F00", "#0072B2", "#009E73", "#CC79A7"), strict=True))
"""Colours of Okabe and Ito's, which colour-blind people can tell apart."""

SPEED = ("step", "pictures_per_second", "waiting_share")
OWN = ("own_", "")
"""Before a kind: with edges of its own or, of a method without edges, nothing."""


def draw_curves(files: RunFiles) -> None:
    """Draw what a run has logged so far into ``curve.png``."""
    log, validation = read_log(files.log), read_log(files.validation)
    panels = [_losses(log), *_validated(validation), _edges(log, validation)]
    shown = [panel for panel in panels if panel is not None]
    if not shown:
        return
    rows, columns = math.ceil(len(shown) / 2), min(2, len(shown))
    figure = Figure(figsize=(6.4 * columns, 4.2 * rows), dpi=DPI, layout="constrained")
    grid = list(figure.subplots(rows, columns, squeeze=False).flat)
    for axes, panel in zip(grid, shown, strict=False):
        panel.draw(axes, max(panel.last for panel in shown))
    for axes in grid[len(shown) :]:
        axes.set_visible(False)
    stream = io.BytesIO()
    figure.savefig(stream, format="png")
    content = stream.getvalue()
    with replacing(files.curve, overwrite=True, size=len(content)) as target:
        target.write(content)


class _Panel:
    """Some lines over the steps, with a title in plain words."""

    def __init__(self, title: str, label: str) -> None:
        self._title, self._label = title, label
        self._lines: list[tuple[str, list[float], list[float], dict[str, Any]]] = []
        self._level: float | None = None

    def __bool__(self) -> bool:
        return bool(self._lines)

    def add(self, name: str, points: Sequence[tuple[float, float]], **look: Any) -> None:
        known = [(step, value) for step, value in points if math.isfinite(value)]
        if known:
            steps, values = zip(*known, strict=True)
            self._lines.append((name, list(steps), list(values), look))

    def with_line(self, level: float) -> _Panel:
        """Have a line where nothing is won, or as much is there as was."""
        self._level = level
        return self

    @property
    def last(self) -> float:
        """The last step that it shows."""
        return max(steps[-1] for _, steps, _, _ in self._lines)

    def draw(self, axes: Axes, last: float) -> None:
        for name, steps, values, look in self._lines:
            marker = "o" if len(steps) < 25 else ""
            axes.plot(
                steps, values, label=name, marker=marker, markersize=3.5, clip_on=False, **look
            )
        if self._level is not None:
            axes.axhline(self._level, color="#555555", linewidth=1)
        axes.set_title(self._title, fontsize=10.5, loc="left")
        axes.set_ylabel(self._label)
        axes.set_xlabel("step")
        # The same for all panels, and none is centred on a single point.
        axes.set_xlim(0, max(1, last))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(color="#dddddd", linewidth=0.6)
        axes.spines[["top", "right"]].set_visible(False)
        # Beside the lines: where they run, nobody knows.
        axes.legend(frameon=False, fontsize=8.5, loc="upper left", bbox_to_anchor=(1, 1))


def _losses(log: list[Row]) -> _Panel | None:
    names = [
        name
        for name in dict.fromkeys(name for row in log for name in row)
        if name not in SPEED and not name.startswith(("edge_precision", "edge_recall", "edge_f1"))
    ]
    points = {name: _smoothed(_points(log, name)) for name in names}
    # Each on its own scale: their sizes and signs have nothing in common.
    panel = _Panel("Losses beside their first values (down is better)", "change, %")
    for name, line in points.items():
        if line and line[0][1]:
            first = line[0][1]
            panel.add(name, [(step, 100 * (value - first) / abs(first)) for step, value in line])
    return panel.with_line(0) if panel else None


def _validated(rows: list[Row]) -> list[_Panel | None]:
    if not rows:
        return []
    over_spline = _Panel("Won in the holes over a smooth fill (spline)", "hole PSNR, dB")
    over_start = _Panel("Won in the holes over the starting weights", "hole PSNR, dB")
    texture = _Panel("Texture in the holes beside that of the truth", "share, 1 = as much")
    for kind, colour in OF_KIND.items():
        own = next((o for o in OWN if f"hole_psnr_{o}{kind}" in rows[0]), None)
        if own is None:
            continue
        scores = _points(rows, f"hole_psnr_{own}{kind}")
        spline = dict(_points(rows, f"hole_psnr_spline_{kind}"))
        over_spline.add(kind, [(s, v - spline[s]) for s, v in scores if s in spline], color=colour)
        if scores and scores[0][0] == 0:
            over_start.add(kind, [(s, v - scores[0][1]) for s, v in scores], color=colour)
        texture.add(kind, _points(rows, f"texture_{own}{kind}"), color=colour)
    panels = (over_spline.with_line(0), over_start.with_line(0), texture.with_line(1))
    return [panel or None for panel in panels]


def _edges(log: list[Row], validation: list[Row]) -> _Panel | None:
    panel = _Panel("Edges in the holes: F1 (1 = all found, none invented)", "F1")
    for kind, colour in OF_KIND.items():
        panel.add(kind, _points(validation, f"f1_{kind}"), color=colour)
    panel.add("in training", _smoothed(_points(log, "edge_f1")), color="#777777", linestyle="--")
    return panel or None


def _points(rows: list[Row], name: str) -> list[tuple[float, float]]:
    return [(float(row["step"]), float(row[name])) for row in rows if row.get(name)]


def _smoothed(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Average groups of neighbours where there are too many points to tell a trend."""
    size = math.ceil(len(points) / SMOOTHED) if points else 1
    groups = [points[i : i + size] for i in range(0, len(points), size)]
    return [
        (sum(s for s, _ in group) / len(group), sum(v for _, v in group) / len(group))
        for group in groups
    ]
