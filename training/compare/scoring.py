"""Restore damaged pictures with every contender and score them, in several processes."""

from __future__ import annotations

import atexit
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from napari_relic_inpaint.edges import canny_edges, grey
from napari_relic_inpaint.files import write_picture
from napari_relic_inpaint.measuring.appearance import Lpips
from napari_relic_inpaint.measuring.evaluation import SCORES, evaluate
from napari_relic_inpaint.models.card import TwoStageCard, read_card
from napari_relic_inpaint.models.choice import choose
from napari_relic_inpaint.opencv import cv2
from napari_relic_inpaint.restoration import restore
from training.compare.cases import Case
from training.compare.contenders import Contender
from training.errors import TrainingError
from training.interruption import end_with_parent, leave_signals_to_parent, shielded
from training.pairs import Pair
from training.vgg_distance import load, vgg_distance


@dataclass(frozen=True)
class Score:
    """How one contender did on one damaged picture; the names are those of the CSV's columns.

    Attributes
    ----------
    pair, kind, file : str
        The damaged picture: its name, kind of damage, and the file it was cut from.
    share : float
        Share of damaged pixels, 0 to 1.
    contender, weights : str
        The row of the tables, and the first digits of its networks' hashes.
    psnr, ssim, hole_psnr, hole_ssim, ciede2000, texture, lpips
        See `napari_relic_inpaint.measuring.evaluation.Row`; `ciede2000` is the mean over the hole.
    edge_precision, edge_recall, edge_f1
        See there.
    vgg_distance : float
        See `training.vgg_distance`; NaN without weights, and where nobody knows the truth.
    largest_change_outside : float
        0, if the method leaves the known pixels alone.
    seconds : float
        Duration of the restoration, loading the model included.
    """

    pair: str
    kind: str
    file: str
    share: float
    contender: str
    weights: str
    psnr: float
    ssim: float
    hole_psnr: float
    hole_ssim: float
    ciede2000: float
    texture: float
    lpips: float
    edge_precision: float
    edge_recall: float
    edge_f1: float
    largest_change_outside: float
    vgg_distance: float
    seconds: float


@dataclass(frozen=True)
class Task:
    """A damaged picture and who is to restore it.

    Attributes
    ----------
    case : Case
        The picture.
    contenders : tuple of Contender
        Those that have no score for it yet.
    pictures : Path or None
        Folder for the restored pictures, 8-bit PNGs, if they are to be shown.
    perceptual_weights : Path or None
        VGG for the VGG distance; see `training.perceptual.load_perceptual`.
    lpips : bool
        Whether LPIPS is measured.
    """

    case: Case
    contenders: tuple[Contender, ...]
    pictures: Path | None = None
    perceptual_weights: Path | None = None
    lpips: bool = False


def restored_file(folder: Path, pair: str, contender: Contender) -> Path:
    """Return where a restored picture is kept."""
    return folder / f"{pair}_{contender.slug}.png"


def score_case(task: Task) -> list[Score]:
    """Restore one picture with every contender and compare with the truth.

    What the contenders get is zero inside the hole: nothing of the truth but, where the row says
    so, its edges.
    """
    truth, hole = task.case.source.truth(), task.case.source.hole()
    damaged = truth.copy()
    damaged[hole] = 0
    scores = []
    for contender in task.contenders:
        edges = _drawn_edges(contender, truth, hole)
        started = time.perf_counter()
        restored = restore(damaged, hole, edges=edges, **contender.settings).picture
        seconds = time.perf_counter() - started
        lpips = _lpips() if task.lpips else None
        row = evaluate(restored, truth, hole, classes=False, lpips=lpips).rows[0]
        if task.pictures is not None:
            _keep(restored, restored_file(task.pictures, task.case.name, contender))
        scores.append(
            Score(
                pair=task.case.name,
                kind=task.case.kind,
                file=task.case.source.file,
                share=float(hole.mean()),
                contender=contender.name,
                weights=contender.weights,
                **{name: getattr(row, name) for name in SCORES},
                vgg_distance=_vgg_distance(task, restored, truth, hole),
                seconds=seconds,
            )
        )
    return scores


def score_all(
    tasks: Sequence[Task],
    processes: int = 1,
    should_stop: Callable[[], bool] = lambda: False,
) -> Iterator[list[Score]]:
    """Score all tasks and yield the scores of each as soon as they are there.

    Parameters
    ----------
    tasks : sequence of Task
        What to do.
    processes : int
        How many tasks to work on at the same time, each with one thread.
    should_stop : callable
        Asked after each task; when it says True, those in hand are finished and no other begun.

    Raises
    ------
    TrainingError
        If a process was ended from outside.
    """
    if processes == 1:
        _one_thread()
        for task in tasks:
            yield score_case(task)
            if should_stop():
                return
        return
    pool = ProcessPoolExecutor(
        processes, mp_context=get_context("spawn"), initializer=_start_process
    )
    try:
        with shielded():
            futures = [pool.submit(score_case, task) for task in tasks]
        for future in as_completed(futures):
            if future.cancelled():
                continue
            yield future.result()
            if should_stop():
                for other in futures:
                    other.cancel()
    except BrokenProcessPool:
        raise TrainingError(
            f"one of the {processes} processes was ended, most likely for lack of memory: take "
            "fewer --processes"
        ) from None
    finally:
        pool.shutdown(cancel_futures=True)


def _start_process() -> None:
    end_with_parent()
    leave_signals_to_parent()
    _one_thread()


def _one_thread() -> None:
    """Make times comparable, and processes not wait for each other's threads."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)


@cache
def _lpips() -> Lpips:
    """Return this process's, which serves all tasks and ends with it."""
    lpips = Lpips()
    atexit.register(lpips.close)
    return lpips


def _vgg_distance(
    task: Task, restored: NDArray[Any], truth: NDArray[Any], hole: NDArray[np.bool_]
) -> float:
    if task.perceptual_weights is None or not isinstance(task.case.source, Pair):
        return float("nan")
    return vgg_distance(load(task.perceptual_weights), restored, truth, hole)


def _drawn_edges(
    contender: Contender, truth: NDArray[Any], hole: NDArray[np.bool_]
) -> NDArray[np.bool_] | None:
    """Return the edges that a row prescribes, None for the contender's own."""
    if contender.edges == "own":
        return None
    if contender.edges == "none":
        return np.zeros(hole.shape, bool)
    card = read_card(choose(contender.model, contender.method))
    assert isinstance(card, TwoStageCard)
    return canny_edges(grey(truth), sigma=card.canny_sigma)


def _keep(picture: NDArray[Any], path: Path) -> None:
    """Write a picture of floats in [0, 1] or of integers as 8 bits."""
    if picture.dtype.kind == "f":
        picture = np.rint(255 * np.clip(picture, 0, 1)).astype(np.uint8)
    write_picture(path, picture, rgb=picture.ndim == 3, overwrite=True)
