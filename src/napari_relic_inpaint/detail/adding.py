"""Adds detail to what a method has painted into a plane, hole by hole."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from queue import Empty, SimpleQueue

import numpy as np
import torch
from numpy.typing import NDArray

from napari_relic_inpaint.detail.analogy import MARGIN, Copied, copy_detail
from napari_relic_inpaint.detail.kept import Kept, Pieces, pieces_of
from napari_relic_inpaint.detail.maps import PlaneSources
from napari_relic_inpaint.detail.part import Part
from napari_relic_inpaint.detail.pieces import Piece, chains
from napari_relic_inpaint.detail.readiness import preparing
from napari_relic_inpaint.edges import canny_edges, grey
from napari_relic_inpaint.errors import Stopped
from napari_relic_inpaint.opencv import cv2
from napari_relic_inpaint.picture.picture import Area
from napari_relic_inpaint.picture.tiles import enlarged, relative
from napari_relic_inpaint.windows.plane import Painted, Plane, Progress

PREPARING = "preparing detail"
DETAILING = "adding detail"
CANNY_SIGMA = 2.0
POLL_SECONDS = 0.1

MayCopy = Callable[[Area], NDArray[np.bool_]]
"""Tells where a rectangle may be copied from, ``(h, w)``; the hole is left out anyway."""


class Detailing:
    """Detail for the painting of one plane.

    Parameters
    ----------
    plane : Plane
        The plane.
    painting : (N, 3) array of float32
        What a method has painted; becomes the painting with its detail.
    may_copy : callable, optional
        Where the user lets pixels be copied from; by default everywhere.
    edges : (N,) array of bool, optional
        The completed or drawn edges that the painting follows; they take part in the search.
    should_stop : callable, optional
        Asked often; when it says True the work ends with `Stopped`.
    kept : Kept, optional
        The detail of the plane before its damage changed.

    Attributes
    ----------
    pieces : Pieces
        What was given detail; complete when the steps are over.
    sources : PlaneSources
        Where each pixel came from; complete when the steps are over.
    roomy : bool
        Whether any of the hole is wide enough for detail; known when the steps are over.
    """

    def __init__(
        self,
        plane: Plane,
        painting: NDArray[np.float32],
        *,
        may_copy: MayCopy | None = None,
        edges: NDArray[np.bool_] | None = None,
        should_stop: Callable[[], bool] | None = None,
        kept: Kept | None = None,
    ) -> None:
        self._plane = plane
        self._painting = painting
        self._may_copy = may_copy
        self._edges = edges
        self._should_stop = should_stop
        self._kept = kept
        self._reading = threading.Lock()
        self._ended = threading.Event()
        self.sources = PlaneSources.none(plane.pixels)
        self.pieces: Pieces = frozenset()
        self.roomy = False

    def steps(self) -> Generator[Progress, None, None]:
        """Do the work, hole by hole, some side by side."""
        work = list(chains(self._plane.pixels))
        self.roomy = bool(work)
        self.pieces = pieces_of(self._plane.pixels, work)
        # All of them read the painting as it was, so that their order does not matter.
        before = self._painting.copy()
        if self._kept is not None:
            work = [chain for chain in work if not self._keep(self._kept, chain)]
        if not work:
            return
        yield from self._prepare()
        total = sum(map(len, work))
        done: SimpleQueue[tuple[Piece, Copied | None]] = SimpleQueue()
        pool = ThreadPoolExecutor(max(1, torch.get_num_threads()), "detail")
        try:
            running = [pool.submit(self._fill, chain, before, done.put) for chain in work]
            count = 0
            while count < total:
                try:
                    piece, copied = done.get(timeout=POLL_SECONDS)
                except Empty:
                    self._watch(running)
                    yield Progress(DETAILING, count, total)
                    continue
                count += 1
                yield Progress(DETAILING, count, total, self._take(piece, copied))
        finally:
            self._ended.set()
            # Who stops does not wait: a piece in work ends by itself, and changes nothing any more.
            pool.shutdown(wait=False, cancel_futures=True)

    def _keep(self, kept: Kept, chain: list[Piece]) -> bool:
        """Lay the detail from before over the painting, if it would come out the same."""
        if not kept.holds(self._plane.pixels, chain):
            return False
        for piece in chain:
            numbers = piece.numbers
            self._painting[numbers] = kept.colours[numbers]
            self.sources.sources[numbers] = kept.sources.sources[numbers]
            self.sources.confidence[numbers] = kept.sources.confidence[numbers]
        return True

    def _prepare(self) -> Generator[Progress, None, None]:
        """Wait until the search can be used, and say so."""
        ready = preparing()
        while not ready.done():
            yield Progress(PREPARING, 0, 1)
            wait([ready], POLL_SECONDS)
            self._watch([ready])
        ready.result()

    def _watch(self, running: list[Future[None]]) -> None:
        """Stop if that is wanted; what failed in a thread fails here."""
        if self._should_stop is not None and self._should_stop():
            raise Stopped("the restoration was stopped")
        for future in running:
            if future.done():
                future.result()

    def _take(self, piece: Piece, copied: Copied | None) -> Painted | None:
        """Lay what was copied over the painting."""
        if copied is None:
            return None
        self._painting[piece.numbers] = copied.colours
        self.sources.sources[piece.numbers] = copied.sources
        self.sources.confidence[piece.numbers] = copied.confidence
        return Painted(piece.numbers, copied.colours)

    def _fill(
        self,
        chain: list[Piece],
        painting: NDArray[np.float32],
        tell: Callable[[tuple[Piece, Copied | None]], None],
    ) -> None:
        """Fill pieces one after the other, each beside what those before have copied."""
        own = painting if len(chain) == 1 else painting.copy()
        for piece in chain:
            self._check()
            part = self._part(piece, own)
            copied = self._copied(part)
            if copied is not None and own is not painting:
                own[piece.numbers] = copied.colours
            tell((piece, None if copied is None else _placed(copied, piece)))

    def _check(self) -> None:
        if self._ended.is_set():
            raise Stopped("the restoration was stopped")

    def _copied(self, part: Part) -> Copied | None:
        """Copy detail into a part, unless it is remembered."""
        memory = self._plane.memory
        if memory is None:
            return copy_detail(part, self._check)
        key = memory.key(DETAILING, (part.picture, part.wanted, part.usable, part.edges))
        values = memory.find(key)
        if values is not None:
            return _unpacked(values)
        copied = copy_detail(part, self._check)
        memory.keep(key, _packed(copied))
        return copied

    def _part(self, piece: Piece, painting: NDArray[np.float32]) -> Part:
        area, pixels = piece.area, self._plane.pixels
        around = enlarged(area, MARGIN, self._plane.shape)
        beside = cv2.dilate(
            pixels.mask(around).astype(np.uint8), np.ones((2 * MARGIN + 1,) * 2, np.uint8)
        )
        usable = beside[relative(area, around)] == 0
        hole, numbers = pixels.numbers(area)
        # What pictures are read from may not be read from two threads at once.
        with self._reading:
            picture = np.array(self._plane.source.read(area, hole))
            if self._may_copy is not None:
                usable &= self._may_copy(area)
        edges = np.zeros(hole.shape, bool)
        if self._edges is not None:
            edges = canny_edges(grey(picture), hole, sigma=CANNY_SIGMA)
            edges[hole] = self._edges[numbers]
        picture[hole] = painting[numbers]
        wanted = np.zeros(hole.shape, bool)
        wanted[hole] = np.isin(numbers, piece.numbers, assume_unique=True)
        return Part(picture, wanted, usable, edges)


def _placed(copied: Copied, piece: Piece) -> Copied:
    """Return sources as rows and columns of the whole picture."""
    sources = copied.sources.copy()
    found = sources[:, 0] >= 0
    sources[found, :2] += np.array([part.start for part in piece.area], np.int32)
    return copied._replace(sources=sources)


def _packed(copied: Copied | None) -> NDArray[np.float32]:
    """Return what was copied as one array; its rectangles are small enough for float32."""
    if copied is None:
        return np.empty((0, 7), np.float32)
    return np.concatenate(
        [copied.colours, copied.sources.astype(np.float32), copied.confidence[:, None]], axis=1
    )


def _unpacked(values: NDArray[np.float32]) -> Copied | None:
    if not len(values):
        return None
    return Copied(values[:, :3], values[:, 3:6].astype(np.int32), values[:, 6])
