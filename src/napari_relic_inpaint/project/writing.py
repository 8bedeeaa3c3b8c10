"""The bench written as a project: a complete version, or none."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Generator, Hashable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from pydantic import JsonValue

from napari_relic_inpaint.errors import ExistsError, FileError
from napari_relic_inpaint.project import loading, unpacking
from napari_relic_inpaint.project.arrays import ProjectArray, write_array
from napari_relic_inpaint.project.bench import Bench, BenchLayer
from napari_relic_inpaint.project.description import (
    DATA,
    ArrayContent,
    Content,
    Description,
    FileContent,
    Fill,
    FillContent,
    LayerDescription,
    SavedLayer,
    ShapesContent,
    Stored,
    StoredArray,
    stored_files,
)
from napari_relic_inpaint.project.fills import (
    Blank,
    Filled,
    FillMask,
    FillValues,
    is_fill_of,
)
from napari_relic_inpaint.project.pictures import (
    FileHashes,
    how_shown,
    relative_to,
    size_of,
)
from napari_relic_inpaint.project.places import (
    DESCRIPTION,
    check_name,
    inside,
    is_archive,
    is_inside,
    project_at,
)
from napari_relic_inpaint.project.stores import Store, open_store
from napari_relic_inpaint.project.strict_json import LARGEST_BYTES, to_json
from napari_relic_inpaint.record import software_version
from napari_relic_inpaint.steps import Step, part_of

Steps = Generator[Step, None, Content]


class Copies(Enum):
    """Which files of pictures are copied into a project."""

    ALL = "all"
    NEEDED = "those that lie in other projects"
    NONE = "none that will be there tomorrow"


@dataclass
class WriterMemory:
    """What a writer knows from one save to the next; of one project.

    Attributes
    ----------
    hashes : FileHashes
        Of the pictures by reference.
    """

    hashes: FileHashes = field(default_factory=FileHashes)
    contents: dict[Hashable, Content] = field(default_factory=dict)


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
        writer = _Writer(store, bench, pictures, carried_from, memory)
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


class _Writer:
    """Writes the layers of a bench into a store."""

    def __init__(
        self,
        store: Store,
        bench: Bench,
        copies: Copies,
        carried_from: Path | None,
        memory: WriterMemory,
    ) -> None:
        self.notes: list[str] = []
        self._store = store
        self._bench = bench
        self._copies = copies
        self._carried_from = carried_from
        self._memory = memory
        self._known: dict[Hashable, Content] = {}

    def layers(self) -> Generator[Step, None, list[SavedLayer]]:
        written, total = [], len(self._bench.layers)
        for number, layer in enumerate(self._bench.layers):
            steps = part_of(self._layer(layer), number / total, (number + 1) / total)
            written.append((yield from steps))
        self._memory.contents = self._known
        return written

    def _layer(self, layer: BenchLayer | SavedLayer) -> Generator[Step, None, SavedLayer]:
        if isinstance(layer, SavedLayer):
            return (yield from self._carry(layer))
        content = yield from self._content(layer)
        plain = {name: getattr(layer.description, name) for name in LayerDescription.model_fields}
        return SavedLayer(**plain, content=content)

    def _carry(self, layer: SavedLayer) -> Generator[Step, None, SavedLayer]:
        """Keep what could not be opened, as far as its files are there."""
        for stored in stored_files(layer):
            if not self._store.has(stored) and self._carried_from is not None:
                source = self._carried_from / stored.file
                try:
                    yield from self._store.keep(inside(self._carried_from, stored), stored)
                except FileError as error:
                    self.notes.append(f"{source} could not be kept: {error}")
        return layer

    def _content(self, layer: BenchLayer) -> Steps:
        picture = self._picture_of(layer)
        key = self._key(layer, picture)
        known = self._memory.contents.get(key)
        if known is None or not all(map(self._store.has, _files_of(layer, known))):
            known = yield from self._new_content(layer, picture)
        if key is not None:
            self._known[key] = known
        return known

    def _key(self, layer: BenchLayer, picture: BenchLayer | None) -> Hashable:
        revisions = [layer.revision, *([] if picture is None else [picture.revision])]
        return None if None in revisions else (*revisions, layer.file, self._copies)

    def _new_content(self, layer: BenchLayer, picture: BenchLayer | None) -> Steps:
        stem = _stem(layer.description.name)
        if layer.description.kind == "shapes":
            return (yield from self._shapes(layer, stem))
        if picture is not None:
            return (yield from self._fills(layer, picture, stem))
        return (yield from self._picture(layer, stem))

    def _picture_of(self, layer: BenchLayer) -> BenchLayer | None:
        """Return the picture that a layer is a restoration of, if it can be kept as a fill."""
        number = layer.description.source
        if layer.description.kind != "image" or number is None:
            return None
        if number >= len(self._bench.layers):
            return None
        picture = self._bench.layers[number]
        if not isinstance(picture, BenchLayer) or picture is layer:
            return None
        if picture.description.kind != "image" or picture.description.source is not None:
            return None
        same_colour = picture.description.colour == layer.description.colour
        fits = is_fill_of(layer.data[0], picture.data[0]) is not None
        return picture if same_colour and fits else None

    def _picture(self, layer: BenchLayer, stem: str) -> Steps:
        data = layer.data[0]
        if isinstance(data, Blank):
            # What is missing now may be found another time.
            content: Content = data.content
            return content
        if layer.file is not None and layer.description.kind == "image":
            by_name = yield from self._by_name(layer, layer.file, stem)
            if by_name is not None:
                return by_name
        levels = []
        for number, level in enumerate(layer.data):
            name = stem if number == 0 else f"{stem}_level{number}"
            share = part_of(
                self._array(level, name, colour=layer.description.colour),
                number / len(layer.data),
                (number + 1) / len(layer.data),
            )
            levels.append((yield from share))
        return ArrayContent(levels=levels)

    def _by_name(self, layer: BenchLayer, file: Path, stem: str) -> Generator[Step, None, Any]:
        """Return a reference to a picture's file; None if that holds something else."""
        data = layer.data[0]
        shown = how_shown(file, data)
        if shown is None:
            return None
        absolute = file.absolute()
        digest = yield from part_of(self._memory.hashes.steps(absolute), 0.0, 0.5)
        copied, size = None, size_of(absolute)
        if self._store.holds(absolute):
            copied = Stored(file=f"{DATA}/{absolute.name}", sha256=digest, size=size)
        elif absolute.is_file() and self._has_to_copy(absolute):
            suffix = re.sub(r"[^a-z0-9.]", "", absolute.suffix.lower()) or ".file"
            copying = self._store.copy(absolute, f"picture-{stem}", suffix)
            copied = yield from part_of(copying, 0.5, 1.0)
        relative, place = relative_to(absolute, self._store.folder), str(absolute)
        before = layer.reference
        if copied is not None and before is not None and before.sha256 == digest:
            # Where the original was, and not the copy in a project.
            relative, place = before.relative, before.absolute
        return FileContent(
            relative=_text(relative),
            absolute=_text(place),
            sha256=digest,
            size=size,
            orientation=shown.orientation,
            channels_first=shown.channels_first,
            shape=[int(n) for n in data.shape],
            dtype=str(np.dtype(data.dtype)),
            copied=copied,
        )

    def _has_to_copy(self, file: Path) -> bool:
        # The file is gone when this process ends.
        if self._copies is Copies.ALL or unpacking.is_unpacked(file):
            return True
        return self._copies is Copies.NEEDED and is_inside(file)

    def _fills(self, layer: BenchLayer, picture: BenchLayer, stem: str) -> Steps:
        base = yield from part_of(self._content(picture), 0.0, 0.2)
        result, before = layer.data[0], picture.data[0]
        stacked = bool(is_fill_of(result, before))
        colour = layer.description.colour
        count = int(result.shape[0]) if stacked else 1
        fills = []
        for number in range(count):
            one = _one_of(result, number) if stacked else result
            name = f"{stem}-{number + 1}" if stacked else stem
            start, end = (0.2 + 0.8 * n / count for n in (number, number + 1))
            fill = self._fill(one, before, name, colour=colour)
            fills.append((yield from part_of(fill, start, end)))
        assert isinstance(base, FileContent | ArrayContent)
        return FillContent(picture=base, stacked=stacked, fills=fills)

    def _fill(
        self, result: Any, before: Any, stem: str, *, colour: bool
    ) -> Generator[Step, None, Fill]:
        known = isinstance(result, Filled) and result.picture is before
        mask_data = result.mask if known else FillMask(result, before, colour=colour)
        writing = self._array(mask_data, f"{stem}_mask", colour=False)
        mask = yield from part_of(writing, 0.0, 0.5)
        # As it was written: a run may be painting.
        written = ProjectArray(self._store.place(mask), mask)
        values_data = result.values if known else FillValues(result, written, colour=colour)
        writing = self._array(values_data, f"{stem}_fill", colour=colour)
        values = yield from part_of(writing, 0.5, 1.0)
        return Fill(mask=mask, values=values)

    def _array(self, data: Any, stem: str, *, colour: bool) -> Generator[Step, None, StoredArray]:
        known = data.stored if isinstance(data, ProjectArray) else None
        if known is not None and self._store.holds(data.path) and self._store.has(known):
            return known
        stored = yield from self._store.add(
            stem, ".tif", partial(write_array, data=data, colour=colour)
        )
        return StoredArray(
            **stored.model_dump(),
            shape=[int(n) for n in data.shape],
            dtype=str(np.dtype(data.dtype)),
            colour=colour,
        )

    def _shapes(self, layer: BenchLayer, stem: str) -> Steps:
        content = to_json({"kind": "relic-inpaint shapes", "format": 1, "shapes": layer.data})

        def write(stream: BinaryIO) -> Generator[Step, None, None]:
            stream.write(content)
            yield Step("writing", 1, 1, 1.0)

        stored = yield from self._store.add(stem, ".json", write)
        return ShapesContent(stored=stored)


def _one_of(stack: Any, number: int) -> Any:
    # Where a stack is made of pictures, one of them knows its fill.
    pictures = getattr(stack, "pictures", None)
    return _Slice(stack, number) if pictures is None else pictures[number]


class _Slice:
    """One of a stack."""

    def __init__(self, stack: Any, number: int) -> None:
        self._stack, self._number = stack, number
        self.shape = tuple(int(n) for n in stack.shape[1:])
        self.dtype = np.dtype(stack.dtype)

    def __getitem__(self, index: tuple[Any, ...]) -> Any:
        return self._stack[(self._number, *index)]


def _files_of(layer: BenchLayer, content: Content) -> list[Stored]:
    plain = {name: getattr(layer.description, name) for name in LayerDescription.model_fields}
    return stored_files(SavedLayer(**plain, content=content))


def _stem(name: str) -> str:
    """Return a part of a file's name that every system takes, after the name of a layer."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return plain[:60].strip("-") or "layer"


def _text(path: str) -> str:
    return path.encode("utf-8", "replace").decode("utf-8")


def as_metadata(metadata: dict[Any, Any]) -> tuple[dict[str, JsonValue], list[str]]:
    """Return what of a layer's metadata JSON can hold, and the names of what it cannot."""
    kept: dict[str, JsonValue] = {}
    lost = []
    for name, value in metadata.items():
        try:
            if not isinstance(name, str):
                raise TypeError(name)
            kept[name] = json.loads(json.dumps(value, allow_nan=False, default=_plain))
        except (TypeError, ValueError, RecursionError):
            lost.append(str(name))
    return kept, lost


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray) and value.size <= 1_000_000:
        return value.tolist()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(value)
