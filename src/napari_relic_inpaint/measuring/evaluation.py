"""How good a restoration is beside a reference: every score in one go, in tiles, watched."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.errors import Stopped
from napari_relic_inpaint.marking.damage import from_labels, note_of_inversion
from napari_relic_inpaint.marking.plane_masks import PlaneMasks
from napari_relic_inpaint.measuring.appearance import LEAST_SIDE, REACH, Lpips
from napari_relic_inpaint.measuring.comparison import Comparison
from napari_relic_inpaint.measuring.tiled_scores import Areas, AreaTally, PictureTally, TileScores
from napari_relic_inpaint.picture.picture import Area
from napari_relic_inpaint.picture.tiles import enlarged, relative, tiles
from napari_relic_inpaint.steps import Step, changed, finish

TILE = 512
"""Side in pixels of the parts that are worked on; one takes some tenths of a second."""

READING = 0.05
"""Share of an evaluation's time that reading takes, roughly; for the progress bar only."""


@dataclass(frozen=True)
class Row:
    """The scores of one area; the names serve as headings of a CSV file.

    Attributes
    ----------
    area : str
        ``whole picture``, ``all damage`` or ``class N``, N being the label in the damage mask.
    pixels : int
        Pixels in the area.
    psnr, ssim : float
        Over the whole picture, whatever the area: dB, infinite if identical; and -1 to 1.
    hole_psnr, hole_ssim : float
        The same over the damage in the area; NaN without damage.
    ciede2000 : float
        Mean colour difference in the area; about 1 is just visible.
    texture : float
        Fine detail in the area as a share of the reference's: 1 is as much, whether or not it is
        in the right place; NaN where the reference is flat.
    lpips : float
        How unlike the area looks, by a network that learnt it from people (LPIPS, AlexNet): 0 is
        the same; NaN where it was not measured.
    edge_precision, edge_recall, edge_f1 : float
        How well Canny edges of the reference in the area are met, 0 to 1, within a pixel.
    largest_change_outside : float
        Largest difference outside all damage, in the reference's own values, whatever the area.
        0 if the restoration started from the reference with damage added, as in tests with
        artificial damage. NaN without damage or where nothing lies outside.
    """

    area: str
    pixels: int
    psnr: float
    ssim: float
    hole_psnr: float
    hole_ssim: float
    ciede2000: float
    texture: float
    lpips: float
    edge_precision: float
    edge_recall: float
    edge_f1: float
    largest_change_outside: float


SCORES = tuple(part.name for part in fields(Row) if part.name not in ("area", "pixels"))
"""Names of the scores of a `Row`."""


@dataclass(frozen=True)
class Evaluation:
    """The result of an evaluation.

    Attributes
    ----------
    rows : tuple of Row
        All damage (or, without a mask, the whole picture) first, then each class of damage if
        there are several.
    notes : tuple of str
        What was converted, left out or looks wrong, in plain sentences.
    difference : array of float32
        ``(..., H, W)``, CIEDE2000 of each damaged pixel, NaN elsewhere; of every pixel without a
        mask.
    """

    rows: tuple[Row, ...]
    notes: tuple[str, ...]
    difference: NDArray[np.float32] = field(repr=False)


def evaluate(
    restored: Any,
    reference: Any,
    damage: Any = None,
    *,
    rgb: bool | None = None,
    classes: bool = True,
    data_range: float | None = None,
    lpips: Lpips | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Evaluation:
    """Measure how close a restored picture is to a reference.

    Pictures of unlike types are scaled to a common range, a colour picture is compared with a grey
    one in grey, and transparency is ignored; the notes say so. The scores are those of `metrics`. A
    stack counts as one picture: its scores are over the pixels of all planes.

    Parameters
    ----------
    restored, reference : array-like
        ``(..., H, W)`` grey or ``(..., H, W, C)`` colour, integers or floats, of the same rows,
        columns and planes.
    damage : array-like, optional
        ``(H, W)`` for all planes or ``(..., H, W)``; nonzero = damaged; or with channels, as for
        `restore`. Without it the whole picture is scored.
    rgb : bool, optional
        Whether the last axis is colour; of a grey and a colour picture, that of the colour one. By
        default told from the shapes: without damage, up to 4 values in the last axis are colour.
    classes : bool
        Whether damage with several labels also gets a row for each.
    data_range : float, optional
        The value that counts as white in both pictures, 0 being black. By default told from their
        types and values (`scales`): the same picture has the same scores in 8 or 16 bits, as floats
        from 0 to 1 or 0 to 255, or as other integers.
    lpips : Lpips, optional
        Measures LPIPS as well, in a process of its own: ``with Lpips() as lpips: ...``. Large
        pictures are measured in parts of 512 pixels a side and what lies around them.
    should_stop : callable, optional
        Asked often; when it says True the run ends with `Stopped` within a second.

    Returns
    -------
    Evaluation
        Rows of scores, notes and a map of the differences.

    Raises
    ------
    InputError
        If sizes differ, a picture has NaN or infinite values, or the two are on scales that cannot
        be told, or LPIPS cannot be measured.
    Stopped
        If ``should_stop`` said so.
    """
    steps = evaluate_steps(
        restored,
        reference,
        damage,
        rgb=rgb,
        classes=classes,
        data_range=data_range,
        lpips=lpips,
        should_stop=should_stop,
    )
    return finish(steps)


def evaluate_steps(
    restored: Any,
    reference: Any,
    damage: Any = None,
    *,
    rgb: bool | None = None,
    classes: bool = True,
    data_range: float | None = None,
    lpips: Lpips | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Generator[Step, None, Evaluation]:
    """Evaluate as `evaluate` does, yielding a `Step` after each part of the work.

    Closing the generator between two steps stops the run. Its return value is the `Evaluation`.
    """
    pair = Comparison(restored, reference, damage, rgb, data_range)
    shape = pair.picture.shape
    everything = np.broadcast_to(np.True_, shape)
    masks = PlaneMasks(everything if damage is None else damage, pair.picture, "damage")
    parts = [(plane, tile) for plane in pair.picture.planes for tile in tiles(shape, TILE)]

    def step(stage: str, done: int, start: float, end: float) -> Step:
        if should_stop is not None and should_stop():
            raise Stopped("the evaluation was stopped")
        return Step(stage, done, len(parts), start + (end - start) * done / len(parts))

    def waiting(
        stages: Generator[str, None, NDArray[np.float32]], done: int
    ) -> Generator[Step, None, NDArray[np.float32]]:
        return changed(stages, lambda stage: step(stage, done, READING, 1.0))

    for stage in () if lpips is None else lpips.start():
        yield step(stage, 0, 0.0, READING)
    for done, (plane, tile) in enumerate(parts, start=1):
        pair.measure(plane, tile)
        yield step("reading", done, 0.0, READING)
    notes = pair.settle()
    difference = np.empty((*pair.picture.stack, *shape), np.float32)
    whole, areas = PictureTally(), Areas(classes=classes)
    for done, (plane, tile) in enumerate(parts, start=1):
        labels = masks.labels(plane, tile)
        hole = from_labels(labels)
        unlikeness = yield from waiting(_unlikeness(pair, plane, tile, hole, lpips), done - 1)
        scores = TileScores.of(pair, plane, tile, hole, unlikeness)
        difference[plane + tile] = scores.colour
        whole.add(scores, tile, shape)
        areas.add(scores, labels)
        yield step("comparing", done, READING, 1.0)
    if lpips is not None and min(shape) < LEAST_SIDE:
        notes.append(f"LPIPS needs pictures of {LEAST_SIDE} pixels a side or more: not measured.")
    named = areas.named() if damage is not None else [("whole picture", areas.all)]
    rows = [
        _row(name, area, whole, damaged=damage is not None, lpips=lpips is not None)
        for name, area in named
    ]
    if damage is not None:
        notes += areas.notes()
        inverted = note_of_inversion(areas.all.pixels / difference.size)
        notes += [inverted] if inverted else []
    return Evaluation(tuple(rows), tuple(notes), difference)


def _unlikeness(
    pair: Comparison,
    plane: tuple[int, ...],
    tile: Area,
    hole: NDArray[np.bool_],
    lpips: Lpips | None,
) -> Generator[str, None, NDArray[np.float32]]:
    """Return LPIPS around each pixel of a tile with damage, yielding what is waited for."""
    if lpips is None or not hole.any():
        return np.full(hole.shape, np.nan, np.float32)
    area = enlarged(tile, REACH, pair.picture.shape)
    excerpt = pair.read(plane, area)
    distance = yield from lpips.distance(excerpt.restored, excerpt.reference)
    return distance[relative(tile, area)]


def mean_row(rows: Sequence[Row], area: str) -> Row:
    """Return the mean of the scores of several pictures, and the sum of their pixels.

    Scores that are NaN, because a picture has no edges for instance, are left out; a mean with an
    infinite PSNR is infinite.
    """
    means = {name: _mean_of_known([getattr(row, name) for row in rows]) for name in SCORES}
    return Row(area=area, pixels=sum(row.pixels for row in rows), **means)


def _row(name: str, area: AreaTally, whole: PictureTally, *, damaged: bool, lpips: bool) -> Row:
    return Row(
        area=name,
        pixels=area.pixels,
        psnr=whole.psnr,
        ssim=whole.ssim,
        hole_psnr=area.psnr if damaged else np.nan,
        hole_ssim=area.ssim if damaged else np.nan,
        ciede2000=area.ciede2000,
        texture=area.texture_share,
        lpips=area.lpips if lpips else np.nan,
        edge_precision=area.edges.precision,
        edge_recall=area.edges.recall,
        edge_f1=area.edges.f1,
        largest_change_outside=whole.largest_change_outside,
    )


def _mean_of_known(values: list[float]) -> float:
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")
