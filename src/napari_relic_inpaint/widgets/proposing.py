"""Cracks and lacunae are proposed; the user takes or leaves them, all or piece by piece."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import Any

import numpy as np
from magicgui.widgets import Container, PushButton
from napari.components import ViewerModel
from napari.layers import Image, Labels

from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.marking.proposals.cracks import propose_cracks_steps
from napari_relic_inpaint.marking.proposals.lacunae import (
    propose_lacuna_steps,
    propose_similar_steps,
)
from napari_relic_inpaint.marking.proposals.pieces import Proposals
from napari_relic_inpaint.steps import Step, stoppable
from napari_relic_inpaint.widgets.form import Form
from napari_relic_inpaint.widgets.job import Job
from napari_relic_inpaint.widgets.layers import planes_shape, snapshot
from napari_relic_inpaint.widgets.placing import labels_on
from napari_relic_inpaint.widgets.preview import LEAVING, Preview, check_takes
from napari_relic_inpaint.widgets.proposal_fields import ProposalFields

Steps = Generator[Step, None, Proposals]


class Proposing(Form):
    """Proposals of damage on a picture, for a layer of damage.

    Parameters
    ----------
    viewer : ViewerModel
        The viewer.
    picture : callable
        Returns the layer of the picture, or None.
    damage : callable
        Returns the layer that damage is marked on, or None.

    Attributes
    ----------
    fields : ProposalFields
        What is looked for.
    preview : Preview
        What is proposed, as a layer.
    job : Job
        The search.
    """

    def __init__(
        self,
        viewer: ViewerModel,
        picture: Callable[[], Image | None],
        damage: Callable[[], Labels | None],
    ) -> None:
        self._viewer, self._picture, self._damage = viewer, picture, damage
        self._place: tuple[int, ...] | None = None
        self._searched: Image | None = None
        self.fields = ProposalFields()
        self.job = Job("Propose", "Look for damage that is not marked yet. Nothing is decided.")
        self.accept_all = PushButton(
            text="Accept all",
            tooltip="Mark all pieces that are shown, with the selected label; one undo takes it "
            "back. What you have marked stays as it is.",
        )
        self.discard = PushButton(text="Discard", tooltip="Take the proposals away.")
        decide = Container(
            widgets=[self.accept_all, self.discard], layout="horizontal", labels=False
        )
        decide.margins = (0, 0, 0, 0)
        super().__init__([*self.fields.all, self.job, decide])
        self.preview = Preview(viewer, self._on_piece)
        self.job.requested.connect(self._search)
        self.job.finished.connect(self._on_found)
        self.accept_all.changed.connect(lambda: self._take(self.preview.pieces))
        self.discard.changed.connect(self._on_discard)
        viewer.mouse_drag_callbacks.append(self._on_mouse)
        viewer.layers.events.removed.connect(self._show_decisions)
        self.native.destroyed.connect(self._let_go)
        self._show_decisions()

    def _show_decisions(self) -> None:
        some = bool(self.preview.pieces)
        self.accept_all.enabled = self.discard.enabled = some

    def _search(self) -> None:
        """Start to look for what the form says."""
        picture = self._picture()
        try:
            if picture is None:
                raise InputError("there is no picture: open one first")
            steps = self._steps(picture)
        except InputError as error:
            self.job.say(f"Not possible: {error}.")
            return
        self._searched = picture
        self.job.start(lambda should_stop: stoppable(steps, should_stop))

    def _steps(self, picture: Image) -> Steps:
        layer = self._damage()
        marked = None if layer is None else labels_on(picture, layer).data
        data = snapshot(picture)
        fields = self.fields
        if fields.cracks:
            options = fields.crack_options(picture)
            return propose_cracks_steps(data, marked, rgb=picture.rgb, options=options)
        if self._place is None:
            raise InputError(
                f"point at a lacuna first: switch on '{fields.pick.text}' and click on one"
            )
        wanted = fields.lacuna_options()
        propose = propose_similar_steps if fields.similar.value else propose_lacuna_steps
        return propose(data, self._place, marked, rgb=picture.rgb, options=wanted)

    def _on_found(self, proposals: Proposals) -> None:
        if self._searched not in self._viewer.layers:
            return
        assert self._searched is not None
        if not proposals.count:
            self.preview.remove()
            self.job.say("Nothing was found that looks like it.")
        else:
            self.preview.show(proposals, self._searched)
            share = proposals.pixels / np.prod(proposals.shape)
            self.job.say(
                f"{proposals.count} pieces, {share:.1%} of the picture. Click on a piece to "
                f"accept it, with {LEAVING} held down to drop it."
            )
        self._show_decisions()

    def _on_piece(self, piece: int, taken: bool) -> None:
        if taken:
            self._take([piece])
        else:
            self.preview.leave([piece])
            self._say_left("Dropped.")

    def _take(self, pieces: list[int]) -> None:
        damage = self._damage()
        try:
            assert self._searched is not None
            check_takes(self._searched, damage)
        except InputError as error:
            self.job.say(f"Not possible: {error}.")
            return
        assert damage is not None
        marked = self.preview.take(pieces, damage)
        self._say_left(f"{marked:,} pixels marked with label {damage.selected_label}.")

    def _say_left(self, sentence: str) -> None:
        left = len(self.preview.pieces)
        if left:
            self.job.say(f"{sentence} {left} pieces left.")
        else:
            self.preview.remove()
            self.job.say(f"{sentence} No piece is left.")
        self._show_decisions()

    def _on_discard(self) -> None:
        self.preview.remove()
        self.job.say("The proposals were taken away. Nothing was marked.")
        self._show_decisions()

    def _on_mouse(self, _: Any, event: Any) -> Iterator[None]:
        """Point at a lacuna by a click; a drag still moves the picture."""
        yield
        picture = self._picture()
        if event.type == "mouse_move" or not self.fields.pick.value or picture is None:
            return
        place = tuple(round(float(n)) for n in picture.world_to_data(event.position))
        shape = planes_shape(picture)
        place = place[: len(shape)]
        if all(0 <= n < length for n, length in zip(place, shape, strict=True)):
            self._place = place
            if self.job.ready:
                self._search()

    def _let_go(self) -> None:
        if self._on_mouse in self._viewer.mouse_drag_callbacks:
            self._viewer.mouse_drag_callbacks.remove(self._on_mouse)
