"""What the labels of a mask mean, as its file says: in a PNG's text, a TIFF's description, zarr."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import tifffile

from napari_relic_inpaint.errors import FileError, InputError
from napari_relic_inpaint.files import png
from napari_relic_inpaint.files.reading import reading
from napari_relic_inpaint.marking.classes import FORM, DamageClass, from_json

KEYWORD = "Relic Inpaint classes"
"""Of the text in a PNG."""

ATTRIBUTE = FORM
"""Of a zarr group."""

_PNG = b"\x89PNG"
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def read_classes(path: Path) -> tuple[tuple[DamageClass, ...] | None, tuple[str, ...]]:
    """Read what the labels of a mask mean, without its pixels.

    Returns
    -------
    classes : tuple of DamageClass or None
        None where the file does not say; without a class where what it says cannot be read.
    notes : tuple of str
        A sentence for the user in the latter case.
    """
    try:
        with reading(path):
            text = _text(path)
    except FileError:
        # What is wrong with the file is told where its pixels are read.
        return None, ()
    if text is None:
        return None, ()
    try:
        return from_json(text, path.name), ()
    except InputError as error:
        return (), (f"What the labels mean was left out: {error}.",)


def _text(path: Path) -> str | None:
    if path.is_dir():
        return _of_zarr(path)
    with path.open("rb") as stream:
        start = stream.read(4)
    if start == _PNG:
        return png.texts(path).get(KEYWORD)
    if start in _TIFF:
        with tifffile.TiffFile(path) as tif:
            description = tif.pages.first.description
        return description if description.lstrip().startswith(f'{{"{FORM}"') else None
    return None


def _of_zarr(path: Path) -> str | None:
    # Attributes lie beside a group as JSON, so that zarr need not be imported for it.
    attributes: Any = None
    for name in (".zattrs", "zarr.json"):
        file = path / name
        if file.is_file():
            try:
                attributes = json.loads(file.read_text(encoding="utf-8"))
            except ValueError:
                return None
            break
    if isinstance(attributes, dict):
        attributes = attributes.get("attributes", attributes)
    if not isinstance(attributes, dict) or ATTRIBUTE not in attributes:
        return None
    return json.dumps(attributes[ATTRIBUTE])
