"""A 16-bit scan with many separate cracks, made of what comes with the package and OpenCV alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from skimage.transform import resize

import napari_relic_inpaint
from napari_relic_inpaint.opencv import cv2

SHAPE = (3000, 4000)
CRACKS = 2000
SHARE = 0.02
FRESCO = Path(napari_relic_inpaint.__file__).parent / "samples" / "fresco_reference.png"


def read_fresco() -> np.ndarray:
    """Read the intact fresco sample, uint8 RGB, without the package's readers."""
    return np.ascontiguousarray(cv2.imread(str(FRESCO))[..., ::-1])


def make_picture(shape: tuple[int, int] = SHAPE) -> np.ndarray:
    """Enlarge the fresco sample to a picture of 16 bits, with the grain of a scan."""
    fresco = read_fresco().astype(np.float32) / 255
    rng = np.random.default_rng(0)
    picture = resize(fresco, shape, order=3) + rng.normal(0, 0.004, (*shape, 3))
    return np.rint(np.clip(picture, 0, 1) * 65535).astype(np.uint16)


def make_cracks(shape: tuple[int, int] = SHAPE, cracks: int = CRACKS) -> np.ndarray:
    """Draw separate cracks that together cover `SHARE` of the picture."""
    rng = np.random.default_rng(1)
    mask, taken = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)
    # A line of thickness 3 covers some 4.6 px a step along its length.
    length = SHARE * shape[0] * shape[1] / cracks / 4.6
    count = 0
    while count < cracks:
        angles = rng.uniform(0, 2 * np.pi) + np.cumsum(rng.normal(0, 0.4, 8))
        steps = length / 8 * np.stack((np.cos(angles), np.sin(angles)), axis=1)
        points = np.rint(rng.uniform((60, 60), (shape[1] - 60, shape[0] - 60)) + steps.cumsum(0))
        low, high = points.min(0).astype(int) - 6, points.max(0).astype(int) + 7
        if taken[low[1] : high[1], low[0] : high[0]].any():
            continue
        taken[low[1] : high[1], low[0] : high[0]] = 1
        cv2.polylines(mask, [points.astype(np.int32)], isClosed=False, color=1, thickness=3)
        count += 1
    return mask
