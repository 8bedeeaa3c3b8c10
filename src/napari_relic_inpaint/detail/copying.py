"""The detail of a whole picture: where it may come from, and where it came from."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.detail.adding import Detailing
from napari_relic_inpaint.detail.kept import Kept, Pieces
from napari_relic_inpaint.detail.maps import ConfidenceMaps, PlaneSources, SourceMaps
from napari_relic_inpaint.marking.mask_meaning import from_labels
from napari_relic_inpaint.marking.plane_masks import PlaneMasks
from napari_relic_inpaint.picture.picture import Area, Picture
from napari_relic_inpaint.windows.plane import Plane, Progress

NOTHING_COPIED = (
    "No detail was copied: nothing in the picture suits, or nothing may be copied from. The fill "
    "is as it was painted."
)


class Copying:
    """Copies detail within the planes of a picture.

    Parameters
    ----------
    picture : Picture
        The picture.
    copy_from : array-like, optional
        ``(H, W)`` or one for each plane; nonzero = may be copied from. By default everything.
    never_from : array-like, optional
        The same; nonzero = is not copied from. By default nothing.
    should_stop : callable, optional
        Asked often; when it says True the work ends with `Stopped`.

    Attributes
    ----------
    sources, confidence : SourceMaps, ConfidenceMaps
        Where each pixel came from, and how well that suits.
    """

    def __init__(
        self,
        picture: Picture,
        copy_from: Any | None,
        never_from: Any | None,
        should_stop: Callable[[], bool] | None,
    ) -> None:
        self._from = None if copy_from is None else PlaneMasks(copy_from, picture, "copy_from")
        self._never = None if never_from is None else PlaneMasks(never_from, picture, "never_from")
        self._limited = self._from is not None or self._never is not None
        self._should_stop = should_stop
        self._counts: dict[tuple[int, ...], _Counts] = {}
        self.sources = SourceMaps(picture)
        self.confidence = ConfidenceMaps(picture)

    def steps(
        self,
        index: tuple[int, ...],
        plane: Plane,
        painting: NDArray[np.float32],
        edges: NDArray[np.bool_] | None,
        kept: Kept | None = None,
    ) -> Generator[Progress, None, tuple[PlaneSources, Pieces]]:
        """Add detail to the painting of a plane, ``(N, 3)``, in place; ``edges`` guided it.

        Where a plane has had detail before, ``kept`` has what of it need not be looked for again.
        Returns the sources of the hole's pixels, and the pieces that were given detail.
        """

        def may_copy(area: Area) -> NDArray[np.bool_]:
            allowed = np.ones([part.stop - part.start for part in area], bool)
            if self._from is not None:
                allowed &= from_labels(self._from.labels(index, area))
            if self._never is not None:
                allowed &= ~from_labels(self._never.labels(index, area))
            return allowed

        detailing = Detailing(
            plane,
            painting,
            may_copy=may_copy if self._limited else None,
            edges=edges,
            should_stop=self._should_stop,
            kept=kept,
        )
        yield from detailing.steps()
        found = detailing.sources
        for maps in (self.sources, self.confidence):
            maps.add(index, found)
        copied = found.sources[:, 0] >= 0
        self._counts[index] = _Counts(
            len(copied),
            int(np.count_nonzero(copied)),
            float(found.confidence.sum(dtype=np.float64)),
            detailing.roomy,
        )
        return found, detailing.pieces

    def record(self) -> dict[str, Any]:
        """Return what the record says of it: which share was copied, and how well it suits."""
        wanted, copied, sure, _ = self._total
        return {
            "copied": copied / max(wanted, 1),
            "confidence": sure / max(copied, 1),
            "limited": self._limited,
        }

    @property
    def warnings(self) -> list[str]:
        """Sentences for people."""
        _, copied, _, roomy = self._total
        return [NOTHING_COPIED] if self._limited and roomy and not copied else []

    @property
    def _total(self) -> _Counts:
        """The counts of all planes together."""
        counts = self._counts.values()
        return _Counts(
            sum(each.wanted for each in counts),
            sum(each.copied for each in counts),
            sum(each.sure for each in counts),
            any(each.roomy for each in counts),
        )


class _Counts(NamedTuple):
    """How many pixels were to be given detail, and got some; the sum of its confidence."""

    wanted: int
    copied: int
    sure: float
    roomy: bool
