"""A chart of one score of all restorations that were compared with the same reference."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence

from magicgui.widgets import ComboBox
from qtpy.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from napari_relic_inpaint.widgets.form import Form
from napari_relic_inpaint.widgets.score_bars import Colours, ScoreBars
from napari_relic_inpaint.widgets.scores import SCORES, Comparable, Measurement, best, ranked


class ScoreChart(QWidget):
    """Bars of one score, a row each; the best is marked and at the top.

    Only rows with the same reference, damage and area are shown together: others cannot be ranked.

    Parameters
    ----------
    colours : Colours
        What to draw in.

    Attributes
    ----------
    score : ComboBox of Column
        Which score is shown.
    comparable : ComboBox of Comparable
        Which rows are shown.
    bars : ScoreBars
        The bars.
    """

    def __init__(self, colours: Colours) -> None:
        super().__init__()
        self._rows: Sequence[Measurement] = ()
        self.score = ComboBox(
            label="Chart",
            choices=[(column.heading, column) for column in SCORES],
            tooltip="The score to compare the rows by.",
        )
        self.comparable = ComboBox(
            label="of",
            choices=[],
            tooltip="The rows to compare: those with the same reference, damage and area.",
            visible=False,
        )
        self._choices = Form(widgets=[self.score, self.comparable])
        self._choices.margins = (0, 0, 0, 0)
        self._caption = QLabel()
        self._caption.setWordWrap(True)
        self.bars = ScoreBars(colours, self.score.value)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(self.bars)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._choices.native)
        layout.addWidget(self._caption)
        layout.addWidget(scroll, stretch=1)
        self.score.changed.connect(self._show)
        self.comparable.changed.connect(self._show)
        self._show()

    @property
    def caption(self) -> str:
        """The sentence over the bars."""
        return str(self._caption.text())

    def show_rows(self, rows: Sequence[Measurement]) -> None:
        """Show those rows that can be compared; of new ones, those with the last."""
        grown = len(rows) > len(self._rows)
        self._rows = rows
        before = self.comparable.value
        kinds = list(dict.fromkeys(row.comparable for row in rows))
        with self.comparable.changed.blocked():
            self.comparable.choices = list(zip(_kind_names(kinds), kinds, strict=True))
            if before in kinds and not (grown and before.of != rows[-1].comparable.of):
                self.comparable.value = before
            elif kinds:
                of_last = [kind for kind in kinds if kind.of == rows[-1].comparable.of]
                self.comparable.value = of_last[0]
        self.comparable.visible = len(kinds) > 1
        if grown and not self._scored():
            self._choose_a_known_score()
        self._show()

    def _compared(self) -> list[Measurement]:
        return [row for row in self._rows if row.comparable == self.comparable.value]

    def _scored(self) -> bool:
        """Whether any row shown has the chosen score."""
        return not math.isnan(best(self.score.value, self._compared()))

    def _choose_a_known_score(self) -> None:
        rows = self._compared()
        known = (column for column in SCORES if not math.isnan(best(column, rows)))
        with self.score.changed.blocked():
            self.score.value = next(known, self.score.value)

    def _show(self) -> None:
        rows, column = self._compared(), self.score.value
        if not rows:
            caption = "What is measured is compared here."
        elif not self._scored():
            caption = "None of these rows has this score: choose another one."
        else:
            caption = column.direction
        self._caption.setText(caption)
        names = dict(zip(rows, _row_names(rows), strict=True))
        rows = ranked(column, rows)
        self.bars.show_scores(rows, [names[row] for row in rows], column)


def _row_names(rows: Sequence[Measurement]) -> Iterator[str]:
    """Name each row; a picture that was restored anew and measured again gets a number."""
    seen = Counter[str]()
    for row in rows:
        seen[row.restored] += 1
        count = seen[row.restored]
        yield row.restored if count == 1 else f"{row.restored} ({count})"


def _kind_names(kinds: Sequence[Comparable]) -> list[str]:
    """Name the area, and what it was compared with if that differs."""
    if len({kind.of for kind in kinds}) < 2:
        return [kind.area for kind in kinds]
    return [
        ", ".join(part for part in (kind.area, kind.reference, kind.damage) if part)
        for kind in kinds
    ]
