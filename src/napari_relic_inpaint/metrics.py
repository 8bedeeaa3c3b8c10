"""How close a restoration is to the intact picture: over the picture, over the hole, and its edges.

Pictures are float RGB in [0, 1]; the data range of every score is 1.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.metrics import structural_similarity

EDGE_TOLERANCE = 1
"""Pixels by which a completed edge may miss the true one."""


class EdgeScores(NamedTuple):
    """Precision, recall and their harmonic mean, each 0 to 1 (NaN where undefined)."""

    precision: float
    recall: float
    f1: float


def psnr(result: NDArray[np.floating], truth: NDArray[np.floating]) -> float:
    """Peak signal-to-noise ratio in dB of two pictures ``(H, W, 3)``; infinite if identical."""
    return _decibel(np.mean((result - truth) ** 2))


def hole_psnr(
    result: NDArray[np.floating], truth: NDArray[np.floating], hole: NDArray[np.bool_]
) -> float:
    """Peak signal-to-noise ratio in dB over the hole, ``(H, W)``, True = hole.

    For a result that equals the truth outside the hole it is
    ``psnr + 10 log10(share of the hole)``.
    """
    return _decibel(np.mean((result[hole] - truth[hole]) ** 2))


def ssim(result: NDArray[np.floating], truth: NDArray[np.floating]) -> float:
    """Mean structural similarity: Gaussian window of 11 x 11, sigma 1.5, per channel."""
    return float(
        structural_similarity(
            result,
            truth,
            channel_axis=-1,
            data_range=1.0,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
        )
    )


def edge_scores(
    completed: NDArray[np.bool_], truth: NDArray[np.bool_], hole: NDArray[np.bool_]
) -> EdgeScores:
    """Compare edge maps ``(H, W)`` inside the hole, within `EDGE_TOLERANCE` pixels."""
    reach = np.ones((2 * EDGE_TOLERANCE + 1,) * 2, bool)
    found, true = completed & hole, truth & hole
    precision = _share(ndimage.binary_dilation(truth, reach), found)
    recall = _share(ndimage.binary_dilation(completed, reach), true)
    total = precision + recall
    return EdgeScores(precision, recall, 2 * precision * recall / total if total else 0.0)


def _share(inside: NDArray[np.bool_], of: NDArray[np.bool_]) -> float:
    return float(inside[of].mean()) if of.any() else float("nan")


def _decibel(squared_error: float) -> float:
    return float("inf") if squared_error == 0 else float(-10 * np.log10(squared_error))
