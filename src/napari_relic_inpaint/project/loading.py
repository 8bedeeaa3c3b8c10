"""The description of a project, read and checked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from napari_relic_inpaint.errors import FileError
from napari_relic_inpaint.project.description import (
    FORMAT,
    KIND,
    Description,
    SavedLayer,
)
from napari_relic_inpaint.project.places import BEFORE, DESCRIPTION
from napari_relic_inpaint.project.strict_json import read_json


class LaterFormatError(FileError):
    """A project of a later program, of which nobody knows yet what it means."""


def load(folder: Path) -> tuple[Description, list[str]]:
    """Read the description of a project.

    Layers whose description is damaged are left out; if all of it is, that of the version before
    is read.

    Parameters
    ----------
    folder : Path
        The project.

    Returns
    -------
    Description
        What can be read.
    list of str
        Sentences about what cannot.

    Raises
    ------
    FileError
        If nothing can be read.
    """
    try:
        return load_file(folder / DESCRIPTION)
    except LaterFormatError:
        raise
    except FileError as error:
        if not (folder / BEFORE).is_file():
            raise
        described, notes = load_file(folder / BEFORE)
        return described, [f"{error} The version saved before it was opened.", *notes]


def load_file(path: Path) -> tuple[Description, list[str]]:
    """Read one description; parameters and errors as `load`."""
    if path.is_symlink():
        raise FileError(f"{path} is a link: a project holds its own files.")
    if not path.is_file():
        raise FileError(f"{path.parent} is no project: it has no {path.name}.")
    content = read_json(path)
    if not isinstance(content, dict) or content.get("kind") != KIND:
        raise FileError(f"{path} does not describe a project of relic-inpaint.")
    form = content.get("format")
    if not isinstance(form, int) or isinstance(form, bool) or form < 1:
        raise FileError(f"{path} is damaged (its format is {str(form)[:40]!r}).")
    if form > FORMAT:
        raise LaterFormatError(
            f"{path.parent} was saved by a later version of this program (format {form}, this one "
            f"reads up to {FORMAT}): update napari-relic-inpaint to open it."
        )
    return _checked(path, content)


def _checked(path: Path, content: dict[str, Any]) -> tuple[Description, list[str]]:
    notes: list[str] = []
    entries = content.get("layers")
    if not isinstance(entries, list):
        raise FileError(f"{path} is damaged (it lists no layers).")
    layers: list[SavedLayer] = []
    numbers: dict[int, int] = {}
    for number, entry in enumerate(entries):
        try:
            layers.append(SavedLayer.model_validate(entry))
            numbers[number] = len(layers) - 1
        except (ValidationError, RecursionError) as error:
            name = entry.get("name") if isinstance(entry, dict) else None
            notes.append(f"Layer {str(name)[:200]!r} cannot be read: {_reason(error)}.")
    if len(numbers) < len(entries):
        layers = [
            layer.model_copy(update={"source": numbers.get(layer.source)})
            if layer.source is not None
            else layer
            for layer in layers
        ]
    rest = {key: value for key, value in content.items() if key != "layers"}
    for _ in range(2):
        try:
            return Description.model_validate({**rest, "layers": layers}), notes
        except (ValidationError, RecursionError) as error:
            notes.append(f"What was seen of the layers cannot be read: {_reason(error)}.")
            rest = {key: value for key, value in rest.items() if key not in ("view", "widgets")}
    raise FileError(f"{path} is damaged: {notes[-1]}")


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        return f"{where}: {first['msg']}" if where else str(first["msg"])
    return "it is nested too deep"
