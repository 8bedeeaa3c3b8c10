"""A restored picture to look at while it is being painted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.picture.lazy_planes import RestoredPicture
from napari_relic_inpaint.picture.picture import Picture
from napari_relic_inpaint.picture.pyramid import ReducedPicture


class LiveArray:
    """A restored picture in memory.

    Parameters
    ----------
    restored : RestoredPicture
        The picture that is being restored; read once, and then where it changes.

    Attributes
    ----------
    levels : list of array
        The picture, alone: always the same array.
    """

    def __init__(self, restored: RestoredPicture) -> None:
        self._restored = restored
        self.levels: list[NDArray[Any]] = [np.asarray(restored)]

    def update(self, changed: tuple[Any, ...]) -> None:
        """Show what was painted at an index, as in `Step.changed`."""
        self.levels[0][changed] = self._restored[changed]

    def finish(self) -> None:
        """Show everything."""
        self._restored.paste_into(self.levels[0])


class LiveLevels:
    """A restored picture that is read when it is looked at, with its lower levels.

    Parameters
    ----------
    restored : RestoredPicture
        The picture that is being restored.
    lower : sequence of array-like
        The lower levels of the damaged picture, from large to small; none if it has a single one.
        Those from the first on that reduces more than rows and columns are left out.

    Attributes
    ----------
    levels : list of array-like
        The picture and its lower levels: always the same objects. The smallest of several levels
        of a 2-D picture is an array, since viewers keep a copy of anything else.
    """

    def __init__(self, restored: RestoredPicture, lower: Sequence[Any] = ()) -> None:
        self._reduced: list[ReducedPicture] = []
        finer = restored
        for data in lower:
            source = Picture(data, rgb=restored.source.rgb)
            if not _reduces(finer.source, source):
                break
            finer = ReducedPicture(source, finer)
            self._reduced.append(finer)
        self.levels: list[Any] = [restored, *self._reduced]
        self._smallest: LiveArray | None = None
        if self._reduced and not restored.source.stack:
            self._smallest = LiveArray(self._reduced[-1])
            self.levels[-1] = self._smallest.levels[0]

    def update(self, changed: tuple[Any, ...]) -> None:
        """Show what was painted at an index, as in `Step.changed`."""
        index, area = changed[:-2], (changed[-2], changed[-1])
        for level in self._reduced:
            area = level.update(index, area)
        if self._smallest is not None:
            self._smallest.update(area)

    def finish(self) -> None:
        """Show everything."""
        for level in self._reduced:
            level.update_all()
        if self._smallest is not None:
            self._smallest.finish()


def _reduces(finer: Picture, source: Picture) -> bool:
    same_planes = source.stack == finer.stack and source.colours == finer.colours
    return same_planes and all(
        few <= many for few, many in zip(source.shape, finer.shape, strict=True)
    )
