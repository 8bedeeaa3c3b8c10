"""``relic-inpaint evaluate``: scores of restored pictures beside their references."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from napari_relic_inpaint.cli.mask_options import (
    InvertMask,
    Label,
    MaskAsStored,
    MaskColour,
    MaskThreshold,
    mask_reading,
)
from napari_relic_inpaint.cli.pairs import Pair, find_pairs
from napari_relic_inpaint.cli.score_lines import Line, print_lines, write_lines
from napari_relic_inpaint.cli.terminal import show_error, show_notes, watch
from napari_relic_inpaint.errors import FileError, InputError, RelicInpaintError
from napari_relic_inpaint.steps import Step, changed, part_of

if TYPE_CHECKING:
    from napari_relic_inpaint.files import MaskReading
    from napari_relic_inpaint.measuring.appearance import Lpips
    from napari_relic_inpaint.measuring.evaluation import Evaluation

FAILED_CODE = 1


@dataclass
class Results:
    """What came out of one or many pairs, and what did not."""

    lines: list[Line] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def evaluate(
    restored: Annotated[Path, typer.Argument(help="A restored picture, or a folder of them.")],
    reference: Annotated[
        Path, typer.Argument(help="What to compare it with, or a folder of references.")
    ],
    damage: Annotated[
        Path | None,
        typer.Option(help="The damage mask, or a folder of masks; without it, whole pictures."),
    ] = None,
    csv_file: Annotated[
        Path | None, typer.Option("--csv", help="Where to write the scores as a CSV table.")
    ] = None,
    label: Label = None,
    invert_mask: InvertMask = False,
    mask_colour: MaskColour = None,
    mask_threshold: MaskThreshold = None,
    mask_as_stored: MaskAsStored = False,
    data_range: Annotated[
        float | None,
        typer.Option(
            help="The value that counts as white in all pictures, 0 being black; by default it is "
            "told from their types and values."
        ),
    ] = None,
    lpips: Annotated[
        bool,
        typer.Option(
            "--lpips",
            help="Measure LPIPS as well: how unlike the damage looks, by a network that learnt it "
            "from people. It downloads 233 MB once, and needs the package lpips.",
        ),
    ] = False,
    overwrite: Annotated[bool, typer.Option(help="Replace the table if it exists.")] = False,
) -> None:
    """Measure how close restored pictures are to their references.

    In folders, pictures belong together by name: wall.tif or wall_restored.tif with wall.png. Each
    has one row, and the last row is their mean. The exit code is 1 if a picture had no partner or
    could not be scored.
    """
    from napari_relic_inpaint.files.folders import is_plain  # noqa: PLC0415 - keeps --help fast

    reading = mask_reading(label, invert_mask, mask_colour, mask_threshold, mask_as_stored)
    _check_inputs(restored, reference, damage, reading)
    if csv_file is not None:
        _check_table(csv_file, overwrite=overwrite)
    folders = is_plain(restored)
    if folders:
        pairs, unmatched = find_pairs(restored, reference, damage)
    else:
        pairs, unmatched = [Pair(restored, reference, damage)], []
    if csv_file is not None:
        _check_apart(csv_file, pairs)
    with _measuring(lpips=lpips) as distance:
        if folders:
            results = watch(_score_all(pairs, reading, data_range, distance))
            results.problems += unmatched
        else:
            results = watch(_score_one(pairs[0], reading, data_range, distance))
    show_notes(results.notes)
    if results.lines:
        print_lines(results.lines, by_picture=folders)
        if csv_file is not None:
            write_lines(csv_file, results.lines, overwrite=overwrite)
    for problem in results.problems:
        show_error(problem)
    if results.problems:
        raise typer.Exit(FAILED_CODE)


def _check_inputs(
    restored: Path, reference: Path, damage: Path | None, reading: MaskReading
) -> None:
    """Raise an error for what cannot work, before any work."""
    from napari_relic_inpaint.files import AS_DRAWN  # noqa: PLC0415
    from napari_relic_inpaint.files.folders import is_plain  # noqa: PLC0415

    if reading != AS_DRAWN and damage is None:
        raise InputError("--label and the --mask options are about a damage mask: add --damage")
    for path in (restored, reference, damage):
        if path is not None and not path.exists():
            raise FileError(f"{path} does not exist: check the name and the folder.")
    if is_plain(restored) != is_plain(reference):
        folder, file = (restored, reference) if is_plain(restored) else (reference, restored)
        raise InputError(f"{folder} is a folder, {file} a file: give two files or two folders")
    if damage is not None and is_plain(damage) and not is_plain(restored):
        raise InputError(f"{damage} is a folder: give the file with the damage of {restored}")


def _check_table(path: Path, *, overwrite: bool) -> None:
    from napari_relic_inpaint.files.targets import check_target  # noqa: PLC0415

    # So no mistyped name can ever replace a picture.
    if path.suffix.lower() != ".csv":
        raise InputError(f"{path} does not end in .csv: choose a name that does")
    check_target(path, overwrite)


def _check_apart(table: Path, pairs: Sequence[Pair]) -> None:
    from napari_relic_inpaint.files.collisions import check_apart  # noqa: PLC0415

    roles = ("a restored picture", "a reference", "a damage mask")
    read = [
        (role, path)
        for pair in pairs
        for role, path in zip(roles, (pair.restored, pair.reference, pair.damage), strict=True)
        if path is not None
    ]
    check_apart([("the table", table)], read)


def _measuring(*, lpips: bool) -> AbstractContextManager[Lpips | None]:
    """Return what measures LPIPS if it is wanted."""
    if not lpips:
        return nullcontext()
    from napari_relic_inpaint.measuring.appearance import Lpips  # noqa: PLC0415

    return Lpips()


def _score_one(
    pair: Pair, reading: MaskReading, data_range: float | None, lpips: Lpips | None
) -> Generator[Step, None, Results]:
    result = yield from _score(pair, reading, data_range, lpips, classes=True)
    lines = [Line(pair.restored.name, pair.reference.name, row) for row in result.rows]
    return Results(lines, list(result.notes))


def _score_all(
    pairs: Sequence[Pair], reading: MaskReading, data_range: float | None, lpips: Lpips | None
) -> Generator[Step, None, Results]:
    """Score pair after pair; what goes wrong with one becomes a problem and stops no other."""
    from napari_relic_inpaint.measuring.evaluation import mean_row  # noqa: PLC0415

    # Without it none could be scored: that is one error, not one of each picture.
    for stage in () if lpips is None else lpips.start():
        yield Step(stage, 0, len(pairs), 0.0)
    results = Results()
    for number, pair in enumerate(pairs):
        try:
            steps = _score(pair, reading, data_range, lpips, classes=False)
            result = yield from _as_part(steps, number, len(pairs))
        except RelicInpaintError as error:
            results.problems.append(f"{pair.restored.name}: {error}")
            continue
        results.lines.append(Line(pair.restored.name, pair.reference.name, result.rows[0]))
        results.notes += [f"{pair.restored.name}: {note}" for note in result.notes]
    if results.lines:
        rows = [line.row for line in results.lines]
        results.lines.append(Line("mean", "", mean_row(rows, rows[0].area)))
    return results


def _score(
    pair: Pair,
    reading: MaskReading,
    data_range: float | None,
    lpips: Lpips | None,
    *,
    classes: bool,
) -> Generator[Step, None, Evaluation]:
    from napari_relic_inpaint import files  # noqa: PLC0415
    from napari_relic_inpaint.measuring.evaluation import evaluate_steps  # noqa: PLC0415

    restored, reference = (files.read_picture(path) for path in (pair.restored, pair.reference))
    damage, notes = None, tuple[str, ...]()
    if pair.damage is not None:
        # What was restored lies upright; the reference may still have the tag.
        turned = reading.as_stored and restored.orientation == 1
        mask = files.open_mask_of(reference if turned else restored, pair.damage, reading)
        damage, notes = mask.labels(), mask.notes
    rgb = restored.rgb or reference.rgb
    result = yield from evaluate_steps(
        restored.data,
        reference.data,
        damage,
        rgb=rgb,
        classes=classes,
        data_range=data_range,
        lpips=lpips,
    )
    return replace(result, notes=(*restored.notes, *reference.notes, *notes, *result.notes))


def _as_part(
    steps: Generator[Step, None, Evaluation], number: int, total: int
) -> Generator[Step, None, Evaluation]:
    """Turn the steps of one evaluation into those of the whole batch."""
    stage = f"picture {number + 1} of {total}"
    steps = part_of(steps, number / total, (number + 1) / total)
    return changed(steps, lambda step: replace(step, stage=stage))
