"""Batches of damaged crops that never leave the device: each a function of the seed and the step.

Those of many steps are made together: an edge map or a spline is hundreds of small kernels, for one
picture as well as for hundreds.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from napari_relic_inpaint.smooth.hole_form import HoleForm
from napari_relic_inpaint.smooth.membrane import membrane
from napari_relic_inpaint.smooth.spline import tension_spline
from training.batches import PRIORS, Batch, Part, pictures_per_step
from training.device.bank import PictureBank
from training.device.canny import canny, spread
from training.device.holes import HoleBank
from training.recipe import DataOptions, PriorMix

CHUNK_PIXELS = 2**23
"""Of all crops that are made together: with what their making takes, some 150 bytes each."""

MOST_STEPS = 64

THINNED = (0.2, 0.8)
"""Range of the share of pieces that a thinned edge map keeps."""

LUMINANCE = (0.2125, 0.7154, 0.0721)


class DeviceCrops:
    """The batch of every step, made on the device.

    Parameters
    ----------
    pictures : PictureBank
        Intact pictures.
    holes : dict of HoleBank
        Damage, by size of crop.
    options : DataOptions
        How to cut and damage pictures.
    priors : PriorMix
        How often stage 2 sees which edges.
    detail : int
        Side of the detail that D3 sees.
    form : {"spline", "membrane", "white"} or None
        What the second network starts from, if it is trained.
    seed : int
        Seed of the run.
    part : Part
        The part of each batch that this process makes.
    device : torch.device
        Where.
    """

    def __init__(
        self,
        pictures: PictureBank,
        holes: dict[int, HoleBank],
        options: DataOptions,
        priors: PriorMix,
        *,
        detail: int,
        form: HoleForm | None,
        seed: int,
        part: Part,
        device: torch.device,
    ) -> None:
        self._pictures, self._holes, self._options = pictures, holes, options
        shares = torch.tensor([getattr(priors, name) for name in PRIORS], dtype=torch.float64)
        self._shares = (shares.cumsum(0) / shares.sum()).float().to(device)
        self._detail, self._form, self._seed = detail, form, seed
        self._part, self._device = part, device
        largest = options.batch // part.world * max(options.crops) ** 2
        self._together = max(1, min(MOST_STEPS, CHUNK_PIXELS // largest))

    def load(self, first: int, last: int) -> Generator[Batch, None, None]:
        """Yield the batches of steps ``first`` to ``last - 1``."""
        for chunk in range(first // self._together, -(-last // self._together)):
            start = chunk * self._together
            for step, batch in enumerate(self._chunk(chunk), start):
                if first <= step < last:
                    yield batch

    @torch.no_grad()
    def _chunk(self, chunk: int) -> list[Batch]:
        """Make the batches of some steps, those of one size of crop at a time."""
        start = chunk * self._together
        # Of the same size as in batches from workers.
        sizes = [
            int(np.random.default_rng((self._seed, step)).choice(self._options.crops))
            for step in range(start, start + self._together)
        ]
        generator = torch.Generator(self._device)
        key = (self._seed, chunk, self._part.rank)
        generator.manual_seed(int(np.random.SeedSequence(key).generate_state(1, np.uint64)[0] >> 1))
        by_size = {}
        for size in sorted(set(sizes)):
            share = pictures_per_step(self._options, size) // self._part.world
            made = self._make(generator, sizes.count(size) * share, size)
            by_size[size] = iter(_split(made, share))
        return [next(by_size[size]) for size in sizes]

    def _make(self, generator: torch.Generator, count: int, size: int) -> Batch:
        options = self._options
        picture = self._pictures.crops(generator, count, size, flip=options.flip)
        hole = self._holes[size].draw(generator, count)
        weights = picture.new_tensor(LUMINANCE).view(1, 3, 1, 1)
        grey = (picture * weights).sum(1, keepdim=True)
        edges = canny(grey, sigma=options.canny_sigma)
        known = options.edges_seen == "known"
        around = canny(grey, hole, sigma=options.canny_sigma) if known else edges
        share = torch.rand(count, device=self._device, generator=generator)
        kind = torch.searchsorted(self._shares, share, right=True).clamp_max(len(PRIORS) - 1)
        inside = self._prior(generator, kind, edges * hole)
        return Batch(
            picture,
            grey,
            hole,
            edges,
            torch.where(hole > 0, inside, around),
            kind == PRIORS.index("own"),
            self._corners(generator, hole),
            dict(self._pictures.skipped),
            prefill=self._prefilled(picture, hole),
        )

    def _prior(self, generator: torch.Generator, kind: Tensor, edges: Tensor) -> Tensor:
        """Return the edges inside the holes that stage 2 is given; see `batches.prior_edges`."""
        kept = edges * (kind == PRIORS.index("true")).view(-1, 1, 1, 1)
        chosen = kind == PRIORS.index("thinned")
        low, high = THINNED
        limit = low + (high - low) * torch.rand(
            len(kind), 1, 1, 1, device=self._device, generator=generator
        )
        dice = torch.rand(len(kind), edges[0].numel(), device=self._device, generator=generator)
        if chosen.any():
            thinned = edges[chosen]
            # All pixels of a connected piece get the number of one of them, and so its dice.
            numbers = torch.arange(1, thinned[0].numel() + 1, device=self._device)
            piece = spread(numbers.view(thinned[:1].shape).float() * thinned, thinned)
            fallen = dice[chosen].gather(1, (piece.flatten(1).long() - 1).clamp_min(0))
            kept[chosen] = thinned * (fallen.view(thinned.shape) < limit[chosen])
        return kept

    def _corners(self, generator: torch.Generator, hole: Tensor) -> Tensor:
        """First row and column of a square around a random hole pixel, inside the picture."""
        side = hole.shape[-1]
        detail = min(self._detail, side)
        flat = hole.flatten(1)
        lot = torch.rand(flat.shape, device=self._device, generator=generator)
        centre = ((lot + 1) * flat).argmax(1)
        corner = torch.stack((centre // side, centre % side), 1)
        return (corner - detail // 2).clamp(0, side - detail)

    def _prefilled(self, picture: Tensor, hole: Tensor) -> Tensor | None:
        if self._form in (None, "white"):
            return None
        smooth = membrane(picture, hole)
        return tension_spline(smooth, hole) if self._form == "spline" else smooth


def _split(batch: Batch, count: int) -> list[Batch]:
    """Split a batch into batches of so many pictures."""
    columns = {
        name: value.split(count) for name, value in vars(batch).items() if isinstance(value, Tensor)
    }
    return [
        replace(batch, **dict(zip(columns, parts, strict=True)))
        for parts in zip(*columns.values(), strict=True)
    ]
