"""Pictures in a project by the names and hashes of their files, and which files are copied."""

from __future__ import annotations

import re
from collections.abc import Generator
from enum import Enum
from pathlib import Path

import numpy as np

from napari_relic_inpaint.project import unpacking
from napari_relic_inpaint.project.bench import BenchLayer
from napari_relic_inpaint.project.description import DATA, FileContent, Stored
from napari_relic_inpaint.project.pictures import FileHashes, how_shown, relative_to, size_of
from napari_relic_inpaint.project.places import is_inside
from napari_relic_inpaint.project.stores import Store
from napari_relic_inpaint.steps import Step, part_of


class Copies(Enum):
    """Which files of pictures are copied into a project."""

    ALL = "all"
    NEEDED = "those that lie in other projects"
    NONE = "none that will be there tomorrow"


def reference_steps(
    layer: BenchLayer, file: Path, stem: str, store: Store, hashes: FileHashes, copies: Copies
) -> Generator[Step, None, FileContent | None]:
    """Refer to the file of a picture, yielding a `Step` after each piece.

    Parameters
    ----------
    layer : BenchLayer
        The picture.
    file : Path
        Its file.
    stem : str
        Part of the name of a copy.
    store : Store
        Where a copy goes.
    hashes : FileHashes
        Of files of which they are known.
    copies : Copies
        Which files are copied, and not only named.

    Returns
    -------
    FileContent or None
        None if the file holds something else.
    """
    data = layer.data[0]
    shown = how_shown(file, data)
    if shown is None:
        return None
    absolute = file.absolute()
    digest = yield from part_of(hashes.steps(absolute), 0.0, 0.5)
    copied, size = None, size_of(absolute)
    if store.holds(absolute):
        copied = Stored(file=f"{DATA}/{absolute.name}", sha256=digest, size=size)
    elif absolute.is_file() and _has_to_copy(absolute, copies):
        suffix = re.sub(r"[^a-z0-9.]", "", absolute.suffix.lower()) or ".file"
        copying = store.copy(absolute, f"picture-{stem}", suffix)
        copied = yield from part_of(copying, 0.5, 1.0)
    relative, place = relative_to(absolute, store.folder), str(absolute)
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


def _has_to_copy(file: Path, copies: Copies) -> bool:
    # The file is gone when this process ends.
    if copies is Copies.ALL or unpacking.is_unpacked(file):
        return True
    return copies is Copies.NEEDED and is_inside(file)


def _text(path: str) -> str:
    return path.encode("utf-8", "replace").decode("utf-8")
