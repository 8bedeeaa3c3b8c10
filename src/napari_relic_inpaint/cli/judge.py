"""``relic-inpaint hypotheses`` and ``compose``: several restorations, and one picked from them."""

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
    labels_of,
    mask_reading,
)
from napari_relic_inpaint.cli.restore import DEFAULTS, setting
from napari_relic_inpaint.cli.source_options import CopyFrom, Edges, NeverFrom
from napari_relic_inpaint.cli.terminal import output, show_notes, watch
from napari_relic_inpaint.files.formats import NAMES, WRITTEN
from napari_relic_inpaint.settings import make_settings

PICTURE = Annotated[Path, typer.Argument(help=f"The damaged picture: {NAMES}.")]
DAMAGE = Annotated[Path, typer.Argument(help="Its damage mask: what is not black is damaged.")]


def hypotheses(
    picture: PICTURE,
    damage: DAMAGE,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder for the pictures, the map and the table.")
    ],
    label: Label = None,
    invert_mask: InvertMask = False,
    mask_colour: MaskColour = None,
    mask_threshold: MaskThreshold = None,
    mask_as_stored: MaskAsStored = False,
    edges: Edges = None,
    copy_from: CopyFrom = None,
    never_from: NeverFrom = None,
    hypotheses: Annotated[
        Path | None,
        typer.Option(
            help="A JSON file of hypotheses to restore by instead of those that are proposed, such "
            "as the hypotheses.json of an earlier run, edited."
        ),
    ] = None,
    device: Annotated[str, setting("device")] = DEFAULTS.device,
    window: Annotated[int, setting("window")] = DEFAULTS.window,
    overwrite: Annotated[bool, typer.Option(help="Replace files that exist.")] = False,
) -> None:
    """Restore a picture in several ways, and tell where they disagree.

    With edges or limits of what detail is copied from, further hypotheses are proposed that follow
    these edges, or copy from everywhere nevertheless.
    """
    from napari_relic_inpaint import files  # noqa: PLC0415 - keeps --help fast
    from napari_relic_inpaint.batch.collisions import READ  # noqa: PLC0415
    from napari_relic_inpaint.batch.limits import open_limits  # noqa: PLC0415
    from napari_relic_inpaint.judging.folder import write_folder_steps  # noqa: PLC0415
    from napari_relic_inpaint.judging.hypothesis import propose_hypotheses  # noqa: PLC0415
    from napari_relic_inpaint.judging.hypothesis_file import read_hypotheses  # noqa: PLC0415
    from napari_relic_inpaint.judging.judging import Judging  # noqa: PLC0415

    given = {
        "picture": picture,
        "damage": damage,
        "edges": edges,
        "copy_from": copy_from,
        "never_from": never_from,
    }
    reading = mask_reading(label, invert_mask, mask_colour, mask_threshold, mask_as_stored)
    settings = make_settings(device=device, window=window)
    if hypotheses is None:
        limited = copy_from is not None or never_from is not None
        wanted = propose_hypotheses(settings, drawn=edges is not None, limited=limited)
    else:
        wanted = read_hypotheses(hypotheses)
    source = files.open_picture(picture)
    mask = files.open_mask_of(source, damage, reading)
    limits = open_limits(source, damage, reading, copy_from=copy_from, never_from=never_from)
    work = Judging(
        source.data,
        labels_of(mask, reading),
        rgb=source.rgb,
        edges=None if edges is None else files.open_edges_of(source, edges),
        copy_from=limits.copy_from,
        never_from=limits.never_from,
    )
    done = watch(
        write_folder_steps(
            out,
            source,
            work,
            wanted,
            classes=mask.classes,
            inputs=[(READ[role], path) for role, path in given.items() if path is not None],
            overwrite=overwrite,
        )
    )
    show_notes([*source.notes, *mask.notes, *limits.notes, *done.notes])
    for each in done.paths:
        output.print(str(each), markup=False)
    output.print(
        f"{done.marked} of {done.holes} holes are marked in {out / 'holes.csv'}: write into its "
        "column 'take' which hypothesis a hole is taken from, then run relic-inpaint compose.",
        markup=False,
    )


def compose(
    picture: PICTURE,
    damage: DAMAGE,
    folder: Annotated[Path, typer.Argument(help="What 'hypotheses' has written.")],
    out: Annotated[
        Path,
        typer.Option("--out", "-o", help=f"Where to write the picture: {', '.join(WRITTEN)}."),
    ],
    choices: Annotated[
        Path | None,
        typer.Option(
            help="The table of holes, with the names of hypotheses in the column 'take'; by "
            "default the holes.csv in the folder."
        ),
    ] = None,
    others: Annotated[
        str | None,
        typer.Option(
            help="Name of the hypothesis for all other holes; by default the first one's."
        ),
    ] = None,
    label: Label = None,
    invert_mask: InvertMask = False,
    mask_colour: MaskColour = None,
    mask_threshold: MaskThreshold = None,
    mask_as_stored: MaskAsStored = False,
    overwrite: Annotated[bool, typer.Option(help="Replace files that exist.")] = False,
) -> None:
    """Compose a picture that takes each hole from the hypothesis chosen for it."""
    from napari_relic_inpaint import files  # noqa: PLC0415 - keeps --help fast
    from napari_relic_inpaint.batch.collisions import READ  # noqa: PLC0415
    from napari_relic_inpaint.files.collisions import check_apart  # noqa: PLC0415
    from napari_relic_inpaint.judging.composing import (  # noqa: PLC0415
        compose_folder_steps,
        folder_files,
    )

    beside = files.record_path(out)
    given = [(READ["picture"], picture), (READ["damage"], damage)]
    given += [] if choices is None else [("the table of holes", choices)]
    check_apart([("the picture", out), ("its record", beside)], [*given, *folder_files(folder)])
    files.check_output(out, overwrite=overwrite, like=picture)
    files.check_record(beside, overwrite=overwrite)
    reading = mask_reading(label, invert_mask, mask_colour, mask_threshold, mask_as_stored)
    source = files.open_picture(picture)
    mask = files.open_mask_of(source, damage, reading)
    final = watch(compose_folder_steps(folder, source, mask.data, choices=choices, others=others))
    notes = watch(
        files.write_restored_steps(
            out, final.picture, final.record, rgb=source.rgb, source=picture, overwrite=overwrite
        )
    )
    show_notes([*source.notes, *mask.notes, *notes])
    taken = len(final.record["choices"])
    output.print(f"Taken for {taken} {'hole' if taken == 1 else 'holes'}: {out}", markup=False)
