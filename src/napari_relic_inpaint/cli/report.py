"""``relic-inpaint report`` and ``note``: what was done, for print, and what it rests on."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from napari_relic_inpaint.cli.mask_options import (
    InvertMask,
    Label,
    MaskAsStored,
    MaskColour,
    MaskThreshold,
    mask_reading,
)
from napari_relic_inpaint.cli.scale_options import Classes, Scale
from napari_relic_inpaint.cli.terminal import output, show_notes, watch
from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.files.formats import NAMES


class InLanguage(StrEnum):
    """Languages of a report."""

    EN = "en"
    DE = "de"
    IT = "it"
    ZH = "zh"


class OnStatus(StrEnum):
    """What a fill can rest on."""

    EVIDENCE = "evidence"
    ANALOGY = "analogy"
    HYPOTHESIS = "hypothesis"


def report(
    restored: Annotated[Path, typer.Argument(help=f"The restored picture: {NAMES}.")],
    damage: Annotated[Path, typer.Argument(help="The damage mask that it was restored with.")],
    picture: Annotated[Path, typer.Option(help="The damaged picture it was made from.")],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Where to write the report: .html or .pdf.")
    ],
    language: Annotated[
        InLanguage, typer.Option(help="Of the report: English, German, Italian or Chinese.")
    ] = InLanguage.EN,
    title: Annotated[
        str, typer.Option(help="Heading of the report; by default the picture's name.")
    ] = "",
    object_name: Annotated[
        str, typer.Option("--object", help="The work, and where it is, in words.")
    ] = "",
    author: Annotated[str, typer.Option(help="Who reports.")] = "",
    record: Annotated[
        Path | None,
        typer.Option(help="The provenance record; by default the .json beside the result."),
    ] = None,
    notes: Annotated[
        Path | None,
        typer.Option(help="Notes; by default the .notes.json beside the mask, if it is there."),
    ] = None,
    edges: Annotated[
        Path | None, typer.Option(help="The edges that were followed (restore --save-edges).")
    ] = None,
    sources: Annotated[
        Path | None,
        typer.Option(help="Where the detail was copied from (restore --save-sources)."),
    ] = None,
    display: Annotated[
        list[Path] | None,
        typer.Option(help="The restored picture in a display mode; may be given several times."),
    ] = None,
    scores: Annotated[Path | None, typer.Option(help="Measurements (evaluate --csv).")] = None,
    scale: Scale = None,
    classes: Classes = None,
    label: Label = None,
    invert_mask: InvertMask = False,
    mask_colour: MaskColour = None,
    mask_threshold: MaskThreshold = None,
    mask_as_stored: MaskAsStored = False,
    overwrite: Annotated[bool, typer.Option(help="Replace the report if it exists.")] = False,
) -> None:
    """Report what was restored, how, and on what grounds, as a page for print or filing."""
    from napari_relic_inpaint.documenting.from_files import (  # noqa: PLC0415 - keeps --help fast
        Sources,
        open_material_steps,
    )
    from napari_relic_inpaint.documenting.report import (  # noqa: PLC0415
        check_report,
        write_report_steps,
    )
    from napari_relic_inpaint.files.collisions import check_apart  # noqa: PLC0415
    from napari_relic_inpaint.marking.pixel_scale import parse_scale  # noqa: PLC0415

    side = None if scale is None else parse_scale(scale)
    given = Sources(
        restored,
        damage,
        picture,
        mask_reading(label, invert_mask, mask_colour, mask_threshold, mask_as_stored),
        record,
        edges,
        sources,
        display or (),
        notes,
        scores,
        classes,
        None if side is None else (side, side),
        title,
        object_name,
        author,
    )
    check_report(out, overwrite=overwrite)
    check_apart([("the report", out)], given.inputs)
    material, said = watch(open_material_steps(given))
    watch(write_report_steps(out, material, language.value, overwrite=overwrite))
    show_notes(said)
    output.print(f"Report: {out}", markup=False)


def note(
    damage: Annotated[Path, typer.Argument(help="The damage mask that the note is about.")],
    status: Annotated[OnStatus, typer.Option(help="What the fill rests on.")],
    text: Annotated[str, typer.Option(help="Why.")],
    at: Annotated[
        str | None,
        typer.Option(
            metavar="ROW,COLUMN",
            help="A pixel of the hole that the note is about, from 0; with a stack PLANE,ROW,"
            "COLUMN.",
        ),
    ] = None,
    label: Annotated[
        int | None,
        typer.Option(help="The label of the class that it is about, instead of a hole."),
    ] = None,
    author: Annotated[str, typer.Option(help="Who says so.")] = "",
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="The notes; by default .notes.json beside the mask."),
    ] = None,
) -> None:
    """Add a note to those about a damage mask: on a hole, a class, or without either on all."""
    from napari_relic_inpaint import files  # noqa: PLC0415 - keeps --help fast
    from napari_relic_inpaint.documenting.notes import (  # noqa: PLC0415
        made_note,
        notes_path,
        read_notes,
        write_notes,
    )
    from napari_relic_inpaint.marking.finding_holes import find_holes_steps  # noqa: PLC0415

    if at is not None and label is not None:
        raise InputError("a note is about a hole or about a class: give --at or --label, not both")
    if not text.strip():
        raise InputError("the note has no text: say with --text what the fill rests on")
    path = out or notes_path(damage)
    before = read_notes(path) if path.exists() else ()
    hole = None
    masked = files.open_labels(damage)
    if at is not None or label is not None:
        holes = watch(find_holes_steps(masked.labels()))
    if at is not None:
        found = holes.hole_at(_position(at, masked.data.ndim))
        if found is None:
            raise InputError(f"nothing is damaged at {at}: give a pixel of a hole")
        hole = found.position
    if label is not None:
        labels = sorted({each for one in holes for each in one.labels})
        if label not in labels:
            raise InputError(
                f"nothing in {damage} has the label {label}: it has "
                f"{', '.join(map(str, labels[:20])) or 'no damage'}"
            )
    new = made_note(
        hole=hole, label=label, status=status.value, text=text, author=author, day=date.today()
    )
    write_notes(path, [*before, new], overwrite=path.exists())
    output.print(f"Noted on the {new.about(masked.classes)}: {path}", markup=False)


def _position(text: str, axes: int) -> tuple[int, ...]:
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != axes or not all(part.isdecimal() for part in parts):
        raise InputError(
            f"--at cannot be {text!r}: give {axes} whole numbers from 0, such as "
            f"{','.join(['120'] * axes)}"
        )
    return tuple(int(part) for part in parts)
