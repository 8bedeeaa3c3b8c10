"""The paper's method: complete the edges inside the hole, then paint along them."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.clock import as_sketch
from napari_relic_inpaint.edges import COMPLETED_WIDTH, grey
from napari_relic_inpaint.methods.protocol import ModelSource, ShouldStop
from napari_relic_inpaint.methods.runners import make_runners
from napari_relic_inpaint.methods.smooth import spline_fill, within_surroundings
from napari_relic_inpaint.methods.window_runs import (
    by_network,
    model_record,
    network_identity,
    run_windows,
)
from napari_relic_inpaint.models.choice import choose
from napari_relic_inpaint.models.weights import load
from napari_relic_inpaint.picture.surroundings import quiet
from napari_relic_inpaint.picture.widths import depth, where_disk_fits, where_square_fits
from napari_relic_inpaint.settings import Settings
from napari_relic_inpaint.windows.coarser import halved, halved_edges, take_over
from napari_relic_inpaint.windows.plane import Plane, Progress, View

WIDE_SHARE = 1 / 4
"""Holes are restored at half the scale first where a disk of this share of a window's side, in
diameter, fits in."""

PAINTED, FADED = 64, 128
"""Depths in a hole, in pixels, up to which it is painted, and from which on the smooth fill, or
what was painted at half the scale, stays as it is."""

ENOUGH_KNOWN = 1 / 4
"""Share of a window's pixels that has to be known for its painting to count in full."""


class TwoStage:
    """Edge completion and colour painting by the two generators of a model.

    Parameters
    ----------
    settings : Settings
        Model, device and batch.
    should_stop : callable, optional
        Asked between the layers of the networks.
    """

    title = "Two-stage GAN"
    uses_edges = True
    postprocesses = False
    model_source: ModelSource = "installed"
    own_window: int | None = None
    widest_hole: int | None = None
    stages: int | None = 2

    def __init__(self, settings: Settings, should_stop: ShouldStop | None = None) -> None:
        model = load(str(choose(settings.model, "two-stage")))
        self._card = model.card
        self.widest_hole = model.card.widest_hole
        self._threshold = settings.edge_threshold or model.card.edge_threshold
        self._levels = model.card.coarser_levels if settings.coarse_to_fine else 0
        if self._levels:
            self.stages = None
        self._edge, self._inpaint = make_runners(settings, should_stop, model.edge, model.inpaint)

    def restore(
        self, plane: Plane, drawn: NDArray[np.bool_] | None
    ) -> Generator[Progress, None, NDArray[np.float32]]:
        """Sketch wide holes, complete the edges unless they are drawn, then paint."""
        return (yield from self._restore(plane, drawn, self._levels))

    def _restore(
        self, plane: Plane, drawn: NDArray[np.bool_] | None, levels: int
    ) -> Generator[Progress, None, NDArray[np.float32]]:
        wide = yield from self._sketch(plane, drawn, levels)
        yield from plane.find_edges(self._card.canny_sigma)
        if drawn is None:
            roomy = where_square_fits(plane.pixels, COMPLETED_WIDTH)
            yield from self._complete_edges(plane, roomy & ~wide)
        else:
            plane.hole_edges = drawn
        painted = yield from self._paint(plane)
        keep_prefill(plane, painted)
        return painted

    def _sketch(
        self, plane: Plane, drawn: NDArray[np.bool_] | None, levels: int
    ) -> Generator[Progress, None, NDArray[np.bool_]]:
        """Restore wide holes at half the scale and let the plane start from that.

        Returns
        -------
        (N,) array of bool
            Which hole pixels were.
        """
        if not levels:
            return np.zeros(len(plane.pixels), bool)
        wide = where_disk_fits(plane.pixels, WIDE_SHARE * plane.window)
        if wide.any():
            coarser = halved(plane, wide)
            edges = None if drawn is None else halved_edges(plane.pixels, drawn, coarser.pixels)
            colours = yield from as_sketch(self._filled(coarser, edges, levels - 1))
            take_over(plane, wide, coarser, colours)
        return wide

    def _filled(
        self, plane: Plane, drawn: NDArray[np.bool_] | None, levels: int
    ) -> Generator[Progress, None, NDArray[np.float32]]:
        yield from plane.fill_smoothly()
        return (yield from self._restore(plane, drawn, levels))

    def record(self) -> dict[str, Any]:
        """Return the model, its weights' hashes, the device and the number of network runs."""
        record = model_record(self._card, {"edge": self._edge, "inpaint": self._inpaint})
        record["model"]["hole_form"] = self._card.hole_form
        return record

    def _complete_edges(
        self, plane: Plane, wanted: NDArray[np.bool_]
    ) -> Generator[Progress, None, None]:
        """First stage, ``C_pred`` of Eq. 7, thresholded, for the wanted pixels of the hole."""
        if not wanted.any():
            return
        probability = yield from run_windows(
            plane,
            by_network(
                self._edge,
                lambda view: (_plane(grey(view.picture)), _plane(view.edges), _plane(view.hole)),
            ),
            identity=network_identity(self._card, "edge", self._edge),
            stage="completing edges",
            channels=1,
            batch=lambda: self._edge.batch,
            windows=plane.windows_with(wanted),
        )
        plane.hole_edges[wanted] = probability[wanted, 0] > self._threshold

    def _paint(self, plane: Plane) -> Generator[Progress, None, NDArray[np.float32]]:
        """Second stage, ``I_pred`` of Eq. 12, along the composed edges of Eq. 11."""
        return (
            yield from run_windows(
                plane,
                by_network(
                    self._inpaint,
                    lambda view: (view.picture, _plane(view.edges), _plane(view.hole)),
                    self._tempered,
                ),
                # The same weights can stand on a membrane or on a spline.
                identity=f"{network_identity(self._card, 'inpaint', self._inpaint)} "
                f"{self._card.hole_form}",
                batch=lambda: self._inpaint.batch,
            )
        )

    def _tempered(self, painted: NDArray[np.float32], view: View) -> NDArray[np.float32]:
        """Fade a window's painting to what it started from, where it has little to go by."""
        painted = within_surroundings(painted, view)
        still = quiet(view.picture, view.hole)[..., None]
        if self._card.hole_form != "white" and still[view.hole].any():
            smooth = spline_fill(view) if self._card.hole_form == "spline" else view.picture
            painted = painted + still * (smooth - painted)
        # A window with a strip of known pixels at its border paints shadows and specks that end
        # where the next window begins.
        trust = np.float32(min(1 - view.hole.mean(), ENOUGH_KNOWN) / ENOUGH_KNOWN)
        return view.picture + trust * (painted - view.picture)


def keep_prefill(plane: Plane, painted: NDArray[np.float32]) -> None:
    """Fade from what was painted, ``(N, 3)``, to the smooth fill, far from all known pixels.

    There a window sees nothing to go by, and what it paints are specks.
    """
    share = (depth(plane.pixels, FADED) - PAINTED) / (FADED - PAINTED)
    deep = share > 0
    painted[deep] += share[deep, None] * (plane.prefill[deep] - painted[deep])


def _plane(values: NDArray[Any]) -> NDArray[Any]:
    return values[..., None]
