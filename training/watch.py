"""What can be watched of a run: progress bar, CSV files, TensorBoard, sheets of samples."""

from __future__ import annotations

import csv
import time
from collections import defaultdict
from pathlib import Path
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from training.runs import RunFiles


class Watch:
    """Collects the values of steps, and shows and writes their means.

    Parameters
    ----------
    files : RunFiles
        Where to write.
    first, last : int
        The steps of this process.
    shown : bool
        Whether this process shows and writes anything; one of several machines does.
    """

    def __init__(self, files: RunFiles, first: int, last: int, *, shown: bool) -> None:
        self._files = files
        self._shown = shown
        self._console = Console(quiet=not shown)
        self._progress = Progress(
            TextColumn("step"),
            MofNCompleteColumn(),
            BarColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.description}"),
            console=self._console,
            disable=not self._console.is_terminal or not shown,
        )
        self._task = self._progress.add_task("", total=last, completed=first)
        self._board = _tensorboard(files.tensorboard) if shown else None
        self._sums: defaultdict[str, float] = defaultdict(float)
        self._steps = self._pictures = 0
        self._waited = 0.0
        self._since = time.perf_counter()
        if shown:
            # What was logged after the checkpoint that the run goes on from will come again.
            for path in (files.log, files.validation):
                _cut(path, first)

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

    def count(self, values: dict[str, float], *, pictures: int, waited: float) -> None:
        """Take in one step: its losses, its pictures, and the seconds it waited for them."""
        for name, value in values.items():
            self._sums[name] += value
        self._steps += 1
        self._pictures += pictures
        self._waited += waited
        self._progress.advance(self._task)

    def report(self, step: int, extra: dict[str, float]) -> None:
        """Show and write the means since the last report."""
        seconds = time.perf_counter() - self._since
        means = {name: value / self._steps for name, value in self._sums.items()}
        speed = {
            "pictures_per_second": self._pictures / seconds,
            "waiting_share": self._waited / seconds,
        }
        self._write(self._files.log, "train", step, {**means, **extra, **speed})
        losses = " ".join(f"{name} {value:.3g}" for name, value in {**means, **extra}.items())
        text = (
            f"{losses} | {speed['pictures_per_second']:.1f} pictures/s, "
            f"{speed['waiting_share']:.0%} waiting for data"
        )
        self._progress.update(self._task, description=text)
        if not self._console.is_terminal:
            self.say(f"step {step}: {text}")
        self._sums.clear()
        self._steps = self._pictures = 0
        self._waited = 0.0
        self._since = time.perf_counter()

    def validated(self, step: int, scores: dict[str, float]) -> None:
        """Show and write the scores of a validation."""
        self._write(self._files.validation, "validation", step, scores)
        self.say(f"step {step}: validation score {scores['score']:.3f}")

    def say(self, text: str) -> None:
        """Print a line."""
        self._progress.console.print(text, highlight=False, soft_wrap=True)

    def _write(self, path: Path, group: str, step: int, values: dict[str, float]) -> None:
        if not self._shown:
            return
        rows = _read(path)
        row = {"step": str(step), **{name: f"{value:.6g}" for name, value in values.items()}}
        if rows and list(rows[0]) == list(row):
            with path.open("a", newline="") as stream:
                csv.DictWriter(stream, list(row)).writerow(row)
        else:
            # Terms that start late add columns.
            _rewrite(path, [*rows, row])
        if self._board is not None:
            for name, value in values.items():
                self._board.add_scalar(f"{group}/{name}", value, step)


def _tensorboard(folder: Path) -> Any | None:
    try:
        from torch.utils.tensorboard import SummaryWriter  # noqa: PLC0415  (optional)
    except ImportError:
        return None
    return SummaryWriter(str(folder))


def _read(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def _cut(path: Path, last: int) -> None:
    rows = _read(path)
    kept = [row for row in rows if int(row["step"]) <= last]
    if len(kept) < len(rows):
        _rewrite(path, kept)


def _rewrite(path: Path, rows: list[dict[str, str]]) -> None:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, columns or ["step"], restval="")
        writer.writeheader()
        writer.writerows(rows)
