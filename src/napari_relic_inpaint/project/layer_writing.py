"""The layers of a bench written into a project: as files, references and fills."""

from __future__ import annotations

import re
from collections.abc import Generator, Hashable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from napari_relic_inpaint.errors import FileError
from napari_relic_inpaint.project.arrays import ProjectArray, write_array
from napari_relic_inpaint.project.bench import Bench, BenchLayer
from napari_relic_inpaint.project.description import (
    ArrayContent,
    Content,
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
from napari_relic_inpaint.project.fills import Blank, Filled, FillMask, FillValues, is_fill_of
from napari_relic_inpaint.project.pictures import FileHashes
from napari_relic_inpaint.project.places import inside
from napari_relic_inpaint.project.references import Copies, reference_steps
from napari_relic_inpaint.project.stores import Store
from napari_relic_inpaint.project.strict_json import to_json
from napari_relic_inpaint.steps import Step, part_of

Steps = Generator[Step, None, Content]


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


class LayerWriter:
    """Writes the layers of a bench into a store.

    Parameters
    ----------
    store : Store
        Where the files go.
    bench : Bench
        Whose layers are written.
    copies : Copies
        Which files of pictures are copied, and not only named.
    carried_from : Path or None
        The folder with the files of what could not be opened.
    memory : WriterMemory
        From the save before; knows this one when all layers are written.

    Attributes
    ----------
    notes : list of str
        Sentences about what could not be kept.
    """

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
        """Write all layers, yielding a `Step` after each piece; returns what is said of them."""
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
            by_name = yield from reference_steps(
                layer, layer.file, stem, self._store, self._memory.hashes, self._copies
            )
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
