"""The files of one restoration: what is read and what is written."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from napari_relic_inpaint.errors import FileError


@dataclass(frozen=True)
class Job:
    """One picture to restore.

    Attributes
    ----------
    picture, damage : Path
        The damaged picture and its mask.
    result : Path
        Where the restored picture goes; its record goes beside it.
    label : int, optional
        The only value of the mask that counts as damage.
    edges : Path, optional
        Edges to follow instead of predicting them.
    saved_edges : Path, optional
        Where the edges that were followed go.
    """

    picture: Path
    damage: Path
    result: Path
    label: int | None = None
    edges: Path | None = None
    saved_edges: Path | None = None

    @property
    def record(self) -> Path:
        """Where the record of the result goes."""
        return self.result.with_name(self.result.name + ".json")

    @property
    def inputs(self) -> dict[str, Path]:
        """The files that are read, by their role in the record."""
        roles = {"picture": self.picture, "damage": self.damage, "edges": self.edges}
        return {role: path for role, path in roles.items() if path is not None}

    @property
    def outputs(self) -> dict[str, Path]:
        """The pictures that are written, by their role in the record."""
        roles = {"result": self.result, "saved_edges": self.saved_edges}
        return {role: path for role, path in roles.items() if path is not None}

    def absolute(self) -> Job:
        """Return the job with paths that do not depend on the working directory."""
        paths = {role: path.absolute() for role, path in (self.inputs | self.outputs).items()}
        return replace(self, **paths)  # type: ignore[arg-type]


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, read piece by piece.

    A folder, which some formats are, has that of the list of its files: a line ``HASH  PATH`` each.

    Raises
    ------
    FileError
        If it cannot be read.
    """
    try:
        if path.is_dir():
            inside = sorted(file for file in path.rglob("*") if file.is_file())
            lines = [f"{_digest(file)}  {file.relative_to(path).as_posix()}\n" for file in inside]
            return hashlib.sha256("".join(lines).encode()).hexdigest()
        return _digest(path)
    except FileNotFoundError as error:
        raise FileError(f"{path} does not exist: check the name and the folder.") from error
    except OSError as error:
        raise FileError(
            f"{path} cannot be read ({error.strerror}): ask its owner for permission."
        ) from error


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
