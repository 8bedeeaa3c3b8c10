"""Files of classes of damage that a team shares."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from napari_relic_inpaint.errors import FileError, InputError
from napari_relic_inpaint.files.atomic import replacing
from napari_relic_inpaint.files.reading import reading
from napari_relic_inpaint.files.targets import check_target
from napari_relic_inpaint.marking.classes import DamageClass, checked, from_json, to_json

SUFFIX = ".json"

_LARGEST = 1 << 20


def read_preset(path: str | os.PathLike[str]) -> tuple[DamageClass, ...]:
    """Read classes of damage from a JSON file.

    Parameters
    ----------
    path : path-like
        What `write_preset` wrote, or what somebody wrote like it.

    Returns
    -------
    tuple of DamageClass
        In the order of their labels.

    Raises
    ------
    FileError
        If the file cannot be read.
    InputError
        If it holds something else, or a value cannot be.
    """
    path = Path(path)
    with reading(path):
        if path.is_dir() or path.stat().st_size > _LARGEST:
            raise FileError(f"{path} is no file of classes: choose a .json file.")
        content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{path} is no text in UTF-8: choose a file of classes") from None
    return from_json(text, str(path))


def write_preset(
    path: str | os.PathLike[str], classes: Iterable[DamageClass], *, overwrite: bool = False
) -> None:
    """Write classes of damage as a JSON file.

    Parameters
    ----------
    path : path-like
        Where; the name ends in .json.
    classes : iterable of DamageClass
        At least one.
    overwrite : bool
        Whether an existing file may be replaced.

    Raises
    ------
    FileError
        If the file cannot be written.
    InputError
        If the name ends otherwise, there is no class, or two are the same.
    """
    path, known = Path(path), checked(classes)
    # So no mistyped name can ever replace a picture.
    if path.suffix.lower() != SUFFIX:
        raise InputError(f"{path} does not end in {SUFFIX}: choose a name that does")
    if not known:
        raise InputError(f"there is no class to write into {path}: add one")
    check_target(path, overwrite)
    content = (to_json(known, indent=2) + "\n").encode()
    with replacing(path, overwrite, len(content)) as stream:
        stream.write(content)
