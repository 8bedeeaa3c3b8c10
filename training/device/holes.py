"""A bank of damage, made once by worker processes and drawn from in every step."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from napari_relic_inpaint.marking.damage import synthetic_damage
from training.batches import draw
from training.errors import WorkerError
from training.interruption import leave_signals_to_parent, shielded
from training.pictures import MaskFolder
from training.recipe import DataOptions

COUNT = 4096
"""Masks of each size of crop; synthetic ones are turned and mirrored in eight ways as well. As many
for runs of any length: one that is made longer goes on with the same random numbers."""

PART = 64
"""Masks that a process makes at a time."""

FEW = 8
"""Parts that are made faster than processes start."""

BITS = 8


class HoleBank:
    """Damage of one size of crops.

    Parameters
    ----------
    options : DataOptions
        The mix of damage.
    size : int
        Side of the crops in pixels, a multiple of 8.
    count : int
        How many masks.
    seed : int
        Seed of the run.
    masks : MaskFolder, optional
        Damage to use instead of synthetic damage.
    device : torch.device
        Where it lies, a bit a pixel.
    stopped : callable
        Asked now and then; when it says True the bank stays smaller.

    Raises
    ------
    WorkerError
        If a process that makes masks was ended from outside.
    """

    def __init__(
        self,
        options: DataOptions,
        size: int,
        count: int,
        seed: int,
        masks: MaskFolder | None,
        device: torch.device,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self._turned = masks is None
        make = partial(_packed, options, size, seed, masks)
        parts = [range(first, min(first + PART, count)) for first in range(0, count, PART)]
        packed = []
        for some in _by_workers(make, parts, options.workers):
            packed.append(some)
            if stopped():
                break
        self._packed = torch.from_numpy(np.concatenate(packed)).to(device)
        self._shifts = torch.arange(BITS - 1, -1, -1, dtype=torch.uint8, device=device)

    def draw(self, generator: torch.Generator, count: int) -> Tensor:
        """Draw masks, ``(count, 1, size, size)``, 1 = hole."""
        device = self._packed.device

        def one_in_two() -> Tensor:
            return torch.rand(count, 1, 1, device=device, generator=generator) < 0.5

        number = torch.randint(len(self._packed), (count,), device=device, generator=generator)
        mask = ((self._packed[number][..., None] >> self._shifts) & 1).flatten(2)
        if self._turned:
            mask = torch.where(one_in_two(), mask.transpose(1, 2), mask)
            mask = torch.where(one_in_two(), mask.flip(1), mask)
            mask = torch.where(one_in_two(), mask.flip(2), mask)
        return mask[:, None].float()


def _by_workers(
    make: Callable[[range], NDArray[np.uint8]], parts: Sequence[range], workers: int
) -> Iterator[NDArray[np.uint8]]:
    """Yield what is made of each part, by processes if that is worth starting them."""
    if not workers or len(parts) <= FEW:
        yield from map(make, parts)
        return
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, context, initializer=leave_signals_to_parent)
    try:
        with shielded():
            futures = [pool.submit(make, part) for part in parts]
        for future in futures:
            yield future.result()
    except BrokenProcessPool:
        raise WorkerError(
            f"one of the {workers} processes that make the damage was ended from outside, most "
            "likely for lack of memory: close other programs, or set workers lower"
        ) from None
    finally:
        pool.shutdown(cancel_futures=True)


def _packed(
    options: DataOptions, size: int, seed: int, masks: MaskFolder | None, numbers: range
) -> NDArray[np.uint8]:
    """Make masks, each a function of the seed and its number, ``(n, size, size / 8)``."""
    return np.stack(
        [
            np.packbits(_mask(np.random.default_rng((seed, size, n)), options, size, masks), axis=1)
            for n in numbers
        ]
    )


def _mask(
    rng: np.random.Generator, options: DataOptions, size: int, masks: MaskFolder | None
) -> NDArray[np.bool_]:
    if masks is not None:
        return masks.crop(rng, size)
    kind = draw(rng, options.damage.model_dump())
    block = round(rng.uniform(*options.block) * size)
    return synthetic_damage((size, size), kind, rng, block=block)  # type: ignore[arg-type]
