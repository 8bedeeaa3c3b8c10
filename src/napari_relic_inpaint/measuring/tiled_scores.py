"""Scores of a large picture, added up tile by tile."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.edges import CANNY_REACH, canny_edges, grey
from napari_relic_inpaint.measuring.comparison import Comparison
from napari_relic_inpaint.measuring.metrics import (
    SSIM_REACH,
    EdgeCounts,
    EdgeScores,
    ciede2000_map,
    count_edges,
    decibel,
    ssim_map,
    texture_map,
    texture_share,
)
from napari_relic_inpaint.picture.picture import Area
from napari_relic_inpaint.picture.tiles import enlarged, relative

CANNY_SIGMA = 2.0

MOST_CLASSES = 32
"""A mask with more values than this has soft borders, not classes."""


@dataclass(frozen=True)
class TileScores:
    """Scores of the pixels of one tile.

    Attributes
    ----------
    hole : (h, w) array of bool
        Pixels to be scored as damage.
    squared : (h, w) array
        Squared error, the mean of the channels, with white = 1.
    change : (h, w) array
        Largest absolute difference of the channels, in the reference's own values.
    similarity : (h, w) array
        SSIM around each pixel.
    colour : (h, w) array
        CIEDE2000, NaN outside the hole.
    texture, true_texture : (h, w) arrays
        Square of the texture of the restored picture and of the reference; zero without a hole.
    unlikeness : (h, w) array
        LPIPS around each pixel, NaN where it is not measured.
    found, true : (h + context, w + context) arrays of bool
        Canny edges of the restored picture and of the reference.
    inside : tuple of slice
        Where the tile lies in ``found`` and ``true``.
    """

    hole: NDArray[np.bool_]
    squared: NDArray[np.float64]
    change: NDArray[np.float64]
    similarity: NDArray[np.float64]
    colour: NDArray[np.float64]
    texture: NDArray[np.float64]
    true_texture: NDArray[np.float64]
    unlikeness: NDArray[np.float32]
    found: NDArray[np.bool_]
    true: NDArray[np.bool_]
    inside: Area

    @classmethod
    def of(
        cls,
        pair: Comparison,
        plane: tuple[int, ...],
        tile: Area,
        hole: NDArray[np.bool_],
        unlikeness: NDArray[np.float32],
    ) -> TileScores:
        """Score a tile; colour, texture and edges only where ``hole``, ``(h, w)``, is.

        ``unlikeness``, ``(h, w)``, is measured elsewhere and joins the other scores here.
        """
        # A last tile too narrow for a window of SSIM lies in the border that its mean leaves out.
        reach = CANNY_REACH if hole.any() else SSIM_REACH
        area = enlarged(tile, reach, pair.picture.shape)
        inside = relative(tile, area)
        excerpt = pair.read(plane, area)
        restored, reference, change = excerpt.restored, excerpt.reference, excerpt.change[inside]
        if hole.any():
            found, true = (_edges(picture) for picture in (restored, reference))
            textures = [texture_map(picture)[inside] for picture in (restored, reference)]
        else:
            found = true = np.zeros(restored.shape[:2], bool)
            textures = [np.zeros(hole.shape)] * 2
        return cls(
            hole=hole,
            squared=((change / pair.span) ** 2).mean(axis=-1),
            change=np.abs(change).max(axis=-1),
            similarity=ssim_map(restored, reference, data_range=1.0)[inside],
            colour=ciede2000_map(restored[inside], reference[inside], hole, data_range=1.0),
            texture=textures[0],
            true_texture=textures[1],
            unlikeness=unlikeness,
            found=found,
            true=true,
            inside=inside,
        )


@dataclass
class PictureTally:
    """Scores over the whole picture, and what changed outside the damage."""

    squared: float = 0.0
    pixels: int = 0
    similarity: float = 0.0
    windows: int = 0
    largest_change_outside: float = np.nan

    def add(self, scores: TileScores, tile: Area, shape: tuple[int, int]) -> None:
        """Add a tile of a picture of the given shape."""
        self.squared += float(scores.squared.sum())
        self.pixels += scores.squared.size
        whole_windows = scores.similarity[_away_from_border(tile, shape)]
        self.similarity += float(whole_windows.sum())
        self.windows += whole_windows.size
        if not scores.hole.all():
            change = float(scores.change[~scores.hole].max())
            self.largest_change_outside = float(np.fmax(self.largest_change_outside, change))

    @property
    def psnr(self) -> float:
        """Peak signal-to-noise ratio in dB."""
        return decibel(_mean(self.squared, self.pixels))

    @property
    def ssim(self) -> float:
        """Mean SSIM of all windows that lie inside the picture."""
        return _mean(self.similarity, self.windows)


@dataclass
class AreaTally:
    """Scores over one area of the picture: all damage, or a class of it."""

    pixels: int = 0
    squared: float = 0.0
    similarity: float = 0.0
    colour: float = 0.0
    texture: float = 0.0
    true_texture: float = 0.0
    unlikeness: float = 0.0
    edge_counts: EdgeCounts = field(default_factory=EdgeCounts)

    def add(self, scores: TileScores, mask: NDArray[np.bool_]) -> None:
        """Add the pixels of a tile that belong to the area, ``(h, w)``, a part of its hole."""
        if not mask.any():
            return
        self.pixels += int(np.count_nonzero(mask))
        self.squared += float(scores.squared[mask].sum())
        self.similarity += float(scores.similarity[mask].sum())
        self.colour += float(scores.colour[mask].sum())
        self.texture += float(scores.texture[mask].sum())
        self.true_texture += float(scores.true_texture[mask].sum())
        self.unlikeness += float(scores.unlikeness[mask].sum(dtype=np.float64))
        hole = np.zeros(scores.true.shape, bool)
        hole[scores.inside] = mask
        self.edge_counts += count_edges(scores.found, scores.true, hole)

    @property
    def psnr(self) -> float:
        """Peak signal-to-noise ratio in dB."""
        return decibel(_mean(self.squared, self.pixels))

    @property
    def ssim(self) -> float:
        """Mean SSIM."""
        return _mean(self.similarity, self.pixels)

    @property
    def ciede2000(self) -> float:
        """Mean colour difference."""
        return _mean(self.colour, self.pixels)

    @property
    def texture_share(self) -> float:
        """Texture as a share of the reference's."""
        return texture_share(
            _mean(self.texture, self.pixels), _mean(self.true_texture, self.pixels)
        )

    @property
    def lpips(self) -> float:
        """Mean LPIPS, NaN where it was not measured."""
        return _mean(self.unlikeness, self.pixels)

    @property
    def edges(self) -> EdgeScores:
        """Precision, recall and F1 of the edges."""
        return self.edge_counts.scores()


class Areas:
    """The tallies of all damage and, if wanted, of each class of it."""

    def __init__(self, *, classes: bool) -> None:
        self.all = AreaTally()
        self._wanted = classes
        self._classes: defaultdict[int, AreaTally] = defaultdict(AreaTally)

    def add(self, scores: TileScores, labels: NDArray[Any]) -> None:
        """Add a tile with its labels, ``(h, w)``."""
        self.all.add(scores, scores.hole)
        if not self._wanted or labels.dtype.kind not in "iu":
            return
        for label in np.unique(labels[labels != 0]):
            if len(self._classes) <= MOST_CLASSES:
                self._classes[int(label)].add(scores, labels == label)

    def named(self) -> Iterator[tuple[str, AreaTally]]:
        """Yield the tally of all damage, then those of the classes if there are several."""
        yield "all damage", self.all
        if 1 < len(self._classes) <= MOST_CLASSES:
            for label, area in sorted(self._classes.items()):
                yield f"class {label}", area

    def notes(self) -> Iterator[str]:
        """Yield what looks wrong with the mask, in plain sentences."""
        if not self.all.pixels:
            yield "The damage mask is empty: there was nothing to score inside it."
        if len(self._classes) > MOST_CLASSES:
            yield (
                f"The damage mask has more than {MOST_CLASSES} different values: taken for soft "
                "borders, not for classes of damage."
            )


def _edges(unit: NDArray[np.float64]) -> NDArray[np.bool_]:
    luminance = grey(unit) if unit.shape[-1] == 3 else unit[..., 0]
    return canny_edges(luminance, sigma=CANNY_SIGMA)


def _away_from_border(tile: Area, shape: tuple[int, int]) -> Area:
    """Return the part of a tile, relative to it, whose windows of SSIM lie inside the picture."""
    rows, columns = (
        slice(
            max(SSIM_REACH - part.start, 0),
            max(min(part.stop, length - SSIM_REACH) - part.start, 0),
        )
        for part, length in zip(tile, shape, strict=True)
    )
    return rows, columns


def _mean(total: float, count: int) -> float:
    return total / count if count else float("nan")
