"""Small files that are written at once: the dialog, and what is said afterwards."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from qtpy.QtWidgets import QFileDialog, QWidget

from napari_relic_inpaint.errors import RelicInpaintError


def save_as(
    parent: QWidget,
    title: str,
    proposed: str,
    kinds: str,
    suffix: str,
    write: Callable[[Path, bool], None],
    say: Callable[[str], None],
) -> Path | None:
    """Ask where to write a small file, and write it.

    Parameters
    ----------
    parent : QWidget
        What the dialog belongs to.
    title, proposed, kinds : str
        What it is called, which name it proposes, and its filter.
    suffix : str
        What a name without a suffix gets.
    write : callable
        Gets the path, and whether an existing file may be replaced.
    say : callable
        Gets a sentence: where it is, or why it is not.

    Returns
    -------
    Path or None
        Where it is; None if it was not written.
    """
    chosen, _ = QFileDialog.getSaveFileName(parent, title, proposed, kinds)
    if not chosen:
        return None
    path = Path(chosen) if Path(chosen).suffix else Path(f"{chosen}{suffix}")
    try:
        # The dialog has asked before it lets an existing file be chosen.
        write(path, str(path) == chosen)
    except RelicInpaintError as error:
        say(f"Not saved: {str(error).rstrip('.')}.")
        return None
    say(f"Saved as {path}.")
    return path
