"""``relic-inpaint ratings``: what people think of the restorations that they marked blindly."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from napari_relic_inpaint.cli.terminal import console, output, show_notes

if TYPE_CHECKING:
    from napari_relic_inpaint.measuring.ratings import Estimate, Summary

app = typer.Typer(help="The marks of a blind rating.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep the command's name although it is the only one."""


@app.command("summarise")
def summarise(
    files: Annotated[list[Path], typer.Argument(help="Files of marks that the Rate widget wrote.")],
    csv_file: Annotated[
        Path | None, typer.Option("--csv", help="Where to write the means as a CSV table.")
    ] = None,
    overwrite: Annotated[bool, typer.Option(help="Replace the table if it exists.")] = False,
) -> None:
    """Print each method's mean marks with 95 % intervals."""
    from napari_relic_inpaint.files.collisions import check_apart  # noqa: PLC0415
    from napari_relic_inpaint.files.targets import check_target  # noqa: PLC0415
    from napari_relic_inpaint.measuring import ratings  # noqa: PLC0415 - keeps --help fast

    if csv_file is not None:
        check_target(csv_file, overwrite)
        check_apart([("the table", csv_file)], [("a file of marks", file) for file in files])
    given = ratings.read(files)
    if not given:
        console.print("There are no marks in these files yet.")
        return
    summaries = ratings.summarise(given)
    if csv_file is not None:
        ratings.write_summary(csv_file, summaries, overwrite=overwrite)
    output.print(_table(summaries))
    show_notes(ratings.cautions(given))


def _table(summaries: list[Summary]) -> Table:
    table = Table("method", "criterion", box=SIMPLE_HEAD)
    for heading in ("mean", "95 % interval", "marks", "raters", "details"):
        table.add_column(heading, justify="right")
    for summary in summaries:
        # Text, since a method's name may hold what looks like markup: "restored [1]".
        method = Text(summary.method)
        counts = [str(n) for n in (summary.marks, summary.raters, summary.details)]
        for criterion, estimate in summary.estimates.items():
            table.add_row(method, criterion, f"{estimate.mean:.2f}", _interval(estimate), *counts)
            method, counts = Text(), []
        table.add_section()
    return table


def _interval(estimate: Estimate) -> str:
    if math.isnan(estimate.low):
        return "-"
    return f"{estimate.low:.2f} to {estimate.high:.2f}"
