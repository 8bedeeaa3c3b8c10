"""Bars of one score, drawn in napari's colours: a name, a number and a bar in each row."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_qtagg import FigureCanvasQTAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from napari_relic_inpaint.widgets.scores import Column, Measurement, best

# Beside matplotlib's own font those that systems have for the scripts it lacks.
FONTS = (
    "DejaVu Sans",
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Microsoft YaHei",
    "PingFang SC",
    "Hiragino Sans",
    "WenQuanYi Zen Hei",
)
ROW_HEIGHT = 38
"""Pixels of a row, the name over its bar, at a font size of 9 points."""

MARGIN = 6
"""Pixels left and right of the bars."""

TEXT_AT, BAR_AT, BAR_HEIGHT = 0.34, 0.74, 0.26
"""Where the middles of the text and of the bar lie in a row, as shares of its height."""

GAP = 12
"""Pixels at least between a name and its score."""


@dataclass(frozen=True)
class Colours:
    """Colours and font size of the bars.

    Attributes
    ----------
    background, text : str
        Colours of the paper and the writing.
    track, bar, best : str
        Colours of the space for a bar, of a bar and of the best one.
    points : float
        Font size.
    """

    background: str
    text: str
    track: str
    bar: str
    best: str
    points: float

    @classmethod
    def of(cls, theme: Any) -> Colours:
        """Take the colours of a napari theme."""
        return cls(
            background=theme.background.as_hex(),
            text=theme.text.as_hex(),
            track=theme.foreground.as_hex(),
            bar=theme.highlight.as_hex(),
            best=theme.current.as_hex(),
            points=float(str(theme.font_size).removesuffix("pt")),
        )


class ScoreBars(FigureCanvasQTAgg):
    """A canvas with a row for each measurement, as high as all of them need.

    Parameters
    ----------
    colours : Colours
        What to draw in.
    column : Column
        The score to begin with.
    """

    def __init__(self, colours: Colours, column: Column) -> None:
        super().__init__(Figure())
        self._colours = colours
        self._column = column
        self._rows: Sequence[Measurement] = ()
        self._names: Sequence[str] = ()
        self.figure.set_dpi(self.logicalDpiX())
        self._axes: Axes = self.figure.add_axes((0, 0, 1, 1))
        self.mpl_connect("resize_event", self._lay_out)
        self._lay_out()

    def show_scores(
        self, rows: Sequence[Measurement], names: Sequence[str], column: Column
    ) -> None:
        """Show a score of measurements, from top to bottom, each under its name."""
        self._rows, self._names, self._column = rows, names, column
        self._lay_out()

    def set_colours(self, colours: Colours) -> None:
        """Draw in other colours."""
        if colours != self._colours:
            self._colours = colours
            self._lay_out()

    @property
    def labels(self) -> list[str]:
        """The texts as drawn, the score and the name of each row in turn."""
        return [text.get_text() for text in self._axes.texts]

    def draw(self) -> None:
        """Draw the canvas."""
        with _unknown_scripts_allowed():
            super().draw()

    def wheelEvent(self, event: Any) -> None:
        """Leave the wheel to the scroll area that the canvas lies in."""
        event.ignore()

    def _lay_out(self, _: Any = None) -> None:
        row_height = round(ROW_HEIGHT * self._colours.points / 9)
        self.setMinimumHeight(row_height * max(len(self._rows), 1))
        width, height = self.get_width_height()
        inner = max(width - 2 * MARGIN, 1)
        self._axes.clear()
        self._axes.set_axis_off()
        self._axes.set_xlim(-MARGIN / inner, 1 + MARGIN / inner)
        self._axes.set_ylim(height / row_height, 0)
        self.figure.set_facecolor(self._colours.background)
        marked = _marked(self._rows, self._column)
        self._draw_bars(marked)
        for place, (name, row) in enumerate(zip(self._names, self._rows, strict=True)):
            self._write_row(place, name, row, inner, mark=marked[place])
        self.draw_idle()

    def _draw_bars(self, marked: list[bool]) -> None:
        colours = self._colours
        middles = [place + BAR_AT for place in range(len(marked))]
        self._axes.barh(middles, 1, height=BAR_HEIGHT, color=colours.track)
        self._axes.barh(
            middles,
            list(_lengths(self._rows, self._column)),
            height=BAR_HEIGHT,
            color=[colours.best if mark else colours.bar for mark in marked],
        )

    def _write_row(
        self, place: int, name: str, row: Measurement, width: int, *, mark: bool
    ) -> None:
        shown = self._column.shown_with_unit(row)
        score = self._write(1, place, f"★ best  {shown}" if mark else shown, bold=mark)
        label = self._write(0, place, name, bold=mark)
        room, wide = width - self._width(score) - GAP, self._width(label)
        if wide > room:
            kept = max(int(len(name) * room / wide) - 2, 2)
            label.set_text(f"{name[: kept - kept // 2]}…{name[-(kept // 2) :]}")

    def _write(self, x: float, place: int, words: str, *, bold: bool) -> Text:
        return self._axes.text(
            x,
            place + TEXT_AT,
            words,
            color=self._colours.text,
            fontsize=self._colours.points,
            fontfamily=_fonts(),
            fontweight="bold" if bold else "normal",
            horizontalalignment="right" if x else "left",
            verticalalignment="center",
            # A dollar sign in a layer's name is a dollar sign.
            parse_math=False,
        )

    def _width(self, text: Text) -> float:
        """Width of a text in logical pixels."""
        with _unknown_scripts_allowed():
            pixels = text.get_window_extent(self.get_renderer()).width
        return float(pixels / self.device_pixel_ratio)


def _lengths(rows: Sequence[Measurement], column: Column) -> Iterator[float]:
    """Return the length of each bar, 0 to 1; bars start at zero, so that lengths are honest."""
    values = [column.score(row) for row in rows]
    finite = [value for value in values if math.isfinite(value)]
    full = column.full or max(finite, default=0) or 1.0
    if math.inf in values:
        # Room to see that identical is more than the best of the others.
        full *= 1.1
    for value in values:
        yield 0.0 if math.isnan(value) else min(max(value / full, 0.0), 1.0)


def _marked(rows: Sequence[Measurement], column: Column) -> list[bool]:
    """Tell which rows are the best, if that says anything: not of one row, nor if all are equal."""
    shown = [column.shown(row) for row in rows]
    if len(set(shown)) < 2:
        return [False] * len(rows)
    # Scores that read the same are equally good.
    winners = {column.shown(row) for row in rows if column.score(row) == best(column, rows)}
    return [text in winners for text in shown]


@cache
def _fonts() -> list[str]:
    installed = {font.name for font in font_manager.fontManager.ttflist}
    return [name for name in FONTS if name in installed]


@contextmanager
def _unknown_scripts_allowed() -> Iterator[None]:
    """Let a name in a script that no font has be drawn as boxes, as everywhere in napari.

    matplotlib warns of each letter, and napari shows warnings to the user.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing", category=UserWarning)
        yield
