"""Pairs of an intact and a damaged crop, cut from pictures that nobody trains on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.errors import RelicInpaintError
from napari_relic_inpaint.files import read_picture, write_json
from napari_relic_inpaint.marking.damage import KINDS, Kind, synthetic_damage
from napari_relic_inpaint.picture.picture import Picture, ValueRange
from training.errors import TrainingError, sentence
from training.pictures import opaque, opaque_corners

DETAIL = 256
"""Side in pixels of the details that methods are scored on."""


@dataclass(frozen=True)
class Pair:
    """One line of a manifest: which crop, which damage.

    Attributes
    ----------
    file : str
        The picture.
    top, left, size : int
        The crop, in pixels.
    kind : str
        Kind of damage.
    seed : int
        Seed of the damage.
    """

    file: str
    top: int
    left: int
    size: int
    kind: Kind
    seed: int

    def truth(self) -> NDArray[np.float32]:
        """Read the intact crop, ``(size, size, 3)``, RGB in [0, 1]."""
        file = read_picture(self.file)
        picture = Picture(file.data, rgb=file.rgb)
        area = (
            slice(self.top, self.top + self.size),
            slice(self.left, self.left + self.size),
        )
        plane = picture.planes[0]
        whole = picture.colour(picture.raw(plane, (slice(None), slice(None))))
        scale = ValueRange.of(picture.dtype, float(whole.min()), float(whole.max()))
        return picture.read(plane, area, np.zeros((self.size, self.size), bool), scale)

    def hole(self) -> NDArray[np.bool_]:
        """Draw the damage, ``(size, size)``, True = hole."""
        return synthetic_damage((self.size, self.size), self.kind, np.random.default_rng(self.seed))


def cut_pairs(
    files: Sequence[Path], per_kind: int, *, size: int = DETAIL, seed: int = 0
) -> list[Pair]:
    """Choose pairs: every picture is used about equally often, for every kind of damage.

    Pictures smaller than ``size`` pixels are left out, and what is transparent is.
    """
    sources = {path: _Source.of(path, size) for path in files}
    usable = [path for path, source in sources.items() if not source.problem]
    if not usable:
        raise TrainingError(
            f"none of the {len(files)} pictures can be cut into details of {size} px: "
            f"{next(iter(sources.values())).problem}"
        )
    pairs = []
    for kind in KINDS:
        rng = np.random.default_rng((seed, crc32(kind.encode())))
        order = [int(rng.integers(2**31)) for _ in range(per_kind)]
        start = int(rng.integers(len(usable)))
        for i, damage_seed in enumerate(order):
            path = usable[(start + i) % len(usable)]
            top, left = sources[path].place(rng, size)
            pairs.append(Pair(str(path), top, left, size, kind, damage_seed))
    return pairs


def write_manifest(path: Path, pairs: Sequence[Pair]) -> None:
    """Write pairs as JSON."""
    write_json(path, {"pairs": [asdict(pair) for pair in pairs]}, overwrite=True)


def read_manifest(path: Path) -> list[Pair]:
    """Read pairs that `write_manifest` wrote."""
    try:
        content = json.loads(path.read_bytes())
        return [Pair(**entry) for entry in content["pairs"]]
    except OSError as error:
        raise TrainingError(f"the pairs cannot be read: {sentence(error)}") from None
    except (ValueError, KeyError, TypeError) as error:
        raise TrainingError(f"{path} is not a manifest of pairs: {error}") from None


@dataclass(frozen=True)
class _Source:
    """A picture that details are cut from, or why they cannot be."""

    shape: tuple[int, int] = (0, 0)
    corners: NDArray[np.intp] | None = None
    """Where a detail can begin, if not everywhere."""
    problem: str = ""

    @classmethod
    def of(cls, path: Path, size: int) -> _Source:
        try:
            file = read_picture(path)
            shape = Picture(file.data, rgb=file.rgb).shape
        except RelicInpaintError as error:
            return cls(problem=str(error))
        if min(shape) < size:
            return cls(problem=f"{path} is only {shape[1]} x {shape[0]} px")
        solid = opaque(file)
        if solid is None:
            return cls(shape)
        plane = solid[(0,) * (solid.ndim - 2)]
        if plane.all():
            return cls(shape)
        corners = opaque_corners(plane, size)
        if not len(corners):
            return cls(problem=f"{path} has no opaque square of {size} px")
        return cls(shape, corners)

    def place(self, rng: np.random.Generator, size: int) -> tuple[int, int]:
        """Choose the first row and column of a detail."""
        if self.corners is not None:
            top, left = self.corners[rng.integers(len(self.corners))]
            return int(top), int(left)
        top, left = (int(rng.integers(length - size + 1)) for length in self.shape)
        return top, left
