"""Batches of damaged crops: each is a function of the seed and the step alone.

So a resumed run starts at its step, and neither the number of workers nor that of machines changes
what is trained on.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor
from torch.utils.data import Dataset

from napari_relic_inpaint.edges import canny_edges, compose, grey
from napari_relic_inpaint.marking.damage import synthetic_damage
from training.errors import TrainingError
from training.pictures import MaskFolder, Pictures
from training.recipe import DataOptions, PriorMix
from training.refinement import halved, place_crop, wide_hole

Prior = Literal["true", "thinned", "own", "none"]
Sample = tuple[NDArray[np.generic], ...]
"""One column of a `Batch`, in the order of its fields."""

PRIORS: tuple[Prior, ...] = get_args(Prior)

EIGHT_NEIGHBOURS = np.ones((3, 3))

COLOUR_SAMPLE = 100
"""Crops that the mean colour is taken of."""


@dataclass
class Batch:
    """Damaged crops of one step.

    Attributes
    ----------
    picture : Tensor
        ``(B, 3, H, W)``, intact RGB in [0, 1].
    grey : Tensor
        ``(B, 1, H, W)``, its luminance.
    hole : Tensor
        ``(B, 1, H, W)``, 1 = hole.
    edges : Tensor
        ``(B, 1, H, W)``, true edges, 0 and 1.
    prior : Tensor
        ``(B, 1, H, W)``, the edges that stage 2 gets: those outside the hole, and in the hole the
        true ones, some of them, or none.
    own : Tensor
        ``(B,)`` of bool: stage 2 gets G1's edges in the hole instead.
    corner : Tensor
        ``(B, 2)`` of int: first row and column of the detail for D3.
    skipped : dict of str
        Why files were skipped, by path.
    coarse : Batch, optional
        The surroundings of each crop at half the scale, where the crop's hole is to be filled
        from; see `training.refinement`.
    place : Tensor, optional
        ``(B, 2)`` of int: first row and column of each crop in its surroundings at full scale.
    prefill : Tensor, optional
        ``(B, 3, H, W)``, the picture with its hole filled as the second network sees it first;
        where it is missing, the stage fills the hole.
    """

    picture: Tensor
    grey: Tensor
    hole: Tensor
    edges: Tensor
    prior: Tensor
    own: Tensor
    corner: Tensor
    skipped: dict[str, str]
    coarse: Batch | None = None
    place: Tensor | None = None
    prefill: Tensor | None = None

    def to(self, device: torch.device) -> Batch:
        """Return the batch on a device."""
        moved = copy(self)
        for name, value in vars(self).items():
            if isinstance(value, Tensor):
                setattr(moved, name, value.to(device, non_blocking=True))
        if self.coarse is not None:
            moved.coarse = self.coarse.to(device)
        return moved

    def __len__(self) -> int:
        return len(self.picture)


@dataclass(frozen=True)
class Part:
    """Which part of every batch this process makes: part ``rank`` of ``world``."""

    rank: int = 0
    world: int = 1


class DamagedCrops(Dataset[Batch]):
    """The batch of every step.

    Parameters
    ----------
    pictures : Pictures
        Intact pictures.
    options : DataOptions
        How to cut and damage them.
    priors : PriorMix
        How often stage 2 sees which edges.
    masks : MaskFolder, optional
        Damage to use instead of synthetic damage.
    detail : int
        Side of the detail that D3 sees.
    refined : float
        Share of the steps whose crops are parts of wide holes, with their surroundings.
    seed : int
        Seed of the run.
    part : Part
        The part of each batch that this process makes.
    """

    def __init__(
        self,
        pictures: Pictures,
        options: DataOptions,
        priors: PriorMix,
        *,
        masks: MaskFolder | None,
        detail: int,
        refined: float = 0.0,
        seed: int,
        part: Part,
    ) -> None:
        self._pictures = pictures
        self._options = options
        self._priors = priors
        self._masks = masks
        self._detail = detail
        self._refined = refined
        self._seed = seed
        self._part = part
        if options.batch % part.world:
            raise TrainingError(
                f"a batch of {options.batch} cannot be shared by {part.world} processes: set "
                "batch to a multiple of them"
            )

    def __getitem__(self, step: int) -> Batch:
        rng = np.random.default_rng((self._seed, step))
        size = int(rng.choice(self._options.crops))
        share = pictures_per_step(self._options, size) // self._part.world
        first = self._part.rank * share
        generators = [np.random.default_rng((self._seed, step, first + i)) for i in range(share)]
        if rng.random() >= self._refined:
            return self._batch([self._sample(generator, size) for generator in generators])
        refined = [self._refined_sample(generator, size) for generator in generators]
        crops, surroundings, places = zip(*refined, strict=True)
        batch = self._batch(crops)
        batch.coarse = self._batch(surroundings)
        batch.place = torch.from_numpy(np.stack(places))
        return batch

    def mean_colour(self) -> Tensor:
        """Mean colour of a sample of the pictures, ``(3,)``, RGB in [0, 1]."""
        rng = np.random.default_rng(self._seed)
        size = max(self._options.crops)
        crops = (self._pictures.crop(rng, size, self._options.scale) for _ in range(COLOUR_SAMPLE))
        return torch.from_numpy(np.mean([crop.mean((0, 1)) for crop in crops], axis=0))

    def _batch(self, samples: Sequence[Sample]) -> Batch:
        tensors = [torch.from_numpy(np.stack(column)) for column in zip(*samples, strict=True)]
        picture, luminance, hole, edges, prior, own, corner = tensors
        skipped = dict(self._pictures.skipped)
        return Batch(picture, luminance, hole, edges, prior, own, corner, skipped)

    def _sample(self, rng: np.random.Generator, size: int) -> Sample:
        picture = self._picture(rng, size)
        hole = self._hole(rng, size)
        return self._damaged(rng, picture, hole, draw(rng, self._priors.model_dump()))

    def _refined_sample(
        self, rng: np.random.Generator, size: int
    ) -> tuple[Sample, Sample, NDArray[np.int64]]:
        """Return a crop of a wide hole, its surroundings at half the scale, and its place."""
        picture = self._picture(rng, 2 * size)
        masks = self._masks
        hole = wide_hole(rng, 2 * size) if masks is None else masks.crop(rng, 2 * size)
        place = place_crop(rng, hole)
        area = tuple(slice(start, start + size) for start in place)
        prior = draw(rng, self._priors.model_dump())
        crop = self._damaged(rng, picture[area], hole[area], prior)
        return crop, self._damaged(rng, *halved(picture, hole), prior), place

    def _picture(self, rng: np.random.Generator, size: int) -> NDArray[np.float32]:
        picture = self._pictures.crop(rng, size, self._options.scale)
        return picture[:, ::-1] if self._options.flip and rng.random() < 0.5 else picture

    def _damaged(
        self,
        rng: np.random.Generator,
        picture: NDArray[np.float32],
        hole: NDArray[np.bool_],
        prior: str,
    ) -> Sample:
        options = self._options
        luminance = grey(picture)
        edges = canny_edges(luminance, sigma=options.canny_sigma)
        if options.edges_seen == "known":
            around = canny_edges(luminance, hole, sigma=options.canny_sigma)
        else:
            around = edges
        return (
            np.ascontiguousarray(picture.transpose(2, 0, 1)),
            luminance[None].astype(np.float32),
            hole[None].astype(np.float32),
            edges[None].astype(np.float32),
            compose(around, prior_edges(prior, edges & hole, rng), hole)[None].astype(np.float32),
            np.array(prior == "own"),
            _corner(rng, hole, min(self._detail, len(hole))),
        )

    def _hole(self, rng: np.random.Generator, size: int) -> NDArray[np.bool_]:
        if self._masks is not None:
            return self._masks.crop(rng, size)
        kind = draw(rng, self._options.damage.model_dump())
        block = round(rng.uniform(*self._options.block) * size)
        return synthetic_damage((size, size), kind, rng, block=block)  # type: ignore[arg-type]


def pictures_per_step(options: DataOptions, size: int) -> int:
    """Pictures in a batch of crops of ``size`` pixels, with as many pixels as at the largest."""
    return options.batch * (max(options.crops) ** 2 // size**2)


def draw(rng: np.random.Generator, weights: dict[str, float]) -> str:
    """Draw a name with a probability in proportion to its weight."""
    shares = np.array(list(weights.values()))
    return str(rng.choice(list(weights), p=shares / shares.sum()))


def prior_edges(
    prior: str, edges: NDArray[np.bool_], rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Edges inside the hole that stage 2 is given; G1's are filled in later.

    Parameters
    ----------
    prior : {"true", "thinned", "own", "none"}
        ``thinned`` drops a random share of the connected pieces.
    edges : (H, W) array of bool
        The true edges inside the hole.
    """
    if prior == "true":
        return edges
    if prior == "thinned":
        pieces, count = ndimage.label(edges, structure=EIGHT_NEIGHBOURS)
        kept = rng.random(count + 1) < rng.uniform(0.2, 0.8)
        kept[0] = False
        return kept[pieces]
    return np.zeros_like(edges)


def _corner(rng: np.random.Generator, hole: NDArray[np.bool_], side: int) -> NDArray[np.int64]:
    """First row and column of a square around a random hole pixel, inside the picture."""
    centres = np.argwhere(hole)
    centre = centres[rng.integers(len(centres))]
    return np.clip(centre - side // 2, 0, np.array(hole.shape) - side)
