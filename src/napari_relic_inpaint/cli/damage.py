"""``relic-inpaint damage``: how much of each kind of damage a mask marks, and what has changed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from napari_relic_inpaint.cli.damage_lines import print_changes, print_classes
from napari_relic_inpaint.cli.mask_options import (
    InvertMask,
    Label,
    MaskColour,
    MaskThreshold,
    labels_of,
    mask_reading,
)
from napari_relic_inpaint.cli.scale_options import Classes, Scale
from napari_relic_inpaint.cli.terminal import show_notes, watch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_relic_inpaint.files import MaskFile, MaskReading
    from napari_relic_inpaint.marking.classes import DamageClass

TOLERANCE = 0.05


def damage(
    mask: Annotated[Path, typer.Argument(help="The damage mask: what is not black is damaged.")],
    scale: Scale = None,
    classes: Classes = None,
    before: Annotated[
        Path | None,
        typer.Option(
            metavar="OLD_MASK",
            help="The mask of an earlier campaign on the same pixels: tells what has changed.",
        ),
    ] = None,
    tolerance: Annotated[
        float,
        typer.Option(
            metavar="0-1",
            help="With --before: share of its area by which a piece may differ and still is "
            "unchanged.",
        ),
    ] = TOLERANCE,
    csv_file: Annotated[
        Path | None, typer.Option("--csv", help="Where to write the table as a CSV file.")
    ] = None,
    label: Label = None,
    invert_mask: InvertMask = False,
    mask_colour: MaskColour = None,
    mask_threshold: MaskThreshold = None,
    overwrite: Annotated[bool, typer.Option(help="Replace the table if it exists.")] = False,
) -> None:
    """Count and measure the damage of a mask, class by class.

    Lengths and widths are those of cracks and of labels of which nobody says what they are, from
    lines thinned to one pixel.
    """
    from napari_relic_inpaint import files  # noqa: PLC0415 - keeps --help fast
    from napari_relic_inpaint.files.collisions import check_apart  # noqa: PLC0415
    from napari_relic_inpaint.marking.changes import compare_damage_steps  # noqa: PLC0415
    from napari_relic_inpaint.marking.damage_table import measure_damage_steps  # noqa: PLC0415
    from napari_relic_inpaint.marking.pixel_scale import parse_scale  # noqa: PLC0415

    reading = mask_reading(label, invert_mask, mask_colour, mask_threshold, False)
    given = None if scale is None else parse_scale(scale)
    preset = None if classes is None else files.read_preset(classes)
    if csv_file is not None:
        files.check_table(csv_file, overwrite=overwrite)
        read = [("the mask", mask), ("the mask of before", before), ("the preset", classes)]
        check_apart([("the table", csv_file)], [(role, path) for role, path in read if path])
    now = _Opened.of(mask, reading, preset)
    size = (given, given) if given is not None else now.file.pixel_size
    notes = list(now.file.notes)
    if before is None:
        table = watch(measure_damage_steps(now.labels, classes=now.classes, pixel_size=size))
        print_classes(table.rows)
        rows: Any = table.rows
    else:
        then = _Opened.of(before, reading, preset)
        notes += then.file.notes
        changes = watch(
            compare_damage_steps(
                then.labels,
                now.labels,
                classes=now.classes or then.classes,
                pixel_size=size,
                tolerance=tolerance,
            )
        )
        print_changes(changes.rows)
        rows = changes.rows
    show_notes([*notes, _of_scale(size, by_user=given is not None)])
    if csv_file is not None:
        files.write_table(csv_file, rows, overwrite=overwrite)


@dataclass(frozen=True)
class _Opened:
    """A mask, its labels, and what they mean."""

    file: MaskFile
    labels: Any
    classes: Sequence[DamageClass]

    @classmethod
    def of(cls, path: Path, reading: MaskReading, preset: Sequence[DamageClass] | None) -> _Opened:
        from napari_relic_inpaint import files  # noqa: PLC0415

        file = files.open_labels(path, reading)
        known = file.classes if preset is None else preset
        if reading.label is not None:
            return cls(
                file,
                labels_of(file, reading),
                [each for each in known if each.label == reading.label],
            )
        return cls(file, file.labels(), known)


def _of_scale(size: tuple[float, float] | None, *, by_user: bool) -> str:
    if size is None:
        return "Nobody has said how large a pixel is: add --scale for millimetres."
    where = "as you said" if by_user else "as the mask's file says"
    sides = f"{size[0]:.4g}" if size[0] == size[1] else f"{size[0]:.4g} x {size[1]:.4g}"
    return f"A pixel is {sides} mm, {where}."
