"""Structural similarity (SSIM): over the picture, over the hole, and as EdgeConnect's tables."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage.metrics import structural_similarity

from napari_relic_inpaint.edges import grey
from napari_relic_inpaint.measuring.metrics.inputs import check_hole, data_range_of, mean_of

SSIM_REACH = 5
"""Pixels that the window of SSIM reaches to each side: its Gaussian of sigma 1.5 is 11 x 11."""

EDGECONNECT_WINDOW = 51
"""Side in pixels of the uniform window of EdgeConnect's SSIM."""


def ssim(result: NDArray[Any], truth: NDArray[Any], *, data_range: float | None = None) -> float:
    """Mean structural similarity (Wang et al. 2004): Gaussian window of 11 x 11, sigma 1.5.

    Per channel, then the mean of the channels; 1 if the pictures are identical. As usual the mean
    leaves out the outermost 5 pixels, where the window would reach over the border.

    A picture narrower than the window has no such score and gives NaN: a smaller window would give
    a number on another scale.
    """
    similarity = ssim_map(result, truth, data_range=data_range)
    return mean_of(similarity[SSIM_REACH:-SSIM_REACH, SSIM_REACH:-SSIM_REACH])


def hole_ssim(
    result: NDArray[Any],
    truth: NDArray[Any],
    hole: NDArray[np.bool_],
    *,
    data_range: float | None = None,
) -> float:
    """Mean of `ssim_map` over the hole, at the picture's border too.

    The windows of the hole's outermost pixels see what lies around it as well.
    """
    check_hole(hole, truth)
    return mean_of(ssim_map(result, truth, data_range=data_range)[hole])


def ssim_map(
    result: NDArray[Any], truth: NDArray[Any], *, data_range: float | None = None
) -> NDArray[np.float64]:
    """Structural similarity around each pixel, ``(H, W)``, the mean of the channels; see `ssim`.

    Pictures are mirrored at their border. NaN everywhere if a side is shorter than the window.
    """
    data_range = data_range_of(result, truth, data_range)
    if min(truth.shape[:2]) < 2 * SSIM_REACH + 1:
        return np.full(truth.shape[:2], np.nan)
    _, similarity = structural_similarity(
        result.astype(np.float64),
        truth.astype(np.float64),
        channel_axis=-1 if truth.ndim == 3 else None,
        data_range=data_range,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        full=True,
    )
    return similarity.mean(axis=-1) if truth.ndim == 3 else similarity


def edgeconnect_ssim(
    result: NDArray[Any], truth: NDArray[Any], *, data_range: float | None = None
) -> float:
    """Mean structural similarity of the luminance with a uniform window of 51 x 51.

    Only for comparison with EdgeConnect's tables: it reads up to 0.08 higher than `ssim`. NaN if a
    side is shorter than the window.
    """
    data_range = data_range_of(result, truth, data_range)
    if min(truth.shape[:2]) < EDGECONNECT_WINDOW:
        return float("nan")
    luminances = (_luminance(picture / np.float64(data_range)) for picture in (result, truth))
    return float(structural_similarity(*luminances, win_size=EDGECONNECT_WINDOW, data_range=1.0))


def _luminance(unit: NDArray[np.float64]) -> NDArray[np.floating]:
    if unit.ndim == 2:
        return unit
    return grey(unit[..., :3]) if unit.shape[-1] >= 3 else unit[..., 0]
