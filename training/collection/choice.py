"""Which pictures a run trains on and which it is validated on: never the same ones."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.collection.facts import Facts
from training.collection.likeness import groups_alike
from training.errors import TrainingError
from training.pairs import DETAIL


@dataclass(frozen=True)
class Chosen:
    """The pictures of a run.

    Attributes
    ----------
    train, val : list of Facts
        To train on and to validate on; no picture of one looks like one of the other.
    unusable : list of Facts
        Those that cannot be used at all, each with its problem.
    too_small : list of Facts
        Too small for the smallest crop.
    left_out : list of (Facts, Facts)
        Left out of training, each with the picture of the validation that it looks like.
    alike : list of list of Facts
        Pictures to train on that look alike: each counts, so that what they show counts more.
    """

    train: list[Facts] = field(default_factory=list)
    val: list[Facts] = field(default_factory=list)
    unusable: list[Facts] = field(default_factory=list)
    too_small: list[Facts] = field(default_factory=list)
    left_out: list[tuple[Facts, Facts]] = field(default_factory=list)
    alike: list[list[Facts]] = field(default_factory=list)

    @property
    def read(self) -> list[Facts]:
        """All that were read."""
        left_out = [facts for facts, _ in self.left_out]
        return [*self.train, *self.val, *self.unusable, *self.too_small, *left_out]


def choose(
    data: Sequence[Facts], val: Sequence[Facts], *, shortest: int, share: float, seed: int
) -> Chosen:
    """Choose the pictures of a run.

    Parameters
    ----------
    data, val : sequence of Facts
        What was named to train on, and to validate on.
    shortest : int
        Shortest side in pixels of a picture that the smallest crops can be cut from.
    share : float
        Share of ``data`` to validate on, if there is no ``val``. Pictures that look alike stay
        together, and the same pictures give the same choice whatever their names.
    seed : int
        Of the choice.

    Raises
    ------
    TrainingError
        If nothing is left for one of them.
    """
    named = list({real(f): f for f in [*val, *data]}.values())
    unusable = [f for f in named if f.problem]
    usable = [f for f in named if not f.problem]
    numbers = groups_alike(usable)
    to_validate = {real(f) for f in val}
    is_val = np.array([real(f) in to_validate for f in usable], bool)
    if share:
        is_val = _put_aside(usable, numbers, share, seed)
    seen: dict[int, Facts] = {}
    for i in np.flatnonzero(is_val):
        seen.setdefault(int(numbers[i]), usable[i])
    named_twice = {real(f) for f in data} & to_validate
    chosen = Chosen(unusable=unusable)
    for facts, number, validates in zip(usable, numbers, is_val, strict=True):
        if validates:
            chosen.val.append(facts)
            if real(facts) in named_twice:
                chosen.left_out.append((facts, facts))
        elif int(number) in seen:
            chosen.left_out.append((facts, seen[int(number)]))
        elif facts.shortest < shortest:
            chosen.too_small.append(facts)
        else:
            chosen.train.append(facts)
    members: defaultdict[int, list[Facts]] = defaultdict(list)
    number_of = dict(zip(map(real, usable), numbers, strict=True))
    for facts in chosen.train:
        members[int(number_of[real(facts)])].append(facts)
    chosen.alike.extend(group for group in members.values() if len(group) > 1)
    _check(chosen, shortest, validated=bool(val) or bool(share))
    return chosen


def real(facts: Facts) -> Path:
    """Return the file that a name leads to."""
    return facts.path.resolve()


def _put_aside(
    pictures: Sequence[Facts], numbers: NDArray[np.intp], share: float, seed: int
) -> NDArray[np.bool_]:
    """Choose whole groups until they make up the share of all pictures."""
    groups: defaultdict[int, list[int]] = defaultdict(list)
    for i, number in enumerate(numbers):
        groups[int(number)].append(i)
    # Groups that can be validated on, in an order that depends on what they show alone.
    fitting = [
        members
        for members in groups.values()
        if all(pictures[i].shortest >= DETAIL for i in members)
    ]
    fitting.sort(key=lambda members: _lot(min(pictures[i].sha256 for i in members), seed))
    wanted = max(1, round(share * len(pictures)))
    aside = np.zeros(len(pictures), bool)
    for members in fitting:
        if aside.sum() >= wanted or aside.sum() + len(members) >= len(pictures):
            break
        aside[members] = True
    return aside


def _lot(sha256: str, seed: int) -> str:
    return hashlib.sha256(f"{seed} {sha256}".encode()).hexdigest()


def _few(pictures: Sequence[Facts], what: str) -> str:
    return f"{len(pictures)} {what} (such as {pictures[0].file})"


def _check(chosen: Chosen, shortest: int, *, validated: bool) -> None:
    """Raise an error where nothing is left, which says why."""
    if not chosen.train:
        reasons = []
        if chosen.unusable:
            reasons.append(f"{len(chosen.unusable)} cannot be used ({chosen.unusable[0].problem})")
        if chosen.too_small:
            reasons.append(_few(chosen.too_small, f"have a side shorter than {shortest} px"))
        if chosen.left_out:
            reasons.append(_few([f for f, _ in chosen.left_out], "are validated on, too"))
        raise TrainingError(f"no picture is left to train on: {'; '.join(reasons) or 'none given'}")
    if not validated:
        return
    fitting = [f for f in chosen.val if f.shortest >= DETAIL]
    if not fitting:
        bad = [f.problem for f in chosen.unusable]
        largest = max(chosen.val, key=lambda f: f.shortest, default=None)
        why = bad[0] if bad else "nothing is put aside"
        if largest is not None:
            why = f"the largest, {largest.file}, is {largest.width} x {largest.height} px"
        raise TrainingError(
            f"no picture is left to validate on: details of {DETAIL} x {DETAIL} px are cut from "
            f"them, and {why}"
        )
