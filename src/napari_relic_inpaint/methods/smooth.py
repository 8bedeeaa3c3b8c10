"""The smooth fill of a window, bent as the picture around it goes on."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from napari_relic_inpaint.picture.surroundings import surrounding_range
from napari_relic_inpaint.smooth.spline import tension_spline
from napari_relic_inpaint.windows.plane import View


def spline_fill(view: View) -> NDArray[np.float32]:
    """Return the window ``(h, w, 3)`` with a spline in tension in its hole.

    The spline is kept within the colours near by.
    """
    picture, hole = torch.from_numpy(view.picture), torch.from_numpy(view.hole)
    bent = tension_spline(picture.permute(2, 0, 1)[None], hole[None, None])[0]
    return within_surroundings(bent.permute(1, 2, 0).numpy(), view)


def within_surroundings(painted: NDArray[np.float32], view: View) -> NDArray[np.float32]:
    """Keep what was painted, ``(h, w, 3)``, within the colours near by."""
    return np.clip(painted, *surrounding_range(view.picture, view.hole))
