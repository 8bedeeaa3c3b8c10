"""What there is to know of a file before hours of training on it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import cv2
import imagehash
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import BaseModel, ConfigDict

from napari_relic_inpaint.edges import grey
from napari_relic_inpaint.errors import RelicInpaintError, Stopped
from napari_relic_inpaint.files import PictureFile, file_sha256, read_mask, read_picture
from napari_relic_inpaint.picture.picture import Picture, ValueRange
from training.pictures import opaque

OVERVIEW = 256
"""Side in pixels of the copy that pictures are compared by."""

DARK = 0.08
"""A picture of which 99 % are darker, of 1, looks black."""

FLAT = 0.01
"""A picture whose values deviate less from their mean, of 1, shows nothing."""

MOST_THREADS = 4
"""Pictures that are read at once: large ones need their memory."""


class Facts(BaseModel):
    """One file, as it was when it was read.

    Attributes
    ----------
    file : str
        Its path.
    size_in_bytes, changed : int
        Length and time of the last change (ns), by which it is known again.
    sha256 : str
        Of its bytes; empty if it cannot be read.
    height, width : int
        In pixels; 0 if it cannot be read.
    problem : str
        Why it cannot be used at all; empty if it can.
    transparent : float
        Share of transparent pixels; of a mask, 0.
    marked : float
        Of a mask, the share of damaged pixels.
    dark, flat : bool
        Whether it looks black, or shows nothing.
    look : str
        Perceptual hashes, in hexadecimal: alike for pictures that look alike.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str
    size_in_bytes: int = 0
    changed: int = 0
    sha256: str = ""
    height: int = 0
    width: int = 0
    problem: str = ""
    transparent: float = 0
    marked: float = 0
    dark: bool = False
    flat: bool = False
    look: str = ""

    @property
    def shortest(self) -> int:
        """The shorter side in pixels."""
        return min(self.height, self.width)

    @property
    def path(self) -> Path:
        """Where it lies."""
        return Path(self.file)

    def unchanged(self) -> bool:
        """Whether the file is still as it was, as far as that can be told without reading it."""
        return _stamp(self.path) == (self.size_in_bytes, self.changed)


def read_all(
    files: Iterable[Path],
    read: Callable[[Path], Facts],
    *,
    known: Mapping[str, Facts],
    told: Callable[[int, int], None],
    stopped: Callable[[], bool],
) -> list[Facts]:
    """Read files, several at once, but those that are known and have not changed.

    Parameters
    ----------
    files : iterable of Path
        The files.
    read : callable
        `read_facts` or `read_mask_facts`.
    known : mapping of str to Facts
        What is known already, by path.
    told : callable
        Gets the numbers of files that are done and of all.
    stopped : callable
        Asked after each file whether to stop.

    Raises
    ------
    Stopped
        If so.
    """
    paths = list(files)
    found = {path: known[str(path)] for path in paths if str(path) in known}
    found = {path: facts for path, facts in found.items() if facts.unchanged()}
    threads = min(MOST_THREADS, os.cpu_count() or 1)
    with ThreadPoolExecutor(threads) as pool:
        futures = {pool.submit(read, path): path for path in paths if path not in found}
        for future in as_completed(futures):
            found[futures[future]] = future.result()
            told(len(found), len(paths))
            if stopped():
                pool.shutdown(cancel_futures=True)
                raise Stopped("stopped while it read the pictures")
    return [found[path] for path in paths]


def read_facts(path: Path) -> Facts:
    """Read all there is to know of a picture; what is wrong with it is a part of that."""
    size, changed = _stamp(path)
    start: dict[str, Any] = {"file": str(path), "size_in_bytes": size, "changed": changed}
    try:
        sha256 = file_sha256(path)
        file = read_picture(path)
        picture = Picture(file.data, rgb=file.rgb)
        plane = picture.raw(picture.planes[0], (slice(None), slice(None)))
        if not np.isfinite(plane).all():
            return Facts(**start, problem=f"{path} holds NaN or infinite values: save it anew")
        solid = opaque(file)
        overview = _overview(picture, plane)
    except RelicInpaintError as error:
        return Facts(**start, problem=str(error))
    except MemoryError:
        return Facts(**start, problem=f"{path} does not fit in memory: close other programs")
    return Facts(
        **start,
        sha256=sha256,
        height=picture.shape[0],
        width=picture.shape[1],
        transparent=0.0 if solid is None else 1 - float(solid.mean()),
        dark=bool(np.percentile(overview, 99) < DARK),
        flat=bool(overview.std() < FLAT),
        look=_look(_without_transparent(overview, file)),
    )


def read_mask_facts(path: Path) -> Facts:
    """Read all there is to know of a damage mask."""
    size, changed = _stamp(path)
    start: dict[str, Any] = {"file": str(path), "size_in_bytes": size, "changed": changed}
    try:
        mask = read_mask(path)
    except RelicInpaintError as error:
        return Facts(**start, problem=str(error))
    marked = float(mask.mean())
    problem = "" if marked else f"{path} marks no damage: all of it is black"
    if marked == 1:
        problem = f"{path} marks everything as damaged: all of it is white"
    height, width = mask.shape[-2:]
    return Facts(
        **start,
        sha256=file_sha256(path),
        height=height,
        width=width,
        problem=problem,
        marked=marked,
    )


def list_hash(facts: Iterable[Facts]) -> str:
    """Return one hash for a list of pictures: whoever has the same ones gets the same."""
    return hashlib.sha256("\n".join(sorted(f.sha256 for f in facts)).encode()).hexdigest()


def _stamp(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return 0, 0
    return status.st_size, status.st_mtime_ns


def _overview(picture: Picture, plane: NDArray[Any]) -> NDArray[np.float32]:
    """Return a small grey copy of a plane, ``(OVERVIEW, OVERVIEW)`` in [0, 1]."""
    colour = picture.colour(plane)
    scale = ValueRange.of(picture.dtype, float(colour.min()), float(colour.max()))
    if colour.dtype not in (np.uint8, np.uint16, np.float32):
        # OpenCV reduces no others.
        colour = colour[:: max(1, colour.shape[0] // 512), :: max(1, colour.shape[1] // 512)]
        colour = colour.astype(np.float32)
    small = cv2.resize(
        np.ascontiguousarray(colour), (OVERVIEW, OVERVIEW), interpolation=cv2.INTER_AREA
    )
    unit = scale.to_unit(small)
    # Luminance, so that a copy in grey looks alike.
    return unit if unit.ndim == 2 else grey(unit).astype(np.float32)


def _without_transparent(overview: NDArray[np.float32], file: PictureFile) -> NDArray[np.float32]:
    """Give transparent areas the mean of the others: any colour can be hidden there."""
    solid = opaque(file)
    if solid is None or solid.all() or not solid.any():
        return overview
    plane = solid[(0,) * (solid.ndim - 2)].astype(np.uint8)
    kept = cv2.resize(plane, overview.shape, interpolation=cv2.INTER_NEAREST) > 0
    return np.where(kept, overview, overview[kept].mean() if kept.any() else 0)


def _look(overview: NDArray[np.float32]) -> str:
    image = Image.fromarray(np.rint(np.clip(overview, 0, 1) * 255).astype(np.uint8))
    return f"{imagehash.phash(image)}{imagehash.dhash(image)}"
