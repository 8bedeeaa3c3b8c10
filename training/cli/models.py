"""``python -m training export`` and ``preview``: what comes out of runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from napari_relic_inpaint.cli.terminal import output
from training.cli.options import MaybeData, Sources, name, path


def export(
    sources: Sources,
    to: Annotated[Path, typer.Option(parser=path, help="Folder of the new model; must not exist.")],
    licence: Annotated[str, typer.Option(parser=name, help="Licence of the weights.")] = (
        "not stated"
    ),
    summary: Annotated[str, typer.Option(help="What the model is good for, in a sentence.")] = "",
    trained_on: Annotated[str, typer.Option(help="What it was trained on, in a sentence.")] = "",
    weights_version: Annotated[
        str, typer.Option(parser=name, help="Version of the weights.")
    ] = "0.1",
    last: Annotated[
        bool, typer.Option("--last", help="Take the last checkpoints, not the best.")
    ] = False,
    edges_from: Annotated[
        str | None,
        typer.Option(
            parser=name,
            help="Run or model to take the edge network from, whatever the others hold.",
        ),
    ] = None,
    coarser_levels: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=8,
            help="How often wide holes may start at half the scale; else what was trained.",
        ),
    ] = None,
    widest_hole: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=100_000,
            help="Width in pixels of the widest holes it does well; else its parent's.",
        ),
    ] = None,
    texture: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=1,
            help="How much of the texture of a run of stage texture: 0 (nearest to what was there "
            "on average) to 1 (looks most like it).",
        ),
    ] = None,
) -> None:
    """Write a model that the plugin and ``relic-inpaint restore --model`` take."""
    from training.export import export_model  # noqa: PLC0415 - loads PyTorch

    card = export_model(
        sources,
        to,
        licence=licence,
        summary=summary,
        trained_on=trained_on,
        version=weights_version,
        last=last,
        edges_from=edges_from,
        coarser_levels=coarser_levels,
        widest_hole=widest_hole,
        texture=texture,
        say=lambda line: output.print(line, markup=False),
    )
    widths = ", ".join(f"{role} width {network.width}" for role, network in card.networks.items())
    output.print(f"{to}: model {card.name} for the method {card.method}, {widths}", markup=False)


def preview(
    sources: Sources,
    to: Annotated[Path, typer.Option(parser=path, help="The sheet, a PNG or JPEG.")] = Path(
        "preview.png"
    ),
    pairs: Annotated[
        int, typer.Option(min=1, max=400, help="How many pairs, over all kinds.")
    ] = 24,
    model: Annotated[
        str,
        typer.Option(parser=name, help="Model or run to take G1 or G2 from if the runs lack it."),
    ] = "relic-base",
    data: MaybeData = None,
) -> None:
    """Show damaged, edges if there are any, result and truth of pairs as a sheet.

    The pictures are those of --data, by default those that the run is validated on.
    """
    from training.preview import write_preview  # noqa: PLC0415 - loads PyTorch

    write_preview(sources, to, pairs=pairs, base=model, data=data or ())
    output.print(f"{to}: {pairs} pairs", markup=False)
