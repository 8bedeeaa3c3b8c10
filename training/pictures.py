"""Find training pictures and masks, and cut crops out of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import takewhile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.errors import RelicInpaintError
from napari_relic_inpaint.files import PictureFile, read_mask, read_picture
from napari_relic_inpaint.files.formats import SUFFIXES
from napari_relic_inpaint.opencv import cv2
from napari_relic_inpaint.picture.picture import Picture, ValueRange
from training.errors import TrainingError

SMALLEST = 32
"""Pictures with a shorter side, in pixels, hold too little to learn from."""

ALPHA_OF_TIFF = (1, 2)
"""What TIFF calls the extra channels that are opacity; others are infrared and the like."""

OPAQUE = 0.995
"""Opacity from which on a pixel counts as part of the picture, of 1."""


def find_pictures(patterns: Sequence[str]) -> list[Path]:
    """Return the pictures in folders (with all below) and globs, sorted, each once.

    Raises
    ------
    TrainingError
        If a pattern finds nothing.
    """
    found: set[Path] = set()
    for pattern in patterns:
        if not pattern.strip():
            raise TrainingError(
                "a name of pictures is empty: give a folder, a file, or a quoted glob"
            )
        folder = Path(pattern)
        try:
            paths = folder.rglob("*") if folder.is_dir() else _matching(folder)
            pictures = {path for path in paths if path.suffix.lower() in SUFFIXES}
        except ValueError as error:
            raise TrainingError(f"{pattern} is not a pattern of file names: {error}") from None
        if not pictures:
            raise TrainingError(
                f"{pattern} holds no picture: give a folder or a quoted glob of PNG, JPEG, TIFF or "
                "another format that the plugin reads"
            )
        found |= pictures
    return sorted(found)


def _matching(pattern: Path) -> Iterator[Path]:
    """Expand a glob; the folder it is in is the part before the first wildcard."""
    fixed = list(takewhile(lambda part: not set(part) & set("*?["), pattern.parts))
    rest = pattern.parts[len(fixed) :]
    base = Path(*fixed)
    return base.glob(str(Path(*rest))) if rest else iter([base] if base.is_file() else [])


class Pictures:
    """Pictures on disk; those that cannot be used are skipped and remembered.

    Parameters
    ----------
    files : sequence of Path
        The pictures.

    Attributes
    ----------
    skipped : dict of str
        Why each unusable file was skipped, by its path.
    """

    def __init__(self, files: Sequence[Path]) -> None:
        self.files = list(files)
        self.skipped: dict[str, str] = {}
        self._shortest: dict[Path, int] = {}

    def crop(
        self, rng: np.random.Generator, size: int, scale: tuple[float, float]
    ) -> NDArray[np.float32]:
        """Cut a random square out of a random picture.

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of all randomness.
        size : int
            Side of the crop in pixels.
        scale : (float, float)
            Range of the enlargement. A picture that would have to be enlarged beyond it hands its
            place to the next one: it would teach blur.

        Returns
        -------
        (size, size, 3) array of float32
            RGB in [0, 1], of opaque pixels alone.
        """
        start = int(rng.integers(len(self.files)))
        factor = float(np.exp(rng.uniform(*np.log(scale))))
        needed = shortest_side(size, scale[1])
        # One unusable file hands its place to the next, whichever worker meets it.
        for path in self.files[start:] + self.files[:start]:
            if str(path) in self.skipped or self._shortest.get(path, needed) < needed:
                continue
            try:
                file = read_picture(path)
                shortest = self._shortest[path] = min(file.size)
                if shortest < SMALLEST:
                    raise TrainingError(f"{path} is only {shortest} px wide, {SMALLEST} are needed")
                if shortest >= needed:
                    return _cut(file, rng, size, min(round(size / factor), shortest), needed)
            except (RelicInpaintError, MemoryError) as error:
                self.skipped[str(path)] = str(error) or f"{path} does not fit in memory"
        reasons = f"; the last: {next(reversed(self.skipped.values()))}" if self.skipped else ""
        raise TrainingError(
            f"none of the {len(self.files)} pictures can be used for crops of {size} px, which "
            f"need {needed} px on each side{reasons}"
        )


def shortest_side(size: int, enlargement: float) -> int:
    """Return the shortest side of a picture that crops of a size can be cut from."""
    return math.ceil(size / enlargement)


class MaskFolder:
    """Damage masks on disk, as an alternative to synthetic damage.

    Parameters
    ----------
    files : sequence of Path
        Masks, nonzero = damaged.
    """

    def __init__(self, files: Sequence[Path]) -> None:
        self.files = list(files)

    def crop(self, rng: np.random.Generator, size: int) -> NDArray[np.bool_]:
        """Cut a random square with some damage and some intact pixels out of a random mask.

        A mask smaller than the square is continued by reflection.
        """
        path = self.files[int(rng.integers(len(self.files)))]
        mask = read_mask(path)
        mask = mask if mask.ndim == 2 else mask[int(rng.integers(len(mask)))]
        pad = [(0, max(0, size - length)) for length in mask.shape]
        mask = np.pad(mask, pad, mode="symmetric")
        # A square around a random damaged pixel: most squares of a mask may be intact.
        damaged = np.argwhere(mask)
        if len(damaged) == 0:
            raise TrainingError(f"the mask {path} marks no damage: remove it from the folder")
        centre = damaged[rng.integers(len(damaged))]
        top, left = (
            int(np.clip(c - rng.integers(size), 0, length - size))
            for c, length in zip(centre, mask.shape, strict=True)
        )
        hole = np.array(mask[top : top + size, left : left + size])
        if hole.all():
            hole[size // 2, size // 2] = False
        return hole


def opaque(file: PictureFile) -> NDArray[np.bool_] | None:
    """Return where a picture is no hole itself, ``(..., H, W)``; None if it has no opacity."""
    tiff = file.metadata.tiff
    extra = file.metadata.alpha_channels
    if not (file.rgb and extra) or (tiff and tiff.extrasamples[0] not in ALPHA_OF_TIFF):
        return None
    alpha = file.data[..., file.data.shape[-1] - extra]
    whole = np.iinfo(alpha.dtype).max if alpha.dtype.kind in "iu" else 1.0
    return np.asarray(alpha >= OPAQUE * whole)


def opaque_corners(solid: NDArray[np.bool_], side: int) -> NDArray[np.intp]:
    """Return the first row and column of every square of opaque pixels, ``(N, 2)``."""
    sums = cv2.integral(solid.astype(np.uint8))
    inside = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    return np.argwhere(inside == side * side)


def _cut(
    file: PictureFile, rng: np.random.Generator, size: int, side: int, smallest: int
) -> NDArray[np.float32]:
    picture = Picture(file.data, rgb=file.rgb)
    plane = picture.planes[int(rng.integers(len(picture.planes)))]
    solid = opaque(file)
    if solid is None or solid[plane].all():
        top, left = (int(rng.integers(length - side + 1)) for length in picture.shape)
    else:
        corners = opaque_corners(solid[plane], side)
        if not len(corners):
            side = smallest
            corners = opaque_corners(solid[plane], side)
        if not len(corners):
            raise TrainingError(f"{file.path} is transparent: it has no opaque square of {side} px")
        top, left = (int(place) for place in corners[rng.integers(len(corners))])
    area = slice(top, top + side), slice(left, left + side)
    nothing = np.zeros((side, side), bool)
    crop = picture.read(plane, area, nothing, value_range(picture, plane))
    if side != size:
        method = cv2.INTER_AREA if side > size else cv2.INTER_LINEAR
        crop = cv2.resize(crop, (size, size), interpolation=method)
    return np.clip(crop, 0, 1)


def value_range(picture: Picture, plane: tuple[int, ...]) -> ValueRange:
    """Range of the whole plane, so that a dark corner stays dark."""
    if picture.dtype == np.uint8:
        return ValueRange.of(picture.dtype, 0, 255)
    values = picture.colour(picture.raw(plane, (slice(None), slice(None))))
    if not np.isfinite(values).all():
        raise TrainingError("it holds NaN or infinite values")
    return ValueRange.of(picture.dtype, float(values.min()), float(values.max()))
