"""Which files belong together by their names: a picture, its reference and its damage mask."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from napari_relic_inpaint.errors import FileError
from napari_relic_inpaint.files.formats import SUFFIXES

Names = Mapping[str, Sequence[Path]]
"""Files by what `key` gives for them: several where their names do not tell them apart."""


def pictures_in(folder: Path) -> list[Path]:
    """Return the pictures in a folder, by their suffix, sorted; hidden ones are left out.

    Raises
    ------
    FileError
        If the folder cannot be read.
    """
    try:
        return sorted(
            path
            for path in folder.iterdir()
            if path.suffix.lower() in SUFFIXES and not path.name.startswith(".")
        )
    except OSError as error:
        raise FileError(f"{folder} cannot be read ({error.strerror}).") from error


def key(path: Path) -> str:
    """Return what is compared of a name: without suffix, and without regard to case.

    Nor to the two ways in which systems write accents.
    """
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path.stem).casefold())


def by_key(paths: Iterable[Path]) -> Names:
    """Return files by their names, as they are compared."""
    names: defaultdict[str, list[Path]] = defaultdict(list)
    for path in paths:
        names[key(path)].append(path)
    return names


def match(path: Path, names: Names) -> Sequence[Path]:
    """Return the files whose name a file has, or else the longest that its own begins with.

    What follows in its name begins with anything but a letter or digit: ``wall_12_restored``
    belongs to ``wall_12``, not to ``wall_1``. More than one cannot be told apart.
    """
    stem = key(path)
    if stem in names:
        return names[stem]
    for end in range(len(stem) - 1, 0, -1):
        if not stem[end].isalnum() and stem[:end] in names:
            return names[stem[:end]]
    return ()


def masks_in(folder: Path, pictures: Names) -> Mapping[Path, Sequence[Path]]:
    """Return the masks in a folder that fit each picture: those of exactly its name, or all others.

    Parameters
    ----------
    folder : Path
        Where the masks are.
    pictures : mapping of str to sequence of Path
        The pictures by their names, from `by_key`.
    """
    masks = pictures_in(folder)
    exact = {picture for mask in masks for picture in pictures.get(key(mask), ())}
    fitting: defaultdict[Path, list[Path]] = defaultdict(list)
    for mask in masks:
        for picture in match(mask, pictures):
            if picture not in exact or key(mask) == key(picture):
                fitting[picture].append(mask)
    return fitting
