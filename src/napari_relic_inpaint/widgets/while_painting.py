"""The switch that lets a picture be restored while its damage is being painted."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from magicgui.widgets import CheckBox, Label
from napari.components import ViewerModel
from napari.layers import Image, Layer
from napari.qt.threading import create_worker
from psygnal import Signal
from qtpy.QtCore import Qt, QTimer
from qtpy.QtWidgets import QApplication, QSizePolicy, QWidget

from napari_relic_inpaint.errors import RelicInpaintError, Stopped
from napari_relic_inpaint.picture.picture import Area
from napari_relic_inpaint.remedies import NAPARI, worded
from napari_relic_inpaint.steps import Step
from napari_relic_inpaint.widgets.canvas_nodes import draw_in_order, draw_on_top, draw_part
from napari_relic_inpaint.widgets.live_layer import LiveLayer
from napari_relic_inpaint.widgets.painting_run import (
    PaintingRun,
    guarded,
    is_followed_closely,
    live_mask,
    painted_area,
)
from napari_relic_inpaint.widgets.redraw import Redraw
from napari_relic_inpaint.widgets.request import Request
from napari_relic_inpaint.widgets.results import Results
from napari_relic_inpaint.widgets.watching import Watch
from napari_relic_inpaint.windows.window_memory import WindowMemory

PAUSE_MS = 500
"""After the last stroke, until what has changed is restored."""

UP_TO_DATE = "Up to date: paint, erase or undo, and the picture follows."


class WhilePainting:
    """The switch, what it says, and the work behind it.

    Parameters
    ----------
    viewer : ViewerModel
        Where the layers are.
    results : Results
        Where the restored layers are known.
    request : callable
        Returns what is to be restored, and how; None if something is in the way.
    memory : callable
        Returns what was painted for a picture before.
    busy : callable
        Tells whether other work is going on that this has to wait for.

    Attributes
    ----------
    switch : CheckBox
        On while the picture follows the mask.
    status : Label
        What is being done.
    settled : Signal
        The picture is as its mask says.
    """

    settled = Signal()

    def __init__(
        self,
        viewer: ViewerModel,
        results: Results,
        request: Callable[[], Request | None],
        memory: Callable[[Layer], WindowMemory],
        busy: Callable[[], bool],
    ) -> None:
        self.switch = CheckBox(
            text="Restore while I paint",
            value=False,
            tooltip="Restore what you paint, erase or undo half a second after each stroke: a "
            "smooth fill at once, then the painting, its detail last. Painting on goes before. "
            "Restore, afterwards, takes what was painted, and adds the layers of edges and "
            "sources.",
        )
        self.status = Label(
            value="", visible=False, tooltip="How far what you have painted is restored."
        )
        self.status.native.setWordWrap(True)
        self.status.native.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self._viewer = viewer
        self._results = results
        self._request = request
        self._memory = memory
        self._busy = busy
        self._stop = threading.Event()
        self._worker: Any = None
        self._run: PaintingRun | None = None
        self._live: LiveLayer | None = None
        self._label: int | None = None
        self._areas: list[Area] | None = None
        self._pending = False
        self._watch = Watch(self._on_change)
        self._moved = Watch(lambda _: self.restart())
        self._timer: QTimer | None = None
        self._redraw: Redraw | None = None
        self.switch.changed.connect(self._on_switch)

    def begin(self, parent: QWidget) -> None:
        """Live as long as the window ``parent``; to be called once."""
        self._timer = QTimer(parent, singleShot=True, interval=PAUSE_MS)
        self._timer.timeout.connect(self._go_on)
        self._redraw = Redraw(parent, self._draw)
        parent.destroyed.connect(self._abandon)

    @property
    def running(self) -> bool:
        """Whether a thread is at work."""
        return self._worker is not None

    def restart(self) -> None:
        """Begin anew with other layers or options, if the switch is on."""
        if self.switch.value:
            self._leave()
            self._later()

    def pause(self) -> None:
        """Leave the thread, since other work begins; what is left is done after it."""
        self._stop.set()
        if self.switch.value:
            self._later()

    def _on_switch(self, on: bool) -> None:
        if on:
            self.status.visible = True
            self.status.value = "Getting ready ..."
            self._later()
        elif self._run is not None and self._run.levels and self._pending:
            # What was painted before the switch was turned off is not left half done.
            self.status.value = "Finishing what was painted ..."
        else:
            self._leave()

    def _leave(self) -> None:
        """Stop the work, and forget the picture."""
        self._stop.set()
        if self._timer is not None:
            self._timer.stop()
        if self._redraw is not None:
            self._redraw.stop()
        self._watch.follow()
        if self._live is not None and not self._has_record:
            self._live.take_back()
        self._moved.follow()
        draw_in_order(self._viewer)
        self._run = self._live = None
        if not self.switch.value:
            self.status.value = ""
            self.status.visible = False

    @property
    def _has_record(self) -> bool:
        """Whether the layer is a result, which stays."""
        following = None if self._run is None else self._run.following
        return following is not None and bool(following.record) and not self._pending

    def _later(self) -> None:
        assert self._timer is not None
        self._timer.start()

    def _on_change(self, event: Any) -> None:
        """Something was painted, erased, undone or moved: what is under way is out of date."""
        run = self._run
        if run is None:
            return
        damage = run.request.mask
        kind = getattr(event, "type", "")
        if kind == "selected_label" and self._label is None:
            return
        if kind == "labels_update" and damage.ndim == 2:
            draw_on_top(self._viewer, damage)
            if self._areas is not None:
                self._areas.append(painted_area(event))
        elif kind != "paint":
            self._areas = None
        self._pending = True
        self._stop.set()
        self._later()

    def _go_on(self) -> None:
        """Follow the mask, if nothing else is going on."""
        if not self.switch.value and self._run is None:
            return
        pressed = QApplication.mouseButtons() & Qt.MouseButton.LeftButton
        if pressed or self.running or self._busy():
            self._later()
            return
        if self._run is None and not self._start():
            return
        run = self._run
        assert run is not None
        request = run.request
        damage = live_mask(request.source, request.mask, self._label)
        closely = is_followed_closely(request.source, request.mask)
        areas, self._areas = (self._areas if closely else None), []
        if self._live is not None and self._live.shown is not None:
            # The record that it has is not about what is being painted.
            self._live.shown.metadata = {}
        self._stop = threading.Event()
        self._worker = create_worker(guarded, run, damage, areas, self._stop)
        self._worker.yielded.connect(self._on_step)
        self._worker.returned.connect(self._on_result)
        self._worker.errored.connect(self._on_error)
        self._worker.finished.connect(self._on_end)
        self._worker.start()

    def _start(self) -> bool:
        request = self._request()
        if request is None:
            self.status.value = "Waiting for a picture and a damage layer that can be restored."
            return False
        self._label = request.label
        self._run = PaintingRun(request, self._memory(request.source))
        self._live = self._results.live(self._run)
        self._areas = None
        self._pending = True
        self._watch.follow(request.mask)
        self._moved.follow(request.source)
        return True

    def _on_step(self, said: tuple[PaintingRun, Step]) -> None:
        run, step = said
        if run is not self._run or self._live is None:
            return
        stopped = self._stop.is_set()
        if not stopped:
            self.status.value = f"{step.stage}: {step.done} of {step.total}".capitalize()
        layer = self._live.shown
        if layer is None:
            if not stopped:
                self._live = self._results.live(run)
                self._live.show()
        elif step.changed is not None and not (
            isinstance(layer, Image) and draw_part(self._viewer, layer, step.changed)
        ):
            assert self._redraw is not None
            self._redraw.ask()
        if step.changed is not None and step.stage != "reading" and not stopped:
            # What is filled lies over the strokes again.
            draw_in_order(self._viewer)

    def _draw(self) -> None:
        if self._live is not None:
            self._live.show()

    def _on_result(self, said: tuple[PaintingRun, RelicInpaintError | None]) -> None:
        run, error = said
        if run is not self._run or self._live is None or isinstance(error, Stopped):
            return
        if error is not None:
            self.status.value = f"Not possible: {worded(str(error), NAPARI).rstrip('.')}."
            if not self.switch.value:
                self._leave()
            return
        if self._stop.is_set():
            # Painted on between the last step and this.
            return
        self._pending = False
        following = run.following
        assert following is not None
        if following.record:
            self._results.keep(self._live, following.record, following.sources)
            self.status.value = UP_TO_DATE
        else:
            self.status.value = "Nothing is damaged: paint, and the picture follows."
        draw_in_order(self._viewer)
        self.settled.emit()
        if not self.switch.value:
            self._leave()

    def _on_error(self, _: Exception) -> None:
        # napari shows the error itself.
        self.status.value = "The restoration failed."

    def _on_end(self) -> None:
        self._worker = None

    def _abandon(self) -> None:
        """Leave the thread to itself, which ends soon: the window is gone."""
        self._stop.set()
        self._watch.follow()
        self._moved.follow()
        if self._worker is not None:
            for name in ("yielded", "returned", "errored", "finished"):
                getattr(self._worker, name).disconnect()
            self._worker = None
        self._run = self._live = None
