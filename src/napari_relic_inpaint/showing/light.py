"""Values of a picture as light, in which colours mix, and steps of lightness.

Seen from so far away that the eye does not part them, lines are one colour: that of the mean of
their light, not of their values. Pictures are taken to be encoded as sRGB, whose curve that of
other usual profiles (Adobe RGB, Display P3, grey gamma 2.2) is next to.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)
_KNEE, _SLOPE = 0.0031308, 12.92
_DARK = 216 / 24389

Light = NDArray[np.float32]
"""``(N, C)``: of N pixels, 1 (grey) or 3 channels (RGB), 0 black to 1 white."""


def to_light(values: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return the light of encoded values, 0 to 1, of any shape."""
    unit = np.clip(values, 0, 1).astype(np.float32)
    bright = ((unit + np.float32(0.055)) / np.float32(1.055)) ** np.float32(2.4)
    return np.where(unit <= _KNEE * _SLOPE, unit / np.float32(_SLOPE), bright)


def from_light(light: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return the encoded values of light: the inverse of `to_light`."""
    unit = np.clip(light, 0, 1).astype(np.float32)
    bright = np.float32(1.055) * unit ** np.float32(1 / 2.4) - np.float32(0.055)
    return np.where(unit <= _KNEE, unit * np.float32(_SLOPE), bright)


def luminance(light: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the luminance of light, ``(..., C)`` to ``(...)``."""
    return light[..., 0] if light.shape[-1] == 1 else light @ _LUMA


def per_step(amount: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return by how much luminance changes with a step of lightness, CIELAB's L*."""
    return np.float32(3 / 116) * np.maximum(amount, np.float32(_DARK)) ** np.float32(2 / 3)


def lighter(light: Light, steps: NDArray[np.float32] | float) -> Light:
    """Make colours lighter by steps of CIELAB, or darker by negative ones.

    Lighter colours are mixed with white and darker ones with black, so that none leaves the range
    of the picture; where there is no room for a step, it ends at white or black.
    """
    before = luminance(light)
    after = _of_lightness(np.clip(lightness(before) + steps, 0, 100).astype(np.float32))
    up = np.clip((after - before) / np.maximum(1 - before, 1e-6), 0, 1)[..., None]
    down = np.clip(after / np.maximum(before, 1e-6), 0, 1)[..., None]
    return np.where((after > before)[..., None], light + up * (1 - light), light * down)


def paler(light: Light, saturation: float) -> Light:
    """Leave a share of the colour, 0 to 1, at the same luminance."""
    grey = luminance(light)[..., None]
    return grey + np.float32(saturation) * (light - grey)


def lightness(amount: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the lightness of luminance, CIELAB's L*, 0 to 100."""
    return np.where(amount > _DARK, 116 * np.cbrt(amount) - 16, amount * np.float32(24389 / 27))


def _of_lightness(steps: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.where(steps > 8, ((steps + 16) / 116) ** 3, steps * np.float32(27 / 24389))
