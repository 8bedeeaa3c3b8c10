"""The search for detail is compiled where it is first used, which takes seconds.

No one can stop a compilation, so a run waits beside it, and leaves it to itself when it is stopped:
the next run finds it done.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache

import numpy as np

from napari_relic_inpaint.detail.analogy import copy_detail
from napari_relic_inpaint.detail.part import Part

SIDE = 160
"""Of a picture that is large enough to be searched at all scales, in pixels."""


@cache
def preparing() -> Future[None]:
    """Begin to compile the search, once in a process; the result is there when it can be used."""
    pool = ThreadPoolExecutor(1, "preparing detail")
    ready = pool.submit(_search)
    pool.shutdown(wait=False)
    return ready


def _search() -> None:
    """Use all of it on noise: what is used is compiled."""
    picture = np.random.default_rng(0).random((SIDE, SIDE, 3), np.float32)
    wanted = np.zeros((SIDE, SIDE), bool)
    wanted[72:88, 72:88] = True
    copy_detail(Part(picture, wanted, ~wanted, np.zeros_like(wanted)))
