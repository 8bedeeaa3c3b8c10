"""What was found in the pictures of a run, in sentences."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from statistics import median

from napari_relic_inpaint.marking.damage import note_of_inversion
from training.collection.choice import Chosen
from training.collection.facts import Facts
from training.pairs import DETAIL

NAMED = 4
"""Files that a sentence names; of more, it says how many."""


def describe(chosen: Chosen, masks: Sequence[Facts], *, largest: int) -> list[str]:
    """Describe the pictures and masks of a run.

    Parameters
    ----------
    chosen : Chosen
        The pictures.
    masks : sequence of Facts
        The damage masks, the unusable ones too.
    largest : int
        Shortest side in pixels of a picture that the largest crops can be cut from.

    Returns
    -------
    list of str
        First what there is, then what is left out, then what to look at.
    """
    lines = [f"train on {_counted(chosen.train)}"]
    fitting = [f for f in chosen.val if f.shortest >= DETAIL]
    if chosen.val:
        lines.append(f"validate on {_counted(fitting)}")
    usable_masks = [f for f in masks if not f.problem]
    if masks:
        shares = [f.marked for f in usable_masks]
        most = f", {min(shares):.1%} to {max(shares):.1%} damaged" if shares else ""
        lines.append(f"damage from {len(usable_masks)} masks{most}")
    lines += _left_out(chosen, fitting)
    lines += _noted(chosen, largest)
    lines += [f"cannot be used: {f.problem}" for f in masks if f.problem][:NAMED]
    for mask in usable_masks:
        if note := note_of_inversion(mask.marked):
            lines.append(f"{mask.file}: {note}")
            break
    return lines


def _left_out(chosen: Chosen, fitting: Sequence[Facts]) -> Iterator[str]:
    if chosen.left_out:
        pairs = [
            f"{facts.file} (is in both)" if facts is other else f"{facts.file} (as {other.file})"
            for facts, other in chosen.left_out
        ]
        yield f"left out of training, they are validated on: {_some(pairs)}"
    by_reason: defaultdict[str, list[str]] = defaultdict(list)
    for facts in chosen.unusable:
        by_reason[facts.problem.replace(facts.file, "").strip()].append(facts.file)
    for reason, files in by_reason.items():
        yield f"cannot be used: {_some(files)} {reason}"
    if chosen.too_small:
        yield f"too small for the smallest crops: {_some(_sized(chosen.too_small))}"
    if small := [f for f in chosen.val if f not in fitting]:
        yield f"too small to validate on ({DETAIL} px are needed): {_some(_sized(small))}"


def _noted(chosen: Chosen, largest: int) -> Iterator[str]:
    def note(sentence: str, applies: Callable[[Facts], bool]) -> Iterator[str]:
        if files := [f.file for f in [*chosen.train, *chosen.val] if applies(f)]:
            yield f"{sentence}: {_some(files)}"

    yield from note("only their opaque parts are used, they are partly transparent", _transparent)
    yield from note("look black, check their exposure", lambda f: f.dark)
    yield from note("show nothing but one tone", lambda f: f.flat and not f.dark)
    small = [f for f in chosen.train if f.shortest < largest]
    if small:
        yield f"too small for the largest crops, they serve smaller ones: {_some(_sized(small))}"
    if chosen.alike:
        groups = [" = ".join(f.file for f in group) for group in chosen.alike]
        yield f"look alike, so that they count more than others: {_some(groups)}"


def _transparent(facts: Facts) -> bool:
    return facts.transparent > 0


def _counted(pictures: Sequence[Facts]) -> str:
    if not pictures:
        return "no pictures"
    sides = sorted(f.shortest for f in pictures)
    plural = "picture" if len(pictures) == 1 else "pictures"
    if sides[0] == sides[-1]:
        return f"{len(pictures):,} {plural}, shorter sides {sides[0]:,} px"
    return (
        f"{len(pictures):,} {plural}, shorter sides {sides[0]:,} to {sides[-1]:,} px "
        f"(half of them {median(sides):,.0f} px or more)"
    )


def _sized(pictures: Sequence[Facts]) -> list[str]:
    return [f"{f.file} ({f.width} x {f.height} px)" for f in pictures]


def _some(names: Sequence[str]) -> str:
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more:,} more" if more > 0 else "")
