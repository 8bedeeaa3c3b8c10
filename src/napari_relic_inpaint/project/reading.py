"""A project opened: what is there, and sentences about what is not."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from napari_relic_inpaint.errors import FileError
from napari_relic_inpaint.files.pictures import PictureFile
from napari_relic_inpaint.files.viewer_copies import overviews
from napari_relic_inpaint.picture.lazy_array import LazyArray
from napari_relic_inpaint.picture.stacked import StackedPictures
from napari_relic_inpaint.project.arrays import ProjectArray, load
from napari_relic_inpaint.project.bench import Bench, BenchLayer
from napari_relic_inpaint.project.description import (
    ArrayContent,
    Content,
    Description,
    FileContent,
    FillContent,
    LayerDescription,
    SavedLayer,
    ShapesContent,
    Stored,
    StoredArray,
)
from napari_relic_inpaint.project.fills import Blank, Filled
from napari_relic_inpaint.project.loading import load as load_description
from napari_relic_inpaint.project.pictures import FileHashes, Found, Shown, find_steps
from napari_relic_inpaint.project.places import digest_steps, inside, is_archive, project_at
from napari_relic_inpaint.project.strict_json import read_json
from napari_relic_inpaint.project.unpacking import unpack_steps
from napari_relic_inpaint.steps import Step, part_of

_File = PictureFile | None
"""The file that pixels lie in, if it is one of its own."""

SMALL = 16_000_000
"""Pixels of all planes up to which a picture is loaded; larger ones are read when looked at."""


@dataclass(frozen=True)
class Opened:
    """A project that was opened.

    Attributes
    ----------
    path : Path
        The project, as it was named.
    folder : Path
        Where its files are: `path`, or where a .zip was unpacked.
    bench : Bench
        What is on it. Labels are arrays in memory that can be painted on.
    description : Description
        What its description says.
    notes : list of str
        Sentences about what is missing, damaged or changed.
    """

    path: Path
    folder: Path
    bench: Bench
    description: Description
    notes: list[str]


def open_project_steps(
    path: Path, *, hashes: FileHashes | None = None
) -> Generator[Step, None, Opened]:
    """Open a project, yielding a `Step` after each piece.

    What is damaged or missing keeps nothing else from being opened: it stays in the bench as the
    project describes it, so that saving again does not lose it, and pictures that cannot be found
    are black.

    Parameters
    ----------
    path : Path
        The folder or .zip of a project, or the ``project.json`` in its folder.
    hashes : FileHashes, optional
        Hashes of pictures that are known.

    Raises
    ------
    FileError
        If it is no project, none of it can be read, or it is of a later version of this program.
    """
    path = project_at(path.absolute())
    folder, start = path, 0.0
    if path.is_file() or (is_archive(path) and not path.is_dir()):
        folder = yield from part_of(unpack_steps(path), 0.0, 0.3)
        start = 0.3
    description, notes = load_description(folder)
    reader = _Reader(path, folder, FileHashes() if hashes is None else hashes)
    layers: list[BenchLayer | SavedLayer] = []
    total = len(description.layers)
    for number, saved in enumerate(description.layers):
        share = (1 - start) / total
        opening = reader.layer(saved)
        layers.append(
            (yield from part_of(opening, start + number * share, start + (number + 1) * share))
        )
        yield Step("opening", number + 1, total, start + (number + 1) * share)
    bench = Bench(layers, description.view, list(description.widgets))
    return Opened(path, folder, bench, description, notes + reader.notes)


class _Reader:
    """Opens the layers of a project."""

    def __init__(self, path: Path, folder: Path, hashes: FileHashes) -> None:
        self.notes: list[str] = []
        self._path, self._folder, self._hashes = path, folder, hashes
        self._pictures: dict[str, tuple[Any, _File]] = {}
        self._checked: set[str] = set()

    def layer(self, saved: SavedLayer) -> Generator[Step, None, BenchLayer | SavedLayer]:
        """Open a layer; returns it as it was if it cannot be opened."""
        plain = LayerDescription(
            **{name: getattr(saved, name) for name in LayerDescription.model_fields}
        )
        try:
            data, picture = yield from self._content(saved, saved.content)
            if saved.kind == "labels":
                data = [load(data[0])]
                if data[0].dtype.kind == "f":
                    raise FileError("labels are whole numbers.")
            elif saved.kind == "image":
                _check_axes(saved, data[0])
                if len(data) == 1:
                    data = _levels(data[0], picture, colour=saved.colour)
        except FileError as error:
            self._note(f"Layer {saved.name!r} could not be opened: {error} It is kept.")
            return saved
        reference = saved.content if isinstance(saved.content, FileContent) else None
        file = None if picture is None else picture.path
        return BenchLayer(plain, data, file, reference)

    def _content(
        self, saved: SavedLayer, content: Content
    ) -> Generator[Step, None, tuple[list[Any], _File]]:
        if isinstance(content, ShapesContent) != (saved.kind == "shapes"):
            raise FileError("it is said to be something else than it is.")
        if isinstance(content, ShapesContent):
            return (yield from self._shapes(content)), None
        if isinstance(content, FileContent):
            data, picture = yield from self._picture(content)
            return [data], picture
        if isinstance(content, ArrayContent):
            return (yield from self._arrays(content)), None
        return [(yield from self._fill(content, colour=saved.colour))], None

    def _shapes(self, content: ShapesContent) -> Generator[Step, None, list[Any]]:
        path = yield from self._file(content.stored)
        read = read_json(path)
        if not isinstance(read, dict) or not isinstance(read.get("shapes"), list):
            raise FileError(f"{path} lists no shapes.")
        return list(read["shapes"])

    def _arrays(self, content: ArrayContent) -> Generator[Step, None, list[Any]]:
        levels = []
        for stored in content.levels:
            levels.append((yield from self._array(stored)))
        return levels

    def _array(self, stored: StoredArray) -> Generator[Step, None, ProjectArray]:
        path = yield from self._file(stored)
        return ProjectArray(path, stored)

    def _file(self, stored: Stored) -> Generator[Step, None, Path]:
        """Find a file of the project, and say if it is not as it was saved."""
        path = inside(self._folder, stored)
        if stored.file in self._checked:
            return path
        self._checked.add(stored.file)
        done = 0
        reading = digest_steps(path)
        while True:
            try:
                done += next(reading)
            except StopIteration as end:
                if end.value != stored.sha256:
                    self._note(f"{path} is not as it was saved: look whether it is what it was.")
                return path
            yield Step("checking", done, stored.size, done / max(stored.size, 1))

    def _fill(self, content: FillContent, *, colour: bool) -> Generator[Step, None, LazyArray]:
        picture: Any
        if isinstance(content.picture, FileContent):
            picture, _ = yield from self._picture(content.picture)
        else:
            try:
                picture = (yield from self._arrays(content.picture))[0]
            except FileError as error:
                self._note(f"The picture below a fill is missing: {error}")
                first = content.picture.levels[0]
                picture = Blank(content.picture, tuple(first.shape), first.dtype)
        parts = []
        for fill in content.fills:
            mask = yield from self._array(fill.mask)
            values = yield from self._array(fill.values)
            planes = picture.shape[:-1] if colour else picture.shape
            if (mask.shape, values.shape) != (tuple(planes), tuple(picture.shape)) or (
                values.dtype != picture.dtype
            ):
                raise FileError(
                    f"the fill is {' x '.join(map(str, values.shape))} of {values.dtype}, its "
                    f"picture {' x '.join(map(str, picture.shape))} of {picture.dtype}."
                )
            parts.append(Filled(picture, mask, values, colour=colour))
        return StackedPictures(parts) if content.stacked else parts[0]

    def _picture(self, content: FileContent) -> Generator[Step, None, tuple[Any, _File]]:
        """Open a picture's file; several layers share it."""
        key = content.model_dump_json()
        if key not in self._pictures:
            self._pictures[key] = yield from self._open(content)
        return self._pictures[key]

    def _open(self, content: FileContent) -> Generator[Step, None, tuple[Any, _File]]:
        shown = Shown(content.orientation, content.channels_first)
        found: Found | None
        if content.copied is not None:
            try:
                found = Found((yield from self._file(content.copied)))
            except FileError as error:
                self._note(f"The copy of a picture in the project is lost: {error}")
                found = yield from find_steps(content, self._path.parent, self._hashes)
        else:
            found = yield from find_steps(content, self._path.parent, self._hashes)
        wanted = tuple(content.shape), np.dtype(content.dtype)
        name = content.absolute or content.relative
        if found is None:
            self._note(
                f"The picture {name} is missing and shown black: put it beside the project and "
                "open the project again."
            )
            return Blank(content, wanted[0], content.dtype), None
        if found.note:
            self._note(found.note)
        try:
            picture = shown.of(found.path)
        except FileError as error:
            self._note(f"{error} It is shown black.")
            return Blank(content, wanted[0], content.dtype), None
        data = picture.data
        if (tuple(data.shape), data.dtype) != wanted:
            self._note(
                f"{found.path} is {' x '.join(map(str, data.shape))} of {data.dtype}, "
                f"{' x '.join(map(str, wanted[0]))} of {wanted[1]} when the project was saved: it "
                "is shown black."
            )
            return Blank(content, wanted[0], content.dtype), None
        return data, picture

    def _note(self, sentence: str) -> None:
        if sentence not in self.notes:
            self.notes.append(sentence)


def _check_axes(saved: SavedLayer, data: Any) -> None:
    if saved.colour and data.shape[-1] not in (3, 4):
        raise FileError(f"a picture in colour cannot have {data.shape[-1]} channels.")


def _levels(data: Any, picture: PictureFile | None, *, colour: bool) -> list[Any]:
    """Load what is small, and make smaller copies of what is too large to be shown at once.

    An array in memory is painted on and counted like any other.
    """
    planes = data.shape[:-1] if colour else data.shape
    if isinstance(data, Blank) or (prod(planes[-2:]) <= SMALL < prod(planes)):
        return [data]
    if prod(planes) <= SMALL:
        return [np.asarray(data[...])]
    same = picture is not None and picture.rgb == colour
    shown = picture if same and picture else PictureFile(Path(), data, colour)
    return [data, *overviews(shown, SMALL)]
