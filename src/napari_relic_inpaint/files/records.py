"""Records beside pictures: JSON files, and the hashes by which they tell files."""

import hashlib
import json
import os
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any

from napari_relic_inpaint.errors import ExistsError, FileError
from napari_relic_inpaint.files.atomic import Together
from napari_relic_inpaint.files.targets import check_regular, check_target
from napari_relic_inpaint.steps import Step, finish, part_of

PIECE = 16 * 2**20
"""Bytes of a file that are hashed between two steps: a fraction of a second."""


def record_path(result: Path) -> Path:
    """Return where the record of a written picture goes: beside it."""
    return result.with_name(result.name + ".json")


def with_files(
    record: Mapping[str, Any], named: Mapping[str, Path], hashes: Mapping[str, str]
) -> dict[str, Any]:
    """Return a record that also says which files it is about.

    Parameters
    ----------
    record : mapping
        The record of a run.
    named : mapping of str to Path
        Files by their role, such as ``picture`` and ``result``.
    hashes : mapping of str to str
        What `file_sha256` gave, by role.
    """
    # As other programs see them: a locale that is not UTF-8 shows some names in another way.
    names = {
        role: os.fsencode(path.name).decode(errors="surrogateescape")
        for role, path in named.items()
    }
    return {**record, "files": names, "file_sha256": dict(hashes)}


def check_record(path: Path, *, overwrite: bool) -> None:
    """Check that a record can be written, before the work that leads to it; raises `FileError`."""
    try:
        check_target(path, overwrite)
    except ExistsError:
        raise
    except FileError as error:
        raise FileError(f"the record cannot go beside the result: {error}") from error


def write_json(
    path: str | os.PathLike[str],
    content: dict[str, Any],
    *,
    overwrite: bool,
    together: Together | None = None,
) -> None:
    """Write a record as JSON (UTF-8, indented), whole or not at all.

    Parameters
    ----------
    path : path-like
        Where to write.
    content : dict
        What to write.
    overwrite : bool
        Whether an existing file may be replaced.
    together : Together, optional
        What it belongs to: it takes its place with the other files that are written there.

    Raises
    ------
    FileError
        If the file exists and `overwrite` is False, or it cannot be written.
    """
    if together is None:
        with Together() as alone:
            write_json(path, content, overwrite=overwrite, together=alone)
        return
    # Of a name that is not UTF-8, what backslashes give is what JSON expects.
    text = json.dumps(content, indent=2, ensure_ascii=False).encode(errors="backslashreplace")
    with together.file(Path(path), overwrite, len(text) + 1) as stream:
        stream.write(text + b"\n")


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes: what `hash_steps` returns.

    Raises
    ------
    FileError
        If it cannot be read.
    """
    return finish(hash_steps(path))


def hash_steps(path: Path) -> Generator[Step, None, str]:
    """Find the SHA-256 of a file's bytes, read piece by piece, yielding a `Step` after each.

    A folder, which some formats are, has that of the list of its files: a line ``HASH  PATH`` each.

    Raises
    ------
    FileError
        If it cannot be read.
    """
    try:
        check_regular(path)
        if not path.is_dir():
            return (yield from _digest(path))
        inside = sorted(file for file in path.rglob("*") if file.is_file())
        lines = []
        for number, file in enumerate(inside):
            digest = part_of(_digest(file), number / len(inside), (number + 1) / len(inside))
            lines.append(f"{(yield from digest)}  {file.relative_to(path).as_posix()}\n")
        return hashlib.sha256("".join(lines).encode()).hexdigest()
    except FileNotFoundError as error:
        raise FileError(f"{path} does not exist: check the name and the folder.") from error
    except PermissionError as error:
        raise FileError(f"{path} may not be read: ask its owner for permission.") from error
    except FileError:
        raise
    except OSError as error:
        raise FileError(
            f"{path} cannot be read ({error.strerror}): check the name and the folder."
        ) from error


def _digest(file: Path) -> Generator[Step, None, str]:
    digest = hashlib.sha256()
    pieces = max(-(-file.stat().st_size // PIECE), 1)
    with file.open("rb") as stream:
        done = 0
        while piece := stream.read(PIECE):
            digest.update(piece)
            done += 1
            yield Step("comparing", done, pieces, min(done / pieces, 1.0))
    return digest.hexdigest()
