"""``relic-inpaint models``: list, show, add and import models."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

from napari_relic_inpaint.cli.terminal import console, output
from napari_relic_inpaint.errors import ModelError

INDENT = 4 * " "

app = typer.Typer(help="The models of the methods with networks.", no_args_is_help=True)


@app.command("list")
def list_models() -> None:
    """List the installed models."""
    from napari_relic_inpaint.models import folders  # noqa: PLC0415

    # No table: on narrow screens it would cut the names off, which other commands ask for.
    for name, card in folders.cards().items():
        if isinstance(card, ModelError):
            about, summary = "cannot be used", str(card)
        else:
            about = f"{card.method}, version {card.version}, {card.licence}"
            summary = card.summary
        output.print(f"{name} ({about})", markup=False)
        width = output.width - len(INDENT)
        lines = textwrap.wrap(summary, width) if output.is_terminal else [summary]
        output.print(*(INDENT + line for line in lines), sep="\n", markup=False)


@app.command("show")
def show_model(
    name: Annotated[str, typer.Argument(help="Name of a model, or its folder.")],
) -> None:
    """Show a model's card and where it lies, and check its files."""
    from napari_relic_inpaint.models import folders, verify  # noqa: PLC0415

    card = verify.verify(name)
    output.print(f"folder: {folders.find(name)}", markup=False)
    output.print_json(card.model_dump_json())
    output.print("Its files are whole and fit the card.")


@app.command("add")
def add_model(
    source: Annotated[
        str,
        typer.Argument(help="A model's folder, a .zip file of it, or such a file's https address."),
    ],
    name: Annotated[
        str | None, typer.Option(help="What to call it here, if not as its card says.")
    ] = None,
) -> None:
    """Add a model that somebody else made, after checking that it is whole."""
    from napari_relic_inpaint.models import add, folders  # noqa: PLC0415

    columns = (TextColumn("fetching"), BarColumn(), DownloadColumn())
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task("fetching", visible=False)

        def report(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total or None, visible=True)

        card = add.add(source, name, report)
    output.print(
        f"Added {card.name}, for {card.method}, to {folders.find(card.name)}", markup=False
    )


@app.command("import")
def import_model(
    edge: Annotated[Path, typer.Argument(help="EdgeConnect's EdgeModel_gen.pth.")],
    inpaint: Annotated[Path, typer.Argument(help="EdgeConnect's InpaintingModel_gen.pth.")],
    name: Annotated[str, typer.Option(help="Name of the new model.")],
) -> None:
    """Turn a pair of EdgeConnect checkpoints into a model of yours."""
    from napari_relic_inpaint.models import edgeconnect, folders  # noqa: PLC0415

    card = edgeconnect.import_edgeconnect(edge, inpaint, name)
    output.print(f"Imported {card.name} to {folders.find(card.name)}", markup=False)
