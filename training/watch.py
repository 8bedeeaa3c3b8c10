"""What can be watched of a run: a progress bar, or lines where there is no screen, and files."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from types import TracebackType

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from napari_relic_inpaint.cli.terminal import output
from training.board import Board
from training.curves import draw_curves
from training.duration import Forecast, shown
from training.log import add_row, cut_log
from training.runs import RunFiles


class Watch:
    """Collects the values of steps, and shows and writes their means.

    Parameters
    ----------
    files : RunFiles
        Where to write.
    first : int
        Steps done before.
    last : int or None
        Steps of the run; None if the clock ends it.
    forecast : Forecast
        Tells the time that is left.
    visible : bool
        Whether this process shows and writes anything; one of several machines does.
    best : float, optional
        The best score so far.
    """

    def __init__(
        self,
        files: RunFiles,
        first: int,
        last: int | None,
        forecast: Forecast,
        *,
        visible: bool,
        best: float | None,
    ) -> None:
        self._files, self._forecast, self._visible = files, forecast, visible
        self._last, self._best = last, "" if best is None else f"best {best:.3f}"
        self._screen = output.is_terminal
        self._progress = Progress(
            TextColumn("step"),
            MofNCompleteColumn(),
            BarColumn(),
            TextColumn("{task.description}"),
            console=output,
            disable=not self._screen or not visible,
        )
        self._task = self._progress.add_task("", total=last, completed=first)
        self._board = Board(files.tensorboard, first) if visible else None
        self._sums: defaultdict[str, float] = defaultdict(float)
        self._steps = self._pictures = 0
        self._seconds = self._waited = 0.0
        if visible:
            for path in (files.log, files.validation):
                if path.exists() and (gone := cut_log(path, first)):
                    self.say(gone)

    def __enter__(self) -> Watch:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._progress.stop()
        if self._board is not None:
            self._board.close()

    def count(
        self,
        step: int,
        values: dict[str, float],
        *,
        pictures: int,
        seconds: float,
        waited: float,
        elapsed: float,
    ) -> None:
        """Take in one step: its losses, pictures and seconds, and those it waited for pictures."""
        for name, value in values.items():
            self._sums[name] += value
        self._steps += 1
        self._pictures += pictures
        self._seconds += seconds
        self._waited += waited
        self._progress.update(self._task, completed=step, description=self._state(step, elapsed))

    def report(self, step: int, extra: dict[str, float], elapsed: float) -> None:
        """Show and write the means since the last report."""
        if not self._visible or not self._steps:
            return
        means = {name: value / self._steps for name, value in self._sums.items()}
        speed = {
            "pictures_per_second": self._pictures / self._seconds,
            "waiting_share": self._waited / self._seconds,
        }
        self._write(self._files.log, "train", step, {**means, **extra, **speed})
        losses = " ".join(f"{name} {value:.3g}" for name, value in {**means, **extra}.items())
        text = (
            f"{losses}, {_rate(speed['pictures_per_second'])} pictures/s, "
            f"{speed['waiting_share']:.0%} waiting for them"
        )
        state = "" if self._screen else self._state(step, elapsed)
        place = f"step {step:,}" + (f" of {self._last:,}" if self._last else "")
        self.say(f"{', '.join(filter(None, (place, state)))}: {text}")
        self._sums.clear()
        self._steps = self._pictures = 0
        self._seconds = self._waited = 0.0

    def validated(self, step: int, scores: dict[str, float], best: float | None) -> None:
        """Show and write the scores of a validation, and draw the curves anew."""
        if best is not None:
            self._best = f"best {best:.3f}"
        if not self._visible:
            return
        self._write(self._files.validation, "validation", step, scores)
        self.draw()
        which = "the weights it starts from" if step == 0 else f"step {step:,}"
        self.say(f"validation of {which}: {scores['score']:.3f} {_unit(scores)}")

    def draw(self) -> None:
        """Draw the curves of all that was logged."""
        if self._visible:
            draw_curves(self._files)

    def sheet(self, name: str, step: int, path: Path) -> None:
        """Take in a sheet of pictures that was written."""
        if self._board is not None:
            self._board.add_sheet(name, step, path)

    def say(self, text: str) -> None:
        """Print a line."""
        if self._visible:
            self._progress.console.print(text, markup=False)

    def _state(self, step: int, elapsed: float) -> str:
        left = self._forecast.left(step, elapsed)
        times = "" if left is None else f"{shown(left)} left"
        return ", ".join(filter(None, (times, self._best)))

    def _write(self, path: Path, group: str, step: int, values: dict[str, float]) -> None:
        add_row(path, step, values)
        if self._board is not None:
            self._board.add(group, step, values)


def _rate(value: float) -> str:
    return f"{value:.1f}" if value >= 1 else f"{value:.2g}"


def _unit(scores: dict[str, float]) -> str:
    """Say what the score of a validation is the mean of."""
    if any(name.startswith("hole_psnr") for name in scores):
        return "dB in the holes"
    return "F1 of the edges"
