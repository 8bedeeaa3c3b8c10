"""Work that is begun before it is asked for, and comes out in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol, TypeVar


class Job(Protocol):
    """Something to be done once."""

    def run(self) -> None:
        """Do it."""
        ...


AJob = TypeVar("AJob", bound=Job)


def in_order(jobs: Iterable[AJob], ahead: Callable[[], int]) -> Generator[AJob, None, None]:
    """Yield jobs that have run, in their order.

    The jobs are made in the caller's thread. So, while a card computes one batch of windows, the
    next one is read and what came out of the last one is blended.

    Parameters
    ----------
    jobs : iterable of Job
        What is to be done.
    ahead : callable
        Returns how many jobs may be begun before the first of them is asked for; asked anew each
        time. At 0 each job runs when it is asked for, in the caller's thread.
    """
    begun: deque[tuple[AJob, Future[None]]] = deque()
    pool: ThreadPoolExecutor | None = None
    try:
        for job in jobs:
            if not ahead() and not begun:
                job.run()
                yield job
                continue
            if pool is None:
                pool = ThreadPoolExecutor(max(ahead(), 1) + 1, "windows")
            begun.append((job, pool.submit(job.run)))
            while len(begun) > ahead():
                yield _done(begun)
        while begun:
            yield _done(begun)
    finally:
        if pool is not None:
            pool.shutdown(cancel_futures=True)


def _done(begun: deque[tuple[AJob, Future[None]]]) -> AJob:
    job, future = begun.popleft()
    future.result()
    return job
