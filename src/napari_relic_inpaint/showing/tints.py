"""Colours darker, lighter and purer than a local colour, that have this colour as their mean."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.showing.light import Light, luminance, per_step

PURITY = 0.3
"""Share of the variation that makes lines redder, bluer or greener instead of darker."""

# Of equal luminance, and none together: red, blue and green.
_RED = np.array([1.0, -0.297, 0.0])
_BLUE = np.array([0.0, -0.101, 1.0])
HUES = np.array([_RED, _BLUE, -(_RED + _BLUE)], np.float32)
"""How three lines differ in colour, of ``(R, G, B)``: their sum is 0."""

DEEPEST = 0.7
"""Share of its light that a line takes away at most."""

_PAPER = 0.02
"""Luminance that is added where a colour is so dark that its hue means nothing."""


def varied(
    light: Light, shade: NDArray[np.float32], hue: NDArray[np.float32], contrast: float
) -> Light:
    """Vary colours, each channel by its own share, around what they are.

    The mean light of an area over which ``shade`` and ``hue`` have a mean of 0 is kept, channel by
    channel. Only close to black and white does it give way, since lines around them that nobody
    sees would be worse: by at most a quarter of the contrast.

    Parameters
    ----------
    light : (N, C) array
        The local colours.
    shade : (N,) array
        -1 (darkest) to 1 (lightest).
    hue : (N, 3) array
        By how much red, green and blue differ, -1 to 1 each. Grey pictures have none.
    contrast : float
        Difference in lightness from the darkest to the lightest, in steps of CIELAB.
    """
    amount = luminance(light)
    wanted = np.float32(contrast / 2) * per_step(amount)
    share = (light + _PAPER) / (amount + _PAPER)[:, None]
    size = wanted[:, None] * share
    # Black lines in what is merely dark would be holes in the picture.
    room = np.minimum(np.float32(DEEPEST) * light, 1 - light)
    fits = np.minimum(size, room)
    # Where less than half of it fits, the colour itself moves away from black or white.
    seen = luminance(fits) / np.maximum(luminance(size), np.float32(1e-9))
    least = np.clip(2 - 4 * seen, 0, 1)[:, None] * size / 2
    size = np.minimum(np.maximum(fits, least), np.float32(0.5))
    pattern = shade[:, None]
    if light.shape[1] == 3:
        pattern = np.float32(1 - PURITY) * pattern + np.float32(PURITY) * hue
    return np.clip(light, size, 1 - size) + size * pattern
