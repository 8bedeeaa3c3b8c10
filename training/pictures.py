"""Find training pictures, and cut float RGB crops out of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.errors import RelicInpaintError
from napari_relic_inpaint.files import PictureFile, read_mask, read_picture
from napari_relic_inpaint.opencv import cv2
from napari_relic_inpaint.picture import Picture, ValueRange
from training.errors import TrainingError

SUFFIXES = {".png", ".jpg", ".jpeg", ".tif", ".tiff"}

SMALLEST = 32
"""Pictures with a shorter side, in pixels, hold too little to learn from."""


def find_pictures(patterns: Sequence[str]) -> list[Path]:
    """Return the pictures in folders (with all below) and globs, sorted, each once.

    Raises
    ------
    TrainingError
        If a pattern finds nothing.
    """
    found: set[Path] = set()
    for pattern in patterns:
        folder = Path(pattern)
        paths = folder.rglob("*") if folder.is_dir() else _matching(folder)
        pictures = {path for path in paths if path.suffix.lower() in SUFFIXES}
        if not pictures:
            raise TrainingError(
                f"{pattern} holds no picture: give a folder or a quoted glob of PNG, JPEG or TIFF"
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
            Range of the enlargement; a picture that is too small for it is enlarged until it fits.

        Returns
        -------
        (size, size, 3) array of float32
            RGB in [0, 1].
        """
        start = int(rng.integers(len(self.files)))
        factor = float(np.exp(rng.uniform(*np.log(scale))))
        # One unusable file hands its place to the next, whichever worker meets it.
        for path in self.files[start:] + self.files[:start]:
            if str(path) in self.skipped:
                continue
            try:
                return _cut(read_picture(path), rng, size, factor)
            except (RelicInpaintError, MemoryError) as error:
                self.skipped[str(path)] = str(error) or "it does not fit in memory"
        raise TrainingError(
            f"none of the {len(self.files)} pictures can be used; the last: "
            f"{next(reversed(self.skipped.values()))}"
        )


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


def _cut(
    file: PictureFile, rng: np.random.Generator, size: int, factor: float
) -> NDArray[np.float32]:
    picture = Picture(file.data, rgb=file.rgb)
    shortest = min(picture.shape)
    if shortest < SMALLEST:
        raise TrainingError(f"{file.path} is only {shortest} px wide, {SMALLEST} are needed")
    plane = picture.planes[int(rng.integers(len(picture.planes)))]
    side = min(round(size / factor), shortest)
    top, left = (int(rng.integers(length - side + 1)) for length in picture.shape)
    area = slice(top, top + side), slice(left, left + side)
    nothing = np.zeros((side, side), bool)
    crop = picture.read(plane, area, nothing, _value_range(picture, plane))
    if side != size:
        method = cv2.INTER_AREA if side > size else cv2.INTER_LINEAR
        crop = cv2.resize(crop, (size, size), interpolation=method)
    return np.clip(crop, 0, 1)


def _value_range(picture: Picture, plane: tuple[int, ...]) -> ValueRange:
    """Range of the whole plane, so that a dark corner stays dark."""
    if picture.dtype == np.uint8:
        return ValueRange.of(picture.dtype, 0, 255)
    values = picture.colour(picture.raw(plane, (slice(None), slice(None))))
    if not np.isfinite(values).all():
        raise TrainingError("it holds NaN or infinite values")
    return ValueRange.of(picture.dtype, float(values.min()), float(values.max()))
