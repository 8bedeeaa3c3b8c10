"""Settings and pictures that make training a matter of moments."""

import numpy as np
from scipy import ndimage

TINY = (
    "width=4",
    "blocks=1",
    "discriminator_width=4",
    "init_from=[]",
    "crops=[32]",
    "batch=4",
    "workers=0",
    "compile=false",
    "precision=32-true",
    "warmup=0",
    "log_every=1",
)
"""Settings that make a recipe train in a moment."""


def draw_picture(seed: int, size: int = 80) -> np.ndarray:
    """Smooth colours with sharp borders, uint8."""
    rng = np.random.default_rng(seed)
    noise = ndimage.gaussian_filter(rng.standard_normal((size, size, 3)), (5, 5, 0))
    steps = np.round(noise / noise.std() * 1.5) / 3
    return np.uint8(np.clip(0.5 + steps / 2, 0, 1) * 255)
