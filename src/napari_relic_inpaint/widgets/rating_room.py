"""The window in which somebody marks: one restoration at a time under a letter, no names."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from functools import partial

import numpy as np
from napari.components import ViewerModel
from napari.layers import Image
from napari.qt import QtViewer, get_current_stylesheet
from qtpy.QtCore import Qt, Signal
from qtpy.QtGui import QCloseEvent, QKeySequence, QShortcut
from qtpy.QtWidgets import QApplication, QHBoxLayout, QWidget

from napari_relic_inpaint.errors import RelicInpaintError
from napari_relic_inpaint.measuring.ratings import Detail, Session
from napari_relic_inpaint.measuring.ratings.session import LETTERS
from napari_relic_inpaint.widgets.ballot import COMPARISON, Ballot
from napari_relic_inpaint.widgets.layers import full_data, image_appearance, planes_shape

BALLOT_WIDTH = 400
COMPARISON_KEY = "0"
MARGIN = 0.95
"""Share of the canvas that a detail takes."""


class RatingRoom(QWidget):
    """A canvas and a ballot; every other window is hidden while it is open.

    It shows views of the pictures in layers of its own, so that no layer of the user's is renamed,
    hidden or otherwise touched, however the session ends.

    Parameters
    ----------
    session : Session
        What there is to mark.
    details : mapping of str to Detail
        The session's details by name.
    restorations : mapping of str to Image
        The pictures by the method that made them.
    comparison : Image or None
        A picture to look at beside them.

    Attributes
    ----------
    viewer : ViewerModel
        What the canvas shows.
    ballot : Ballot
        The form beside it.
    left : Signal
        The session is over; carries a sentence about how it went.
    """

    left = Signal(str)

    def __init__(
        self,
        session: Session,
        details: Mapping[str, Detail],
        restorations: Mapping[str, Image],
        comparison: Image | None,
    ) -> None:
        super().__init__()
        self._session = session
        self._details = details
        self._restorations = restorations
        self._comparison = comparison
        # All look as the first: contrast limits or a scale of its own would give one away.
        first = next(iter(restorations.values()))
        self._look = {**image_appearance(first), "rgb": first.rgb}
        self._height, self._width = planes_shape(first)
        self._scale = np.array(first.scale)
        self._done = 0
        self._curtained: list[QWidget] = []
        self.viewer = ViewerModel()
        self.ballot = Ballot(shows_comparison=comparison is not None)
        self._canvas = self._furnish()
        self.ballot.letter.changed.connect(self._show_chosen)
        self.ballot.whole_detail.changed.connect(self._fit)
        self.ballot.next.changed.connect(self._save_and_go_on)
        self.ballot.stop.changed.connect(self._stop)
        self.viewer.canvas.events.size.connect(self._fit)
        for key, name in [*((letter, letter) for letter in LETTERS), (COMPARISON_KEY, COMPARISON)]:
            QShortcut(QKeySequence(key), self).activated.connect(partial(self.ballot.choose, name))
        self._enter()

    def open(self) -> None:
        """Hide the other windows, whose layer lists and forms show names, and show this one."""
        self._curtained = [
            window
            for window in QApplication.topLevelWidgets()
            if window.isVisible() and window is not self
        ]
        if self._curtained:
            # On the screen at which people sit.
            self.setGeometry(self._curtained[0].screen().availableGeometry())
        self.showMaximized()
        for window in self._curtained:
            window.hide()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Save what has all its marks, and bring the other windows back."""
        sentence = f"{self._done} of {len(self._session.details)} details are marked."
        if not self._finished:
            try:
                self._save()
            except RelicInpaintError as error:
                sentence += f" Those of one more could not be saved: {_reason(error)}."
        for window in self._curtained:
            # A window that was deleted meanwhile needs no showing.
            with suppress(RuntimeError):
                window.show()
        self._canvas.close()
        self.left.emit(sentence)
        super().closeEvent(event)

    @property
    def _finished(self) -> bool:
        return self._done == len(self._session.details)

    def _furnish(self) -> QtViewer:
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Blind rating")
        self.setStyleSheet(get_current_stylesheet())
        canvas = QtViewer(self.viewer)
        # Keys belong to the ballot; on the canvas they would hide layers or turn the picture.
        canvas.canvas.native.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        canvas.setAcceptDrops(False)
        self.ballot.native.setMinimumWidth(BALLOT_WIDTH)
        layout = QHBoxLayout(self)
        layout.addWidget(canvas, stretch=1)
        layout.addWidget(self.ballot.native)
        return canvas

    def _enter(self) -> None:
        """Go to the next detail."""
        self._name = self._session.details[self._done]
        candidates = self._session.candidates(self._name)
        pictures = {
            candidate.letter: self._restorations[candidate.method] for candidate in candidates
        }
        if self._comparison is not None:
            pictures[COMPARISON] = self._comparison
        # Beyond its surroundings a picture would only cost memory and hide how big the detail is.
        view = self._details[self._name].with_surroundings((self._height, self._width))
        self.viewer.layers.clear()
        for name, picture in pictures.items():
            self.viewer.add_image(
                full_data(picture)[view.rows, view.columns],
                name=name,
                scale=self._scale,
                translate=self._scale * (view.top, view.left),
                **self._look,
            )
        count = len(self._session.details)
        self.ballot.begin(
            candidates, f"Detail {self._done + 1} of {count}", last=self._done + 1 == count
        )
        self._show_chosen()
        self._fit()

    def _show_chosen(self) -> None:
        for layer in self.viewer.layers:
            layer.visible = layer.name == self.ballot.letter.value

    def _fit(self) -> None:
        """Show the whole detail, as large as it goes."""
        detail = self._details[self._name]
        size = self._scale * (detail.height, detail.width)
        # Pixel centres lie on whole numbers, so that the first pixel begins half a pixel before.
        corner = self._scale * (detail.top - 0.5, detail.left - 0.5)
        self.viewer.scene.camera.center = tuple(corner + size / 2)
        self.viewer.scene.camera.zoom = MARGIN * float(np.min(self.viewer.canvas.size / size))

    def _save_and_go_on(self) -> None:
        try:
            self._save()
        except RelicInpaintError as error:
            self.ballot.say(f"Not saved: {_reason(error)}. Then press the button again.")
            return
        self._done += 1
        if self._finished:
            self.close()
        else:
            self._enter()

    def _stop(self) -> None:
        self.close()

    def _save(self) -> None:
        marks = self.ballot.complete()
        if marks:
            self._session.save(self._name, marks)


def _reason(error: RelicInpaintError) -> str:
    return str(error).rstrip(".")
