"""Pictures on a Dask cluster, each a task: processes of this computer, or one that exists."""

from __future__ import annotations

import logging
import signal
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

import torch

from napari_relic_inpaint.batch.job import Job
from napari_relic_inpaint.batch.outcome import Attempt, Outcome, failure
from napari_relic_inpaint.running.cluster import connect, distributed, first_line

OWN_MEMORY = {"distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": None}
"""Lets processes keep memory for the next window: Dask's own choice gives it back each time, which
takes eight times the page faults."""


def on_workers(jobs: Sequence[Job], attempt: Attempt, workers: int) -> Iterator[Outcome]:
    """Restore pictures in several processes of this computer, which share its cores fairly.

    Yields
    ------
    Outcome
        As each picture is done.

    Raises
    ------
    InputError
        If ``distributed`` is missing.
    """
    package = distributed()
    import dask  # noqa: PLC0415 - comes with distributed
    from dask.system import CPU_COUNT  # noqa: PLC0415

    with (
        dask.config.set(OWN_MEMORY),
        package.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            dashboard_address="127.0.0.1:0",  # None would take a port that may be in use
            silence_logs=logging.CRITICAL,
            preload=__name__,
        ) as cluster,
        package.Client(cluster, set_as_default=False) as client,
    ):
        # No more at once than there are processes: Dask blames the death of a process on all
        # pictures that wait for it, not only on the one that it worked on.
        yield from _restore_all(client, jobs, attempt, workers, max(1, CPU_COUNT // workers))


def on_scheduler(jobs: Sequence[Job], attempt: Attempt, address: str) -> Iterator[Outcome]:
    """Restore pictures on a cluster that exists, whose workers keep their number of threads.

    Yields
    ------
    Outcome
        As each picture is done.

    Raises
    ------
    InputError
        If ``distributed`` is missing or there is no scheduler at the address.
    """
    with connect(address) as client:
        if not client.nthreads():
            warnings.warn(
                f"The cluster at {address} has no workers yet: waiting for one.", stacklevel=2
            )
        # All at once: a cluster that grows with its work has to see it.
        yield from _restore_all(client, jobs, attempt, len(jobs), None)


def dask_setup(_worker: object) -> None:
    """Prepare a process of this computer; Dask calls it by this name as the process starts.

    Ctrl-C reaches all processes of a terminal, and so does its end. The first one alone answers,
    and ends the others.
    """
    for name in ("SIGINT", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)


def _restore_all(
    client: Any, jobs: Sequence[Job], attempt: Attempt, at_once: int, threads: int | None
) -> Iterator[Outcome]:
    """Hand out jobs, at most so many at once, and yield their outcomes.

    A job whose process dies is given to another one by Dask; all it leaves are whole files, which
    the second run replaces by the same.
    """
    from distributed import as_completed  # noqa: PLC0415

    def submit(job: Job) -> Any:
        future = client.submit(_restore, job.absolute(), attempt, threads, pure=False)
        handed_out[future.key] = job
        return future

    handed_out: dict[Any, Job] = {}
    waiting = iter(jobs)
    running = as_completed([submit(job) for job in islice(waiting, at_once)], loop=client.loop)
    for future in running:
        outcome = _outcome(future, handed_out.pop(future.key))
        running.update([submit(job) for job in islice(waiting, 1)])
        yield outcome


def _restore(job: Job, attempt: Attempt, threads: int | None) -> Outcome:
    """Restore one picture in a worker process."""
    from distributed import Status, get_worker  # noqa: PLC0415

    if threads is not None:
        torch.set_num_threads(threads)
    worker = get_worker()
    return attempt(job, lambda: worker.status in (Status.closing, Status.closed))


def _outcome(future: Any, job: Job) -> Outcome:
    """Return the outcome of a job with the paths that the user gave."""
    from distributed import CancelledError, KilledWorker  # noqa: PLC0415

    try:
        outcome: Outcome = future.result()
    except KilledWorker as error:
        times = error.allowed_failures + 1
        return failure(
            job,
            f"its process died each time, {times} in all, perhaps for want of memory: restore "
            "it alone or with fewer workers",
        )
    except CancelledError:
        return failure(job, "the cluster closed before it was done: go on with --resume")
    except Exception as error:
        # From Dask itself, since an attempt reports its own errors.
        return failure(
            job,
            f"the cluster cannot run it ({type(error).__name__}: {first_line(error)}): its "
            "workers need the same version of this package",
        )
    return replace(outcome, picture=job.picture, damage=job.damage, result=job.result)
