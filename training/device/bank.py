"""All pictures in memory, as bytes at a few scales; crops are gathered from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from napari_relic_inpaint.errors import RelicInpaintError
from napari_relic_inpaint.files import read_picture
from napari_relic_inpaint.opencv import cv2
from napari_relic_inpaint.picture.picture import Picture
from training.collection.facts import Facts
from training.device.scales import CHANNELS, Copy
from training.errors import TrainingError
from training.pictures import value_range

BYTE = 255


class PictureBank:
    """Pictures as bytes, one after the other.

    Parameters
    ----------
    pictures : sequence of Facts
        The files.
    copies : sequence of Copy
        What is kept of them.
    home : torch.device
        Where they lie: on the device that trains or, streamed, in the computer's memory.
    device : torch.device
        Where crops are wanted.
    threads : int
        Pictures that are read at once.
    stopped : callable
        Asked before each picture.

    Attributes
    ----------
    skipped : dict of str
        Why files were skipped, by path.
    """

    def __init__(
        self,
        pictures: Sequence[Facts],
        copies: Sequence[Copy],
        home: torch.device,
        device: torch.device,
        *,
        threads: int,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self.skipped: dict[str, str] = {}
        self._home, self._device = home, device
        self._rows = np.zeros((len(copies), 4), np.int64)  # offset, height, width, picture
        size = sum(copy.size for copy in copies) // CHANNELS
        pinned = home.type == "cpu" and device.type == "cuda"
        self._flat = torch.empty((size, CHANNELS), dtype=torch.uint8, device=home)
        if pinned:
            self._flat = self._flat.pin_memory()
        by_picture: dict[int, list[int]] = {}
        offset = 0
        for number, copy in enumerate(copies):
            by_picture.setdefault(copy.picture, []).append(number)
            self._rows[number] = offset, copy.height, copy.width, copy.picture
            offset += copy.height * copy.width

        def fill(picture: int) -> None:
            if stopped():
                return
            try:
                plane = _read(pictures[picture])
            except (RelicInpaintError, MemoryError) as error:
                path = pictures[picture].file
                self.skipped[path] = str(error) or f"{path} does not fit in memory"
                return
            for number in by_picture[picture]:
                self._put(number, plane)

        with ThreadPoolExecutor(max(threads, 1), "pictures") as pool:
            list(pool.map(fill, by_picture))
        lost = {n for n, facts in enumerate(pictures) if facts.file in self.skipped}
        self._rows = self._rows[[row[3] not in lost for row in self._rows]]

    def crops(self, generator: torch.Generator, count: int, size: int, *, flip: bool) -> Tensor:
        """Cut random squares, each out of a random picture at a random scale.

        Parameters
        ----------
        generator : torch.Generator
            Source of all randomness, on the device.
        count, size : int
            How many, and their side in pixels.
        flip : bool
            Whether half of them are mirrored.

        Returns
        -------
        Tensor
            ``(count, 3, size, size)``, RGB in [0, 1], on the device.
        """
        rows = self._fitting(size)

        def drawn(limits: Tensor) -> Tensor:
            share = torch.rand(count, device=self._device, generator=generator)
            return (share.double() * limits).long()

        offset, height, width, _ = rows[drawn(torch.tensor(len(rows)))].unbind(1)
        top, left = drawn(height - size + 1), drawn(width - size + 1)
        steps = torch.arange(size, device=self._device)
        columns = steps.expand(count, size)
        if flip:
            mirrored = torch.rand(count, 1, device=self._device, generator=generator) < 0.5
            columns = torch.where(mirrored, columns.flip(1), columns)
        first = (offset + top * width + left)[:, None, None]
        places = first + steps[None, :, None] * width[:, None, None] + columns[:, None]
        picture = self._flat[places.to(self._home)]
        if self._home != self._device:
            picture = picture.pin_memory() if self._device.type == "cuda" else picture
            picture = picture.to(self._device, non_blocking=True)
        return picture.permute(0, 3, 1, 2).float() / BYTE

    def _fitting(self, size: int) -> Tensor:
        """Return the copies that hold crops of a size."""
        rows = self._rows[np.minimum(self._rows[:, 1], self._rows[:, 2]) >= size]
        if not len(rows):
            reasons = next(reversed(self.skipped.values()), "")
            raise TrainingError(
                f"no picture can be used for crops of {size} px{reasons and f': {reasons}'}"
            )
        return torch.from_numpy(rows).to(self._device)

    def _put(self, number: int, plane: NDArray[np.uint8]) -> None:
        offset, height, width, _ = map(int, self._rows[number])
        if plane.shape[:2] != (height, width):
            smaller = height < plane.shape[0]
            method = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
            plane = cv2.resize(plane, (width, height), interpolation=method)
        self._flat[offset : offset + height * width] = torch.from_numpy(
            np.ascontiguousarray(plane).reshape(-1, CHANNELS)
        )


def _read(facts: Facts) -> NDArray[np.uint8]:
    """Read a picture's first plane as RGB of 8 bits, as crops of it are cut."""
    file = read_picture(facts.file)
    picture = Picture(file.data, rgb=file.rgb)
    plane = picture.planes[0]
    height, width = picture.shape
    colours = picture.read(
        plane,
        (slice(0, height), slice(0, width)),
        np.zeros((height, width), bool),
        value_range(picture, plane),
    )
    if (height, width) != (facts.height, facts.width):
        raise TrainingError(f"{facts.file} is not as it was when it was looked at")
    return np.rint(np.clip(colours, 0, 1) * BYTE).astype(np.uint8)
