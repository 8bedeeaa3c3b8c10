"""Pictures by reference: which file a layer shows, and where that file is now."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import numpy as np

from napari_relic_inpaint.errors import FileError
from napari_relic_inpaint.files.metadata import Metadata
from napari_relic_inpaint.files.orientation import UPRIGHT
from napari_relic_inpaint.files.pictures import PictureFile, decode, orientation
from napari_relic_inpaint.files.records import hash_steps
from napari_relic_inpaint.picture.lazy_array import Rearranged
from napari_relic_inpaint.picture.tiles import bands
from napari_relic_inpaint.project.description import FileContent
from napari_relic_inpaint.steps import Step, changed, part_of

MOST_SEARCHED = 5000
"""Files beside a project that are looked at for a picture that has moved."""

_SAMPLES = 16
_SAMPLE_SIDE = 64


@dataclass(frozen=True)
class Shown:
    """How the pixels of a file are shown.

    Attributes
    ----------
    orientation : int
        By which EXIF orientation they are turned.
    channels_first : bool
        Whether channels are planes.
    """

    orientation: int = UPRIGHT
    channels_first: bool = False

    def of(self, path: Path) -> PictureFile:
        """Open a file so, to be read when it is sliced; raises `FileError`."""
        data, rgb, metadata = decode(path, lazily=True, turned_as=self.orientation)
        if metadata.orientation != self.orientation:
            # What else the file holds is turned in another way.
            metadata = Metadata()
        if not self.channels_first:
            return PictureFile(path, data, rgb, metadata)
        axes = len(data.shape)
        order = [*range(axes - 3), axes - 1, axes - 3, axes - 2]
        by_planes = isinstance(data, np.ndarray)
        turned = data.transpose(order) if by_planes else Rearranged(data, order)
        return PictureFile(path, turned, rgb=False)


def how_shown(path: Path, data: Any) -> Shown | None:
    """Find how a layer shows the pixels of its file.

    Parameters
    ----------
    path : Path
        The file.
    data : array-like
        The layer's pixels. In memory they are compared with all of the file, else with samples.

    Returns
    -------
    Shown or None
        None if they are not those of the file.
    """
    try:
        turned = {UPRIGHT, orientation(path)}
        for tried in (Shown(tag, first) for first in (False, True) for tag in sorted(turned)):
            held = tried.of(path).data
            alike = tuple(held.shape) == tuple(data.shape) and held.dtype == data.dtype
            if alike and _equal(held, data):
                return tried
    except (FileError, ValueError):
        return None
    return None


def _equal(held: Any, data: Any) -> bool:
    everything = isinstance(data, np.ndarray) and not isinstance(data, np.memmap)
    for index in _all(data.shape) if everything else _samples(data.shape):
        one, other = np.asarray(held[index]), np.asarray(data[index])
        if not np.array_equal(one, other, equal_nan=one.dtype.kind == "f"):
            return False
    return True


def _all(shape: tuple[int, ...]) -> Iterator[tuple[Any, ...]]:
    # The first axes are small where the last one is channels; it makes no difference here.
    if len(shape) == 2:
        yield from ((rows,) for rows in bands(*shape))
        return
    for first in range(shape[0]) if len(shape) > 3 else bands(shape[0], int(np.prod(shape[1:]))):
        yield (first,)


def _samples(shape: tuple[int, ...]) -> Iterator[tuple[Any, ...]]:
    rng = np.random.default_rng(0)
    for _ in range(_SAMPLES):
        starts = [int(rng.integers(0, max(length - _SAMPLE_SIDE, 0) + 1)) for length in shape]
        yield tuple(slice(at, at + _SAMPLE_SIDE) for at in starts)


class FileHashes:
    """The SHA-256 of files, found once as long as size and time of a file stay the same."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int, int], str] = {}

    def steps(self, path: Path) -> Generator[Step, None, str]:
        """Find the hash of a file, or of a folder that is a picture; raises `FileError`."""
        try:
            state = path.stat()
        except OSError as error:
            raise FileError(f"{path} cannot be read ({error.strerror}).") from error
        key = (str(path), state.st_size, state.st_mtime_ns)
        # What changes in a folder does not show at the folder itself.
        if path.is_dir() or key not in self._known:
            steps = changed(
                hash_steps(path),
                lambda step: Step("checking", step.done, step.total, step.fraction),
            )
            self._known[key] = yield from steps
        return self._known[key]


def size_of(path: Path) -> int:
    """Return the bytes of a file, or of all files of a folder."""
    if path.is_dir():
        return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    return path.stat().st_size


def relative_to(path: Path, folder: Path) -> str:
    """Return a path as it is from a folder, with slashes; empty if there is no such way."""
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # another drive of Windows
        return ""


@dataclass(frozen=True)
class Found:
    """Where a picture is now.

    Attributes
    ----------
    path : Path
        The file.
    note : str
        What is not as it was when the project was saved; empty if all is.
    """

    path: Path
    note: str = ""


def find_steps(
    content: FileContent, beside: Path, hashes: FileHashes
) -> Generator[Step, None, Found | None]:
    """Find a picture by name and content.

    It is looked for where it was, seen from the project's folder and on that computer, then by its
    name and size beside the project and in the folders there.

    Parameters
    ----------
    content : FileContent
        What the project says of it.
    beside : Path
        The folder that the project lies in.
    hashes : FileHashes
        Hashes that are known.

    Returns
    -------
    Found or None
        None if there is no such file.
    """
    known = _known_places(content, beside)
    changed_one: Path | None = None
    places = known + [path for path in _search(content, beside) if path not in known]
    for number, path in enumerate(places):
        if _size(path) == content.size:
            start, end = number / len(places), (number + 1) / len(places)
            if (yield from part_of(hashes.steps(path), start, end)) == content.sha256:
                return Found(path, "" if path in known else f"{_name(content)} is now {path}.")
        if changed_one is None and (path in known or path.name == _name(content)):
            changed_one = path
    if changed_one is None:
        return None
    return Found(
        changed_one,
        f"{changed_one} has changed since the project was saved: what was restored may not fit it.",
    )


def _size(path: Path) -> int:
    try:
        return size_of(path)
    except OSError:
        return -1


def _known_places(content: FileContent, beside: Path) -> list[Path]:
    found: list[Path] = []
    for name in (content.relative, content.absolute):
        # Asking another computer tells it who asks.
        if name and not name.startswith(("//", "\\\\")) and "\0" not in name:
            path = Path(os.path.normpath(beside / name))
            if _is_there(path) and path not in found:
                found.append(path)
    return found


def _search(content: FileContent, beside: Path) -> Iterator[Path]:
    """Yield files that may be the picture: those of its name first, then those of its size."""
    name = _name(content).casefold()
    sized = []
    for path in _files_beside(beside):
        if path.name.casefold() == name:
            yield path
        elif path.suffix.casefold() == Path(name).suffix and _size(path) == content.size:
            sized.append(path)
    yield from sized


def _files_beside(folder: Path) -> Iterator[Path]:
    left = MOST_SEARCHED
    for place in (folder, *_folders(folder)):
        try:
            entries = sorted(place.iterdir())
        except OSError:
            continue
        for path in entries:
            left -= 1
            if left < 0:
                return
            if _is_there(path):
                yield path


def _folders(folder: Path) -> list[Path]:
    try:
        inside = sorted(folder.iterdir())
    except OSError:
        return []
    return [path for path in inside if path.is_dir() and not path.is_symlink()][:100]


def _is_there(path: Path) -> bool:
    try:
        return path.is_file() or (path.suffix == ".zarr" and path.is_dir())
    except (OSError, ValueError):
        return False


def _name(content: FileContent) -> str:
    path = content.absolute or content.relative
    # A project that was saved on Windows may be opened elsewhere.
    return (PureWindowsPath(path) if "\\" in path else PurePosixPath(path)).name
