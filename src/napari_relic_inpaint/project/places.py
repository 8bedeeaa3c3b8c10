"""Names: what a project is called, and files inside of it that are files and lie inside."""

from __future__ import annotations

import hashlib
from collections.abc import Generator
from pathlib import Path

from napari_relic_inpaint.errors import FileError
from napari_relic_inpaint.project.description import DATA, Stored

FOLDER, ARCHIVE = ".relic", ".zip"
DESCRIPTION, BEFORE, README = "project.json", "project-before.json", "README.txt"
DAMAGED = "project-damaged.json"
LOCK = ".saving"

_PIECE = 16 * 2**20


def is_archive(path: Path) -> bool:
    """Tell whether a name is that of a project in one file."""
    return path.suffix.lower() == ARCHIVE


def project_at(path: Path) -> Path:
    """Return the project that a user means who points at it, or at the description inside."""
    return path.parent if path.name in (DESCRIPTION, BEFORE) else path


def check_name(path: Path) -> None:
    """Check that a project may have this name; raises `FileError`."""
    if path.suffix.lower() not in (FOLDER, ARCHIVE):
        raise FileError(
            f"{path} is no name for a project: choose one that ends in {FOLDER} (a folder) or "
            f"{ARCHIVE} (one file)."
        )


def is_project(folder: Path) -> bool:
    """Tell whether a folder is a project."""
    return any((folder / name).is_file() for name in (DESCRIPTION, BEFORE))


def is_inside(file: Path) -> bool:
    """Tell whether a file is one of a project's."""
    return file.parent.name == DATA and is_project(file.parent.parent)


def inside(folder: Path, stored: Stored) -> Path:
    """Return where a file of a project lies.

    Raises
    ------
    FileError
        If it is missing, a link, or of another size.
    """
    path = folder / stored.file
    if (folder / DATA).is_symlink() or path.is_symlink():
        raise FileError(f"{path} is a link: a project holds its own files.")
    if not path.is_file():
        raise FileError(f"{path} is missing.")
    size = path.stat().st_size
    if size != stored.size:
        raise FileError(
            f"{path} has {size} bytes, {stored.size} when it was saved: it is damaged or cut off."
        )
    return path


def digest_steps(path: Path) -> Generator[int, None, str]:
    """Find the SHA-256 of a file, yielding how many bytes were read after each piece."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while piece := stream.read(_PIECE):
                digest.update(piece)
                yield len(piece)
    except OSError as error:
        raise FileError(f"{path} cannot be read ({error.strerror}).") from error
    return digest.hexdigest()
