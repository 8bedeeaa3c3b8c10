"""Files and folders that appear whole under their names, together, or not at all."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from napari_relic_inpaint.errors import ExistsError, FileError
from napari_relic_inpaint.files.leftovers import OLD, PART, new_name, remove, sweep
from napari_relic_inpaint.files.targets import check_target, real
from napari_relic_inpaint.files.uninterrupted import uninterrupted

# Windows has no disk quotas of this kind, and no name for the error.
_DISK_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}


@dataclass(frozen=True)
class _Part:
    """Something unfinished, the path that was given for it, and where that leads."""

    path: Path
    place: Path
    temporary: Path
    overwrite: bool
    size: int


class Together:
    """Files and folders that belong together, such as a picture and its record.

    A context: when it ends without error, all of them take their places. Otherwise, or if one of
    them cannot, everything is as it was before. What comes first is what the others speak of: they
    are put in place after it, and those that are replaced go before it, so that not even a crash
    leaves a record beside a picture that is not its own.
    """

    def __init__(self) -> None:
        self._parts: list[_Part] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            with uninterrupted():
                try:
                    if kind is None:
                        self._put_in_place()
                finally:
                    self._remove_parts()
        finally:
            # A signal may have come before it could be put off.
            self._remove_parts()

    @contextmanager
    def file(self, path: Path, overwrite: bool, size: int) -> Iterator[BinaryIO]:
        """Give a stream for the content of a file.

        Parameters
        ----------
        path : Path
            The file to write.
        overwrite : bool
            Whether an existing file may be replaced.
        size : int
            Bytes needed at most, for the message when the disk is full.

        Yields
        ------
        binary file
            Open for writing and reading.

        Raises
        ------
        FileError
            If the file cannot be written.
        """
        check_target(path, overwrite)
        part = self._add(path, overwrite, size)
        with explained(part.path, part.size), part.temporary.open("xb+") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())

    @contextmanager
    def folder(self, path: Path, overwrite: bool, size: int) -> Iterator[Path]:
        """Give an empty folder; what may be replaced is for the caller to check.

        Parameters
        ----------
        path, overwrite, size
            As for `file`.

        Yields
        ------
        Path
            The folder to write into.

        Raises
        ------
        FileError
            If the folder cannot be written.
        """
        part = self._add(path, overwrite, size)
        with explained(part.path, part.size):
            part.temporary.mkdir()
            yield part.temporary
            _flush()

    def content(self, path: Path) -> Path:
        """Return where something that was written lies until it takes its place."""
        return next(part.temporary for part in self._parts if part.path == path)

    def _add(self, path: Path, overwrite: bool, size: int) -> _Part:
        place = real(path)
        sweep(place.parent)
        part = _Part(path, place, place.with_name(new_name() + PART), overwrite, size)
        # Before it is made: should the run be stopped in between, it will not be forgotten.
        self._parts.append(part)
        return part

    def _remove_parts(self) -> None:
        for part in self._parts:
            remove(part.temporary)

    def _put_in_place(self) -> None:
        old = new_name() + OLD
        moved: list[tuple[Path, Path]] = []
        try:
            for part in reversed(self._parts):
                with explained(part.path, part.size):
                    moved += self._move_away(part, old)
            for part in self._parts:
                with explained(part.path, part.size):
                    part.temporary.replace(part.place)
                    moved.append((part.temporary, part.place))
        except BaseException:
            for before, now in reversed(moved):
                with suppress(OSError):
                    now.replace(before)
            raise
        else:
            # Until here they could come back, also after a crash.
            for part in self._parts:
                remove(part.place.with_name(old))
        finally:
            for part in self._parts:
                with suppress(OSError):
                    part.place.with_name(old).rmdir()

    def _move_away(self, part: _Part, old: str) -> list[tuple[Path, Path]]:
        """Make room for a part; return from where to where something was moved."""
        if not os.path.lexists(part.place):
            return []
        if not part.overwrite:
            raise ExistsError(part.path)
        if part.place.is_dir() != part.temporary.is_dir():
            raise FileError(f"{part.path} is something else by now: choose another name.")
        shutil.copymode(part.place, part.temporary)
        if len(self._parts) == 1 and part.place.is_file():
            return []  # replaced in one step, without a moment in which there is none
        away = part.place.with_name(old) / part.place.name
        away.parent.mkdir(exist_ok=True)
        part.place.replace(away)
        return [(part.place, away)]


@contextmanager
def replacing(path: Path, overwrite: bool, size: int) -> Iterator[BinaryIO]:
    """Give a stream whose content takes the place of `path` when the block ends without error.

    An old file is replaced in one step, and is still there, unchanged, after any error. The
    parameters and errors are those of `Together.file`.
    """
    with Together() as alone, alone.file(path, overwrite, size) as stream:
        yield stream


@contextmanager
def explained(path: Path, size: int = 0) -> Iterator[None]:
    """Turn what the system says while something is written into a sentence for the user.

    Parameters
    ----------
    path : Path
        What is written.
    size : int
        Bytes needed at most, if known, for the message when the disk is full.
    """
    try:
        yield
    except FileError:
        raise
    except OSError as error:
        # numpy and Pillow report a short write without an error number.
        if error.errno in _DISK_FULL or error.errno is None:
            needed = f"about {max(size / 1e6, 0.1):.1f} MB" if size else "some space"
            raise FileError(
                f"{path} could not be written, the disk is full: free {needed} or choose "
                "another folder."
            ) from error
        raise FileError(
            f"{path} could not be written ({error.strerror}): choose another folder."
        ) from error


def _flush() -> None:
    """Bring what was written to the disk, before an old folder goes; Windows has no such call."""
    if hasattr(os, "sync"):
        os.sync()
