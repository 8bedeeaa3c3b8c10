"""The Restore widget: mark damage with napari's brush, press Restore."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

import napari.viewer
from magicgui.widgets import ComboBox, Label, PushButton
from napari.layers import Image, Labels, Layer, Shapes
from qtpy.QtCore import QTimer

from napari_relic_inpaint import methods
from napari_relic_inpaint.steps import Step
from napari_relic_inpaint.widgets.autosaving import keep_safe
from napari_relic_inpaint.widgets.before_and_after import BeforeAndAfter
from napari_relic_inpaint.widgets.counting import damaged_share, nothing_damaged
from napari_relic_inpaint.widgets.detail_fields import DetailFields
from napari_relic_inpaint.widgets.docking import Docking
from napari_relic_inpaint.widgets.form import Form
from napari_relic_inpaint.widgets.job import Job, one_at_a_time
from napari_relic_inpaint.widgets.layers import (
    is_result,
    masks,
    named,
    pictures,
)
from napari_relic_inpaint.widgets.live_layer import LiveLayer
from napari_relic_inpaint.widgets.mask import add_mask, how_to_mark, looks_like_mask
from napari_relic_inpaint.widgets.method_fields import MethodFields
from napari_relic_inpaint.widgets.placing import note_on, obstacle
from napari_relic_inpaint.widgets.redraw import Redraw
from napari_relic_inpaint.widgets.request import Request
from napari_relic_inpaint.widgets.results import Results
from napari_relic_inpaint.widgets.run import Outcome, Run
from napari_relic_inpaint.widgets.run_account import account
from napari_relic_inpaint.widgets.saving import Saving
from napari_relic_inpaint.widgets.upright import UprightNotice
from napari_relic_inpaint.widgets.watching import Watch
from napari_relic_inpaint.widgets.while_painting import WhilePainting
from napari_relic_inpaint.windows.window_memory import WindowMemory

ALL_LABELS, SELECTED_LABEL = "all labels", "only the selected label"
PREDICT = "predict them"
RECOUNT_MS = 300


class RestoreWidget(Form):
    """Form, run and results of a restoration.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
        The viewer whose layers are worked on; napari passes it in.
    """

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        self._viewer = viewer
        self.picture = ComboBox(
            label="Picture",
            choices=lambda _: named(sorted(pictures(viewer), key=_doubts)),
            tooltip="The damaged picture. It is never changed.",
        )
        self.damage = ComboBox(
            label="Damage",
            choices=lambda _: named(masks(viewer)),
            tooltip="The labels layer on which the damage is painted, or the shapes layer on which "
            "it is outlined: areas are filled, paths and lines have their edge width.",
        )
        self.new_mask = PushButton(
            text="New mask for this picture",
            tooltip="Add an empty labels layer that fits the picture, with the brush in hand.",
        )
        self.counted = ComboBox(
            label="Counts as damage",
            choices=[ALL_LABELS, SELECTED_LABEL],
            tooltip="Restore everything that is painted, or only the label that is selected in "
            "the labels layer (to restore cracks and losses one after the other, say). Of a "
            "shapes layer: all shapes, or only those that are selected.",
        )
        self.share = Label(
            label="Damaged",
            value="",
            tooltip="Share of the picture to restore. Very large masks, and those that are not in "
            "memory, are only counted when you restore.",
        )
        self.edges = ComboBox(
            label="Edges",
            choices=self._edge_choices,
            tooltip="Predict the edges inside the damage, or follow those of a layer: paint on "
            "the layer of edges of an earlier run (label 2 draws, the eraser erases), choose it "
            "here and restore again, or draw paths on a shapes layer. Edges outside the damage "
            "have no effect.",
        )
        self.how = MethodFields()
        self.detail = DetailFields(viewer)
        self.job = Job(
            "Restore",
            "Restore the damage in the background. The result appears in a layer of its own while "
            "it is painted. What has not changed since the last run is not painted again. The "
            "window and batch sizes are in napari's Preferences under Relic Inpaint.",
        )
        self._results = Results(viewer)
        self.upright = UprightNotice(viewer, self._results, lambda: self.job.running)
        self.saving = Saving(viewer, self._results)
        one_at_a_time(self.job, self.saving)
        self._memories: WeakKeyDictionary[Layer, WindowMemory] = WeakKeyDictionary()
        self.painting = WhilePainting(
            viewer,
            self._results,
            self._painting_request,
            self._memory,
            lambda: self.job.running or self.saving.running,
        )
        self.compare = BeforeAndAfter(viewer, self._results)
        super().__init__(
            widgets=[
                self.picture,
                self.upright,
                self.damage,
                self.new_mask,
                self.counted,
                self.share,
                self.edges,
                *self.how.fields,
                *self.detail.fields,
                self.painting.switch,
                self.painting.status,
                self.job,
                self.compare.switch,
                self.saving,
            ]
        )
        self._docking = Docking(self.native, "Restore")
        keep_safe(viewer)
        self._shares: WeakKeyDictionary[Layer, float] = WeakKeyDictionary()
        self._live: LiveLayer | None = None
        self._redraw = Redraw(self.native, self._draw)
        self._watch = Watch(self._on_change)
        self._noted = ""
        self._recount = QTimer(self.native, singleShot=True, interval=RECOUNT_MS)
        self._recount.timeout.connect(self._check)
        self.new_mask.changed.connect(self._add_mask)
        for field in (self.picture, self.damage, self.counted, self.edges, self.how, self.detail):
            field.changed.connect(self._check)
            field.changed.connect(self.painting.restart)
        self.painting.begin(self.native)
        self.painting.settled.connect(self._check)
        self.compare.begin(self.native)
        self.upright.turned.connect(self._on_turned)
        self.job.requested.connect(self._start)
        self.job.stepped.connect(self._on_step)
        self.job.finished.connect(self._show)
        self.job.unfinished.connect(self._take_back)
        self.how.refresh()
        self.detail.refresh()
        self._check()

    def reset_choices(self, *_: Any) -> None:
        """Refresh the layer choices; napari calls it whenever layers come, go or are renamed."""
        super().reset_choices()
        self._check()

    @property
    def _drawn(self) -> Layer | None:
        """The layer of edges to follow; None predicts them."""
        return None if self.edges.value == PREDICT else self.edges.value

    def _edge_choices(self, _: Any = None) -> list[tuple[str, Layer | str]]:
        # A string, since magicgui does not tell of a change to None.
        suited: list[tuple[str, Layer | str]] = [(PREDICT, PREDICT)]
        for layer in reversed(self._viewer.layers):
            plain_image = isinstance(layer, Image) and not layer.rgb
            if isinstance(layer, Labels | Shapes) or plain_image:
                suited.append((layer.name, layer))
        return suited

    def _add_mask(self) -> None:
        if self.picture.value is not None:
            mask = add_mask(self._viewer, self.picture.value)
            self.reset_choices()
            self.damage.value = mask

    def _on_change(self, _: Any = None) -> None:
        self._recount.start()

    def _counted_label(self) -> int | None:
        if self.counted.value == ALL_LABELS:
            return None
        return int(getattr(self.damage.value, "selected_label", 1))

    def _check(self) -> None:
        """Tell how much is damaged, and why Restore cannot run or nothing can be saved."""
        self._watch.follow(self.picture.value, self.damage.value, self._drawn)
        self.new_mask.enabled = self.picture.value is not None
        obstacle = self._place_obstacle()
        self.share.value = ""
        if obstacle is None:
            obstacle = self._count()
        self.job.set_obstacle(obstacle)
        if not self.job.running:
            self._note(self._place_notes() if obstacle is None else "")
        self.saving.follow(self.picture.value)
        self.compare.follow(self.picture.value, self.damage.value)
        belonging = {self.damage.value, self._drawn, *self.detail.layers} - {None}
        self.upright.follow(self.picture.value, belonging)

    def _on_turned(self, sentence: str) -> None:
        self._check()
        self.job.say(sentence)

    def _place_notes(self) -> str:
        """Tell which layers lie elsewhere than the picture."""
        chosen = [layer for layer in (self.damage.value, self._drawn) if layer is not None]
        return " ".join(filter(None, (note_on(self.picture.value, layer) for layer in chosen)))

    def _note(self, sentences: str) -> None:
        """Show sentences under the button as long as they hold, if nothing is in the way."""
        before, self._noted = self._noted, sentences
        if sentences != before and self.job.obstacle is None:
            self.job.say(sentences)

    def _count(self) -> str | None:
        """Tell the share of the damage if it is soon counted; returns why it cannot be restored."""
        damage, label = self.damage.value, self._counted_label()
        share = damaged_share(self.picture.value, damage, label)
        if share is None:
            known = self._shares.get(damage)
            self.share.value = (
                "counted when you restore" if known is None else f"{known:.2%} in the last run"
            )
            return None
        self.share.value = f"{share:.2%}"
        if share == 0:
            return nothing_damaged(damage, label)
        if share == 1:
            return "Everything is marked as damaged: nothing is left to restore from."
        return None

    def _place_obstacle(self) -> str | None:
        picture, damage = self.picture.value, self.damage.value
        if picture is None:
            return "Open a picture first, or a sample from File > Open Sample."
        if damage is None:
            return how_to_mark(self._viewer, picture)
        misfit = obstacle(picture, damage)
        if misfit is None and self._drawn is not None:
            misfit = obstacle(picture, self._drawn)
            method = self.how.method.value
            if misfit is None and not methods.uses_edges(method):
                misfit = f"The method {method} uses no edges: choose '{PREDICT}'."
        return misfit or self.how.obstacle or self.detail.obstacle(picture)

    def _start(self) -> None:
        self._check()
        if not self.job.ready:
            return
        self.painting.pause()
        request = self._request()
        run = Run(request, self._memory(request.source))
        self._live = self._results.live(run)
        self.job.start(run.steps)

    def _memory(self, picture: Layer) -> WindowMemory:
        return self._memories.setdefault(picture, WindowMemory())

    def _request(self) -> Request:
        picture, label = self.picture.value, self._counted_label()
        return Request.of(
            picture,
            self.damage.value,
            label,
            self._drawn,
            self.how.options | {"detail": self.detail.detail.value},
            self.detail.limits(picture, self.damage.value, label),
        )

    def _painting_request(self) -> Request | None:
        """Return what to restore as soon as it is painted; None if something is in the way."""
        return None if self._place_obstacle() is not None else self._request()

    def _on_step(self, step: Step) -> None:
        if step.changed is not None:
            self._redraw.ask()

    def _draw(self) -> None:
        if self._live is not None:
            self._live.show()

    def _take_back(self) -> None:
        self._end().take_back()
        self._check()

    def _show(self, outcome: Outcome) -> None:
        live = self._end()
        layers = self._results.show(live, outcome)
        self._shares[live.run.request.mask] = outcome.record["damage"]["share"]
        self._check()
        self.job.say(" ".join((self.job.message, *account(layers, outcome))))

    def _end(self) -> LiveLayer:
        """Stop drawing, and let go of the run and its copies of the layers."""
        self._redraw.stop()
        live, self._live = self._live, None
        assert live is not None
        return live


def _doubts(layer: Image) -> tuple[bool, bool]:
    """Put results last: who opens the widget beside some goes on with their picture."""
    return is_result(layer), looks_like_mask(layer)
