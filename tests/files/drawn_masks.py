"""Pictures like photographs, and damage drawn on them, made by code."""

import numpy as np
from scipy import ndimage

SHAPE = (120, 180)


def photograph(seed: int = 0, shape: tuple[int, int] = SHAPE) -> np.ndarray:
    """A picture in colour with shades and grain, far from pure colours."""
    rng = np.random.default_rng(seed)
    shades = ndimage.gaussian_filter(rng.random((*shape, 3)), (12, 12, 0))
    shades = (shades - shades.min()) / np.ptp(shades)
    return np.rint(60 + 120 * shades + rng.normal(0, 6, (*shape, 3))).clip(30, 220).astype(np.uint8)


def damage(shape: tuple[int, int] = SHAPE) -> np.ndarray:
    """A patch and a thin line, bool."""
    mask = np.zeros(shape, bool)
    mask[40:60, 70:110] = mask[10:13, 5:150] = True
    return mask


def strokes(mask: np.ndarray, colour: tuple[int, ...], ground: tuple[int, ...]) -> np.ndarray:
    """A picture in the colour of the ground with strokes where the mask is True."""
    return np.where(mask[..., None], np.uint8(colour), np.uint8(ground))
