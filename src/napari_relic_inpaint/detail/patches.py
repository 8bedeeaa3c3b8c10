"""Patches of a picture in a few numbers each: their principal components."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

SAMPLE = 4000
"""Patches from which the components are found."""


@dataclass(frozen=True)
class Patches:
    """How patches of a certain size are projected.

    Attributes
    ----------
    radius, step : int
        Patches are ``2 * radius + 1`` pixels a side, of which every ``step``-th counts.
    components : (n, k) array of float32
        The ``k`` first principal components, scaled so that the squared distance of two
        projections is about the mean squared difference of the patches.
    """

    radius: int
    step: int
    components: NDArray[np.float32]

    @classmethod
    def of(
        cls,
        picture: NDArray[np.float32],
        where: NDArray[np.bool_],
        *,
        radius: int,
        step: int = 1,
        count: int,
    ) -> Patches:
        """Find the components of the patches around some pixels.

        Parameters
        ----------
        picture : (h, w, channels) array of float32
            The picture.
        where : (h, w) array of bool
            The middles of the patches.
        radius, step : int
            Their size, see `Patches`.
        count : int
            How many components are kept.
        """
        rows, columns = np.nonzero(where)
        # Evenly, instead of at random: the same picture gives the same components.
        some = np.linspace(0, len(rows) - 1, min(SAMPLE, len(rows))).astype(int)
        seen = _windows(picture, radius, step)
        vectors = seen[rows[some], columns[some]].reshape(len(some), -1).astype(np.float64)
        vectors = vectors - vectors.mean(axis=0)
        _, components = np.linalg.eigh(vectors.T @ vectors)
        kept = components[:, ::-1][:, :count] / np.sqrt(vectors.shape[1])
        return cls(radius, step, np.ascontiguousarray(kept, np.float32))

    def project(self, picture: NDArray[np.float32]) -> NDArray[np.float32]:
        """Project the patch around every pixel, ``(h, w, k)``."""
        seen = _windows(picture, self.radius, self.step)
        height, width = picture.shape[:2]
        result = np.empty((height, width, self.components.shape[1]), np.float32)
        # Row by row: all patches of a picture take a hundred times its memory.
        for row, patches in enumerate(seen):
            result[row] = patches.reshape(width, -1) @ self.components
        return result

    def project_at(
        self, picture: NDArray[np.float32], rows: NDArray[np.intp], columns: NDArray[np.intp]
    ) -> NDArray[np.float32]:
        """Project the patches around some pixels, ``(n, k)``."""
        seen = _windows(picture, self.radius, self.step)
        return seen[rows, columns].reshape(len(rows), -1) @ self.components

    def mirrored(self) -> Patches:
        """Return what projects the mirror image of each patch."""
        side = -(-(2 * self.radius + 1) // self.step)
        count = self.components.shape[1]
        turned = self.components.reshape(-1, side, side, count)[:, :, ::-1]
        return Patches(self.radius, self.step, np.ascontiguousarray(turned).reshape(-1, count))


def _windows(picture: NDArray[np.float32], radius: int, step: int) -> NDArray[np.float32]:
    """Look at all patches of a picture, ``(h, w, channels, side, side)``, without a copy."""
    padded = np.pad(picture, ((radius, radius), (radius, radius), (0, 0)), mode="symmetric")
    side = 2 * radius + 1
    return sliding_window_view(padded, (side, side), axis=(0, 1))[..., ::step, ::step]
