"""A project in a .zip, unpacked where nobody else looks: its own files, and nothing else."""

from __future__ import annotations

import atexit
import re
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Generator
from pathlib import Path
from typing import BinaryIO

from napari_relic_inpaint.errors import FileError
from napari_relic_inpaint.files.leftovers import PART, new_name, remove, sweep
from napari_relic_inpaint.files.targets import check_regular, real
from napari_relic_inpaint.project.description import DATA, DATA_NAME
from napari_relic_inpaint.project.places import BEFORE, DESCRIPTION
from napari_relic_inpaint.project.strict_json import LARGEST_BYTES, parse_json
from napari_relic_inpaint.steps import Step

MOST_ENTRIES = 100_000
MOST_GROWTH = 200
"""How many times its size a .zip may unpack to, beyond `FREE_BYTES`; ours hardly grow at all."""

FREE_BYTES = 256 * 2**20
LEFT_FREE_BYTES = 256 * 2**20
"""Room on the disk that is left to others."""

_PIECE = 2**20
_OURS = re.compile(rf"({re.escape(DESCRIPTION)}|{re.escape(BEFORE)}|{DATA_NAME[1:-1]})")
_MADE_BY_SYSTEMS = re.compile(r"(.*/)?(__MACOSX/.*|\.DS_Store|Thumbs\.db|desktop\.ini)")
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1

_unpacked: set[Path] = set()


def is_unpacked(path: Path) -> bool:
    """Tell whether a file was unpacked here, and will be gone when the process ends."""
    return any(real(path).is_relative_to(folder) for folder in _unpacked)


def unpack_steps(path: Path) -> Generator[Step, None, Path]:
    """Unpack a project into a folder that lasts as long as the process.

    Yields
    ------
    Step
        After each piece.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    FileError
        If it is no project, damaged, or holds what no project does; then nothing is left.
    """
    folder = real(Path(tempfile.gettempdir())) / (new_name() + PART)
    sweep(folder.parent)
    with _opened(path) as archive:
        members = _members(path, archive)
        total = sum(member.file_size for member in members.values())
        _check_room(path, total, folder.parent)
        try:
            (folder / DATA).mkdir(parents=True, mode=0o700)
            done = 0
            for name, member in members.items():
                with (folder / name).open("xb") as target:
                    for size in _copy(path, archive, member, target):
                        done += size
                        yield Step("unpacking", done, total, done / max(total, 1))
        except BaseException:
            remove(folder)
            raise
    _unpacked.add(folder)
    atexit.register(remove, folder)
    return folder


def version_of(path: Path) -> str | None:
    """Return the `Description.version` of a project in a .zip; None if it cannot be told."""
    try:
        with _opened(path) as archive:
            member = _members(path, archive)[DESCRIPTION]
            with archive.open(member) as stream:
                content = parse_json(stream.read(LARGEST_BYTES), str(path))
        version = content.get("version")
    except (FileError, KeyError, AttributeError, zipfile.BadZipFile, OSError, ValueError):
        return None
    return version if isinstance(version, str) else None


def _opened(path: Path) -> zipfile.ZipFile:
    check_regular(path)
    try:
        return zipfile.ZipFile(path)
    except FileNotFoundError as error:
        raise FileError(f"{path} does not exist: check the name and the folder.") from error
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OverflowError) as error:
        raise FileError(f"{path} is no .zip that can be read ({error}).") from error
    except OSError as error:
        raise FileError(f"{path} cannot be read ({error.strerror or error}).") from error


def _members(path: Path, archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Return what belongs to the project, by its name there."""
    entries = archive.infolist()
    if len(entries) > MOST_ENTRIES:
        raise FileError(f"{path} is refused: it has {len(entries)} entries, as no project has.")
    seen: set[str] = set()
    for entry in entries:
        _check(path, entry)
        if entry.filename.casefold() in seen:
            raise _refused(path, entry, "is there twice")
        seen.add(entry.filename.casefold())
    files = [each for each in entries if not each.is_dir()]
    top = _top([each.filename for each in files])
    members = {}
    for entry in files:
        name = entry.filename.removeprefix(top)
        if _OURS.fullmatch(name):
            if name in (DESCRIPTION, BEFORE) and entry.file_size > LARGEST_BYTES:
                raise _refused(path, entry, f"unpacks to {entry.file_size / 1e6:.0f} MB")
            members[name] = entry
    if not {DESCRIPTION, BEFORE} & members.keys():
        raise FileError(f"{path} is no project: it holds no {DESCRIPTION}.")
    return members


def _check(path: Path, entry: zipfile.ZipInfo) -> None:
    name = entry.filename
    if name.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", name):
        raise _refused(path, entry, "leads to a place of its own on the disk")
    # zipfile itself makes slashes of backslashes on Windows only.
    if ".." in re.split(r"[/\\]", name) or "\0" in entry.orig_filename:
        raise _refused(path, entry, "leads outside of the project")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise _refused(path, entry, "is a link or device")
    if entry.flag_bits & _ENCRYPTED:
        raise _refused(path, entry, "is encrypted")
    if entry.compress_type not in _METHODS:
        raise _refused(path, entry, "is compressed in an unusual way")


def _refused(path: Path, entry: zipfile.ZipInfo, why: str) -> FileError:
    return FileError(f"{path} is refused: {entry.filename[:200]!r} in it {why}, as in no project.")


def _top(names: list[str]) -> str:
    """Return the folder that everything lies in, where somebody has packed a project by hand."""
    for name in names:
        if name.endswith(f"/{DESCRIPTION}") and name.count("/") == 1:
            top = name.removesuffix(DESCRIPTION)
            if all(each.startswith(top) or _MADE_BY_SYSTEMS.fullmatch(each) for each in names):
                return top
    return ""


def _check_room(path: Path, total: int, folder: Path) -> None:
    size = path.stat().st_size
    if total > MOST_GROWTH * size + FREE_BYTES:
        raise FileError(
            f"{path} is refused: it has {size / 1e6:.1f} MB and says that it unpacks to "
            f"{total / 1e6:.0f} MB, as no project does."
        )
    free = shutil.disk_usage(folder).free - LEFT_FREE_BYTES
    if total > free:
        raise FileError(
            f"{path} unpacks to {total / 1e6:.0f} MB, and {folder} has only "
            f"{max(free, 0) / 1e6:.0f} MB to spare: free some, or unpack it elsewhere and open the "
            "folder."
        )


def _copy(
    path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: BinaryIO
) -> Generator[int, None, None]:
    """Unpack a file, not further than it says; a damaged one is unpacked as far as it goes."""
    left = member.file_size
    try:
        with archive.open(member) as source:
            while left and (piece := source.read(min(_PIECE, left))):
                target.write(piece)
                left -= len(piece)
                yield len(piece)
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError):
        # Its size or its hash will tell, and the others may be whole.
        return
    except OSError as error:
        raise FileError(f"{path} could not be unpacked ({error.strerror or error}).") from error
