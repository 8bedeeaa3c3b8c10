"""GLCIC (Iizuka et al., 2017): a network trained against a global and a local discriminator."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.methods.completion import Completion
from napari_relic_inpaint.methods.poisson import blended_in
from napari_relic_inpaint.methods.protocol import ShouldStop
from napari_relic_inpaint.methods.smooth import within_surroundings
from napari_relic_inpaint.settings import Settings
from napari_relic_inpaint.windows.plane import View


class Glcic(Completion):
    """Globally and locally consistent completion; for comparison with the two-stage method.

    With `Settings.postprocess` the fill of each window is blended into its surroundings, as its
    authors do.
    """

    title = "GLCIC"
    method = "glcic"
    postprocesses = True

    def __init__(self, settings: Settings, should_stop: ShouldStop | None = None) -> None:
        super().__init__(settings, should_stop)
        self._postprocess = settings.postprocess

    def finish(self, painted: NDArray[np.float32], view: View) -> NDArray[np.float32]:
        """Blend what was painted in, if asked to, and keep it within the colours near by."""
        if self._postprocess:
            painted = blended_in(painted, view)
        return within_surroundings(painted, view)
