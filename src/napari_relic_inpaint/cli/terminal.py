"""The terminal: where results, notes and errors are printed, and the bar of a run in progress."""

from __future__ import annotations

import io
import os
import sys
import warnings
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TextIO, TypeVar

from rich.console import Console
from rich.measure import Measurement
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from napari_relic_inpaint.cli.stopping import stopping
from napari_relic_inpaint.remedies import COMMAND_LINE, worded

if TYPE_CHECKING:
    from napari_relic_inpaint.steps import Step

Result = TypeVar("Result")

LOST_CODE = 1
PACKAGE = Path(__file__).parents[1]


class _Console(Console):
    """A console that goes silent where nothing can be written: a run is more than its report.

    Attributes
    ----------
    failure : OSError, optional
        Why it went silent.
    """

    failure: OSError | None = None

    @property
    def file(self) -> IO[str]:
        """The stream that is written to."""
        return _Unfailing(super().file, self)  # type: ignore[return-value]

    @file.setter
    def file(self, new_file: IO[str]) -> None:
        self._file = new_file

    def go_silent(self, stream: IO[str], error: OSError) -> None:
        """Send what is still in the stream, and all that follows, to nowhere."""
        self.failure = error
        with suppress(OSError), Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), stream.fileno())


class _Unfailing:
    """A stream for a `_Console`."""

    def __init__(self, stream: IO[str], console: _Console) -> None:
        self._stream = stream
        self._console = console

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except OSError as error:
            self._console.go_silent(self._stream, error)
            return len(text)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except OSError as error:
            self._console.go_silent(self._stream, error)


console = _Console(stderr=True, soft_wrap=True, highlight=False, emoji=False)
"""For what accompanies a result: progress, notes, errors."""

output = _Console(soft_wrap=True, highlight=False, emoji=False)
"""For the result itself, which another program may read."""


@contextmanager
def print_whatever_happens() -> Iterator[None]:
    """Let no name end a run that the terminal cannot show, and show warnings as notes."""
    console.failure = output.failure = None
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    with warnings.catch_warnings():
        show = warnings.showwarning

        def show_note(
            message: Warning | str,
            category: type[Warning],
            filename: str,
            lineno: int,
            file: TextIO | None = None,
            line: str | None = None,
        ) -> None:
            if category is UserWarning and Path(filename).is_relative_to(PACKAGE):
                show_notes([str(message)])
            else:
                show(message, category, filename, lineno, file, line)

        warnings.showwarning = show_note
        yield


def check_printed() -> int:
    """Return an exit code: not 0 if results were lost that nobody chose to stop reading."""
    output.file.flush()
    if output.failure is None or isinstance(output.failure, BrokenPipeError):
        return 0
    show_error(f"not all results could be printed ({output.failure.strerror}).")
    return LOST_CODE


def print_table(table: Table) -> None:
    """Print a table; into a file or a pipe as wide as it is, on a screen as wide as fits."""
    if output.is_terminal:
        output.print(table)
    else:
        width = Measurement.get(output, output.options.update(max_width=10_000), table).maximum
        output.print(table, width=width)


def show_error(sentence: object) -> None:
    """Print what went wrong."""
    console.print(f"Error: {worded(str(sentence), COMMAND_LINE)}", style="red", markup=False)


def show_notes(notes: Iterable[str]) -> None:
    """Print sentences that the user should know, but that are no errors."""
    for note in notes:
        console.print(f"Note: {worded(note, COMMAND_LINE)}", style="yellow", markup=False)


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
            stopping.check()
            bar.update(task, completed=step.fraction, description=step.stage)
