"""The figures: a score over the details, one curve per contender (the paper's figures 4 and 5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle, product
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

COLOURS = ("#E69F00", "#56B4E9", "#009E73", "#0072B2", "#D55E00", "#CC79A7", "#777777")
"""Okabe and Ito's, which colour-blind people can tell apart, without their yellow; black is kept
for the contender that the figure is about."""

MARKERS = ("s", "^", "v", "D", "P", "X", "<", ">", "p")

LINES = ("-", "--", ":")
"""The next one is for the contenders that find all colours taken."""

DPI = 150


def draw_curves(
    path: Path, scores: Mapping[str, Sequence[float]], *, label: str, unit: str, main: str | None
) -> None:
    """Draw the scores of some details, and below them how far each lies from the mean of all.

    Details differ more than methods do: the lower part is where methods can be told apart.

    Parameters
    ----------
    path : Path
        The figure, a PNG.
    scores : mapping of str to sequence of float
        A score for each detail, by contender.
    label, unit : str
        What is on the vertical axis; the unit is empty for a bare number.
    main : str, optional
        The contender that stands out.
    """
    figure = Figure(figsize=(10, 8), dpi=DPI, layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    details = np.arange(1, 1 + len(next(iter(scores.values()))))
    middle = np.mean(list(scores.values()), axis=0)
    styles = cycle(zip(product(LINES, COLOURS), cycle(MARKERS), strict=False))
    for name, values in scores.items():
        (line, colour), marker = (("-", "black"), "o") if name == main else next(styles)
        look = {
            "color": colour,
            "linestyle": line,
            "marker": marker,
            "markersize": 6,
            "linewidth": 2.2 if name == main else 1.2,
            "zorder": 3 if name == main else 2,
        }
        above.plot(details, values, label=name, **look)
        below.plot(details, values - middle, **look)
    brackets = f" ({unit})" if unit else ""
    above.set_ylabel(f"{label}{brackets}")
    below.set_ylabel(f"{label} minus the mean\nof all methods{brackets}")
    below.set_xlabel("detail")
    below.set_xticks(details)
    below.axhline(0, color="#999999", linewidth=0.8, zorder=1)
    for axes in (above, below):
        axes.grid(color="#dddddd", linewidth=0.6)
        axes.spines[["top", "right"]].set_visible(False)
    figure.legend(*above.get_legend_handles_labels(), loc="outside right upper", frameon=False)
    figure.savefig(path)
