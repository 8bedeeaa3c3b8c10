"""Where the files of a project are written: into its folder, or into a .zip."""

from __future__ import annotations

import os
import shutil
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from napari_relic_inpaint.errors import ExistsError, FileError
from napari_relic_inpaint.files.atomic import explained, replacing
from napari_relic_inpaint.files.leftovers import PART, new_name, remove, sweep
from napari_relic_inpaint.files.targets import check_target, check_writable, real
from napari_relic_inpaint.project.description import DATA, Stored
from napari_relic_inpaint.project.locking import saving_alone
from napari_relic_inpaint.project.places import (
    BEFORE,
    DAMAGED,
    DESCRIPTION,
    README,
    digest_steps,
    is_archive,
    is_project,
)
from napari_relic_inpaint.steps import Step

Write = Callable[[BinaryIO], Generator[Step, None, None]]

_IN_NAME = 16
"""Digits of the hash in the name of a file: what has the same name is the same."""

ABOUT = """\
This folder is a project of napari-relic-inpaint: pictures of a cultural relic, what is marked on
them as damage, and restorations of it.

project.json          what there is and how it was shown: JSON
project-before.json   the same, as it was saved before
data/                 pictures, masks and fills: TIFF; outlines: JSON

Every layer in project.json names its files. A restoration is its picture with the pixels of
"values" wherever "mask" is not 0. "sha256" tells whether a file is the one that was saved.
"""


class Store(ABC):
    """Takes the files of a project, and its description when all are there.

    Attributes
    ----------
    folder : Path
        What the project lies in: paths of pictures are told from here.
    """

    def __init__(self, path: Path, staging: Path) -> None:
        self.folder = path.parent
        self._path = path
        self._staging = staging
        self._staged = staging / DATA
        self._added: list[Path] = []

    def add(self, stem: str, suffix: str, write: Write) -> Generator[Step, None, Stored]:
        """Write a file of the project; what is there already with the same content is kept.

        Parameters
        ----------
        stem, suffix : str
            Its name is made of them, and of its hash.
        write : callable
            Takes a stream and writes to it in steps.
        """
        part = self._staged / (new_name() + PART)
        try:
            with explained(self._path), part.open("xb+") as stream:
                yield from write(stream)
                stream.flush()
                os.fsync(stream.fileno())
            return (yield from self._take(part, stem, suffix))
        finally:
            with suppress(OSError):
                part.unlink()

    def _take(self, part: Path, stem: str, suffix: str) -> Generator[Step, None, Stored]:
        size, done = part.stat().st_size, 0
        reading = digest_steps(part)
        while True:
            try:
                done += next(reading)
            except StopIteration as end:
                digest: str = end.value
                break
            yield Step("writing", done, size, done / max(size, 1))
        name = f"{DATA}/{stem}-{digest[:_IN_NAME]}{suffix}"
        stored = Stored(file=name, sha256=digest, size=size)
        if not self.has(stored):
            with explained(self._path):
                part.replace(self._staging / name)
            self._added.append(self._staging / name)
        return stored

    def copy(self, source: Path, stem: str, suffix: str) -> Generator[Step, None, Stored]:
        """Copy a file into the project; raises `FileError` if it cannot be read."""

        def write(stream: BinaryIO) -> Generator[Step, None, None]:
            try:
                with source.open("rb") as original:
                    size, done = max(source.stat().st_size, 1), 0
                    while piece := original.read(16 * 2**20):
                        stream.write(piece)
                        done += len(piece)
                        yield Step("copying", done, size, min(done / size, 1.0))
            except FileNotFoundError as error:
                raise FileError(f"{source} cannot be read ({error.strerror}).") from error

        return (yield from self.add(stem, suffix, write))

    def keep(self, source: Path, stored: Stored) -> Generator[Step, None, None]:
        """Copy a file of another project, with its name; raises `FileError`."""
        stem, _, suffix = Path(stored.file).name.partition(".")
        copied = yield from self.copy(source, stem, f".{suffix}")
        if copied.file != stored.file and not self.has(stored):
            with explained(self._path):
                self.place(copied).replace(self.place(stored))
            self._added.append(self.place(stored))

    def place(self, stored: Stored) -> Path:
        """Return where a file lies that was written."""
        return self._staging / stored.file

    def has(self, stored: Stored) -> bool:
        """Tell whether a file of the project is there already."""
        path = self.place(stored)
        return path.is_file() and not path.is_symlink() and path.stat().st_size == stored.size

    def holds(self, path: Path) -> bool:
        """Tell whether a file lies in this project."""
        return real(path).parent == real(self._path) / DATA

    def take_back(self) -> None:
        """Remove what was written; to be called where it will not be committed."""
        for path in self._added:
            with suppress(OSError):
                path.unlink()

    @abstractmethod
    def commit(self, description: bytes, kept: AbstractSet[str] | None) -> None:
        """Put what was written in the place of what was there; until now nothing has changed.

        Parameters
        ----------
        description : bytes
            The content of ``project.json``.
        kept : set of str, optional
            Names of the files that it and the description before it speak of. None if the one
            before is damaged: then nothing goes, and it is laid aside.
        """


@contextmanager
def open_store(path: Path) -> Iterator[Store]:
    """Open a project to be written, alone.

    Raises
    ------
    FileError
        If it cannot be written, is something else, or is being saved by somebody else.
    """
    check_writable(path.parent)
    sweep(real(path).parent)
    if is_archive(path):
        check_target(path, overwrite=True)
        with saving_alone(path), _staging(path) as staging:
            yield _Archive(path, staging)
        return
    if os.path.lexists(path) and not path.is_dir():
        raise FileError(f"{path} is a file, not the folder of a project: choose another name.")
    if path.is_dir() and not is_project(path) and any(path.iterdir()):
        raise FileError(f"{path} is a folder, but not a project: choose another name.")
    if not path.is_dir() or not is_project(path):
        with _staging(path) as staging:
            yield _NewFolder(path, staging)
        return
    with saving_alone(path):
        if (path / DATA).is_symlink():
            raise FileError(f"{path / DATA} is a link: a project holds its own files.")
        with explained(path):
            (path / DATA).mkdir(exist_ok=True)
        store = _Folder(path, path)
        try:
            yield store
        except BaseException:
            store.take_back()
            raise


@contextmanager
def _staging(path: Path) -> Iterator[Path]:
    place = real(path)
    staging = place.with_name(new_name() + PART)
    with explained(path):
        (staging / DATA).mkdir(parents=True)
    try:
        yield staging
    finally:
        remove(staging)


class _NewFolder(Store):
    """A project that was not there: a folder that gets its name when it is complete."""

    def commit(self, description: bytes, kept: AbstractSet[str] | None) -> None:
        with explained(self._path):
            _write(self._staging / README, ABOUT.encode("ascii"))
            _write(self._staging / DESCRIPTION, description)
            _sync(self._staged)
            _sync(self._staging)
            with suppress(OSError):
                # An empty folder was made by the dialog that asked for the name.
                self._path.rmdir()
            if os.path.lexists(self._path):
                raise ExistsError(self._path)
            self._staging.replace(real(self._path))
            _sync(self._path.parent)


class _Folder(Store):
    """A project that is there: new files come beside the old, then the description is replaced."""

    def commit(self, description: bytes, kept: AbstractSet[str] | None) -> None:
        current = self._path / DESCRIPTION
        new = self._path / (new_name() + PART)
        old = self._path / (new_name() + PART)
        try:
            with explained(self._path):
                if not (self._path / README).exists():
                    _write(self._path / README, ABOUT.encode("ascii"))
                _write(new, description)
                _sync(self._staged)
                if current.is_file():
                    _write(old, current.read_bytes())
                    old.replace(self._path / (DAMAGED if kept is None else BEFORE))
                new.replace(current)
                self._added.clear()
                _sync(self._path)
        finally:
            for part in (new, old):
                with suppress(OSError):
                    part.unlink()
        if kept is not None:
            self._clean(kept)

    def _clean(self, kept: AbstractSet[str]) -> None:
        """Remove what nothing speaks of any more, and what dead processes left."""
        for file in (self._path / DATA).iterdir():
            if f"{DATA}/{file.name}" not in kept and not file.is_dir():
                # On Windows a file that is being shown cannot go yet.
                with suppress(OSError):
                    file.unlink()
        for file in self._path.iterdir():
            if file.name.endswith(PART):
                remove(file)


class _Archive(Store):
    """A project in a .zip: files are gathered beside it, then it is written anew and replaced."""

    def commit(self, description: bytes, kept: AbstractSet[str] | None) -> None:
        files = sorted(file for file in self._staged.iterdir() if not file.name.endswith(PART))
        size = sum(file.stat().st_size for file in files)
        with (
            replacing(self._path, True, size) as stream,
            explained(self._path),
            zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED, allowZip64=True) as archive,
        ):
            archive.writestr(README, ABOUT, zipfile.ZIP_DEFLATED)
            archive.writestr(DESCRIPTION, description, zipfile.ZIP_DEFLATED)
            for file in files:
                # They are compressed in themselves.
                entry = zipfile.ZipInfo(f"{DATA}/{file.name}")
                entry.file_size = file.stat().st_size
                with file.open("rb") as source, archive.open(entry, "w") as member:
                    shutil.copyfileobj(source, member, 2**20)


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _sync(folder: Path) -> None:
    """Bring the names in a folder to the disk; Windows has no such call."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
