"""The Judge widget: several restorations of the same damage, and which one is taken where."""

from __future__ import annotations

from typing import Any

import napari.viewer
from magicgui.widgets import ComboBox
from qtpy.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.marking.holes import Position
from napari_relic_inpaint.remedies import NAPARI, worded
from napari_relic_inpaint.widgets.canvas_text import CanvasText
from napari_relic_inpaint.widgets.docking import Docking
from napari_relic_inpaint.widgets.form import Form
from napari_relic_inpaint.widgets.hole_table import MOST, HoleTable
from napari_relic_inpaint.widgets.hypothesis_list import HypothesisList
from napari_relic_inpaint.widgets.job import Job
from napari_relic_inpaint.widgets.judge_fields import Judged, JudgeFields
from napari_relic_inpaint.widgets.judge_layers import JudgeLayers
from napari_relic_inpaint.widgets.judge_request import JudgeRequest
from napari_relic_inpaint.widgets.watching import Watch
from napari_relic_inpaint.windows.window_memory import WindowMemory

AS_IT_IS = "left as they are"


class JudgeWidget(QWidget):
    """Hypotheses, their stack and map, the table of holes, and what is taken.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
        The viewer whose layers are worked on; napari passes it in.
    """

    def __init__(self, napari_viewer: napari.viewer.Viewer) -> None:
        super().__init__()
        self._docking = Docking(self, "Judge")
        self._viewer = napari_viewer
        self.fields = JudgeFields(napari_viewer)
        self.list = HypothesisList()
        self.job = Job(
            "Run",
            "Restore by each ticked hypothesis, one after the other, in the background. What has "
            "not changed since the last run is not run again.",
        )
        self.job.cancel_button.tooltip = "Stop the run. What is finished stays."
        self.shown = QLabel()
        self.shown.setWordWrap(True)
        self.table = HoleTable()
        self.take_button = _button(
            "Take the one shown here",
            "Take the hypothesis at which the slider stands for the selected holes, in a layer of "
            "its own.",
            self._take,
        )
        self.clear_button = _button(
            "Take none", "Take back what you have taken for the selected holes.", self._clear
        )
        self.others = ComboBox(
            label="Other holes",
            choices=[AS_IT_IS],
            tooltip="What holes are filled with for which you have taken nothing.",
        )
        self._rest = Form(widgets=[self.others])
        self._layers = JudgeLayers(napari_viewer)
        self._on_canvas = CanvasText(napari_viewer, "relic_inpaint_hypothesis")
        self._request: JudgeRequest | None = None
        self._running: JudgeRequest | None = None
        self._key: Judged | None = None
        self._stale = False
        self._memory = WindowMemory()
        self.choices: dict[Position, str] = {}
        self._lay_out()
        self._watch = Watch(self._on_layers)
        for field in self.fields.all:
            field.changed.connect(self._on_fields)
        self.list.changed.connect(self._check)
        self.job.requested.connect(self._start)
        self.job.finished.connect(self._show)
        self.table.chosen.connect(self._go)
        self.others.changed.connect(self._on_others)
        napari_viewer.dims.events.point.connect(self._tell_shown)
        napari_viewer.layers.events.removed.connect(self._tell_shown)
        self.destroyed.connect(_leaving(napari_viewer, self._tell_shown, self._on_canvas))
        self._on_fields()
        self._tell_shown()

    def reset_choices(self, *_: Any) -> None:
        """Refresh the layer choices; napari calls it whenever layers come, go or are renamed."""
        self.fields.reset_choices()
        self._on_fields()

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.addWidget(self.take_button)
        buttons.addWidget(self.clear_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for part in (self.fields.native, self.list, self.job.native, self.shown, self.table):
            layout.addWidget(part)
        layout.setStretchFactor(self.table, 1)
        layout.addLayout(buttons)
        layout.addWidget(self._rest.native)

    def _on_fields(self, _: Any = None) -> None:
        judged = self.fields.judged
        self._watch.follow(*judged)
        self.list.propose(drawn=judged.drawn is not None, limited=bool(judged.limits))
        self._check()

    def _on_layers(self, event: Any) -> None:
        """Run hypotheses anew when next asked to: what is painted now is another damage."""
        if event.type != "selected_label":
            self._stale = True
        self._check()

    def _check(self, _: Any = None) -> None:
        self.job.set_obstacle(self.fields.obstacle(self.list.ticked))
        self._enable()

    def _start(self) -> None:
        self._check()
        if not self.job.ready:
            return
        key = self.fields.judged
        request = self._request
        if request is None or self._stale or key != self._key:
            try:
                request = JudgeRequest.of(key, self._memory)
            except InputError as error:
                self.job.say(f"Not possible: {worded(str(error), NAPARI)}.")
                return
            self._stale, self._key = False, key
        self._running = request
        ticked = self.list.ticked
        self.job.start(lambda should_stop: request.steps(ticked, should_stop))

    def _show(self, complete: bool) -> None:
        assert self._running is not None
        if self._running is not self._request:
            self.choices = {}
        self._request = request = self._running
        names = [each.hypothesis.name for each in request.work.finished]
        self.choices = {hole: name for hole, name in self.choices.items() if name in names}
        before_run = self._layers.stack
        self._layers.show(request)
        stack = self._layers.stack
        if stack is not None and stack is not before_run:
            stack.events.visible.connect(self._tell_shown)
        self.list.tell_finished([each.hypothesis for each in request.work.finished])
        judged = request.work.judged()
        self.table.show_holes(judged, request.classes, self.choices)
        before = self.others.value
        with self.others.changed.blocked():
            self.others.choices = [*names, AS_IT_IS]
            self.others.value = before if before in names else names[0]
        if self.choices:
            self._compose()
        self._tell_shown()
        marked = sum(bool(each.doubts) for each in judged)
        sentences = [self.job.message] if complete else [f"Stopped; finished: {', '.join(names)}."]
        sentences.append(request.note)
        if marked:
            sentences.append(f"{marked} of {len(judged)} holes are marked: look there first.")
        if len(judged) > MOST:
            sentences.append(f"The table lists {MOST} of {len(judged)} holes.")
        self.job.say(" ".join(filter(None, sentences)))
        self._enable()

    def _enable(self) -> None:
        there = self._request is not None and bool(self.table.selected)
        self.take_button.setEnabled(there and self._layers.current() is not None)
        self.clear_button.setEnabled(there)
        self.others.enabled = self._request is not None

    def _tell_shown(self, _: Any = None) -> None:
        """Say which hypothesis the slider stands at, here and on the canvas."""
        number = self._layers.current()
        if self._request is None or number is None:
            self.shown.setText("")
            self._on_canvas.say("")
        else:
            finished = self._request.work.finished
            name, place = finished[number].hypothesis.name, f"{number + 1} of {len(finished)}"
            self.shown.setText(f"Shown: <b>{_plain(name)}</b> ({place})")
            # Who moves the slider looks at the picture.
            self._on_canvas.say(f"{name} ({place})")
        self._enable()

    def _go(self, position: Position) -> None:
        assert self._request is not None and self._request.work.holes is not None
        hole = self._request.work.holes.hole_at(position)
        if hole is not None and self._request.source in self._viewer.layers:
            self._layers.look_at(self._request.source, hole)
        self._enable()

    def _take(self) -> None:
        number = self._layers.current()
        if number is None or self._request is None:
            return
        name = self._request.work.finished[number].hypothesis.name
        for position in self.table.selected:
            self.choices[position] = name
        self._compose()

    def _clear(self) -> None:
        for position in self.table.selected:
            self.choices.pop(position, None)
        self._compose()

    def _on_others(self) -> None:
        if self._request is not None:
            self._compose()

    def _compose(self) -> None:
        """Show what is taken."""
        assert self._request is not None
        others = None if self.others.value == AS_IT_IS else str(self.others.value)
        self.table.show_taken(self.choices)
        if not self.choices and others is None:
            self.job.say("Nothing is taken: take a hypothesis for a hole first.")
            return
        layer = self._layers.compose(
            self._request, self._request.work.compose(self.choices, others)
        )
        self.job.say(
            f"{len(self.choices)} taken; the picture is in '{layer.name}'. Save it in the Restore "
            "widget: its record says which hypothesis each hole came from."
        )


def _button(text: str, tooltip: str, slot: Any) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(tooltip)
    button.clicked.connect(lambda _: slot())
    return button


def _plain(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _leaving(viewer: Any, slot: Any, text: CanvasText) -> Any:
    """Return what lets a viewer forget a widget that is gone."""

    def leave() -> None:
        viewer.dims.events.point.disconnect(slot)
        viewer.layers.events.removed.disconnect(slot)
        text.say("")

    return leave
