"""The terminal: where results, notes and errors are printed, and the bar of a run in progress."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import TYPE_CHECKING, TypeVar

from rich.console import Console
from rich.measure import Measurement
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

if TYPE_CHECKING:
    from napari_relic_inpaint.steps import Step

Result = TypeVar("Result")

console = Console(stderr=True, soft_wrap=True, highlight=False)
"""For what accompanies a result: progress, notes, errors."""

output = Console(soft_wrap=True, highlight=False)
"""For the result itself, which another program may read."""


def print_table(table: Table) -> None:
    """Print a table; into a file or a pipe as wide as it is, on a screen as wide as fits."""
    if output.is_terminal:
        output.print(table)
    else:
        width = Measurement.get(output, output.options.update(max_width=10_000), table).maximum
        Console(file=output.file, width=width).print(table)


def show_error(sentence: object) -> None:
    """Print what went wrong."""
    console.print(f"Error: {sentence}", style="red", markup=False)


def show_notes(notes: Iterable[str]) -> None:
    """Print sentences that the user should know, but that are no errors."""
    for note in notes:
        console.print(f"Note: {note}", style="yellow", markup=False)


def watch(steps: Generator[Step, None, Result]) -> Result:
    """Run the steps under a progress bar and return what they return."""
    columns = (TextColumn("{task.description:<18}"), BarColumn(), TimeRemainingColumn())
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task("starting", total=1.0)
        while True:
            try:
                step = next(steps)
            except StopIteration as end:
                result: Result = end.value
                return result
            bar.update(task, completed=step.fraction, description=step.stage)
