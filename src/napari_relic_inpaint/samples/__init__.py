"""Sample pictures that ship with the package: damaged, with their damage mask, and intact.

Where they come from and under which terms stands in ``NOTICE.md`` beside this file;
``docs/make_samples.py`` makes them. A picture equals its reference bit for bit outside the damage.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import imagecodecs
import numpy as np

from napari_relic_inpaint.errors import InputError

__all__ = [
    "CLASSES",
    "Sample",
    "SamplePaths",
    "coins",
    "fresco",
    "load",
    "manuscript",
    "names",
    "path",
]

LayerData = tuple[np.ndarray, dict[str, Any], str]

CLASSES: Mapping[int, str] = MappingProxyType({1: "lacuna", 2: "crack", 3: "flaking"})
"""What the labels of every sample's damage mean; 0 is intact."""

_CATALOGUE = {
    "fresco": ("Fresco", "Generated wall painting (docs/make_samples.py), MIT licence"),
    "coins": (
        "Coins",
        "Greek coins from Pompeii, Brooklyn Museum, no known copyright restrictions, "
        "by way of scikit-image; damage generated",
    ),
    "manuscript": (
        "Manuscript",
        "Generated parchment page of 16 bits (docs/make_samples.py), MIT licence",
    ),
}


@dataclass(frozen=True, eq=False)
class Sample:
    """A damaged picture with its mask and the intact picture.

    Attributes
    ----------
    name : str
        Key in `names`.
    title : str
        Name for people and for layers.
    picture : numpy.ndarray
        Damaged picture, uint8 or uint16, (H, W, 3) or (H, W) if grey.
    damage : numpy.ndarray
        Class of damage per pixel, int32 (H, W), 0 where intact; see `CLASSES`.
    reference : numpy.ndarray
        Intact picture, as `picture`.
    rgb : bool
        Whether the last axis is colour.
    origin : str
        Source and terms in one line.
    """

    name: str
    title: str
    picture: np.ndarray
    damage: np.ndarray
    reference: np.ndarray
    rgb: bool
    origin: str


class SamplePaths(NamedTuple):
    """Files of a sample, all PNG."""

    picture: Path
    damage: Path
    reference: Path


def names() -> tuple[str, ...]:
    """Name every sample.

    Returns
    -------
    tuple of str
        Keys for `load` and `path`.
    """
    return tuple(_CATALOGUE)


def path(name: str) -> SamplePaths:
    """Find the files of a sample.

    Parameters
    ----------
    name : str
        One of `names`.

    Returns
    -------
    SamplePaths
        Picture, damage mask and reference.

    Raises
    ------
    InputError
        If there is no such sample.
    """
    if name not in _CATALOGUE:
        raise InputError(f"there is no sample {name!r}: choose one of {', '.join(_CATALOGUE)}")
    folder = Path(str(files(__name__)))
    return SamplePaths(
        folder / f"{name}.png", folder / f"{name}_damage.png", folder / f"{name}_reference.png"
    )


def load(name: str) -> Sample:
    """Read a sample.

    Parameters
    ----------
    name : str
        One of `names`.

    Returns
    -------
    Sample
        Fresh, writable arrays.

    Raises
    ------
    InputError
        If there is no such sample.
    """
    picture, damage, reference = (imagecodecs.png_decode(p.read_bytes()) for p in path(name))
    title, origin = _CATALOGUE[name]
    return Sample(
        name=name,
        title=title,
        picture=picture,
        damage=damage.astype(np.int32),
        reference=reference,
        rgb=picture.ndim == 3,
        origin=origin,
    )


def fresco() -> list[LayerData]:
    """Open the generated wall painting in napari (8-bit RGB)."""
    return _layers("fresco")


def coins() -> list[LayerData]:
    """Open the photograph of Greek coins in napari (8-bit grey)."""
    return _layers("coins")


def manuscript() -> list[LayerData]:
    """Open the generated parchment page in napari (16-bit RGB)."""
    return _layers("manuscript")


def _layers(name: str) -> list[LayerData]:
    sample = load(name)
    about = {"origin": sample.origin}
    # The range of the type: napari would take that of each 16-bit picture, and show the damaged and
    # the intact one differently where they are the same.
    limits = (0, int(np.iinfo(sample.picture.dtype).max))
    shared = {"rgb": sample.rgb, "contrast_limits": limits, "metadata": about}
    hidden = {"name": f"{sample.title} reference", "visible": False}
    classes = {"index": [0, *CLASSES], "class": ["intact", *CLASSES.values()]}
    damage = {"name": f"{sample.title} damage", "opacity": 0.6, "features": classes}
    return [
        (sample.reference, {**shared, **hidden}, "image"),
        (sample.picture, {**shared, "name": sample.title}, "image"),
        (sample.damage, {**damage, "metadata": about}, "labels"),
    ]
