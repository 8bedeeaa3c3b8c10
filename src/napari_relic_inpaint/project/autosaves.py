"""Where unsaved work is kept until it is saved or given up, and what crashes have left of it."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import platformdirs
import psutil

from napari_relic_inpaint.errors import FileError
from napari_relic_inpaint.files.leftovers import computer, remove
from napari_relic_inpaint.project.description import Description
from napari_relic_inpaint.project.loading import load
from napari_relic_inpaint.project.places import FOLDER
from napari_relic_inpaint.project.strict_json import read_json, to_json

STATE_VARIABLE = "RELIC_INPAINT_STATE"
ENDING = "_unsaved" + FOLDER


@dataclass(frozen=True)
class Autosave:
    """Unsaved work.

    Attributes
    ----------
    path : Path
        A project like any other.
    project : Path or None
        The project that it is the continuation of; None if it was never saved.
    version : str or None
        The version of that project that it continues.
    note : Path
        What tells of it, in the user's folder.
    """

    path: Path
    project: Path | None
    version: str | None
    note: Path

    def announce(self) -> None:
        """Say in the user's folder that it is there, and which process it belongs to."""
        self.note.parent.mkdir(parents=True, exist_ok=True)
        content = {
            "autosave": str(self.path),
            "project": None if self.project is None else str(self.project),
            "version": self.version,
            "computer": computer(),
            "process": os.getpid(),
            "started": psutil.Process().create_time(),
        }
        part = self.note.with_suffix(".part")
        part.write_bytes(to_json(content))
        part.replace(self.note)

    def remove(self) -> None:
        """Remove it, as far as that is possible."""
        remove(self.path)
        with suppress(OSError):
            self.note.unlink()

    def describe(self) -> Description | None:
        """Return what it holds; None if it cannot be read."""
        try:
            return load(self.path)[0]
        except FileError:
            return None


def state_folder() -> Path:
    """Return the user's folder for unsaved work; RELIC_INPAINT_STATE names another."""
    given = os.environ.get(STATE_VARIABLE)
    usual = platformdirs.user_state_path("napari-relic-inpaint", appauthor=False)
    return (Path(given) if given else usual) / "unsaved"


def autosave_of(project: Path | None, version: str | None, name: str) -> Autosave:
    """Return where unsaved work goes: beside its project, else into the user's folder.

    Parameters
    ----------
    project : Path, optional
        The project.
    version : str, optional
        The version of it that the work continues.
    name : str
        A name that no other bench has.
    """
    state = state_folder()
    note = state / f"{name}.json"
    if project is None:
        return Autosave(state / f"{name}{ENDING}", None, None, note)
    # With a name of its own: what a crash has left there may not have been looked at yet.
    beside = project.with_name(f"{project.name}-{name[:8]}{ENDING}")
    return Autosave(beside, project, version, note)


def left_by_crashes() -> list[Autosave]:
    """Return the unsaved work of processes that are no more, the latest first."""
    found = []
    with suppress(OSError):
        for note in state_folder().glob("*.json"):
            left = _read(note)
            if left is not None:
                found.append((note.stat().st_mtime, left))
    found.sort(key=lambda pair: pair[0], reverse=True)
    return [left for _, left in found]


def _read(note: Path) -> Autosave | None:
    try:
        content = read_json(note)
        path, project = content["autosave"], content["project"]
        process, started = content["process"], content["started"]
        if content["computer"] != computer() or _is_alive(process, started):
            return None
        version = content["version"]
        left = Autosave(Path(path), None if project is None else Path(project), version, note)
    except (FileError, KeyError, TypeError):
        return None
    # Only what autosaving writes is ever removed.
    if not left.path.name.endswith(ENDING) or left.describe() is None:
        with suppress(OSError):
            note.unlink()
        return None
    return left


def _is_alive(process: int, started: float) -> bool:
    try:
        return abs(psutil.Process(process).create_time() - started) < 1
    except psutil.Error:
        return False
