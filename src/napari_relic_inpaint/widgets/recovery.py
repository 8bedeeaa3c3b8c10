"""Unsaved work that a crash has left: told of, recovered or discarded."""

from __future__ import annotations

from datetime import datetime

from magicgui.widgets import Container, Label, PushButton

from napari_relic_inpaint.project.autosaves import Autosave, left_by_crashes
from napari_relic_inpaint.widgets.ballot import wrap


class Recovery(Container):
    """Says which unsaved work was found; hidden where there is none.

    Attributes
    ----------
    recover_button, discard_button : PushButton
        What the user wants of it.
    """

    def __init__(self) -> None:
        self._left: list[Autosave] = []
        self.found = Label(value="")
        wrap(self.found)
        self.recover_button = PushButton(
            text="Recover",
            tooltip="Open the unsaved work; save it to keep it.",
        )
        self.discard_button = PushButton(
            text="Discard", tooltip="Remove the unsaved work for good."
        )
        choice = Container(
            widgets=[self.recover_button, self.discard_button], layout="horizontal", labels=False
        )
        choice.margins = (0, 0, 0, 0)
        super().__init__(
            widgets=[self.found, choice],
            labels=False,
            tooltip="Shown when napari has ended without closing while there was unsaved work.",
        )
        self.margins = (0, 0, 0, 0)

    @property
    def first(self) -> Autosave | None:
        """The work that it offers."""
        return self._left[0] if self._left else None

    def look(self) -> None:
        """Look for unsaved work, and show it if there is some."""
        self._left = left_by_crashes()
        self.visible = bool(self._left)
        if self._left:
            left = self._left[0]
            described = left.describe()
            of = "work that was never saved" if left.project is None else str(left.project)
            when = "" if described is None else f" of {time_in_words(_parsed(described.saved))}"
            count = 0 if described is None else len(described.layers)
            more = len(self._left) - 1
            self.found.value = (
                f"napari has ended without closing. Unsaved work{when} was kept: {of}, "
                f"{layers_in_words(count)}." + (f" There is {more} more after it." if more else "")
            )

    def discard(self) -> None:
        """Remove the unsaved work, and look for more."""
        if self._left:
            self._left[0].remove()
            self.look()


def layers_in_words(count: int) -> str:
    """Return how many layers there are."""
    return f"{count} layer{'' if count == 1 else 's'}"


def _parsed(time: str) -> datetime:
    try:
        return datetime.fromisoformat(time)
    except ValueError:
        return datetime.fromtimestamp(0).astimezone()


def time_in_words(moment: datetime) -> str:
    """Return when something was, as short as it can be told today."""
    local = moment.astimezone()
    today = datetime.now().astimezone().date() == local.date()
    return f"{local:%H:%M}" if today else f"{local:%Y-%m-%d %H:%M}"
