"""Batches made ahead by worker processes, which may die without taking the run with them."""

from __future__ import annotations

import signal
from collections.abc import Generator

import torch
from torch.utils.data import DataLoader, Dataset

from napari_relic_inpaint.errors import RelicInpaintError
from napari_relic_inpaint.opencv import cv2
from training.batches import Batch, DamagedCrops
from training.errors import TrainingError, WorkerError, sentence
from training.interruption import leave_signals_to_parent, shielded


class _Answers(Dataset[Batch | RelicInpaintError]):
    """The batch of every step, or the sentence that says why there is none.

    An error that is raised in a worker would come out with the worker's traceback as its text.
    """

    def __init__(self, batches: DamagedCrops) -> None:
        self._batches = batches

    def __getitem__(self, step: int) -> Batch | RelicInpaintError:
        try:
            return self._batches[step]
        except RelicInpaintError as error:
            return error
        except OSError as error:
            return TrainingError(sentence(error))
        except MemoryError:
            return TrainingError(
                "there is not enough memory for a batch: set batch, crops or workers lower"
            )


def load_batches(
    dataset: DamagedCrops, first: int, last: int, workers: int
) -> Generator[Batch, None, None]:
    """Yield the batches of steps ``first`` to ``last - 1``, made ahead by worker processes.

    Close it, and the workers end.

    Raises
    ------
    WorkerError
        If a worker was ended from outside.
    """
    # Workers are spawned, not forked: a fork of a process whose thread pools are busy can hang.
    loader = DataLoader(
        _Answers(dataset),
        batch_size=None,
        sampler=range(first, last),
        num_workers=workers,
        worker_init_fn=_start_worker,
        multiprocessing_context="spawn" if workers else None,
        prefetch_factor=4 if workers else None,
        pin_memory=torch.cuda.is_available(),
        # The loader draws a seed for its workers: from the common generator, it would move the
        # numbers that a resumed run draws.
        generator=torch.Generator(),
    )
    child_ended = getattr(signal, "SIGCHLD", None)
    handler = None if child_ended is None else signal.getsignal(child_ended)
    with shielded():
        answers = iter(loader)
    if child_ended is not None and handler is not None:
        # The loader's own handler raises its error in the midst of a step, whose half-moved
        # weights nobody could save. Asked for a batch, it finds the dead worker just as well.
        signal.signal(child_ended, handler)
    try:
        for answer in answers:
            if isinstance(answer, RelicInpaintError):
                raise answer
            yield answer
    except (RuntimeError, OSError, EOFError) as error:
        # A batch is handed over through a connection, in the midst of which a worker may die.
        if workers and ("DataLoader worker" in str(error) or not isinstance(error, RuntimeError)):
            raise WorkerError(
                f"one of the {workers} processes that make the batches was ended from outside, "
                "most likely for lack of memory: close other programs, or set workers, batch or "
                "crops lower"
            ) from None
        raise
    finally:
        del answers


def _start_worker(_: int) -> None:
    leave_signals_to_parent()  # PyTorch itself ends it with its parent
    # Workers are the parallelism: threads inside them would only fight over the cores.
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
