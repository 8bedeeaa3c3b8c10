"""Detail that was found before the damage changed, as far as it would be found again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import chain as joined

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.detail.analogy import MARGIN
from napari_relic_inpaint.detail.maps import PlaneSources
from napari_relic_inpaint.detail.pieces import Piece
from napari_relic_inpaint.picture.hole import HolePixels
from napari_relic_inpaint.picture.picture import Area
from napari_relic_inpaint.picture.tiles import enlarged

Pieces = frozenset[tuple[object, ...]]
"""Pieces by their places in the picture, so that they are known again when others come or go."""


def pieces_of(pixels: HolePixels, chains: Iterable[list[Piece]]) -> Pieces:
    """Return the places of all pieces of some chains."""
    return frozenset(_place(pixels, piece) for piece in joined.from_iterable(chains))


@dataclass(frozen=True)
class Kept:
    """The detail of a plane before its damage changed, by the numbers of its hole pixels now.

    Attributes
    ----------
    colours : (N, 3) array of float32
        The painting with its detail; anything where there was no hole.
    sources : PlaneSources
        Where it came from.
    pieces : Pieces
        What had been given detail.
    touched : callable
        Tells whether damage, painting or edges have changed in a rectangle.
    """

    colours: NDArray[np.float32]
    sources: PlaneSources
    pieces: Pieces
    touched: Callable[[Area], bool]

    def holds(self, pixels: HolePixels, chain: list[Piece]) -> bool:
        """Tell whether pieces that build on each other would be given the same detail again."""
        return all(
            _place(pixels, piece) in self.pieces
            and not self.touched(enlarged(piece.area, MARGIN, pixels.shape))
            for piece in chain
        )


def _place(pixels: HolePixels, piece: Piece) -> tuple[object, ...]:
    positions = pixels.positions[piece.numbers]
    corners = [(part.start, part.stop) for part in piece.area]
    return (*corners, len(positions), hash(positions.tobytes()))
