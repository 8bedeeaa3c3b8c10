"""The form on which somebody marks restorations that are known by letters only."""

from __future__ import annotations

from collections.abc import Sequence

from magicgui.widgets import Container, Label, PushButton, RadioButtons
from qtpy.QtWidgets import QSizePolicy

from napari_relic_inpaint.measuring.ratings import CRITERIA, MARKS, Candidate

COMPARISON = "Comparison"
"""What the picture that is not marked is called; a letter cannot be mistaken for it."""

UNMARKED = 0
"""The choice that takes a mark back. Not None, for which magicgui tells nobody of a change."""

_WORDS = "\n".join(f"{mark}  {words}" for mark, words in sorted(MARKS.items(), reverse=True))


class Ballot(Container):
    """Three marks for each restoration of a detail.

    The marks on the form are always those of the restoration that is shown, so that nobody marks
    another one than they look at.

    Parameters
    ----------
    shows_comparison : bool
        Whether there is a picture to compare with.

    Attributes
    ----------
    letter : RadioButtons
        The letter of the restoration to show, or `COMPARISON`.
    marks : dict of str to RadioButtons
        The mark for each criterion, or `UNMARKED`.
    whole_detail, next, stop : PushButton
        What else somebody can do.
    """

    def __init__(self, *, shows_comparison: bool) -> None:
        self._comparison = [COMPARISON] if shows_comparison else []
        self._given: dict[Candidate, dict[str, int]] = {}
        self._title = Label(value="")
        self.letter = RadioButtons(
            orientation="horizontal",
            tooltip="Switch to and fro. The letters are dealt anew for every detail.",
        )
        self.marks = {
            criterion: RadioButtons(
                choices=[("–", UNMARKED), *((str(mark), mark) for mark in MARKS)],
                orientation="horizontal",
                tooltip=f"{question}\n\n{_WORDS}",
            )
            for criterion, question in CRITERIA.items()
        }
        self.whole_detail = PushButton(
            text="Whole detail again",
            tooltip="Undo zooming and moving. The mouse wheel zooms, dragging moves.",
        )
        self.next = PushButton(text="Next")
        self.stop = PushButton(
            text="Stop for now",
            tooltip="Close the window. Restorations with all three marks are saved; under the same "
            "name you can go on later.",
        )
        self._status = Label(value="")
        keys = "switch with the keys A, B ..." + (
            " and 0 for the comparison" if shows_comparison else ""
        )
        asked = [
            widget
            for criterion, buttons in self.marks.items()
            for widget in (
                Label(value=f"<b>{criterion.capitalize()}</b>: {CRITERIA[criterion]}"),
                buttons,
            )
        ]
        super().__init__(
            widgets=[
                self._title,
                Label(value=f"<b>Shown</b>: {keys}"),
                self.letter,
                self.whole_detail,
                *asked,
                Label(value=_WORDS),
                self.next,
                self._status,
                self.stop,
            ],
            labels=False,
        )
        for widget in self:
            if isinstance(widget, Label):
                wrap(widget)
        self.native.layout().addStretch()
        self.letter.changed.connect(self._on_shown)
        for buttons in self.marks.values():
            buttons.changed.connect(self._on_mark)

    @property
    def message(self) -> str:
        """The sentence under the Next button."""
        return str(self._status.value)

    def begin(self, candidates: Sequence[Candidate], title: str, *, last: bool) -> None:
        """Start with a detail.

        Parameters
        ----------
        candidates : sequence of Candidate
            What to mark, in the order of their letters.
        title : str
            The headline.
        last : bool
            Whether it is the last detail.
        """
        self._given = {candidate: {} for candidate in candidates}
        self._title.value = f"<h2>{title}</h2>"
        self.next.text = "Save and finish" if last else "Save, next detail"
        self.letter.choices = [*(candidate.letter for candidate in candidates), *self._comparison]
        self.choose(candidates[0].letter)

    def choose(self, name: str) -> None:
        """Show a restoration by its letter, or the comparison, if there is one of that name."""
        if name in self.letter.choices:
            self.letter.value = name
            self._on_shown()

    def complete(self) -> dict[Candidate, dict[str, int]]:
        """Return the marks of the restorations that have all of them."""
        return {
            candidate: marks
            for candidate, marks in self._given.items()
            if len(marks) == len(CRITERIA)
        }

    def say(self, sentence: str) -> None:
        """Show a sentence under the Next button."""
        self._status.value = sentence

    def _candidate(self) -> Candidate | None:
        for candidate in self._given:
            if candidate.letter == self.letter.value:
                return candidate
        return None

    def _on_shown(self) -> None:
        candidate = self._candidate()
        given = {} if candidate is None else self._given[candidate]
        for criterion, buttons in self.marks.items():
            with buttons.changed.blocked():
                buttons.value = given.get(criterion, UNMARKED)
            buttons.enabled = candidate is not None
        self._check()

    def _on_mark(self) -> None:
        candidate = self._candidate()
        if candidate is not None:
            self._given[candidate] = {
                criterion: buttons.value
                for criterion, buttons in self.marks.items()
                if buttons.value != UNMARKED
            }
        self._check()

    def _check(self) -> None:
        """Say what is still to mark."""
        open_ones = [
            candidate.letter + _missing(marks)
            for candidate, marks in self._given.items()
            if len(marks) < len(CRITERIA)
        ]
        self.next.enabled = not open_ones
        self.say(f"Still to mark: {', '.join(open_ones)}." if open_ones else "All is marked.")
        self.next.tooltip = (
            self.message if open_ones else "Save the marks. They cannot be changed afterwards."
        )


def _missing(marks: dict[str, int]) -> str:
    missing = [criterion for criterion in CRITERIA if criterion not in marks]
    return f" ({', '.join(missing)})" if marks else ""


def wrap(label: Label) -> None:
    """Let a label take the form's whole width and as many lines as it needs."""
    label.native.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    label.native.setWordWrap(True)
