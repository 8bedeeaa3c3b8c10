"""``relic-inpaint render``: a restored picture whose fills can be told from the original."""

from __future__ import annotations

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
from napari_relic_inpaint.files.formats import NAMES, WRITTEN
from napari_relic_inpaint.showing.modes import MODES


def render(
    restored: Annotated[Path, typer.Argument(help=f"The restored picture: {NAMES}.")],
    damage: Annotated[
        Path,
        typer.Argument(help="The damage mask that it was restored with; its labels are classes."),
    ],
    out: Annotated[
        Path,
        typer.Option("--out", "-o", help=f"Where to write it: {', '.join(WRITTEN)}."),
    ],
    mode: Annotated[
        list[str] | None,
        typer.Option(
            metavar="MODE",
            help=f"How fills are shown: {', '.join(MODES)}; rigatino if you do not say it. Of one "
            "class, by its name or label: crack=outline. Parameters of one mode may follow: "
            "lacuna=rigatino,line=0.4mm.",
        ),
    ] = None,
    line: Annotated[
        str | None,
        typer.Option(metavar="LENGTH", help="Width of lines or dots: 0.4mm or 3px."),
    ] = None,
    spacing: Annotated[
        str | None,
        typer.Option(
            metavar="LENGTH", help="From the middle of a line or dot to the next: 0.8mm or 6px."
        ),
    ] = None,
    angle: Annotated[
        str | None,
        typer.Option(metavar="DEGREES", help="By which lines lean from the upright, clockwise."),
    ] = None,
    contrast: Annotated[
        str | None,
        typer.Option(
            metavar="STEPS", help="Lightness from lines to what is between them, in CIELAB: 1-60."
        ),
    ] = None,
    saturation: Annotated[
        str | None,
        typer.Option(metavar="0-1", help="Share of the colour that neutral and paler leave."),
    ] = None,
    step: Annotated[
        str | None,
        typer.Option(
            metavar="STEPS", help="By how much lighter is lighter, in CIELAB; below 0 is darker."
        ),
    ] = None,
    scale: Scale = None,
    classes: Classes = None,
    label: Label = None,
    invert_mask: InvertMask = False,
    mask_colour: MaskColour = None,
    mask_threshold: MaskThreshold = None,
    mask_as_stored: MaskAsStored = False,
    overwrite: Annotated[bool, typer.Option(help="Replace files that exist.")] = False,
) -> None:
    """Show the fills of a restored picture so that they can be told from the original.

    The restored picture is not changed; what is not damaged is the same in both.
    """
    from napari_relic_inpaint import files  # noqa: PLC0415 - keeps --help fast
    from napari_relic_inpaint.cli.rendering import Order, render_file  # noqa: PLC0415
    from napari_relic_inpaint.marking.pixel_scale import parse_scale  # noqa: PLC0415

    given = {
        "line": line,
        "spacing": spacing,
        "angle": angle,
        "contrast": contrast,
        "saturation": saturation,
        "step": step,
    }
    order = Order(
        restored,
        damage,
        out,
        mask_reading(label, invert_mask, mask_colour, mask_threshold, mask_as_stored),
        tuple(mode or ()),
        {name: value for name, value in given.items() if value is not None},
        None if scale is None else parse_scale(scale),
        None if classes is None else files.read_preset(classes),
        classes,
    )
    done = watch(render_file(order, overwrite=overwrite))
    show_notes(done.notes)
    for each in done.shown:
        output.print(each, markup=False)
    output.print(f"Shown, not restored anew: {out}", markup=False)
