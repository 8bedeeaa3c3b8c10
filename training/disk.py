"""What a run will write, compared with the room that is left."""

from __future__ import annotations

import shutil
from pathlib import Path

from training.checkpoints import KEPT
from training.errors import TrainingError
from training.recipe import Recipe
from training.sheets import ROWS

SHEET_COLUMNS = 5
LOG_ROW = 400
"""Bytes of a row of the log, with what TensorBoard keeps of it."""

FASTEST = 20
"""Steps a second of a run whose steps nobody knows."""


def check_room(folder: Path, recipe: Recipe, checkpoint: int) -> str:
    """Compare what a run will write with what is free on the disk.

    Parameters
    ----------
    folder : Path
        The run's folder; what it holds already is not written again.
    recipe : Recipe
        Every number.
    checkpoint : int
        Bytes of a checkpoint.

    Returns
    -------
    str
        A sentence with both numbers.

    Raises
    ------
    TrainingError
        If it will not fit.
    """
    options, steps = recipe.training, recipe.stage.steps
    if recipe.endless:
        steps = round(60 * options.minutes * FASTEST)
    # The best one, and the next one until it is whole.
    checkpoints = (KEPT + 2) * checkpoint
    sheet = ROWS * SHEET_COLUMNS * 3 * max(128, *recipe.data.crops) ** 2
    sheets = sheet * (steps // options.sample_every + 1)
    logs = LOG_ROW * (steps // options.log_every + steps // options.validate_every)
    needed = checkpoints + sheets + logs
    there = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    free = shutil.disk_usage(folder).free
    if needed - there > free:
        raise TrainingError(
            f"the run will write up to {shown(needed)} to {folder} ({shown(checkpoints)} of "
            f"checkpoints, {shown(sheets)} of sheets), but only {shown(free)} are free: free some "
            "space, choose another --out, or write fewer sheets with --set sample_every=..."
        )
    return f"it writes up to {shown(needed)} to {folder}, where {shown(free)} are free"


def shown(size: float) -> str:
    """Return a number of bytes as a user reads it."""
    for unit in ("kB", "MB"):
        size /= 1000
        if size < 1000:
            return f"{size:.0f} {unit}" if size >= 10 else f"{size:.1f} {unit}"
    return f"{size / 1000:.1f} GB"
