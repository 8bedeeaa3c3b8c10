"""The model that was loaded last, kept for the next picture."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

Model = TypeVar("Model")
Stamp = tuple[tuple[str, int, int], ...]


def kept(load: Callable[[Path], Model], folder: Path) -> Model:
    """Load a model, or copy it if it was the last one; its files are verified if they changed.

    Parameters
    ----------
    load : callable
        Loads and verifies the model in a folder.
    folder : Path
        The model's folder.

    Returns
    -------
    Model
        The caller's own: who runs networks moves and converts them.

    Raises
    ------
    ModelError
        As `load` does.
    """
    model: Model = copy.deepcopy(_loaded(load, folder.resolve(), _stamp(folder)))
    return model


@lru_cache(maxsize=1)
def _loaded(load: Callable[[Path], Any], folder: Path, _stamp: Stamp) -> Any:
    return load(folder)


def _stamp(folder: Path) -> Stamp:
    """Name, time and size of each file: what changes with it."""
    files = (path for path in sorted(folder.iterdir()) if path.is_file())
    found = ((path.name, path.stat()) for path in files)
    return tuple((name, status.st_mtime_ns, status.st_size) for name, status in found)
