"""Restorations of the same damage by several hypotheses, compared and chosen from hole by hole."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from napari_relic_inpaint import methods
from napari_relic_inpaint.errors import InputError, Stopped
from napari_relic_inpaint.judging.choosing import Candidate, Choices, Composition, compose
from napari_relic_inpaint.judging.disagreement import FEWEST, DisagreementMap, compare
from napari_relic_inpaint.judging.doubts import JudgedHole, doubts_of
from napari_relic_inpaint.judging.hypothesis import Hypothesis, checked
from napari_relic_inpaint.judging.lazy_labels import LazyLabels
from napari_relic_inpaint.marking.finding_holes import find_holes_steps
from napari_relic_inpaint.marking.holes import Holes
from napari_relic_inpaint.marking.plane_masks import PlaneMasks
from napari_relic_inpaint.picture.lazy_planes import RestoredPicture
from napari_relic_inpaint.picture.picture import Picture, ValueRange, is_colour
from napari_relic_inpaint.picture.stacked import StackedPictures
from napari_relic_inpaint.retouching import Retouching
from napari_relic_inpaint.steps import Step, changed, part_of
from napari_relic_inpaint.windows.beginning import Beginning
from napari_relic_inpaint.windows.window_memory import WindowMemory

FINDING, COMPARING = 0.02, 0.97
"""Shares of the time after which the holes are found, and the hypotheses restored."""


@dataclass(frozen=True)
class Finished:
    """A hypothesis that was restored by.

    Attributes
    ----------
    hypothesis : Hypothesis
        As it was restored by.
    picture : RestoredPicture
        Array-like of the input's shape and dtype, read by slices.
    record : dict
        Of its restoration.
    widest_hole : int or None
        Width in pixels of the widest holes that its method was found to do well, if known.
    """

    hypothesis: Hypothesis
    picture: RestoredPicture
    record: dict[str, Any] = field(repr=False)
    widest_hole: int | None = None

    def said(self) -> dict[str, Any]:
        """Return what records and layers say of it; takes JSON."""
        return {**self.hypothesis.as_dict(), "record": self.record}


class Judging:
    """A picture, its damage, and hypotheses about what was there.

    Restorations share the picture, the first look at it, the smooth fill and the windows that look
    alike: memory grows with the damage, not with the picture and the number of hypotheses.

    >>> work = Judging(scan, damage)  # doctest: +SKIP
    >>> for step in work.steps(propose_hypotheses()):  # doctest: +SKIP
    ...     print(f"{step.stage} {step.fraction:.0%}")
    >>> work.stack[:, :1000, :1000], work.disagreement[:1000, :1000]  # doctest: +SKIP
    >>> final = work.compose({(120, 340): "No edges"}, others="Own edges")  # doctest: +SKIP

    Parameters
    ----------
    picture, damage, rgb, copy_from, never_from, memory
        As for `Retouching`. Labels of the damage are the classes of its holes. The picture has to
        stay as it is for as long as this object is used.
    edges : array-like, optional
        Drawn edges, for hypotheses that follow them.

    Attributes
    ----------
    holes : Holes or None
        The connected holes of the damage; known when steps have begun.
    disagreement : DisagreementMap or None
        How far the finished hypotheses lie apart at each pixel; None with fewer than two.

    Raises
    ------
    InputError
        As for `restore`.
    """

    def __init__(
        self,
        picture: Any,
        damage: Any,
        *,
        rgb: bool | None = None,
        edges: Any | None = None,
        copy_from: Any | None = None,
        never_from: Any | None = None,
        memory: WindowMemory | None = None,
    ) -> None:
        self._source = Picture(picture, rgb=is_colour(picture, damage) if rgb is None else rgb)
        self._damage, self._edges = damage, edges
        self._masks = PlaneMasks(damage, self._source, "damage")
        if edges is not None:
            PlaneMasks(edges, self._source, "edges")
        self._limits = {
            name: mask
            for name, mask in (("copy_from", copy_from), ("never_from", never_from))
            if mask is not None
        }
        self._memory = memory or WindowMemory()
        self._beginning = Beginning()
        self._asked: tuple[Hypothesis, ...] = ()
        self._done: dict[str, Finished] = {}
        self.holes: Holes | None = None
        self.disagreement: DisagreementMap | None = None

    @property
    def finished(self) -> tuple[Finished, ...]:
        """The hypotheses that are finished, in the order in which they were last asked for."""
        return tuple(self._done[each.name] for each in self._asked if each.name in self._done)

    @property
    def stack(self) -> StackedPictures:
        """The finished hypotheses, ``(N, ..., H, W[, C])``; `InputError` if there is none."""
        if not self.finished:
            raise InputError("no hypothesis is finished yet: restore by one first")
        return StackedPictures([each.picture for each in self.finished])

    def steps(
        self,
        hypotheses: Iterable[Hypothesis],
        should_stop: Callable[[], bool] | None = None,
    ) -> Generator[Step, None, None]:
        """Restore by each hypothesis, one after the other, and compare them.

        Those that are finished as they are here are not run again; one whose settings differ takes
        the place of the one of its name when it is finished. When the steps are stopped, what is
        finished stays, and `judge_steps` compares that.

        Parameters
        ----------
        hypotheses : iterable of Hypothesis
            Their order is that of the stack; finished ones that are not among them leave it.
        should_stop : callable, optional
            Asked often; when it says True the steps end with `Stopped`.

        Raises
        ------
        InputError, ModelError
            If one of them cannot be restored by; before any work.
        Stopped
            If ``should_stop`` said so.
        """
        asked = checked(hypotheses)
        new = [
            each
            for each in asked
            if each.name not in self._done or self._done[each.name].hypothesis != each
        ]
        for each in new:
            if each.edges == "drawn" and self._edges is None:
                raise InputError(
                    f"the hypothesis {each.name!r} follows drawn edges, and there are none: give "
                    "edges, or choose others"
                )
            methods.make(each.settings)
        self._asked = asked
        yield from part_of(self._find(should_stop), 0, FINDING)
        for number, each in enumerate(new):
            start, end = (
                FINDING + (COMPARING - FINDING) * n / len(new) for n in (number, number + 1)
            )
            work = self._work(each, should_stop)
            yield from part_of(_named(work.steps(), each.name), start, end)
            self._done[each.name] = Finished(each, work.picture, work.record, work.widest_hole)
            self.disagreement = None
        yield from part_of(self.judge_steps(should_stop), COMPARING, 1)

    def judge_steps(
        self, should_stop: Callable[[], bool] | None = None
    ) -> Generator[Step, None, None]:
        """Compare what is finished, as `steps` does at its end."""
        self.disagreement = None
        pictures = [each.picture for each in self.finished]
        if len(pictures) < FEWEST:
            return
        black, white = (self.finished[0].record["picture"][name] for name in ("black", "white"))
        found = DisagreementMap((*self._source.stack, *self._source.shape))
        for share in compare(found, pictures, ValueRange(black, white)):
            _check(should_stop)
            yield Step("comparing", round(100 * share), 100, share)
        self.disagreement = found

    def judged(self) -> tuple[JudgedHole, ...]:
        """Return what there is to say of each hole, in the order of `holes`."""
        if self.holes is None or not self.finished:
            return ()
        measured = [each.widest_hole for each in self.finished if each.widest_hole is not None]
        widest = min(measured, default=None)
        apart: Iterable[float] = (
            [math.nan] * len(self.holes)
            if self.disagreement is None
            else self.disagreement.of_holes(self.holes).tolist()
        )
        return tuple(
            JudgedHole(hole, value, doubts_of(hole, value, widest))
            for hole, value in zip(self.holes, apart, strict=True)
        )

    def compose(self, choices: Choices, others: str | None = None) -> Composition:
        """Compose a picture that takes each hole from the hypothesis chosen for it.

        Parameters
        ----------
        choices : mapping of tuple to str
            Names of finished hypotheses, by the position of the hole that each is taken for (or of
            any other of its pixels), ``(*plane, row, column)``.
        others : str, optional
            The hypothesis for all holes that are not among them; None leaves them as they are.

        Raises
        ------
        InputError
            If nothing is chosen, there is no such hypothesis, or no hole at a position.
        """
        if self.holes is None or not self.finished:
            raise InputError("no hypothesis is finished yet: restore by one first")
        candidates = [
            Candidate(each.hypothesis.name, each.said(), each.picture.fills)
            for each in self.finished
        ]
        return compose(self._source, self.holes, candidates, choices, others)

    def _find(self, should_stop: Callable[[], bool] | None) -> Generator[Step, None, None]:
        if self.holes is None:
            labels = LazyLabels(self._masks, self._source, self._damage)
            self.holes = yield from find_holes_steps(labels, should_stop=should_stop)

    def _work(self, each: Hypothesis, should_stop: Callable[[], bool] | None) -> Retouching:
        edges = self._edges if each.edges == "drawn" else None
        if each.edges == "none":
            edges = np.broadcast_to(np.False_, self._source.shape)
        copies = each.settings.detail == "picture" and each.sources == "chosen"
        return Retouching(
            self._source.data,
            self._damage,
            rgb=self._source.rgb,
            edges=edges,
            should_stop=should_stop,
            memory=self._memory,
            beginning=self._beginning,
            **(self._limits if copies else {}),
            **each.settings.as_dict(),
        )


def _named(steps: Generator[Step, None, None], name: str) -> Generator[Step, None, None]:
    """Tell which hypothesis steps belong to."""
    return changed(steps, lambda step: replace(step, stage=f"{name}: {step.stage}", changed=None))


def _check(should_stop: Callable[[], bool] | None) -> None:
    if should_stop is not None and should_stop():
        raise Stopped("the judging was stopped")
