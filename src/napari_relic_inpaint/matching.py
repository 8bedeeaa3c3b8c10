"""Which files belong together by their names: a picture, its reference and its damage mask."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from napari_relic_inpaint.errors import FileError, InputError
from napari_relic_inpaint.formats import SUFFIXES


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


def by_stem(folder: Path) -> dict[str, Path]:
    """Return the pictures in a folder by their names without suffix.

    Raises
    ------
    InputError
        If two differ only in their suffix.
    """
    found: dict[str, Path] = {}
    for path in pictures_in(folder):
        if path.stem in found:
            raise InputError(
                f"{found[path.stem].name} and {path.name} in {folder} have the same name: keep one "
                "of them there"
            )
        found[path.stem] = path
    return found


def match(stem: str, names: Mapping[str, Path]) -> Path | None:
    """Return the file whose name is ``stem``, or else is the longest that ``stem`` begins with.

    What follows that name in ``stem`` begins with anything but a letter or digit:
    ``wall_12_restored`` belongs to ``wall_12``, not to ``wall_1``.
    """
    if stem in names:
        return names[stem]
    begins = [name for name in names if stem.startswith(name) and not stem[len(name)].isalnum()]
    return names[max(begins, key=len)] if begins else None


def masks_in(folder: Path, pictures: Mapping[str, Path]) -> Mapping[Path, Sequence[Path]]:
    """Return the masks in a folder that fit each picture: those of exactly its name, or all others.

    Parameters
    ----------
    folder : Path
        Where the masks are.
    pictures : dict of str to Path
        The pictures by their names without suffix.
    """
    fitting: defaultdict[Path, list[Path]] = defaultdict(list)
    masks = pictures_in(folder)
    for path in masks:
        if path.stem in pictures:
            fitting[pictures[path.stem]].append(path)
    exact = set(fitting)
    for path in masks:
        picture = match(path.stem, pictures)
        if picture is not None and picture not in exact:
            fitting[picture].append(path)
    return fitting
