"""Copy small pieces of the picture into the hole: PatchMatch (Barnes et al., 2009)."""

from __future__ import annotations

from collections.abc import Generator
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.methods.classical import WindowMethod
from napari_relic_inpaint.methods.protocol import ShouldStop
from napari_relic_inpaint.settings import Settings
from napari_relic_inpaint.windows.plane import Plane, Progress, View

PATCH_RADIUS = 3
"""Patches are 7 x 7 px, as in the examples of PatchMatch."""

SEED = 0
"""Of the search for patches: the same picture gives the same fill."""


class Exemplar(WindowMethod):
    """Fill with patches of the window that continue what is around the hole.

    PatchMatch works in 8 bits. What it copies are wholly known patches of the same window, so a
    larger window gives it more to choose from.
    """

    title = "Exemplar (PatchMatch)"

    def __init__(self, settings: Settings, should_stop: ShouldStop | None = None) -> None:
        self._patchmatch = _library()
        self._warnings: list[str] = []

    def restore(
        self, plane: Plane, drawn: NDArray[np.bool_] | None
    ) -> Generator[Progress, None, NDArray[np.float32]]:
        """Fill and blend the windows of a plane."""
        dtype = plane.source.dtype
        if dtype != np.uint8:
            warning = (
                f"The fill has 256 levels per colour, the picture ({dtype}) more: PatchMatch works "
                "in 8 bits."
            )
            self._warnings = [warning]
        return (yield from super().restore(plane, drawn))

    def fill(self, view: View) -> NDArray[np.float32]:
        """Search the window for patches."""
        if view.hole.all():
            return view.picture
        picture = np.rint(255 * np.clip(view.picture, 0, 1)).astype(np.uint8)
        # The seed is the whole process's: another user of the library may have set it.
        self._patchmatch.set_random_seed(SEED)
        filled = self._patchmatch.inpaint(picture, view.hole, patch_size=PATCH_RADIUS)
        # Where a window has few known pixels it can leave values that occur nowhere.
        known = view.picture[~view.hole]
        return np.clip(filled.astype(np.float32) / 255, known.min(axis=0), known.max(axis=0))

    def record(self) -> dict[str, Any]:
        """Return the library, how it was used, and its precision if that is too low."""
        return {
            "patchmatch": {
                "version": version("pypatchmatch"),
                "patch_radius": PATCH_RADIUS,
                "seed": SEED,
            },
            "warnings": self._warnings,
        }


def _library() -> Any:
    """Return PatchMatch, which is an extra."""
    try:
        import patchmatch  # noqa: PLC0415 - an extra
    except ImportError:
        raise InputError(
            "the method exemplar needs the package pypatchmatch: "
            'pip install "napari-relic-inpaint[exemplar]"'
        ) from None
    if not patchmatch.patchmatch_available:
        raise InputError(
            "the method exemplar cannot run: pypatchmatch has no library for this system; install "
            "a C++ compiler, CMake and OpenCV, and then "
            "pip install --force-reinstall --no-deps --no-cache-dir pypatchmatch"
        )
    return patchmatch
