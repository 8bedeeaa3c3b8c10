"""What is in a project, and what of it is missing or has changed: nothing is opened or written."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from napari_relic_inpaint.errors import FileError
from napari_relic_inpaint.project.description import (
    Description,
    FileContent,
    FillContent,
    SavedLayer,
    stored_files,
)
from napari_relic_inpaint.project.loading import load
from napari_relic_inpaint.project.pictures import FileHashes, find_steps
from napari_relic_inpaint.project.places import digest_steps, inside, is_archive, project_at
from napari_relic_inpaint.project.unpacking import unpack_steps
from napari_relic_inpaint.steps import Step, part_of


@dataclass(frozen=True)
class CheckedFile:
    """A file that a project needs.

    Attributes
    ----------
    layers : tuple of str
        Names of the layers that need it.
    name : str
        Its place in the project, or where a picture by reference is.
    size : int
        Its bytes when it was saved.
    sha256 : str
        Its hash when it was saved.
    problem : str
        What is wrong with it; empty if it is as it was.
    """

    layers: tuple[str, ...]
    name: str
    size: int
    sha256: str
    problem: str = ""


@dataclass(frozen=True)
class Checked:
    """What was found.

    Attributes
    ----------
    description : Description
        What the project says.
    files : list of CheckedFile
        All that it needs.
    notes : list of str
        Sentences about the description itself.
    """

    description: Description
    files: list[CheckedFile]
    notes: list[str]

    @property
    def sound(self) -> bool:
        """Whether everything is as it was saved."""
        return not self.notes and not any(file.problem for file in self.files)


def check_project_steps(path: Path) -> Generator[Step, None, Checked]:
    """Check a project, yielding a `Step` after each piece.

    Raises
    ------
    FileError
        If nothing of it can be read.
    """
    path = project_at(path.absolute())
    folder = path
    if path.is_file() or (is_archive(path) and not path.is_dir()):
        folder = yield from part_of(unpack_steps(path), 0.0, 0.3)
    description, notes = load(folder)
    needs: dict[str, tuple[list[str], Any]] = {}
    for layer in description.layers:
        for needed in (*stored_files(layer), *references(layer)):
            names, _ = needs.setdefault(needed.model_dump_json(), ([], needed))
            names.append(layer.name)
    files, hashes = [], FileHashes()
    for number, (names, needed) in enumerate(needs.values()):
        if isinstance(needed, FileContent):
            checking = _reference(needed, path.parent, names, hashes)
        else:
            checking = _stored(needed, folder, names)
        files.append(
            (
                yield from part_of(
                    checking,
                    0.3 + 0.7 * number / len(needs),
                    0.3 + 0.7 * (number + 1) / len(needs),
                )
            )
        )
    return Checked(description, files, notes)


def references(layer: SavedLayer) -> list[FileContent]:
    """Return the pictures outside of the project that a layer needs."""
    content = layer.content
    picture = content.picture if isinstance(content, FillContent) else content
    outside = isinstance(picture, FileContent) and picture.copied is None
    return [picture] if outside and isinstance(picture, FileContent) else []


def _reference(
    content: FileContent, beside: Path, names: list[str], hashes: FileHashes
) -> Generator[Step, None, CheckedFile]:
    found = yield from find_steps(content, beside, hashes)
    name = content.absolute or content.relative
    if found is not None:
        name = str(found.path)
    problem = "missing" if found is None else found.note
    return CheckedFile(tuple(names), name, content.size, content.sha256, problem)


def _stored(needed: Any, folder: Path, names: list[str]) -> Generator[Step, None, CheckedFile]:
    problem = ""
    try:
        path = inside(folder, needed)
        done, reading = 0, digest_steps(path)
        while True:
            try:
                done += next(reading)
            except StopIteration as end:
                problem = "" if end.value == needed.sha256 else "changed"
                break
            yield Step("checking", done, needed.size, done / max(needed.size, 1))
    except FileError as error:
        problem = str(error).removesuffix(".")
    return CheckedFile(tuple(names), needed.file, needed.size, needed.sha256, problem)
