"""A batch of windows on its way: what it sees, what is remembered of it, what is painted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.windows.grid import Window
from napari_relic_inpaint.windows.plane import Plane, View
from napari_relic_inpaint.windows.window_memory import WindowMemory

Paint = Callable[[Sequence[View]], Sequence[NDArray[np.float32]]]
"""Takes windows and returns what is to be blended for each, ``(h, w, channels)``."""


class PaintedBatch:
    """Some windows of a plane.

    Parameters
    ----------
    windows : sequence of Window
        The windows.
    views : list of View
        What they see.
    paint : callable
        Fills windows.
    memory : WindowMemory, optional
        What earlier runs have painted; only the other windows are.
    identity : str
        Everything that decides what ``paint`` gives, besides the windows.

    Attributes
    ----------
    windows
        As given.
    remembered : int
        How many of the windows were remembered.
    """

    def __init__(
        self,
        windows: Sequence[Window],
        views: list[View],
        paint: Paint,
        memory: WindowMemory | None,
        identity: str,
    ) -> None:
        self.windows = windows
        self._views, self._paint, self._memory = views, paint, memory
        self._keys: list[bytes] = []
        self._found: list[NDArray[np.float32] | None] = [None] * len(views)
        if memory is not None:
            self._keys = [memory.key(identity, (v.picture, v.edges, v.hole)) for v in views]
            self._found = [*map(memory.find, self._keys)]
        self._new = [i for i, values in enumerate(self._found) if values is None]
        self.remembered = len(views) - len(self._new)
        self._painted: Sequence[NDArray[np.float32]] = ()

    def run(self) -> None:
        """Paint the windows that are not remembered."""
        if self._new:
            self._painted = self._paint([self._views[i] for i in self._new])

    def values(self) -> list[NDArray[np.float32]]:
        """Return the values of each window's hole pixels, and remember them."""
        for i, picture in zip(self._new, self._painted, strict=True):
            self._found[i] = values = _of_hole(picture, self._views[i])
            if self._memory is not None:
                self._memory.keep(self._keys[i], values)
        return [values for values in self._found if values is not None]


def batches(
    plane: Plane,
    windows: Sequence[Window],
    batch: Callable[[], int],
    paint: Paint,
    identity: str,
) -> Iterator[PaintedBatch]:
    """Yield the windows of a plane in batches; see `run_windows`."""
    done = 0
    while some := windows[done : done + batch()]:
        done += len(some)
        views = [plane.view(window) for window in some]
        yield PaintedBatch(some, views, paint, plane.memory, identity)


def _of_hole(painted: NDArray[np.float32], view: View) -> NDArray[np.float32]:
    """Return the values of the hole pixels that lie inside the picture, ``(n, channels)``."""
    inside = view.inside
    return painted[inside][view.hole[inside]].astype(np.float32, copy=False)
