"""The bench written as a project: a complete version, or none."""

from __future__ import annotations

import uuid
from collections.abc import Generator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from napari_relic_inpaint.errors import ExistsError, FileError
from napari_relic_inpaint.project import loading, unpacking
from napari_relic_inpaint.project.bench import Bench
from napari_relic_inpaint.project.description import Description, stored_files
from napari_relic_inpaint.project.layer_writing import LayerWriter, WriterMemory
from napari_relic_inpaint.project.places import DESCRIPTION, check_name, is_archive, project_at
from napari_relic_inpaint.project.references import Copies
from napari_relic_inpaint.project.stores import open_store
from napari_relic_inpaint.project.strict_json import LARGEST_BYTES, to_json
from napari_relic_inpaint.record import software_version
from napari_relic_inpaint.steps import Step


@dataclass(frozen=True)
class Saved:
    """What was written.

    Attributes
    ----------
    path : Path
        The project.
    description : Description
        What it says.
    notes : list of str
        Sentences about what could not be kept.
    """

    path: Path
    description: Description
    notes: list[str]


def write_project_steps(
    path: Path,
    bench: Bench,
    *,
    pictures: Copies = Copies.NEEDED,
    overwrite: bool = False,
    based_on: str | None = None,
    carried_from: Path | None = None,
    memory: WriterMemory | None = None,
) -> Generator[Step, None, Saved]:
    """Write a bench as a project, yielding a `Step` after each piece.

    Until the last step what was there before is as it was; after it, the new version is complete.

    Parameters
    ----------
    path : Path
        The project: a folder ``NAME.relic``, or one file ``NAME.relic.zip``.
    bench : Bench
        What is written.
    pictures : Copies
        Which files of pictures are copied into the project, and not only named.
    overwrite : bool
        Whether a project of that name may be replaced whatever it holds.
    based_on : str, optional
        The `Description.version` that the bench was opened from or saved as; it may be replaced.
    carried_from : Path, optional
        The folder with the files of what could not be opened.
    memory : WriterMemory, optional
        From the save before, of the same project.

    Raises
    ------
    FileError
        If it cannot be written, or somebody else has saved it since.
    """
    path = project_at(path)
    check_name(path)
    memory = WriterMemory() if memory is None else memory
    with open_store(path) as store:
        before = _before(path)
        if before.exists and not overwrite and (based_on is None or before.version != based_on):
            raise (
                ExistsError(path)
                if based_on is None
                else FileError(
                    f"{path} was saved by somebody else since you opened it: open it again, or "
                    "save under another name."
                )
            )
        writer = LayerWriter(store, bench, pictures, carried_from, memory)
        layers = yield from writer.layers()
        description = Description(
            software={"name": "napari-relic-inpaint", "version": software_version()},
            version=uuid.uuid4().hex,
            saved=datetime.now(UTC).isoformat(timespec="seconds"),
            layers=layers,
            view=bench.view,
            widgets=bench.widgets,
        )
        content = to_json(description.model_dump(mode="json"))
        if len(content) > LARGEST_BYTES:
            raise FileError(
                f"{path} would be described by {len(content) / 1e6:.0f} MB, more than can be read "
                f"again ({LARGEST_BYTES / 1e6:.0f} MB): remove what a layer's metadata need not "
                "hold."
            )
        kept = None
        if not before.damaged:
            kept = before.files | {file.file for each in layers for file in stored_files(each)}
        store.commit(content, kept)
        yield Step("writing", 1, 1, 1.0)
    return Saved(path, description, writer.notes)


@dataclass(frozen=True)
class _Before:
    """The version that is replaced."""

    exists: bool = False
    damaged: bool = False
    version: str | None = None
    files: frozenset[str] = frozenset()


def _before(path: Path) -> _Before:
    if is_archive(path):
        if not path.exists():
            return _Before()
        return _Before(exists=True, version=unpacking.version_of(path))
    if not (path / DESCRIPTION).exists():
        return _Before(exists=path.is_dir() and any(path.iterdir()))
    try:
        described, notes = loading.load_file(path / DESCRIPTION)
    except loading.LaterFormatError:
        raise
    except FileError:
        return _Before(exists=True, damaged=True)
    files = {file.file for layer in described.layers for file in stored_files(layer)}
    return _Before(True, bool(notes), described.version, frozenset(files))
