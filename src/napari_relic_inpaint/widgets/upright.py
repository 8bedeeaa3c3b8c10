"""Says that a picture does not lie as other programs show it, and turns it when asked to."""

from __future__ import annotations

from collections.abc import Callable, Collection

from magicgui.widgets import Container, Label, PushButton
from napari.components import ViewerModel
from napari.layers import Image, Layer
from psygnal import Signal

from napari_relic_inpaint.files.orientation import UPRIGHT
from napari_relic_inpaint.widgets.ballot import wrap
from napari_relic_inpaint.widgets.results import Results
from napari_relic_inpaint.widgets.turning import orientation_of, turn_upright


class UprightNotice(Container):
    """A sentence and a button, shown while the picture is not upright.

    Parameters
    ----------
    viewer : ViewerModel
        Where the layers are.
    results : Results
        Which layers are restorations of a picture.
    busy : callable
        Tells whether the picture is being restored, so that it must not be turned now.

    Attributes
    ----------
    button : PushButton
        Turns the picture.
    turned : Signal of str
        The picture was turned; carries a sentence about it.
    """

    turned = Signal(str)

    def __init__(self, viewer: ViewerModel, results: Results, busy: Callable[[], bool]) -> None:
        self._viewer, self._results, self._busy = viewer, results, busy
        self._picture: Image | None = None
        self._chosen: Collection[Layer] = ()
        self._sentence = Label(value="")
        wrap(self._sentence)
        self.button = PushButton(
            text="Turn upright",
            tooltip="Turn the picture and the masks that lie on it. What is painted stays where it "
            "is in the picture; earlier strokes cannot be undone any more.",
        )
        super().__init__(
            widgets=[self._sentence, self.button],
            labels=False,
            tooltip="Shown where napari has opened a picture as its file stores it, and the file "
            "says that it is to be turned. File > IO Utilities > Open picture upright does so at "
            "once.",
        )
        self.margins = (0, 0, 0, 0)
        self.button.changed.connect(self._turn)

    @property
    def message(self) -> str:
        """The sentence."""
        return str(self._sentence.value)

    def follow(self, picture: Image | None, chosen: Collection[Layer]) -> None:
        """Say how a picture lies; what is chosen with it is turned with it."""
        self._picture, self._chosen = picture, chosen
        orientation = UPRIGHT if picture is None else orientation_of(picture)
        self.visible = orientation != UPRIGHT
        if picture is not None and orientation != UPRIGHT:
            self._sentence.value = (
                f"'{picture.name}' lies as its file stores it; other programs show it turned (EXIF "
                f"orientation {orientation}). Results are saved upright either way."
            )

    def _turn(self) -> None:
        picture = self._picture
        if picture is None:
            return
        if self._busy():
            self._sentence.value = f"'{picture.name}' can be turned when the run is done."
            return
        along = turn_upright(self._viewer, picture, self._chosen)
        sentence = f"'{picture.name}' lies upright now"
        if along:
            sentence += f", and with it {_quoted(along)}"
        stale = self._results.finished(picture)
        if stale:
            sentence += f". Restore again, so that {_quoted(stale)} follows"
        self.turned.emit(f"{sentence}.")


def _quoted(layers: Collection[Layer]) -> str:
    return ", ".join(f"'{layer.name}'" for layer in layers)
